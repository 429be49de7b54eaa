"""Making databases with their data sources and the properties that need no others."""

from __future__ import annotations

from notion_backup.restore import schema
from notion_backup.restore.facts import Notes
from notion_backup.restore.job import Job
from notion_backup.restore.late_properties import LateProperties
from notion_backup.restore.sources import Source
from notion_backup.restore.target import MadeSource, TargetRefused, UploadRefused
from notion_backup.restore.text import TextEncoder
from notion_backup.restore.values import Column
from notion_backup.snapshot import Raw, title_of

_UNNAMED = "New database"


class Databases:
    """Makes databases with what needs no other property; the rest, rows and views are others' work."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.sources: dict[str, Source] = {}
        self.fresh: list[Source] = []
        self.made: list[str] = []
        self.late = LateProperties(job, self.sources)

    def make(self, old: str, page_id: str) -> str | None:
        """A database on a page, with all its data sources and what needs no other property."""
        raw = self._job.origin.database(old)
        if raw is None:
            return None
        known = [self._job.origin.data_source(str(one["id"])) for one in raw.get("data_sources") or ()]
        sources = [one for one in known if one is not None]
        notes = Notes()
        if (raw.get("parent") or {}).get("database_id"):
            notes.lose("wiki", "database", old)
        if any(str(one["id"]) in self._job.selection.rows for one in sources):
            notes.lose("row-alone", "database", old)
        body = self._body(raw, page_id, notes)
        if len(sources) == 1 and title_of(sources[0]) != title_of(raw):
            if title_of(raw) == _UNNAMED and not title_of(sources[0]):
                # So it is called when it was given no name; its data source then has none.
                body.pop("title")
            else:
                notes.lose("source-title", "data_source", str(sources[0]["id"]))
        properties, columns = self._first_properties(sources[0] if sources else None, notes)
        try:
            made, left = self._create(old, page_id, body, properties, title_of(raw), notes)
        except TargetRefused as error:
            self._job.note("database-refused", "database", old, error.why[:200])
            self._job.names.give_up(old)
            return None
        self._job.keep(notes)
        self._job.create("database", old, made[0], page_id)
        self.made.append(old)
        if raw.get("is_locked") is True:
            self._job.states.append(("database", old, made[0], {"is_locked": True}))
        if not raw.get("title"):
            with self._job.tolerated("patch-refused", "database", old, "title"):
                self._job.target.update_database(self._job.turn(f"untitled:{old}"), made[0], {"title": []})
        if sources:
            self._keep(sources[0], made[1], columns, old, left)
            self._more(raw, sources, made[0], old)
        return made[0]

    def _body(self, raw: Raw, page_id: str, notes: Notes) -> Raw:
        old = str(raw["id"])
        where = ("database", old)
        text, files = TextEncoder(self._job.names), self._job.files_of(old)
        body: Raw = {
            "parent": {"type": "page_id", "page_id": page_id},
            "is_inline": bool(raw.get("is_inline")),
        }
        for name in ("title", "description"):
            words = text.fit(raw.get(name), notes, where)
            if words:
                body[name] = words
        for name in ("icon", "cover"):
            picture = files.icon(raw.get(name), notes, where, name)
            if picture is not None:
                body[name] = picture
        return body

    def _first_properties(self, source: Raw | None, notes: Notes) -> tuple[Raw, dict[str, Column]]:
        """What a data source is made with, and the columns these are."""
        if source is None:
            return {"Name": {"title": {}}}, {}
        properties: Raw = {}
        columns: dict[str, Column] = {}
        for name, definition in schema.definitions(source).items():
            if schema.is_late(definition):
                continue
            made = schema.at_once(definition, str(source["id"]), notes)
            if made is not None:
                properties[name] = made
                columns[name] = Column(definition, schema.kind_of(made), name)
        for name, extra in self._names_columns(source, columns).items():
            properties[extra] = dict(schema.AS_TEXT)
            notes.lose("people-missing", "data_source", str(source["id"]), extra[:80])
            columns[name] = Column(columns[name].definition, "people", name, people=extra)
        return properties, columns

    def _names_columns(self, source: Raw, columns: dict[str, Column]) -> dict[str, str]:
        """People properties with someone who is not in the target, and what the property with their names is called."""
        people = [name for name, column in columns.items() if column.kind == "people"]
        if not people or self._job.facts.same_workspace:
            return {}
        found: dict[str, str] = {}
        for row in self._job.selection.rows_of(self._job.origin, str(source["id"])):
            values = (self._job.origin.page(row) or {}).get("properties") or {}
            for name in people:
                ids = [str(one.get("id")) for one in (values.get(name) or {}).get("people") or ()]
                if any(one not in self._job.facts.users for one in ids):
                    found[name] = _free(f"{name} (names)", {*columns, *schema.definitions(source), *found.values()})
        return found

    def _create(
        self, old: str, page_id: str, body: Raw, properties: Raw, title: str, notes: Notes
    ) -> tuple[tuple[str, MadeSource], Raw]:
        """The database, and those properties that have still to be added since the target refused some."""
        left: Raw = {}
        while True:
            try:
                whole = {**body, "initial_data_source": {"properties": properties}}
                made = self._job.target.create_database(self._job.turn(f"database:{old}"), page_id, whole, title)
                return (made.id, made.source), left
            except UploadRefused as error:
                self._job.refuse_upload(error)
                body = {name: value for name, value in body.items() if name not in ("icon", "cover")}
                notes.lose("file-refused", "database", old, error.why[:200])
            except TargetRefused:
                if not left and len(properties) > 1:
                    left = {name: one for name, one in properties.items() if "title" not in one}
                    properties = {name: one for name, one in properties.items() if "title" in one}
                elif "icon" in body or "cover" in body:
                    body = {name: value for name, value in body.items() if name not in ("icon", "cover")}
                    notes.lose("icon-missing", "database", old)
                else:
                    raise

    def _keep(self, raw: Raw, made: MadeSource, columns: dict[str, Column], database: str, left: Raw) -> Source:
        old = str(raw["id"])
        todo = {name: one for name, one in schema.definitions(raw).items() if schema.is_late(one)}
        source = Source(old, made.id, raw, database, columns, made.schema, todo)
        self.sources[old] = source
        self.fresh.append(source)
        self._job.create("data_source", old, made.id, self._job.names.ids.get(database, ""))
        for template in self._job.origin.templates(old):
            self._job.note("template-page", "page", template)
        for name, one in left.items():
            self.late.add(source, name, one)
        return source

    def _more(self, raw: Raw, sources: list[Raw], new: str, old: str) -> None:
        """The other data sources of a database; then the first can have a title of its own."""
        for source in sources[1:]:
            notes = Notes()
            where = ("data_source", str(source["id"]))
            properties, columns = self._first_properties(source, notes)
            body: Raw = {"parent": {"type": "database_id", "database_id": new}, "properties": properties}
            words = TextEncoder(self._job.names).fit(source.get("title"), notes, where)
            if words:
                body["title"] = words
            left: Raw = {}
            try:
                made = self._job.target.create_source(self._job.turn(f"source:{source['id']}"), new, body)
            except TargetRefused:
                left = {name: one for name, one in properties.items() if "title" not in one}
                body["properties"] = {name: one for name, one in properties.items() if "title" in one}
                try:
                    made = self._job.target.create_source(self._job.turn(f"source:{source['id']}"), new, body)
                except TargetRefused as error:
                    self._job.note("database-refused", *where, error.why[:200])
                    self._job.names.give_up(str(source["id"]))
                    continue
            self._job.keep(notes)
            self._keep(source, made, columns, old, left)
        first = sources[0]
        if len(sources) > 1 and title_of(first) != title_of(raw):
            where = ("data_source", str(first["id"]))
            words = TextEncoder(self._job.names).fit(first.get("title"), Notes(), where)
            with self._job.tolerated("patch-refused", *where, "title"):
                key = self._job.turn(f"title:{first['id']}")
                self._job.target.update_source(key, self.sources[where[1]].new, {"title": words})


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
