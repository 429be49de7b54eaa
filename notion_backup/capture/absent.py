"""What the previous snapshot has and no listing gave: never taken for deleted, but asked for.

Search leaves things out, and says so (search reference: not exhaustive). So whatever was there and has not been met is
asked for, once: it may be there all the same, or in the trash, or answer 404. A 404 means not shared any more or
deleted for good, which the API does not tell apart: then the data is carried on as it was last seen, and marked.
Rows of one data source that search left out are asked for together, by a query.
"""

from __future__ import annotations

from collections import Counter

from notion_backup.capture.crew import Urgency
from notion_backup.capture.databases import Databases
from notion_backup.capture.known import Meeting
from notion_backup.capture.pages import Pages
from notion_backup.capture.people import People
from notion_backup.capture.references import Reference
from notion_backup.capture.run import Run
from notion_backup.errors import NotionError, NotionForbidden, NotionNotFound
from notion_backup.snapshot import UNSHARED, Entry, Severity, Table

_ASKED = "asked"
_TABLES = {
    "page": Table.PAGES,
    "database": Table.DATABASES,
    "data_source": Table.DATA_SOURCES,
    "user": Table.USERS,
}
_ROWS_A_REQUEST = 100
_SUSPICIOUS = 0.5
"""The part of the workspace whose disappearance in one go is held to be a fault until somebody has looked."""


