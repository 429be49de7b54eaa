"""The properties of data sources that need others: relations, then rollups and formulas, as far as these are there."""

from __future__ import annotations

from collections.abc import Mapping

from notion_backup.restore import schema
from notion_backup.restore.job import Job
from notion_backup.restore.limits import MOST_DESCRIPTION
from notion_backup.restore.sources import Source
from notion_backup.restore.target import TargetRefused
from notion_backup.restore.values import Column
from notion_backup.snapshot import Raw


class LateProperties:
    """Adds properties to the data sources that are made so far; a text property where the target refuses one."""

    def __init__(self, job: Job, sources: Mapping[str, Source]) -> None:
        self._job = job
        self._sources = sources

    def add_what_can_be(self, *, last: bool = False) -> None:
        """Add the properties that need others, as far as these are there. ``last``: nothing more will come."""
        for source in list(self._sources.values()):
            self._relations(source, last)
        while self._computed():
            pass
        if last:
            for source in list(self._sources.values()):
                for name, definition in list(source.todo.items()):
                    kind = str(definition.get("type"))
                    self._as_text(source, name, f"{kind}-impossible" if kind != "relation" else "relation-outside")

    def _relations(self, source: Source, last: bool) -> None:
        for name, definition in list(source.todo.items()):
            if definition.get("type") != "relation" or name not in source.todo:
                continue
            old = schema.relation_target(definition)
            target = self._sources.get(old)
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
            with self._job.tolerated("patch-refused", "data_source", target.old, wanted):
                key = self._job.turn(f"partner:{target.old}")
                target.schema = self._job.target.update_source(key, target.new, {"properties": {partner[0]: changes}})
        else:
            target.schema.properties[wanted] = partner[0]
        target.todo.pop(wanted)
        self._column(target, wanted, there, "relation")

    def _rename(self, target: Source, partner: tuple[str, str], wanted: str) -> None:
        if not wanted or wanted == partner[1] or wanted in target.schema.properties or wanted in target.todo:
            return
        with self._job.tolerated("patch-refused", "data_source", target.old, wanted):
            key = self._job.turn(f"partner:{target.old}")
            body: Raw = {"properties": {partner[0]: {"name": wanted}}}
            target.schema = self._job.target.update_source(key, target.new, body)

    def _computed(self) -> bool:
        """One layer of rollups and formulas: those that need only what is there. Whether there were any."""
        raws = {old: source.raw for old, source in self._sources.items()}
        ready: list[tuple[Source, str, Raw, Raw]] = []
        for source in self._sources.values():
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
        target = self._sources.get(schema.relation_target(over))
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
        self._column(source, name, definition, schema.kind_of(made))
        return True

    def _as_text(self, source: Source, name: str, code: str) -> None:
        definition = source.todo.pop(name)
        self._job.note(code, "data_source", source.old, name[:80])
        self.add(source, name, dict(schema.AS_TEXT), definition)

    def add(self, source: Source, name: str, made: Raw, definition: Raw | None = None) -> None:
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
            self._column(source, name, known, schema.kind_of(trial))
            return
        source.columns.pop(name, None)

    def _column(self, source: Source, name: str, definition: Raw, kind: str) -> None:
        before = source.columns.get(name)
        source.columns[name] = Column(definition, kind, name, before.people if before else None)
        if source.begun:
            source.late.add(name)
