"""The body of a page of the snapshot as a tree of blocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from notion_backup.snapshot import BlockNode, Raw


@dataclass(slots=True)
class Node:
    """A block of the snapshot with what stands below it."""

    raw: Raw
    children: list[Node] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The block's id."""
        return str(self.raw.get("id"))


def tree(nodes: Iterable[BlockNode], owner: str, *, trash: bool = False) -> list[Node]:
    """The body of a page as a tree; what lies in the trash is left out, unless the page itself does (``trash``)."""
    places: dict[str, list[Node]] = {owner: []}
    for one in nodes:
        node = Node(one.raw)
        if one.raw.get("in_trash") and not trash:
            continue
        if one.parent_id in places:
            places[one.parent_id].append(node)
            places[node.id] = node.children
    return places[owner]