class Absent:
    """Accounts for everything that the previous snapshot knows."""

    def __init__(self, run: Run, pages: Pages, databases: Databases, people: People) -> None:
        self._run = run
        self._pages = pages
        self._databases = databases
        self._people = people
        self._gone = 0
        self._met: set[str] = set()

    def has(self, reference: Reference, met: Meeting) -> bool:
        """Whether an object that something names need not be looked up: what became of it is settled here."""
        past = self._run.past
        if not past:
            return False
        table = _TABLES.get(reference.kind)
        if table is not None and past.entry(table, reference.id) is not None:
            # Accounted for with all the others that were there before.
            if met.how == "tree":
                self._met.add(reference.id)
            return True
        known = past.outside(reference.id)
        if known is None or past.is_due(met.inside):
            return False
        if known.where != met.inside:
            self._run.problems.repeat(known, met.inside)
        else:
            self._run.writer.problem(known)
        return True

    def query_rows(self) -> bool:
        """Queue queries of the data sources whose rows search has left out in number; False when there are none."""
        if not self._run.known.listings_whole:
            return False
        rows: Counter[str] = Counter()
        absent: Counter[str] = Counter()
        for entry in self._run.past.entries(Table.PAGES):
            if entry.parent_id is None or self._run.past.entry(Table.DATA_SOURCES, entry.parent_id) is None:
                continue
            rows[entry.parent_id] += 1
            absent[entry.parent_id] += self._is_to_be_asked(entry)
        queried = False
        for source_id, count in sorted(absent.items()):
            if count > 1 + rows[source_id] // _ROWS_A_REQUEST + 1 and self._run.known.claim("rows", source_id):
                self._run.crew.add(self._databases.query, source_id, urgency=Urgency.LISTING)
                queried = True
        return queried

    def account(self) -> None:
        """Queue a question for each object that was there and has not been met, and carry the others on."""
        known, past = self._run.known, self._run.past
        for entry in past.entries(Table.DATA_SOURCES):
            if not known.has("data_source", entry.id):
                self._settle("data_source", entry, ask=self._may_ask(entry))
        for entry in past.entries(Table.DATABASES):
            if not known.has("database", entry.id):
                self._settle("database", entry, ask=self._may_ask(entry) and self._is_database_doubtful(entry))
        for entry in past.entries(Table.PAGES):
            if not known.has("page", entry.id):
                self._settle("page", entry, ask=self._is_to_be_asked(entry))
        for entry in past.entries(Table.USERS):
            if not known.has("user", entry.id):
                self._settle("user", entry, ask=past.is_due(entry.id))

    def judge(self) -> None:
        """After all questions: a workspace that has all but vanished is a fault until somebody has looked."""
        before = sum(not entry.unshared for entry in self._run.past.entries(Table.PAGES))
        if self._gone and self._gone >= before * _SUSPICIOUS:
            self._run.problems.report(
                "workspace-shrunk",
                Severity.MISSING,
                "workspace",
                "workspace",
                "search",
                f"{self._gone} of {before} pages of the previous snapshot are not shared with the connection any more.",
                "See which pages the connection may read; what was kept of them is carried on in this snapshot.",
            )

    def _is_to_be_asked(self, entry: Entry) -> bool:
        """Whether a page that was not met is asked for now. Those that no listing shows wait for their turn."""
        if self._run.known.has("page", entry.id) or not self._may_ask(entry):
            return False
        if self._run.past.is_due(entry.id):
            return True
        if self._run.past.is_template(entry.id):
            return entry.id in self._met
        return "search" in entry.seen_in or not self._is_archived(entry)

    def _may_ask(self, entry: Entry) -> bool:
        """Not when a listing broke off: then most of the absent are there. The known-gone are asked in their turn."""
        return self._run.known.listings_whole and (not entry.unshared or self._run.past.is_due(entry.id))

    def _is_archived(self, entry: Entry) -> bool:
        raw = self._run.past.object(Table.PAGES, entry.id)
        return raw is not None and bool(raw.get("is_archived"))

    def _is_database_doubtful(self, entry: Entry) -> bool:
        """Databases are in no listing: one is there while a data source of it, or while its page is as it was."""
        known, past = self._run.known, self._run.past
        if past.is_due(entry.id) or past.failed_before(entry.id):
            return True
        if known.is_listed(entry.id) or any(known.has("data_source", source) for source in past.sources(entry.id)):
            return False
        return entry.parent_id is not None and known.read_at(entry.parent_id) is not None

    def _settle(self, kind: str, entry: Entry, *, ask: bool) -> None:
        if ask and self._run.known.claim(f"{_ASKED} {kind}", entry.id):
            self._run.crew.add(self._ask, kind, entry, urgency=Urgency.FINISH)
        elif not ask:
            self._carry(kind, entry, gone=entry.unshared)

    def _ask(self, kind: str, entry: Entry) -> None:
        run = self._run
        try:
            raw = run.reader.get(f"{kind}s/{{id}}", id=entry.id)
        except NotionNotFound:
            self._gone += kind == "page" and not entry.unshared
            self._carry(kind, entry, gone=True)
            return
        except NotionForbidden:
            # A capability was taken away, which is told once and not for each object; this one was kept before.
            self._carry(kind, entry, gone=entry.unshared)
            return
        except NotionError as error:
            run.problems.failed(
                error, f"{kind.replace('_', '-')}-unreachable", Severity.MISSING, kind, entry.id, _ASKED
            )
            self._carry(kind, entry, gone=entry.unshared)
            return
        for where in entry.seen_in.split(","):
            if where in ("tree", "reference", "query"):
                run.writer.saw(entry.id, where)
        if kind == "page":
            self._pages.found(raw, _ASKED)
        elif kind == "data_source":
            self._databases.found_source(raw, _ASKED)
        elif kind == "database":
            self._databases.found_database(raw, _ASKED)
        else:
            self._people.keep(raw)

    def _carry(self, kind: str, entry: Entry, *, gone: bool) -> None:
        run = self._run
        if kind == "page":
            self._pages.carry(entry.id)
        elif kind == "database":
            self._databases.carry_database(entry.id)
        elif kind == "data_source":
            run.writer.carry(Table.DATA_SOURCES, entry.id)
            run.writer.carry(Table.FILES, entry.id)
            self._databases.carry_source(entry.id)
        else:
            run.writer.carry(Table.USERS, entry.id)
        if not gone:
            for where in entry.seen_in.split(","):
                if where:
                    run.writer.saw(entry.id, where)
            return
        run.writer.saw(entry.id, UNSHARED)
        run.problems.report(
            "no-longer-shared",
            Severity.NOTICE,
            kind,
            entry.id,
            entry.id,
            "It is not shared with the connection any more, or was deleted for good; "
            f"last verified {entry.verified_at:%Y-%m-%d %H:%M} UTC.",
            "What was kept of it is carried on. Share it with the connection again if that was a mistake.",
            404,
        )
