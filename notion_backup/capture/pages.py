"""Pages: the object as listed or fetched, its body, its comments, its long values, its files."""

from __future__ import annotations

from notion_backup.capture.bundle import Bundle
from notion_backup.capture.client import Raw
from notion_backup.capture.comments import CommentReader
from notion_backup.capture.crew import Urgency
from notion_backup.capture.properties import cut_properties, read_property
from notion_backup.capture.references import Reference, parent_in
from notion_backup.capture.run import Run
from notion_backup.capture.synced import SyncedCopies
from notion_backup.capture.walk import OWN_BODY, Body, original_of, walk
from notion_backup.errors import NotionError
from notion_backup.snapshot import Severity, Table

_COMMENT_BATCH = 20
"""Blocks whose comments one task asks for: large enough to be cheap, small enough to share a long page out."""


class Pages:
    """Takes on pages as they are met; each is read once, and again only when it changed meanwhile."""

    def __init__(self, run: Run, comments: CommentReader, copies: SyncedCopies) -> None:
        self._run = run
        self._comments = comments
        self._copies = copies

    def found(self, page: Raw, how: str) -> None:
        """A whole page object was received: keep it, and read what hangs on it unless that was done."""
        page_id = page["id"]
        self._run.writer.saw(page_id, how)
        if "parent" not in page and how in ("search", "query"):
            # A listing may give a stub of a page; the page itself has to be asked for.
            self._run.known.meet(Reference("page", page_id), "tree", how)
            return
        first = self._run.known.claim("page", page_id)
        if self._run.known.newer(page_id, page.get("last_edited_time")) or first:
            self._run.writer.add(Table.PAGES, page)
        if first:
            self.read(page)

    def read(self, page: Raw, *, again: bool = False) -> None:
        """Queue everything that hangs on a page; its object is kept already."""
        page_id = page["id"]
        self._run.tally.count("pages_known")
        self._run.note_references(page, page_id)
        parent = parent_in(page)
        if parent is not None and parent.kind != "block":
            self._run.known.meet(parent, "reference", page_id)
        if parent is not None and parent.kind in ("page", "block"):
            self._run.known.stands_in(page_id, parent.id)
        bundle = Bundle(page_id, self._run.writer, self._run.media, again=again)
        bundle.add_files("page", page)
        if cut_properties(page):
            self._run.crew.add(self._read_properties, page, urgency=Urgency.FINISH)
        self._run.crew.add(self._read_body, page_id, bool(page.get("in_trash")), bundle)

    def _read_body(self, page_id: str, in_trash: bool, bundle: Bundle) -> None:
        self._run.known.reading(page_id, self._run.clock())
        body = walk(self._run.reader, self._run.problems, page_id, in_trash=in_trash)
        if body is not None:
            self._run.writer.add_body(page_id, body.nodes)
            self._take_in(page_id, body, bundle)
        self._queue_comments(page_id, body, bundle, in_trash)
        self._run.tally.count("pages_done")
        bundle.done()

    def _take_in(self, page_id: str, body: Body, bundle: Bundle) -> None:
        """Follow what the blocks name."""
        run = self._run
        run.tally.count("blocks", len(body.nodes))
        for node in body.nodes:
            block = node.raw
            run.note_references(block, page_id)
            bundle.add_files("block", block)
            kind = block.get("type")
            if kind in OWN_BODY:
                run.known.listed(block["id"])
                run.writer.saw(block["id"], "tree")
                run.known.meet(Reference("page" if kind == "child_page" else "database", block["id"]), "tree", page_id)
            elif kind == "synced_block" and original_of(block) is None:
                run.known.listed(block["id"])
        if body.copies:
            self._copies.remember(page_id, body)

    def _queue_comments(self, page_id: str, body: Body | None, bundle: Bundle, in_trash: bool) -> None:
        targets = [page_id]
        if body is not None and self._run.source.block_comments:
            # A child page is asked as a page.
            targets += [node.raw["id"] for node in body.nodes if node.raw.get("type") != "child_page"]
        numbered = list(enumerate(targets))
        for start in range(0, len(numbered), _COMMENT_BATCH):
            bundle.begin()
            self._run.crew.add(
                self._read_comments, bundle, numbered[start : start + _COMMENT_BATCH], in_trash, urgency=Urgency.FINISH
            )

    def _read_comments(self, bundle: Bundle, targets: list[tuple[int, str]], in_trash: bool) -> None:
        self._comments.read(bundle, targets, in_trash=in_trash)

    def _read_properties(self, page: Raw) -> None:
        page_id, parent = page["id"], parent_in(page)
        property_ids = cut_properties(page, self._run.known.rollups(parent.id) if parent is not None else None)
        values: list[tuple[str, list[Raw]]] = []
        for property_id in property_ids:
            try:
                items = read_property(self._run.reader, page_id, property_id)
            except NotionError as error:
                self._run.problems.failed(
                    error, "property-unreachable", Severity.MISSING, "property", f"{page_id}/{property_id}", page_id
                )
                continue
            values.append((property_id, items))
            for item in items:
                self._run.note_references(item, page_id)
        if values:
            self._run.writer.add_properties(page_id, values)
