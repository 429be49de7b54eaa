"""Text from elsewhere, made safe for a terminal.

Titles, names and messages may hold anything: escape sequences that move the cursor or rewrite the window's title,
line breaks that forge a line of output, direction overrides that show ``exe.txt`` for ``txt.exe``, invisible
characters, a thousand combining marks on one letter. Everything that could act is shown instead as its code
(``\\x1b``, ``\\u202e``); letters of every script stay as they are.
"""

from __future__ import annotations

import unicodedata

from rich.cells import cell_len, set_cell_size

ELLIPSIS = "…"
TITLE_CELLS = 100
_MARKS_IN_A_ROW = 6
# Format characters that ordinary writing needs: joiners of Persian, of Indic scripts and of emoji families.
_NEEDED_FORMAT = frozenset("\u200c\u200d")
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe(text: str, cells: int | None = None) -> str:
    """``text`` on one line with nothing in it that a terminal would obey, cut to ``cells`` columns (None: not cut)."""
    if cells is not None:
        # Zero-width characters escape a cut by columns, so the number of characters is bounded as well.
        bound = cells * 4 + 8
        text = text[:bound] + ELLIPSIS if len(text) > bound else text
    return _cut(_visible(text), cells)


def safe_title(text: str | None, cells: int = TITLE_CELLS) -> str:
    """A title for a listing: safe, cut, and never empty."""
    shown = safe(text or "", cells).strip()
    return shown or "(untitled)"


def safe_block(text: str) -> str:
    """Text of several lines: line feeds and tabs stay, everything else as in :func:`safe`."""
    return "\n".join("    ".join(_visible(part) for part in line.split("\t")) for line in text.split("\n"))


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        if category in ("Mn", "Me"):
            marks += 1
            if marks > _MARKS_IN_A_ROW:
                continue
        else:
            marks = 0
        harmful = category in _HARMFUL and character not in _NEEDED_FORMAT
        shown.append(_code(character) if harmful else character)
    return "".join(shown)


def _code(character: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    if character in named:
        return named[character]
    point = ord(character)
    if point <= 0xFF:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"


def _cut(text: str, cells: int | None) -> str:
    if cells is None or cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + ELLIPSIS
