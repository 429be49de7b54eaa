"""The blocks of one page, to any depth, in document order.

Only containers with ``has_children`` are listed. A child page or database has a body of its own and is not entered.
A synced copy is kept as a pointer: its content is the original's, stored once; when the original is nowhere in the
workspace as we see it, the copy is listed after all (:mod:`.synced`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from notion_backup.capture.client import NotionReader, Raw
from notion_backup.capture.kinds import BLOCKS, plain_type
from notion_backup.capture.paging import collect, get
from notion_backup.capture.problems import Problems
from notion_backup.errors import NotionError, NotionNotFound, NotionRefused
from notion_backup.snapshot import UNKNOWN_TYPE, BlockNode, Severity

OWN_BODY = ("child_page", "child_database")
_MEETING_PARTS = ("summary_block_id", "notes_block_id", "transcript_block_id")


@dataclass(slots=True)
class Body:
    """The body of one page. ``copies`` are synced copies kept as pointers: (block id, id of the original).

    ``began`` is when the server answered the first question about it.
    """

    began: datetime
    nodes: list[BlockNode] = field(default_factory=list)
    copies: list[tuple[str, str]] = field(default_factory=list)


def walk(reader: NotionReader, problems: Problems, page_id: str, *, in_trash: bool = False) -> Body | None:
    """Read a page's body; None when not even its top level can be listed (then a problem says so)."""
    walker = _Walker(reader, problems, page_id, in_trash=in_trash)
    top = walker.children(page_id)
    if top is None:
        return None
    walker.body.began = reader.answered_at
    walker.descend(top, page_id, 0)
    return walker.body


def walk_copy(reader: NotionReader, problems: Problems, page_id: str, block_id: str, depth: int) -> list[BlockNode]:
    """Read what stands below a synced copy of a page, as nodes from ``depth`` on."""
    walker = _Walker(reader, problems, page_id, in_trash=False, outside=block_id)
    walker.descend(walker.children(block_id) or [], block_id, depth)
    return walker.body.nodes


def original_of(block: Raw) -> str | None:
    """The id of the block that a synced copy shows; None for originals and all other blocks."""
    content = block.get("synced_block")
    source = content.get("synced_from") if isinstance(content, dict) else None
    name = source.get("block_id") if isinstance(source, dict) else None
    return name if isinstance(name, str) else None


class _Walker:
    """Depth first with a stack of its own, so that no nesting is too deep."""

    def __init__(
        self, reader: NotionReader, problems: Problems, page_id: str, *, in_trash: bool, outside: str | None = None
    ) -> None:
        self._reader = reader
        self._problems = problems
        self._page = page_id
        self._in_trash = in_trash
        self._outside = outside
        self._opened: set[str] = {page_id}
        self._met: set[str] = set()
        self.body = Body(reader.answered_at)

    def descend(self, top: list[Raw], parent_id: str, depth: int) -> None:
        stack: list[tuple[Iterator[Raw], str, int]] = [(iter(top), parent_id, depth)]
        while stack:
            blocks, parent, level = stack[-1]
            block = next(blocks, None)
            if block is None:
                stack.pop()
                continue
            if block["id"] in self._met:
                # People edit while we read: a block that moved is met twice, and one place is enough.
                continue
            self._met.add(block["id"])
            self.body.nodes.append(BlockNode(raw=block, parent_id=parent, depth=level))
            below = self._below(block)
            if below:
                stack.append((iter(below), block["id"], level + 1))

    def children(self, container: str) -> list[Raw] | None:
        """The children of a page or block; None and a problem when they cannot be listed."""
        self._opened.add(container)
        page = container == self._page
        try:
            blocks, incomplete = collect(self._reader, get("blocks/{id}/children", id=container))
        except NotionError as error:
            code = "body-unreachable" if page else "children-unreachable"
            kind = "page" if page else "block"
            self._problems.failed(error, code, self._severity(error, container), kind, container, self._page)
            return None
        blocks = [block if "type" in block else self._whole(block) for block in blocks]
        if incomplete is not None:
            self._note("listing-incomplete", Severity.MISSING, container, f"Notion cut the listing ({incomplete}).")
        return blocks

    def _whole(self, stub: Raw) -> Raw:
        """A listing may give a stub of a block; the block itself has to be asked for."""
        try:
            return self._reader.get("blocks/{id}", id=stub["id"])
        except NotionError as error:
            self._problems.failed(error, "block-unreachable", Severity.MISSING, "block", stub["id"], self._page)
            return stub

    def _severity(self, error: NotionError, container: str) -> Severity:
        gone = isinstance(error, NotionNotFound) or (isinstance(error, NotionRefused) and error.status == 400)
        if gone and container == self._outside:
            return Severity.OUTSIDE
        # What lies in the trash may be gone for the API: that it was there is all there is to know.
        return Severity.NOTICE if gone and self._in_trash else Severity.MISSING

    def _below(self, block: Raw) -> list[Raw]:
        kind = block.get("type")
        if kind in OWN_BODY:
            return []
        if kind == "unsupported":
            inner = block.get("unsupported")
            name = plain_type(inner.get("block_type") if isinstance(inner, dict) else None)
            why = f"The API does not give this block's content ({name})."
            self._note("unsupported-block", Severity.NOTICE, block["id"], why)
        elif "type" in block and kind not in BLOCKS:
            why = "This version does not know blocks of this type; it is kept as Notion gave it."
            code = f"{UNKNOWN_TYPE}block:{plain_type(kind)}"
            self._note(code, Severity.NOTICE, block["id"], why, "Update notion-backup.")
        original = original_of(block)
        if original is not None:
            self.body.copies.append((block["id"], original))
            return []
        if kind in ("meeting_notes", "transcription"):
            return self._meeting(block, str(kind))
        if not block.get("has_children"):
            return []
        if block["id"] in self._opened:
            return []
        below = self.children(block["id"])
        if below == [] and kind != "unsupported":
            self._note("children-vanished", Severity.NOTICE, block["id"], "It says it has children and lists none.")
        return below or []

    def _meeting(self, block: Raw, kind: str) -> list[Raw]:
        """A meeting's summary, notes and transcript: named by the block, not listed below it."""
        content = block.get(kind)
        named = content.get("children") if isinstance(content, dict) else None
        parts = [named.get(part) for part in _MEETING_PARTS] if isinstance(named, dict) else []
        blocks: list[Raw] = []
        for part in parts:
            if isinstance(part, str) and part not in self._opened:
                with self._problems.about("children-unreachable", "block", part, self._page):
                    blocks.append(self._reader.get("blocks/{id}", id=part))
        if not any(parts) and block.get("has_children") and block["id"] not in self._opened:
            return self.children(block["id"]) or []
        return blocks

    def _note(self, code: str, severity: Severity, block_id: str, why: str, cure: str = "") -> None:
        self._problems.report(code, severity, "block", block_id, self._page, why, cure)
