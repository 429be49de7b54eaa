"""Changes of a page's text, worked out as a change of its blocks: which go, and what text comes in their place."""

from __future__ import annotations

from dataclasses import dataclass

from notion_backup.sandbox.replies import validation

Pieces = list[tuple[str, str]]
"""The blocks of a page: the id of each with its text."""


@dataclass(frozen=True)
class Splice:
    """One change: ``new`` in the place of ``old``, or of what stands from ``start`` to ``end``, or at a place.

    Without any of them the whole text is replaced.
    """

    new: str
    old: str | None = None
    everywhere: bool = False
    start: str | None = None
    end: str = ""
    insert_at: int | None = None
    place: str = ""
    """Where the request says it, for refusals."""

    def on(self, pieces: Pieces) -> tuple[int, int, str]:
        """The numbers of the first block that goes and of the first that stays after it, and the text between."""
        if self.insert_at is not None:
            return self.insert_at, self.insert_at, self.new
        if self.old is None and self.start is None:
            return 0, len(pieces), self.new
        text = "\n".join(piece for _, piece in pieces)
        if self.old is not None:
            return self._found(pieces, text, self.old)
        begin, close = self.selected(text)
        first, end, before = _around(pieces, begin, close)
        region = "\n".join(piece for _, piece in pieces[first:end])
        return first, end, region[: begin - before] + self.new + region[close - before :]

    def _found(self, pieces: Pieces, text: str, old: str) -> tuple[int, int, str]:
        count = text.count(old) if old else 0
        if not count:
            raise validation(f"{self.place}: no content was found that matches it.")
        if count > 1 and not self.everywhere:
            raise validation(f"{self.place}: {count} matches were found. Set replace_all_matches, or say more of it.")
        first, end, _ = _around(pieces, text.index(old), text.rindex(old) + len(old))
        region = "\n".join(piece for _, piece in pieces[first:end])
        return first, end, region.replace(old, self.new)

    def selected(self, text: str) -> tuple[int, int]:
        """Where in the text the selection begins and ends. Raises a 400 refusal when it is not there."""
        begin = text.find(self.start or "")
        close = text.find(self.end, begin + len(self.start or "")) if begin >= 0 else -1
        if begin < 0 or close < 0:
            raise validation(f"{self.place}: no content was found that matches the selection.")
        return begin, close + len(self.end)


def replaced(new: str) -> Splice:
    """The whole text replaced."""
    return Splice(new=new)


def from_start_to_end(selection: str, new: str, place: str) -> Splice:
    """A selection in the form ``start text...end text``; without the ellipsis it is the text itself."""
    start, dots, end = selection.partition("...")
    if not start.strip() or (dots and not end.strip()):
        raise validation(f'{place} should be of the form "start text...end text".')
    return Splice(new=new, start=start, end=end, place=place)


def place_of(splice: Splice, pieces: Pieces) -> Splice:
    """The same text, put in after the block in which a selection ends."""
    text = "\n".join(piece for _, piece in pieces)
    begin, close = splice.selected(text)
    return Splice(new=splice.new, insert_at=_around(pieces, begin, close)[1])


def _around(pieces: Pieces, begin: int, close: int) -> tuple[int, int, int]:
    """The blocks that a part of the text touches, and where the first of them begins."""
    first, before, at = len(pieces), 0, 0
    for number, (_, piece) in enumerate(pieces):
        end = at + len(piece)
        if first == len(pieces) and begin <= end:
            first, before = number, at
        if close <= end + 1:
            return first, number + 1, before
        at = end + 1
    return first, len(pieces), before
