"""What can only be settled when everything has been walked: orphaned synced copies and blocks met in no listing."""

from __future__ import annotations

from notion_backup.capture.bundle import Bundle
from notion_backup.capture.references import Reference, parent_in
from notion_backup.capture.run import Run
from notion_backup.capture.synced import SyncedCopies
from notion_backup.capture.walk import walk_copy
from notion_backup.snapshot import DETACHED, BlockNode, Severity, Table


class Finishing:
    """Ties up loose ends, once per round of the capture."""

    def __init__(self, run: Run, copies: SyncedCopies) -> None:
        self._run = run
        self._copies = copies

    def look_for_originals(self) -> None:
        """Have the pages of synced originals that were not met looked up."""
        for reference, page_id in self._copies.originals().items():
            self._run.known.meet(reference, "reference", page_id)

    def read_orphans(self) -> None:
        """Queue the listing of synced copies whose original was not met."""
        for page_id, copies, nodes in self._copies.orphans():
            self._run.crew.add(self._read_copies, page_id, copies, nodes)

    def fetch_detached(self) -> None:
        """Queue the block of every page and database that stands below a page or block, but in no walked body."""
        for object_id, parent_id in self._run.known.unlisted():
            known, past = self._run.known, self._run.past
            unit = f"{DETACHED}{object_id}"
            quiet, due = known.is_quiet(object_id), past.is_due(object_id)
            if past.entry(Table.BLOCKS, unit) is not None:
                settled = quiet and not due and self._run.writer.carry(Table.BLOCKS, unit)
            else:
                # What is as it was stands where it stood, unless its parent's body was read and lacks it now.
                settled = quiet and not past.lost_block(object_id) and known.read_at(parent_id) is None
            if not settled and known.claim("detached", object_id):
                self._run.crew.add(self._fetch_detached, object_id, parent_id)

    def _read_copies(self, page_id: str, copies: list[tuple[str, str]], nodes: list[BlockNode]) -> None:
        open_copies = {block for block, _ in copies}
        whole: list[BlockNode] = []
        for node in nodes:
            whole.append(node)
            if node.raw["id"] in open_copies and node.raw.get("has_children"):
                below = walk_copy(self._run.reader, self._run.problems, page_id, node.raw["id"], node.depth + 1)
                whole.extend(below)
                bundle = Bundle(node.raw["id"], self._run.writer, self._run.media)
                for child in below:
                    self._run.note_references(child.raw, page_id)
                    bundle.add_files("block", child.raw)
                bundle.done()
        if len(whole) > len(nodes):
            self._run.tally.count("blocks", len(whole) - len(nodes))
            self._run.writer.add_body(page_id, whole)

    def _fetch_detached(self, object_id: str, parent_id: str) -> None:
        with self._run.problems.about(
            "block-unreachable", "block", object_id, parent_id, absent=Severity.NOTICE, failing=Severity.MISSING
        ):
            raw = self._run.reader.get("blocks/{id}", id=object_id)
            parent = parent_in(raw) or Reference("page", parent_id)
            self._run.writer.add_body(f"{DETACHED}{object_id}", [BlockNode(raw, parent.id, 0)])
            # The body it stands in was not walked: perhaps nobody has met that page.
            self._run.known.meet(parent, "reference", object_id)
