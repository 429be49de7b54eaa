"""Two texts compared word by word."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_TOKENS = re.compile(r"\w+|\s+|[^\w\s]")
_MOST_TOKENS = 4000

Words = list[tuple[str, str]]
"""Pieces of text in reading order, each with ``=`` (kept), ``-`` (gone) or ``+`` (new)."""


def word_diff(before: str, after: str) -> Words:
    """How ``before`` became ``after``. Texts too long to compare are shown whole: first the old, then the new."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    if len(old) + len(new) > _MOST_TOKENS:
        return [piece for piece in (("-", before), ("+", after)) if piece[1]]
    words: Words = []
    for tag, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            words.append(("=", "".join(old[old_from:old_to])))
            continue
        gone, came = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        words.extend(piece for piece in (("-", gone), ("+", came)) if piece[1])
    return words
