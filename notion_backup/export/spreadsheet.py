"""Text for spreadsheets, which run a cell that begins like a formula."""

from __future__ import annotations

_STARTS_A_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def without_formula(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before one that would begin like it.

    Spreadsheets skip spaces, and a tab or line break at the beginning can hide what follows (OWASP, CSV injection).
    """
    if text[:1] in ("\t", "\r", "\n") or text.lstrip().startswith(_STARTS_A_FORMULA):
        return "'" + text
    return text
