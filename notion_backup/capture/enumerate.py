"""What there is: search, every data source's rows, the tree, and what all of these refer to.

Search is eventually consistent and not complete by contract, so that the union of all ways counts. Everything it
and the queries give is a whole object; only what is met elsewhere is fetched by itself, once, when the listings that
might still bring it have ended.
"""

from __future__ import annotations

from notion_backup.capture.absent import Absent
from notion_backup.capture.client import Raw
from notion_backup.capture.crew import Urgency
from notion_backup.capture.databases import Databases
from notion_backup.capture.known import Meeting
from notion_backup.capture.pages import Pages
from notion_backup.capture.paging import Listing, batches
from notion_backup.capture.people import People
from notion_backup.capture.references import Reference, parent_in
from notion_backup.capture.run import Run
from notion_backup.errors import NotionError, NotionRefused
from notion_backup.snapshot import Severity

NEWEST_FIRST = {"timestamp": "last_edited_time", "direction": "descending"}
"""What is edited while search is read moves to the front, where the settle pass looks; nothing behind is skipped."""


class Enumeration:
    """Finds everything and hands it to whoever reads it."""

    def __init__(self, run: Run, pages: Pages, databases: Databases, people: People, absent: Absent) -> None:
        self._run = run
        self._absent = absent
        self._pages = pages
        self._databases = databases
        self._people = people

    def begin(self) -> None:
        """Queue the listings."""
        crew = self._run.crew
        for value in ("data_source", "page"):
            for in_trash in (False, True):
                crew.add(self._search, value, in_trash, urgency=Urgency.LISTING)
        crew.add(self._people.read_users, urgency=Urgency.LISTING)
        crew.add(self._people.read_emojis, urgency=Urgency.LISTING)

    def found(self, found: Raw, how: str) -> None:
        """A whole page or data source was received."""
        kind = found.get("object")
        if kind == "data_source":
            self._databases.found_source(found, how)
        elif kind == "page":
            self._pages.found(found, how)
        elif kind == "database":
            self._databases.want_database(found["id"], how)
        else:
            self._run.problems.report(
                "unknown-object",
                Severity.MISSING,
                "object",
                found["id"],
                how,
                "Notion lists an object of a kind that this version does not know.",
                "Update notion-backup.",
            )

    def look_up(self) -> bool:
        """Queue a fetch for everything met that no listing gave; False when there is nothing of that kind.

        The tree first: what it brings may list what is a mere reference now.
        """
        for how in ("tree", "reference"):
            unmet = [pair for pair in self._run.known.take(how) if not self._absent.has(*pair)]
            for reference, met in unmet:
                self._run.crew.add(self._fetch, reference, met, urgency=Urgency.FINISH)
            if unmet:
                return True
        return False

    def _search(self, value: str, in_trash: bool) -> None:
        wanted: Raw = {"property": "object", "value": value}
        if in_trash:
            wanted["in_trash"] = True
        name = f"search {value}{' in trash' if in_trash else ''}"
        try:
            for batch in batches(
                self._run.reader, Listing("POST", "search", {}, {"filter": wanted, "sort": NEWEST_FIRST})
            ):
                for found in batch.items:
                    self.found(found, "search")
                if batch.incomplete is not None:
                    why = f"Notion cut the search ({batch.incomplete})."
                    self._run.known.listing_failed()
                    self._run.problems.report("listing-incomplete", Severity.MISSING, "search", name, "search", why)
        except NotionError as error:
            refused = in_trash and isinstance(error, NotionRefused)
            severity = Severity.NOTICE if refused else Severity.MISSING
            if not refused:
                self._run.known.listing_failed()
            self._run.problems.failed(error, "search-refused", severity, "search", name, "search")

    def _fetch(self, reference: Reference, met: Meeting) -> None:
        if reference.kind == "page":
            self._fetch_page(reference.id, met)
        elif reference.kind == "database":
            self._databases.fetch_named(reference.id, met.how, met.inside)
        elif reference.kind == "data_source":
            self._databases.fetch_source(reference.id, met.how, met.inside)
        elif reference.kind == "user":
            self._people.fetch(reference.id, met.inside)
        elif reference.kind == "block":
            self._climb(reference.id, met)

    def _fetch_page(self, page_id: str, met: Meeting) -> None:
        run = self._run
        # Asking is claimed apart from having: a listing may still bring what could not be fetched.
        if run.known.has("page", page_id) or not run.known.claim("ask page", page_id):
            return
        absent = Severity.MISSING if met.how == "tree" else Severity.OUTSIDE
        with run.problems.about("page-unreachable", "page", page_id, met.inside, absent=absent):
            self._pages.found(run.reader.get("pages/{id}", id=page_id), met.how)

    def _climb(self, block_id: str, met: Meeting) -> None:
        """From a block that something refers to, up to the page it stands on, which is then looked up."""
        run = self._run
        if not run.known.claim("block", block_id):
            return
        with run.problems.about("block-unreachable", "block", block_id, met.inside, absent=Severity.OUTSIDE):
            parent = parent_in(run.reader.get("blocks/{id}", id=block_id))
            if parent is not None:
                run.known.stood(block_id, parent)
                run.known.meet(parent, "reference", block_id)
