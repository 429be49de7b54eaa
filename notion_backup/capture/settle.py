"""After the walk: what was edited meanwhile is read again, until listing and bodies agree or a few rounds are over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from notion_backup.capture.client import Raw
from notion_backup.capture.enumerate import NEWEST_FIRST, Enumeration
from notion_backup.capture.pages import Pages
from notion_backup.capture.paging import Listing, batches
from notion_backup.capture.run import Run
from notion_backup.errors import NotionError, NotionRefused
from notion_backup.snapshot import Severity, Table

ROUNDS = 3
_OVERLAP = timedelta(minutes=2)
"""Edit times are rounded down to the minute, and search lags."""
_MINUTE = timedelta(minutes=1)
_LISTINGS: tuple[Raw, ...] = ({}, {"filter": {"property": "object", "value": "page", "in_trash": True}})


class Settling:
    """Compares the newest of search with what was kept."""

    def __init__(self, run: Run, enumeration: Enumeration, pages: Pages, started: datetime) -> None:
        self._run = run
        self._enumeration = enumeration
        self._pages = pages
        self._since = started - _OVERLAP
        self._checked: set[str] = set()

    def read_again(self) -> bool:
        """Queue what moved since it was read; False when nothing did."""
        moved = list(self._moved())
        for found in moved:
            self._take(found)
        return bool(moved)

    def report_moving(self) -> None:
        """After the last round: a notice for every object that still moves."""
        for found in self._moved():
            self._run.problems.report(
                "still-moving",
                Severity.NOTICE,
                str(found.get("object")),
                found["id"],
                "search",
                "It was edited again and again while it was read; parts of it may be of different moments.",
                "The next backup will read it again.",
            )

    def _moved(self) -> Iterator[Raw]:
        met: set[str] = set()
        for extra in _LISTINGS:
            try:
                for found in self._newest(extra):
                    if found["id"] not in met and self._has_moved(found):
                        met.add(found["id"])
                        yield found
            except NotionError as error:
                refused = bool(extra) and isinstance(error, NotionRefused)
                severity = Severity.NOTICE if refused else Severity.MISSING
                self._run.problems.failed(error, "settle-refused", severity, "search", "newest", "search")

    def _newest(self, extra: Raw) -> Iterator[Raw]:
        body = {**extra, "sort": NEWEST_FIRST}
        for batch in batches(self._run.reader, Listing("POST", "search", {}, body)):
            for found in batch.items:
                edited = _time(found.get("last_edited_time"))
                if edited is not None and edited < self._since:
                    return
                if found.get("object") in ("page", "data_source"):
                    yield found

    def _has_moved(self, found: Raw) -> bool:
        kept = self._run.known.edited(found["id"])
        if kept is None or (found.get("last_edited_time") or "") > kept:
            return True
        if found["object"] != "page" or found["id"] in self._checked:
            return False
        # Edited in the minute in which it was read, before or after: the time cannot tell, one more reading can.
        edited, read_at = _time(kept), self._run.known.read_at(found["id"])
        return edited is not None and read_at is not None and edited <= read_at < edited + _MINUTE

    def _take(self, found: Raw) -> None:
        run = self._run
        first = run.known.edited(found["id"]) is None
        self._checked.add(found["id"])
        if first or found["object"] != "page":
            self._enumeration.found(found, "search")
            return
        run.known.newer(found["id"], found.get("last_edited_time"))
        run.writer.add(Table.PAGES, found)
        self._pages.read_again(found)


def _time(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
