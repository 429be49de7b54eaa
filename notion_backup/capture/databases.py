"""Databases and what hangs on them: data sources, views, templates. Rows are queried in :mod:`.rows`."""

from __future__ import annotations

from notion_backup.capture.bundle import Bundle
from notion_backup.capture.client import Raw
from notion_backup.capture.crew import Urgency
from notion_backup.capture.kinds import PROPERTIES, plain_type
from notion_backup.capture.pages import Pages
from notion_backup.capture.paging import Listing, collect, get
from notion_backup.capture.properties import rollups_of
from notion_backup.capture.references import Reference, parent_in
from notion_backup.capture.rows import Rows
from notion_backup.capture.run import Run
from notion_backup.errors import NotionError, NotionForbidden, NotionNotFound, NotionRefused
from notion_backup.snapshot import DETACHED, UNKNOWN_TYPE, Severity, Table


class Databases:
    """Takes on databases and data sources as they are met."""

    def __init__(self, run: Run, pages: Pages) -> None:
        self._run = run
        self._pages = pages
        self._rows = Rows(run, self._found_in_query)
        self._views_forbidden = False

    def try_again(self) -> None:
        """Whether views may be read now, if they might not before: then all databases have to be read again."""
        run = self._run
        database = next(run.past.entries(Table.DATABASES), None)
        if database is not None and run.past.was_refused("views-forbidden"):
            self._read_views(database.id, bool(database.in_trash))
            if not self._views_forbidden:
                run.past.all_due()

    def found_source(self, source: Raw, how: str) -> None:
        """A whole data source object was received: keep it, and read what hangs on it unless that was done."""
        run, source_id = self._run, source["id"]
        run.writer.saw(source_id, how)
        first = run.known.claim("data_source", source_id)
        if not run.known.newer(source_id, source.get("last_edited_time")) and not first:
            return
        changed = run.writer.add(Table.DATA_SOURCES, source)
        run.known.set_rollups(source_id, rollups_of(source))
        self._note_types(source)
        run.note_references(source, source_id)
        bundle = Bundle(source_id, run.writer, run.media)
        bundle.add_files("data_source", source)
        bundle.done()
        if not first:
            return
        parent = parent_in(source)
        if not changed and parent is not None and self._may_carry(source_id, parent.id):
            self.carry_source(source_id)
            return
        if parent is not None:
            self.want_database(parent.id, source_id)
        trashed = bool(source.get("in_trash"))
        run.crew.add(self._rows.read, source_id, trashed, urgency=Urgency.LISTING)
        run.crew.add(self._read_templates, source_id, trashed, urgency=Urgency.LISTING)

    def _note_types(self, source: Raw) -> None:
        """A notice for each property of a type that this version does not know."""
        properties = source.get("properties")
        for definition in properties.values() if isinstance(properties, dict) else ():
            kind = definition.get("type") if isinstance(definition, dict) else None
            if kind is not None and kind not in PROPERTIES:
                self._run.problems.report(
                    f"{UNKNOWN_TYPE}property:{plain_type(kind)}",
                    Severity.NOTICE,
                    "property",
                    f"{source['id']}/{definition.get('id')}",
                    source["id"],
                    "This version does not know properties of this type; their values are kept as Notion gave them.",
                    "Update notion-backup.",
                )

    def query(self, source_id: str) -> None:
        """Read the rows of a data source, although the data source itself tells of no change."""
        self._rows.read(source_id, False)

    def carry_database(self, database_id: str) -> None:
        """Carry on all that the previous snapshot has of a database and its views, unread."""
        run = self._run
        for table in (Table.DATABASES, Table.FILES):
            run.writer.carry(table, database_id)
        run.writer.carry(Table.BLOCKS, f"{DETACHED}{database_id}")
        run.carry_problems(database_id)
        for view_id in run.past.views(database_id):
            run.writer.carry(Table.VIEWS, view_id)
            run.carry_problems(view_id)
        was = run.past.entry(Table.DATABASES, database_id)
        for where in was.seen_in.split(",") if was is not None and was.seen_in else ():
            run.writer.saw(database_id, where)

    def _may_carry(self, source_id: str, database_id: str) -> bool:
        """Whether nothing speaks against what the previous snapshot has of a data source and its database."""
        past = self._run.past
        return past.entry(Table.DATABASES, database_id) is not None and not any(
            past.is_due(name) or past.failed_before(name) for name in (source_id, database_id)
        )

    def carry_source(self, source_id: str) -> None:
        """Carry on what hangs on a data source; its database is carried when nothing else has it read."""
        self._carry(Table.TEMPLATES, self._run.past.templates(source_id))
        self._run.carry_problems(source_id)

    def want_database(self, database_id: str, inside: str) -> None:
        """Fetch a database unless that was done; ``inside`` is the object that named it."""
        if self._run.known.claim("database", database_id):
            self._run.crew.add(self._fetch_database, database_id, "tree", inside, urgency=Urgency.LISTING)

    def fetch_named(self, database_id: str, how: str, inside: str) -> None:
        """Fetch a database that was met in the tree or as a mere reference."""
        if not self._run.known.has("data_source", database_id) and self._run.known.claim("database", database_id):
            self._fetch_database(database_id, how, inside)

    def fetch_source(self, source_id: str, how: str, inside: str) -> None:
        """Fetch a data source that no listing gave."""
        # Asking is claimed apart from having: a listing may still bring what could not be fetched.
        if self._run.known.has("data_source", source_id) or not self._run.known.claim("ask data_source", source_id):
            return
        absent = Severity.MISSING if how == "tree" else Severity.OUTSIDE
        with self._run.problems.about("data-source-unreachable", "data_source", source_id, inside, absent=absent):
            self.found_source(self._run.reader.get("data_sources/{id}", id=source_id), how)

    def _fetch_database(self, database_id: str, how: str, inside: str) -> None:
        run = self._run
        absent = Severity.MISSING if how == "tree" else Severity.OUTSIDE
        with run.problems.about("database-unreachable", "database", database_id, inside, absent=absent):
            self._keep_database(run.reader.get("databases/{id}", id=database_id), how)

    def found_database(self, database: Raw, how: str) -> None:
        """A whole database object was received: keep it, and read what hangs on it unless that was done."""
        if self._run.known.claim("database", database["id"]):
            self._keep_database(database, how)

    def _keep_database(self, database: Raw, how: str) -> None:
        run, database_id = self._run, database["id"]
        run.writer.saw(database_id, how)
        run.writer.add(Table.DATABASES, database)
        run.note_references(database, database_id)
        parent = parent_in(database)
        was = run.past.entry(Table.DATABASES, database_id)
        if was is not None and was.parent_id == (parent.id if parent else None):
            run.known.quiet(database_id)
        if parent is not None and parent.kind != "block":
            run.known.meet(parent, "reference", database_id)
        if parent is not None and parent.kind in ("page", "block"):
            run.known.stands_in(database_id, parent.id)
        bundle = Bundle(database_id, run.writer, run.media)
        bundle.add_files("database", database)
        bundle.done()
        for source in database.get("data_sources") or []:
            if isinstance(source, dict) and isinstance(source.get("id"), str):
                run.known.meet(Reference("data_source", source["id"]), "tree", database_id)
        run.crew.add(self._read_views, database_id, bool(database.get("in_trash")), urgency=Urgency.FINISH)

    def _found_in_query(self, found: Raw) -> None:
        """A row: a page, or in a wiki a data source."""
        if found.get("object") == "data_source":
            self.found_source(found, "query")
        else:
            # Whatever else it may be called, a row is a page.
            self._pages.found(found, "query")

    def _read_views(self, database_id: str, in_trash: bool) -> None:
        run = self._run
        # What was there before is better than nothing, where its list cannot be had; what is read takes its place.
        before = run.past.views(database_id)
        if self._views_forbidden:
            self._carry(Table.VIEWS, before)
            return
        try:
            listed, incomplete = collect(run.reader, Listing("GET", "views", {}, {"database_id": database_id}))
        except NotionForbidden as error:
            self._views_forbidden = True
            self._carry(Table.VIEWS, before)
            run.problems.failed(error, "views-forbidden", Severity.MISSING, "capability", "read views", "views")
            return
        except NotionError as error:
            self._carry(Table.VIEWS, before)
            run.problems.failed(
                error, "views-unreachable", _if_trashed(error, in_trash), "views", database_id, database_id
            )
            return
        if incomplete is not None:
            self._cut("views", database_id, incomplete)
        for view in listed:
            if run.known.claim("view", view["id"]):
                self._carry(Table.VIEWS, [view["id"]])
                with run.problems.about("view-unreachable", "view", view["id"], database_id):
                    raw = run.reader.get("views/{id}", id=view["id"])
                    run.writer.add(Table.VIEWS, raw)
                    run.note_references(raw, raw["id"])

    def _read_templates(self, source_id: str, in_trash: bool) -> None:
        run = self._run
        try:
            listed, incomplete = collect(run.reader, get("data_sources/{id}/templates", key="templates", id=source_id))
        except NotionError as error:
            self._carry(Table.TEMPLATES, run.past.templates(source_id))
            severity = _if_trashed(error, in_trash)
            run.problems.failed(error, "templates-unreachable", severity, "templates", source_id, source_id)
            return
        if incomplete is not None:
            self._cut("templates", source_id, incomplete)
        for template in listed:
            run.writer.add(Table.TEMPLATES, template, parent_id=source_id)
            # Its content is an ordinary page, which search may or may not list.
            run.known.meet(Reference("page", template["id"]), "tree", source_id)

    def _carry(self, table: Table, ids: list[str]) -> None:
        for object_id in ids:
            self._run.writer.carry(table, object_id)

    def _cut(self, kind: str, object_id: str, reason: str) -> None:
        self._run.problems.report(
            "listing-incomplete", Severity.MISSING, kind, object_id, object_id, f"Notion cut the listing ({reason})."
        )


def _if_trashed(error: NotionError, in_trash: bool) -> Severity:
    refused = isinstance(error, (NotionNotFound, NotionRefused, NotionForbidden))
    return Severity.NOTICE if in_trash and refused else Severity.MISSING
