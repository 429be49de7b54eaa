"""Open comments of pages and blocks. A block's comments are only given when that very block is asked."""

from __future__ import annotations

import threading

from notion_backup.capture.bundle import Bundle
from notion_backup.capture.paging import Listing, collect
from notion_backup.capture.run import Run
from notion_backup.errors import NotionError, NotionForbidden, NotionNotFound, NotionRefused
from notion_backup.snapshot import Severity


class CommentReader:
    """Reads comments until Notion says that the connection may not."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._lock = threading.Lock()
        self._forbidden = False

    def read(self, bundle: Bundle, targets: list[tuple[int, str]], *, in_trash: bool = False) -> None:
        """Read the comments of some targets (place in the page, id) into the page's bundle, and end one part."""
        for place, target in targets:
            if self._forbidden:
                bundle.lose_comments()
                break
            self._read_one(bundle, place, target, in_trash)
        bundle.done()

    def _read_one(self, bundle: Bundle, place: int, target: str, in_trash: bool) -> None:
        kind = "page" if target == bundle.owner_id else "block"
        try:
            comments, incomplete = collect(self._run.reader, Listing("GET", "comments", {}, {"block_id": target}))
        except NotionForbidden as error:
            bundle.lose_comments()
            self._refused(error)
            return
        except NotionError as error:
            gone = isinstance(error, (NotionNotFound, NotionRefused)) and in_trash
            severity = Severity.NOTICE if gone else Severity.MISSING
            if not gone:
                bundle.lose_comments()
            self._run.problems.failed(error, "comments-unreachable", severity, kind, target, bundle.owner_id)
            return
        if incomplete is not None:
            self._run.problems.report(
                "listing-incomplete",
                Severity.MISSING,
                kind,
                target,
                bundle.owner_id,
                f"Comments were cut ({incomplete}).",
            )
        bundle.add_comments(place, comments)
        for comment in comments:
            self._run.note_references(comment, bundle.owner_id)
            bundle.add_files("comment", comment)

    def _refused(self, error: NotionForbidden) -> None:
        with self._lock:
            first, self._forbidden = not self._forbidden, True
        if first:
            self._run.problems.failed(
                error, "comments-forbidden", Severity.MISSING, "capability", "read comments", "comments"
            )
