"""Two bodies of a page compared: blocks added, removed, edited, moved."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from notion_backup.changes.words import Words, word_diff
from notion_backup.export.plain_text import block_line
from notion_backup.snapshot import BlockNode, Raw, block_text, canonical

_NOT_CONTENT = frozenset(
    {"object", "parent", "created_time", "created_by", "last_edited_time", "last_edited_by", "has_children", "archived"}
)
# The title of a page below is that page's own change.
_SHOWN_ELSEWHERE = ("child_page", "child_database")


@dataclass(frozen=True, slots=True)
class EditedBlock:
    """A block that reads otherwise, or is formatted otherwise (then all its words are the same)."""

    id: str
    type: str
    before: str
    after: str
    words: Words


@dataclass(frozen=True, slots=True)
class BlockChanges:
    """Blocks in document order; those removed in that of the old body."""

    added: list[Raw] = field(default_factory=list)
    removed: list[Raw] = field(default_factory=list)
    edited: list[EditedBlock] = field(default_factory=list)
    moved: list[Raw] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.edited or self.moved)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with four lists."""
        return {
            **{
                name: [{"id": raw["id"], "type": raw.get("type"), "text": line_of(raw)} for raw in getattr(self, name)]
                for name in ("added", "removed", "moved")
            },
            "edited": [
                {
                    "id": edit.id,
                    "type": edit.type,
                    "before": edit.before,
                    "after": edit.after,
                    "words": [list(piece) for piece in edit.words],
                }
                for edit in self.edited
            ],
        }


def block_changes(before: list[BlockNode], after: list[BlockNode]) -> BlockChanges:
    """How the first body became the second. A block that stands elsewhere is moved; one that only made room is not."""
    old = {str(node.raw["id"]): node for node in before}
    new = {str(node.raw["id"]): node for node in after}
    edited = [
        _edit(old[block_id].raw, node.raw)
        for block_id, node in new.items()
        if block_id in old and content_of(old[block_id].raw) != content_of(node.raw)
    ]
    return BlockChanges(
        added=[node.raw for block_id, node in new.items() if block_id not in old],
        removed=[node.raw for block_id, node in old.items() if block_id not in new],
        edited=edited,
        moved=[new[block_id].raw for block_id in _moved(old, new)],
    )


def content_of(raw: Raw) -> str:
    """What of a block is its own content, as one spelling of JSON: without times, people, place and signatures."""
    kind = str(raw.get("type"))
    content = {key: value for key, value in raw.items() if key not in _NOT_CONTENT}
    if kind in _SHOWN_ELSEWHERE:
        content.pop(kind, None)
    return canonical(content)


def line_of(raw: Raw) -> str:
    """The block as a line or lines of plain text."""
    return block_line(raw)


def _edit(was: Raw, now: Raw) -> EditedBlock:
    before, after = block_text(was), block_text(now)
    if before == after and line_of(was) != line_of(now):  # a box ticked, a language or a file changed
        before, after = line_of(was), line_of(now)
    return EditedBlock(str(now["id"]), str(now.get("type")), before, after, word_diff(before, after))


def _moved(old: dict[str, BlockNode], new: dict[str, BlockNode]) -> list[str]:
    """Blocks with another parent, and the fewest whose moving explains the new order among the rest."""
    rank = {block_id: number for number, block_id in enumerate(old)}
    siblings: defaultdict[str, list[str]] = defaultdict(list)
    moved = set()
    for block_id, node in new.items():
        if block_id not in old:
            continue
        if old[block_id].parent_id == node.parent_id:
            siblings[node.parent_id].append(block_id)
        else:
            moved.add(block_id)
    for ids in siblings.values():
        stayed = _longest_rising([rank[block_id] for block_id in ids])
        moved.update(block_id for number, block_id in enumerate(ids) if number not in stayed)
    return [block_id for block_id in new if block_id in moved]


def _longest_rising(numbers: list[int]) -> set[int]:
    """The places of a longest rising subsequence (patience sorting)."""
    tops: list[int] = []
    places: list[int] = []
    before: list[int] = []
    for place, number in enumerate(numbers):
        pile = bisect_left(tops, number)
        before.append(places[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [number]
        places[pile : pile + 1] = [place]
    found: set[int] = set()
    place = places[-1] if places else -1
    while place >= 0:
        found.add(place)
        place = before[place]
    return found
