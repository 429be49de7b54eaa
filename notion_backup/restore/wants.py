"""Blocks that are to be made: what a restore sends, each with the block of the snapshot that it stands for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from notion_backup.restore.facts import Notes
from notion_backup.restore.limits import cut
from notion_backup.restore.text import plain
from notion_backup.snapshot import Raw

_LONGEST_PLACEHOLDER = 20
WHOLE = frozenset({"column_list", "tab"})
"""Blocks that are sent at the first level of a request only, and with their children."""


@dataclass(slots=True)
class Want:
    """A block to be made. ``old`` is the id of the block it stands for, None for one that only continues another.

    ``inner`` is what stands under its type, without children; ``notes`` has what it loses, and the objects it points to
    that do not exist yet.
    """

    old: str | None
    kind: str
    inner: Raw
    children: list[Want] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    needed: bool = False
    """Whether its new id has to be known."""

    def walk(self) -> Iterable[Want]:
        """It and everything below it, in document order."""
        waiting = [self]
        while waiting:
            want = waiting.pop()
            yield want
            waiting.extend(reversed(want.children))


@dataclass(frozen=True, slots=True)
class Hole:
    """The place of a child page, database or linked view among the blocks of a page."""

    old: str


def refused(want: Want, why: str) -> Want:
    """What stands in for a block that the target would not take. Its text is kept, and what was below it goes along."""
    words = " ".join(_words(one) for one in want.walk() if one.kind == "table_row") or _words(want)
    substitute = Want(want.old, "callout", stand_in(f"[{want.kind}] {words}".strip()), needed=want.needed)
    substitute.notes.lose("block-refused", "block", want.old or "", f"{want.kind}: {why}"[:200])
    if want.kind != "table":
        below = want.children
        substitute.children = [c for one in below for c in (one.children if one.kind == "column" else [one])]
    return substitute


def sent(want: Want, children: list[Raw] | None = None) -> Raw:
    """A block as it stands in a request, with those of its children that go along."""
    inner = dict(want.inner)
    if children or want.kind == "column":
        inner["children"] = children or []
    return {"object": "block", "type": want.kind, want.kind: inner}


def stand_in(words: str) -> Raw:
    """The callout that takes a block's place, with its words."""
    text = [plain(part) for part in cut(words)][:_LONGEST_PLACEHOLDER]
    return {"rich_text": text, "icon": {"type": "emoji", "emoji": "⚠️"}, "color": "gray_background"}


def _words(want: Want) -> str:
    inner = want.inner
    spans = [
        *inner.get("rich_text", ()),
        *inner.get("caption", ()),
        *(s for cell in inner.get("cells", ()) for s in cell),
    ]
    texts = [str(span["text"]["content"]) for span in spans if span.get("type") == "text"]
    others = [inner.get("url"), inner.get("expression"), inner.get("name"), inner.get("external", {}).get("url")]
    return " ".join([*texts, *(str(one) for one in others if one)])
