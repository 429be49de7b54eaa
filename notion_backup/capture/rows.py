"""All rows of a data source, past the cap of one query.

A query gives at most 10,000 rows, then says ``has_more: false`` with ``request_status`` incomplete (API changelog,
April 2026). Rows are asked for by creation time, ascending: that order does not move under edits, and where the cap
falls the next query begins at the last creation time seen. Archived rows are only given when asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from notion_backup.capture.client import Raw
from notion_backup.capture.crowded import CrowdedMinute
from notion_backup.capture.paging import Listing, batches
from notion_backup.capture.run import Run
from notion_backup.errors import NotionError, NotionNotFound, NotionRefused
from notion_backup.snapshot import Severity

_CREATED = {"timestamp": "created_time"}
_CAP = 10_000
"""Where a query ends without saying so on servers that give no ``request_status``."""


@dataclass(slots=True)
class _Window:
    """What one query gave: how many rows, the span of their creation times, and whether it was cut."""

    rows: int = 0
    first: str | None = None
    last: str | None = None
    ascending: bool = True
    cut: bool = False
    sample: Raw | None = None


class Rows:
    """Queries data sources and passes every row on, once."""

    def __init__(self, run: Run, found: Callable[[Raw], None]) -> None:
        self._run = run
        self._found = found

    def read(self, source_id: str, in_trash: bool) -> None:
        """Both passes, ordinary and archived rows. What fails becomes a problem."""
        met: set[str] = set()
        try:
            self._pass(source_id, {}, met)
        except NotionError as error:
            gone = in_trash and isinstance(error, (NotionNotFound, NotionRefused))
            severity = Severity.NOTICE if gone else Severity.MISSING
            self._run.problems.failed(error, "rows-unreachable", severity, "data_source", source_id, source_id)
            return
        try:
            self._pass(source_id, {"is_archived": True}, met)
        except NotionError as error:
            # Where archived rows cannot be asked for there may be none; nobody can tell.
            refused = isinstance(error, (NotionRefused, NotionNotFound))
            severity = Severity.NOTICE if refused else Severity.MISSING
            self._run.problems.failed(error, "archived-rows-refused", severity, "data_source", source_id, source_id)

    def _pass(self, source_id: str, parameters: Raw, met: set[str]) -> None:
        start: str | None = None
        while True:
            window = self._window(source_id, parameters, start, met)
            if not window.cut:
                return
            if not window.ascending or window.last is None:
                self._lost(source_id, window.rows, "its rows do not come in the order of their creation")
                return
            after = window.last
            if start is not None and _minute(after) <= _minute(start):
                after = _next_minute(start)
                if not self._crowded(source_id, parameters, _minute(start) + ":00.000Z", after, window, met):
                    self._lost(source_id, window.rows, f"more than these were created in the minute {start}")
            start = after

    def _crowded(
        self, source_id: str, parameters: Raw, minute: str, after: str, window: _Window, met: set[str]
    ) -> bool:
        """Read a minute of more rows than a query gives; whether they are proven to be all."""

        def query(asked: Raw) -> tuple[list[Raw], bool]:
            rows: list[Raw] = []
            cut = False
            listing = Listing("POST", "data_sources/{id}/query", {"id": source_id}, {**parameters, **asked})
            for batch in batches(self._run.reader, listing):
                rows += batch.items
                cut = batch.incomplete is not None
            return rows, cut or len(rows) >= _CAP

        crowd = CrowdedMinute(minute, after, query)
        try:
            return window.sample is not None and crowd.read(window.sample)
        except NotionRefused:
            return False  # the server does not know such orders; what is missing is said
        finally:
            for row_id, row in crowd.rows.items():
                if row_id not in met:
                    met.add(row_id)
                    self._found(row)

    def _window(self, source_id: str, parameters: Raw, start: str | None, met: set[str]) -> _Window:
        body: Raw = {**parameters, "sorts": [{**_CREATED, "direction": "ascending"}]}
        if start is not None:
            body["filter"] = {**_CREATED, "created_time": {"on_or_after": start}}
        window = _Window()
        for batch in batches(self._run.reader, Listing("POST", "data_sources/{id}/query", {"id": source_id}, body)):
            for row in batch.items:
                self._measure(window, row)
                if row["id"] not in met:
                    met.add(row["id"])
                    self._found(row)
            window.cut = batch.incomplete is not None
        window.cut = window.cut or window.rows >= _CAP
        return window

    def _measure(self, window: _Window, row: Raw) -> None:
        window.rows += 1
        window.sample = row
        created = row.get("created_time")
        if not isinstance(created, str):
            return
        window.first = window.first or created
        if window.last is not None and created < window.last:
            window.ascending = False
        window.last = max(window.last or created, created)

    def _lost(self, source_id: str, given: int, why: str) -> None:
        self._run.problems.report(
            "rows-over-cap",
            Severity.MISSING,
            "data_source",
            source_id,
            source_id,
            f"A query gave {given} rows, and {why}.",
            "Split the database, or move rows into another one.",
        )


def _minute(time: str) -> str:
    return time[:16]


def _next_minute(time: str) -> str:
    moment = datetime.fromisoformat(time.replace("Z", "+00:00")) + timedelta(minutes=1)
    return moment.strftime("%Y-%m-%dT%H:%M:00.000Z")
