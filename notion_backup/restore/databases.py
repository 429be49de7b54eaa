"""Making databases with their data sources, and their schemas in the order in which properties need each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from notion_backup.restore import schema
from notion_backup.restore.facts import Notes
from notion_backup.restore.job import Job
from notion_backup.restore.limits import MOST_DESCRIPTION
from notion_backup.restore.target import MadeSource, Schema, TargetRefused, UploadRefused
from notion_backup.restore.text import TextEncoder
from notion_backup.restore.values import Column
from notion_backup.restore.viewing import ViewEncoder
from notion_backup.snapshot import Raw, title_of

_UNNAMED = "New database"


@dataclass(slots=True)
class Source:
    """A data source that was made. ``columns`` by old name; ``todo`` are properties that wait, by old name.

    ``late`` are names of properties that came after the first rows.
    """

    old: str
    new: str
    raw: Raw
    database: str
    columns: dict[str, Column]
    schema: Schema
    todo: dict[str, Raw]
    late: set[str] = field(default_factory=set)
    begun: bool = False
    """Whether it has rows already."""


class Databases:
    """Makes databases. Rows and views are others' work."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self.sources: dict[str, Source] = {}
        self.fresh: list[Source] = []
        self.made: list[str] = []

    # --- databases ---------------------------------------------------------------------------------------------

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
            with self._tolerated("patch-refused", "database", old, "title"):
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
                columns[name] = Column(definition, _kind(made), name)
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
            self._add(source, name, one)
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
            with self._tolerated("patch-refused", *where, "title"):
                key = self._job.turn(f"title:{first['id']}")
                self._job.target.update_source(key, self.sources[where[1]].new, {"title": words})

    # --- schemas -----------------------------------------------------------------------------------------------

    def connect(self, *, last: bool = False) -> None:
        """Add the properties that need others, as far as these are there. ``last``: nothing more will come."""
        for source in list(self.sources.values()):
            self._relations(source, last)
        while self._computed():
            pass
        if last:
            for source in list(self.sources.values()):
                for name, definition in list(source.todo.items()):
                    kind = str(definition.get("type"))
                    self._as_text(source, name, f"{kind}-impossible" if kind != "relation" else "relation-outside")

    def _relations(self, source: Source, last: bool) -> None:
        for name, definition in list(source.todo.items()):
            if definition.get("type") != "relation" or name not in source.todo:
                continue
            old = schema.relation_target(definition)
            target = self.sources.get(old)
            if target is not None:
                self._relate(source, name, definition, target)
            elif old in self._job.facts.kept:
                # A relation to both sides would add a property to what is not ours.
                single = {**definition, "relation": {"data_source_id": old, "single_property": {}}}
                self._add_or_text(source, name, schema.relation(single, old), definition)
            elif old not in self._job.names.coming or last:
                self._as_text(source, name, "relation-outside")

    def _relate(self, source: Source, name: str, definition: Raw, target: Source) -> None:
        if not self._add_or_text(source, name, schema.relation(definition, target.new), definition):
            return
        if not schema.is_dual(definition["relation"]):
            return
        partner = source.schema.partners.get(name)
        if partner is None:
            return
        there = schema.by_id(target.raw, schema.partner_of(definition)[1])
        if there is None or not schema.are_partners(definition, source.old, there, target.old):
            # The snapshot's other schema lacks it, or says otherwise; this one tells its name at least.
            for side in (source, target):
                self._job.note("relation-sides", "data_source", side.old, name[:80])
            self._rename(
                target, partner, str(definition["relation"]["dual_property"].get("synced_property_name") or "")
            )
            return
        wanted = str(there["name"])
        if wanted not in target.todo:
            return
        changes: Raw = {"name": wanted} if partner[1] != wanted else {}
        if there.get("description"):
            changes["description"] = str(there["description"])[:MOST_DESCRIPTION]
        if changes:
            with self._tolerated("patch-refused", "data_source", target.old, wanted):
                key = self._job.turn(f"partner:{target.old}")
                target.schema = self._job.target.update_source(key, target.new, {"properties": {partner[0]: changes}})
        else:
            target.schema.properties[wanted] = partner[0]
        target.todo.pop(wanted)
        self._column(target, wanted, there, "relation")

    def _rename(self, target: Source, partner: tuple[str, str], wanted: str) -> None:
        if not wanted or wanted == partner[1] or wanted in target.schema.properties or wanted in target.todo:
            return
        with self._tolerated("patch-refused", "data_source", target.old, wanted):
            key = self._job.turn(f"partner:{target.old}")
            body: Raw = {"properties": {partner[0]: {"name": wanted}}}
            target.schema = self._job.target.update_source(key, target.new, body)

    @contextmanager
    def _tolerated(self, code: str, kind: str, old: str, what: str) -> Iterator[None]:
        """A change that the target may refuse without anything else being the worse for it."""
        try:
            yield
        except TargetRefused as error:
            self._job.note(code, kind, old, f"{what}: {error.why}"[:200])

    def _computed(self) -> bool:
        """One layer of rollups and formulas: those that need only what is there. Whether there were any."""
        raws = {old: source.raw for old, source in self.sources.items()}
        ready: list[tuple[Source, str, Raw, Raw]] = []
        for source in self.sources.values():
            for name, definition in source.todo.items():
                made = self._ready(source, definition, raws)
                if made is not None:
                    ready.append((source, name, made, definition))
        for source, name, made, definition in ready:
            self._add_or_text(source, name, made, definition)
        return bool(ready)

    def _ready(self, source: Source, definition: Raw, raws: dict[str, Raw]) -> Raw | None:
        if definition.get("type") == "formula":
            made, reads = schema.formula(definition, raws, source.old)
            return made if not reads & source.todo.keys() - {str(definition.get("name"))} else None
        if definition.get("type") != "rollup":
            return None
        told = definition.get("rollup") or {}
        over = schema.by_id(source.raw, str(told.get("relation_property_id")))
        over = over or schema.definitions(source.raw).get(str(told.get("relation_property_name")))
        target = self.sources.get(schema.relation_target(over))
        found = schema.rollup(definition, source.raw, target.raw if target else None)
        if found is None or target is None:
            return None
        made, relation, rolled = found
        there = source.columns.get(str(relation["name"]))
        if there is None or there.kind != "relation" or str(rolled["name"]) not in target.columns:
            return None
        return made

    def _add_or_text(self, source: Source, name: str, made: Raw, definition: Raw) -> bool:
        """Add a property that waited; where the target refuses it, a text property. Whether it is what it should be."""
        try:
            key = self._job.turn(f"property:{source.old}")
            source.schema = self._job.target.update_source(key, source.new, {"properties": {name: made}})
        except TargetRefused:
            code = "formula-impossible" if "formula" in made else "schema-refused"
            self._as_text(source, name, code)
            return False
        source.todo.pop(name, None)
        self._column(source, name, definition, _kind(made))
        return True

    def _as_text(self, source: Source, name: str, code: str) -> None:
        definition = source.todo.pop(name)
        self._job.note(code, "data_source", source.old, name[:80])
        self._add(source, name, dict(schema.AS_TEXT), definition)

    def _add(self, source: Source, name: str, made: Raw, definition: Raw | None = None) -> None:
        """Add one property, as plainly as the target will have it."""
        known = definition or schema.definitions(source.raw).get(name) or {"name": name, "type": "rich_text"}
        trial: Raw | None = made
        while trial is not None:
            try:
                key = self._job.turn(f"property:{source.old}")
                source.schema = self._job.target.update_source(key, source.new, {"properties": {name: trial}})
            except TargetRefused as error:
                self._job.note("schema-refused", "data_source", source.old, f"{name}: {error.why}"[:200])
                trial = schema.simpler(trial)
                continue
            self._column(source, name, known, _kind(trial))
            return
        source.columns.pop(name, None)

    def _column(self, source: Source, name: str, definition: Raw, kind: str) -> None:
        before = source.columns.get(name)
        source.columns[name] = Column(definition, kind, name, before.people if before else None)
        if source.begun:
            source.late.add(name)

    # --- linked views ------------------------------------------------------------------------------------------

    def is_linked(self, old: str) -> bool:
        """Whether a database has no data source of its own."""
        raw = self._job.origin.database(old)
        return raw is not None and not raw.get("data_sources")

    def can_link(self, old: str) -> bool | None:
        """Whether the first view's data source is there already; None when it never will be."""
        views = self._job.origin.views(old)
        shown = str(views[0].get("data_source_id")) if views else ""
        if self._job.names.find(shown) is not None:
            return True
        return False if shown in self._job.names.coming else None

    def link(self, old: str, page_id: str, after: str | None) -> str | None:
        """A linked database on a page, with its views."""
        first, *others = self._job.origin.views(old)
        home: Raw = {"parent": {"type": "page_id", "page_id": page_id}}
        if after is not None:
            home["position"] = {"type": "after_block", "block_id": after}
        made = ViewEncoder(self._job, self.sources).create(first, {"create_database": home}, page_id)
        if made is None:
            self._job.note("view-impossible", "view", str(first["id"]))
            self._job.names.give_up(old)
            return None
        self._job.create("database", old, made.database_id, page_id)
        for view in others:
            ViewEncoder(self._job, self.sources).create(view, {"database_id": made.database_id}, None)
        return made.database_id


def _kind(made: Raw) -> str:
    return next(name for name in made if name != "description")


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
