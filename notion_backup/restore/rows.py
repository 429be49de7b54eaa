"""Making rows with their values, and writing again those values whose objects did not exist yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from notion_backup.restore import schema
from notion_backup.restore.facts import Notes
from notion_backup.restore.job import Job
from notion_backup.restore.limits import MOST_ITEMS
from notion_backup.restore.pages import PageMaker
from notion_backup.restore.sources import Source
from notion_backup.restore.target import TargetRefused, UploadRefused
from notion_backup.snapshot import Raw

Key = tuple[str, str]
"""A relation property: old data source, decoded old property id."""


class Relations:
    """What every relation holds in the target by now, as far as this restore has written it; in old ids.

    A dual relation shows on both sides: writing one side adds to the other, at its end.
    """

    def __init__(self) -> None:
        self._held: defaultdict[Key, dict[str, list[str]]] = defaultdict(dict)

    def held(self, key: Key, row: str) -> list[str]:
        """What a row's relation holds."""
        return self._held[key].get(row, [])

    def write(self, key: Key, partner: Key | None, row: str, targets: Iterable[str]) -> None:
        """Note that a row's relation was set."""
        before = set(self.held(key, row))
        now = list(targets)
        self._held[key][row] = now
        if partner is None:
            return
        for target in now:
            there = self._held[partner].setdefault(target, [])
            if row not in there:
                there.append(row)
        for target in before - set(now):
            if row in self._held[partner].get(target, []):
                self._held[partner][target].remove(row)


class Rows:
    """Makes the rows of data sources."""

    def __init__(self, job: Job, pages: PageMaker, sources: dict[str, Source]) -> None:
        self._job = job
        self._pages = pages
        self._sources = sources
        self._relations = Relations()
        self._late: dict[str, tuple[Source, set[str]]] = {}

    def make(self, fresh: list[Source]) -> None:
        """All rows of these data sources, those that others point to first."""
        for source in _in_order(fresh):
            source.begun = True
            for old in self._job.selection.rows_of(self._job.origin, source.old):
                raw = self._job.origin.page(old)
                if raw is not None:
                    self._make(source, raw)

    def write_late(self) -> None:
        """Write the values that had to wait, and relations that do not hold what they should."""
        for source in self._sources.values():
            if source.late:
                for old in self._job.selection.rows_of(self._job.origin, source.old):
                    if old in self._job.made:
                        self._late.setdefault(old, (source, set()))[1].update(source.late)
        self._mark_relations()
        for old, (source, names) in self._late.items():
            if old in self._job.made:
                self._write_late(source, old, names)

    def _make(self, source: Source, raw: Raw) -> None:
        old = str(raw["id"])
        notes = Notes()
        values = self._job.values_of(old).row(raw, source.columns, notes)
        later = set(values.later)
        new = self._pages.page(raw, {"type": "data_source_id", "data_source_id": source.new}, values.sent, notes)
        if new is None:
            return
        if old in self._pages.bare:
            later |= values.sent.keys()
        for name, targets in values.relations.items():
            if old in self._pages.bare or name not in values.sent:
                continue
            written = [one for one in targets if self._job.names.find(one) is not None and one != old][:MOST_ITEMS]
            self._note_relation(source, name, old, written)
        if later:
            self._late[old] = (source, later)

    def _mark_relations(self) -> None:
        """Have every relation compared with what it should hold: most were written from their other side."""
        for source in self._sources.values():
            names = [name for name, column in source.columns.items() if column.kind == "relation"]
            if not names:
                continue
            for old in self._job.selection.rows_of(self._job.origin, source.old):
                if old not in self._job.made:
                    continue
                for name in names:
                    self._late.setdefault(old, (source, set()))[1].add(name)

    def _write_late(self, source: Source, old: str, names: set[str]) -> None:
        raw = self._job.origin.page(old)
        if raw is None:
            return
        notes = Notes()
        values = self._job.values_of(old).row(raw, source.columns, notes)
        body: Raw = {}
        for name in sorted(names):
            column = source.columns.get(name)
            if column is None:
                continue
            if column.kind == "relation":
                targets = self._wanted(source, old, name, values.relations.get(name, []))
                if targets is not None:
                    body[name] = {"relation": [{"id": self._job.names.find(one)} for one in targets]}
                    self._note_relation(source, name, old, targets)
            elif name in values.sent:
                body[name] = values.sent[name]
        self._job.keep(notes)
        if body:
            self._patch(old, body)

    def _wanted(self, source: Source, old: str, name: str, targets: list[str]) -> list[str] | None:
        """What a relation has to be set to; None when it holds that already, or cannot be brought nearer to it."""
        found = [one for one in targets if self._job.names.find(one) is not None]
        if len(found) < len(targets):
            self._job.note("relation-target", "page", old, name[:80])
        key, partner = self._keys(source, name)
        held = self._relations.held(key, old)
        if partner is not None and not set(held) <= set(found):
            # Taking away what the other side says would change the other side.
            self._job.note("relation-sides", "page", old, name[:80])
            found += [one for one in held if one not in found]
        if held == found or not found:
            return None
        if len(found) > MOST_ITEMS:
            if partner is None:
                self._job.note("relation-many", "page", old, name[:80])
                return found[:MOST_ITEMS] if held != found[:MOST_ITEMS] else None
            # More than a request holds is written from the other side, row by row.
            return None
        return found

    def _patch(self, old: str, body: Raw) -> None:
        """Write values; of those that are refused together, each by itself."""
        new = self._job.names.ids[old]
        try:
            self._job.target.update_page(self._job.turn(f"values:{old}"), new, {"properties": body})
        except (TargetRefused, UploadRefused) as error:
            if isinstance(error, UploadRefused):
                self._job.refuse_upload(error)
            if len(body) == 1:
                self._job.note("value-refused", "page", old, f"{next(iter(body))}: {error.why}"[:200])
                return
            for name, value in body.items():
                self._patch(old, {name: value})

    def _note_relation(self, source: Source, name: str, old: str, targets: list[str]) -> None:
        key, partner = self._keys(source, name)
        self._relations.write(key, partner, old, targets)

    def _keys(self, source: Source, name: str) -> tuple[Key, Key | None]:
        definition = source.columns[name].definition
        key = schema.own_key(definition, source.old)
        told = definition["relation"]
        target = self._sources.get(str(told.get("data_source_id")))
        if target is None or not schema.is_dual(told):
            return key, None
        there = schema.by_id(target.raw, schema.partner_of(definition)[1])
        mutual = there is not None and schema.are_partners(definition, source.old, there, target.old)
        return key, schema.partner_of(definition) if mutual else None


def _in_order(fresh: list[Source]) -> list[Source]:
    """Data sources so that those come first whose rows others point to, as far as there is such an order."""
    by_old = {source.old: source for source in fresh}
    done: dict[str, Source] = {}

    def visit(source: Source, above: frozenset[str]) -> None:
        if source.old in done or source.old in above:
            return
        for column in source.columns.values():
            if column.kind == "relation":
                target = by_old.get(schema.relation_target(column.definition))
                if target is not None and not schema.is_dual(column.definition["relation"]):
                    visit(target, above | {source.old})
        done[source.old] = source

    for source in fresh:
        visit(source, frozenset())
    return list(done.values())
