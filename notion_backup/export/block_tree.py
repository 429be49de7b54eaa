"""A page's body as a tree, from its blocks in document order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from notion_backup.snapshot import BlockNode, Raw

# Deeper than any page people write. Below it blocks lie side by side, so that no page is too deep to be shown.
DEEPEST = 80


@dataclass(slots=True)
class Branch:
    """A block with the blocks in it.

    ``id`` and ``type`` are the block's, as the API names them; ``content`` is what lies under the type's name, empty
    where that is not an object.
    """

    raw: Raw
    children: list[Branch] = field(default_factory=list)
    id: str = field(init=False)
    type: str = field(init=False)
    content: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.id = str(self.raw.get("id") or "")
        self.type = str(self.raw.get("type") or "")
        content = self.raw.get(self.type)
        self.content = content if isinstance(content, dict) else {}

    def walk(self) -> Iterator[Branch]:
        """This block and all below it, in document order."""
        waiting = [self]
        while waiting:
            branch = waiting.pop()
            yield branch
            waiting.extend(reversed(branch.children))


def grow(nodes: Iterable[BlockNode]) -> list[Branch]:
    """The blocks at the top of a body, with all others in them."""
    tops: list[Branch] = []
    open_branches: list[Branch] = []
    for node in nodes:
        branch = Branch(node.raw)
        depth = min(node.depth, len(open_branches), DEEPEST)
        del open_branches[depth:]
        (open_branches[-1].children if open_branches else tops).append(branch)
        open_branches.append(branch)
    return tops
