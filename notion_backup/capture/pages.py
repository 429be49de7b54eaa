"""Pages: the object as listed or fetched, its body, its comments, its long values, its files."""

from __future__ import annotations

from notion_backup.capture.bundle import Bundle, Carried, Comments
from notion_backup.capture.client import Raw
from notion_backup.capture.comments import CommentReader
from notion_backup.capture.crew import Urgency
from notion_backup.capture.past import EVERYTHING, Reading
from notion_backup.capture.properties import cut_properties, read_property
from notion_backup.capture.references import Reference, parent_in
from notion_backup.capture.run import Run
from notion_backup.capture.synced import SyncedCopies
from notion_backup.capture.walk import OWN_BODY, Body, original_of, walk
from notion_backup.errors import NotionError
from notion_backup.snapshot import DETACHED, Severity, Table

_COMMENT_BATCH = 20
"""Blocks whose comments one task asks for: large enough to be cheap, small enough to share a long page out."""


class Pages:
    """Takes on pages as they are met; each is read once, and again only when it changed meanwhile.

    What the previous snapshot holds and nothing speaks against is carried on unread (:mod:`.past`).
    """

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
        changed = True
        if self._run.known.newer(page_id, page.get("last_edited_time")) or first:
            changed = self._run.writer.add(Table.PAGES, page)
        if first:
            self._take_on(page, changed)

    def read_again(self, page: Raw) -> None:
        """Read a page that was edited while the capture ran; its object is kept already."""
        self._run.tally.count("pages_known")
        self._meet_parent(page)
        comments = not self._run.past or self._run.known.is_commented(page["id"])
        self._read(page, Reading(body=True, comments=comments), changed=True, again=True)

    def carry(self, page_id: str) -> None:
        """Carry on all that the previous snapshot has of a page, unread."""
        for table in (Table.PAGES, Table.BLOCKS, Table.COMMENTS, Table.PROPERTIES, Table.FILES):
            self._run.writer.carry(table, page_id)
        self._run.writer.carry(Table.BLOCKS, f"{DETACHED}{page_id}")
        self._run.carry_problems(page_id)

    def _take_on(self, page: Raw, changed: bool) -> None:
        run, page_id = self._run, page["id"]
        run.tally.count("pages_known")
        wanted = self._wants_left_out(page_id)
        changed = changed or wanted or run.past.is_due(page_id) or run.past.failed_before(page_id)
        if changed:
            run.note_references(page, page_id)
        self._meet_parent(page)
        reading = EVERYTHING if wanted else run.past.reading(page)
        if reading.body or not run.known.carry(page_id, bool(page.get("in_trash"))):
            reading = Reading(body=True, comments=reading.comments)
        self._read(page, reading, changed=changed)

    def _wants_left_out(self, page_id: str) -> bool:
        """Whether the settings want a file now that they left out before."""
        limits = self._run.source.limits
        left_out = self._run.past.left_out(page_id)
        return any(limits.objection(file.name, file.content_type, file.size) is None for file in left_out)

    def _meet_parent(self, page: Raw) -> None:
        """Note where a page stands. Where it is new, gone or moved, its parent's body is not what it was."""
        run, page_id, parent = self._run, page["id"], parent_in(page)
        if parent is not None and parent.kind != "block":
            run.known.meet(parent, "reference", page_id)
        was = run.past.entry(Table.PAGES, page_id)
        quiet = (
            was is not None
            and was.parent_id == (parent.id if parent else None)
            and bool(was.in_trash) == bool(page.get("in_trash"))
        )
        if quiet:
            run.known.quiet(page_id)
        if parent is not None and parent.kind in ("page", "block"):
            run.known.stands_in(page_id, parent.id)
        if not quiet and run.past and not run.past.is_template(page_id):
            self._force(parent.id if parent is not None and parent.kind == "page" else None)
            if was is not None and was.parent_id != (parent.id if parent else None):
                self._force(was.parent_id)

    def _force(self, page_id: str | None) -> None:
        """Have the body of a page read although the page itself tells of no change."""
        if page_id is None or self._run.past.entry(Table.PAGES, page_id) is None:
            return
        in_trash = self._run.known.force(page_id)
        if in_trash is not None:
            page: Raw = {"id": page_id, "in_trash": in_trash}
            self._read(page, Reading(body=True, comments=False), changed=False)

    def _read(self, page: Raw, reading: Reading, *, changed: bool, again: bool = False) -> None:
        """Queue what is to be read of a page and carry on the rest."""
        run, page_id = self._run, page["id"]
        if not (reading.body or reading.comments or changed):
            self.carry(page_id)
            run.tally.count("pages_carried")
            return
        policy = Comments.READ if reading.comments else Comments.CARRIED
        bundle = Bundle(page_id, run.writer, run.media, comments=policy, again=again)
        if reading.comments and run.past:
            run.known.commented(page_id)
        if changed:
            bundle.add_files("page", page)
            if cut_properties(page):
                run.crew.add(self._read_properties, page, urgency=Urgency.FINISH)
        else:
            run.writer.carry(Table.PROPERTIES, page_id)
            run.carry_problems(page_id, of=Severity.OUTSIDE)
        if not (changed and reading == EVERYTHING):
            kept = run.past.files(page_id, own=not changed, blocks=not reading.body, comments=not reading.comments)
            bundle.keep_files(kept)
        in_trash = bool(page.get("in_trash"))
        if reading.body:
            run.crew.add(self._read_body, page_id, in_trash, bundle, reading.comments)
            return
        run.writer.carry(Table.BLOCKS, page_id)
        run.writer.carry(Table.BLOCKS, f"{DETACHED}{page_id}")
        run.carry_problems(page_id)
        if reading.comments:
            standing = run.past.block_ids(page_id) if run.source.block_comments else []
            self._queue_comments([page_id, *standing], bundle, in_trash)
        run.tally.count("pages_read")
        bundle.done()

    def _read_body(self, page_id: str, in_trash: bool, bundle: Bundle, comments: bool) -> None:
        run = self._run
        body = walk(run.reader, run.problems, page_id, in_trash=in_trash)
        run.known.reading(page_id, body.began if body is not None else run.clock())
        targets = [page_id]
        if body is None:
            # What was there before is better than nothing; the problem says how it stands.
            run.writer.carry(Table.BLOCKS, page_id)
        else:
            run.writer.add_body(page_id, body.nodes)
            self._take_in(page_id, body, bundle)
            # A child page is asked for its comments as a page.
            standing = [node.raw["id"] for node in body.nodes if node.raw.get("type") != "child_page"]
            if not comments:
                self._carry_comments(page_id, {page_id, *standing}, bundle)
            elif run.source.block_comments:
                targets += standing
        if comments:
            self._queue_comments(targets, bundle, in_trash)
        run.tally.count("pages_read")
        bundle.done()

    def _carry_comments(self, page_id: str, standing: set[str], bundle: Bundle) -> None:
        """Carry comments on, less those on blocks that are no longer there."""
        was = self._run.past.entry(Table.COMMENTS, page_id)
        if was is None or was.count == 0:
            return
        before = self._run.past.comments(page_id)
        kept = [comment for comment in before if (target := parent_in(comment)) is None or target.id in standing]
        if len(kept) < len(before):
            bundle.carry_comments(Carried(kept, was.verified_at))

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

    def _queue_comments(self, targets: list[str], bundle: Bundle, in_trash: bool) -> None:
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
