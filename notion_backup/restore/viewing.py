"""Views: made anew with the new ids of data sources, properties, pages and people in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notion_backup.errors import NotionForbidden
from notion_backup.restore import schema
from notion_backup.restore.facts import Notes
from notion_backup.restore.job import Job
from notion_backup.restore.sources import Source
from notion_backup.restore.target import MadeView, TargetRefused
from notion_backup.snapshot import Raw

_BY_PROPERTY = ("property", "map_by", "arrows_by", "color_by", "toggle_column_id")
_READ_ONLY = ("property_name", "rows")
_OPTIONAL = ("filter", "sorts", "quick_filters", "configuration")


class _Gone(Exception):
    """A part of a view goes by a property that there is not."""


class ViewEncoder:
    """Makes views in the target."""

    def __init__(self, job: Job, sources: Mapping[str, Source]) -> None:
        self._job = job
        self._sources = sources

    def create(self, view: Raw, home: Raw, page_id: str | None) -> MadeView | None:
        """A view in its home (``database_id``, ``view_id`` or ``create_database``); None when the target refuses."""
        old = str(view["id"])
        notes = Notes()
        body = {**self.body(view, notes), **home}
        places = _places(home.get("create_database"))
        for _ in range(len(_OPTIONAL) + 1 + len(places)):
            try:
                made = self._job.target.create_view(self._job.turn(f"view:{old}"), body, page_id)
            except NotionForbidden:
                # A plan or token without views: nothing about this one would change that.
                break
            except TargetRefused as error:
                if places:
                    body["create_database"] = places.pop(0)
                elif not self._plainer(body, notes, old, error):
                    break
                continue
            self._job.keep(notes)
            self._job.create("view", old, made.id, made.database_id)
            return made
        self._job.note("view-impossible", "view", old)
        return None

    def turn_into(self, view: Raw, view_id: str, database_id: str) -> bool:
        """Make the view that a database came with into one of its own; False when the target refuses."""
        notes = Notes()
        told = self.body(view, notes)
        body = {name: told[name] for name in ("name", *_OPTIONAL) if name in told}
        for _ in range(len(_OPTIONAL) + 1):
            try:
                self._job.target.update_view(self._job.turn(f"view:{view['id']}"), view_id, body)
            except NotionForbidden:
                return False
            except TargetRefused as error:
                if not self._plainer(body, notes, str(view["id"]), error):
                    return False
                continue
            self._job.keep(notes)
            self._job.create("view", str(view["id"]), view_id, database_id)
            return True
        return False

    def body(self, view: Raw, notes: Notes) -> Raw:
        """A view as it is sent, without the place it goes to."""
        shown = str(view.get("data_source_id") or "")
        body: Raw = {"name": str(view.get("name") or ""), "type": str(view.get("type"))}
        source = self._job.names.find(shown)
        if source is not None:
            body["data_source_id"] = source
        where = ("view", str(view["id"]))
        for name in _OPTIONAL:
            value = view.get(name)
            if value in (None, [], {}):
                continue
            try:
                made = (
                    self._quick(value, shown) if name == "quick_filters" else self._renewed(value, shown, notes, where)
                )
            except _Gone:
                notes.lose("view-part", *where, name)
                continue
            if made not in (None, [], {}) and not (name == "configuration" and set(made) <= {"type"}):
                body[name] = made
        return body

    def _plainer(self, body: Raw, notes: Notes, old: str, error: TargetRefused) -> bool:
        for name in reversed(_OPTIONAL):
            if name in body:
                del body[name]
                notes.lose("view-plain", "view", old, f"{name}: {error.why}"[:200])
                return True
        return False

    def _quick(self, value: Any, source: str) -> Raw:
        found: Raw = {}
        for property_id, condition in value.items():
            new = self._property(str(property_id), source)
            if new is not None and condition is not None:
                found[new] = self._known(condition)
        return found

    def _renewed(self, value: Any, source: str, notes: Notes, where: tuple[str, str]) -> Any:
        """A part of a view with the new ids in it. Raises _Gone when it goes by a property that there is not."""
        if isinstance(value, list):
            kept = []
            for one in value:
                try:
                    kept.append(self._renewed(one, source, notes, where))
                except _Gone:
                    notes.lose("view-part", *where)
            return kept
        if not isinstance(value, dict):
            return self._known(value)
        made: Raw = {}
        for name, inner in value.items():
            if inner is None or name in _READ_ONLY:
                continue
            if (name.endswith("property_id") or name in _BY_PROPERTY) and isinstance(inner, str):
                new = self._property(inner, source)
                if new is None:
                    raise _Gone
                made[name] = new
            elif isinstance(inner, dict) and name not in ("and", "or"):
                try:
                    made[name] = self._renewed(inner, source, notes, where)
                except _Gone:
                    if "property" in value or name in ("group_by", "map_by"):
                        raise
                    notes.lose("view-part", *where, name)
            else:
                made[name] = self._renewed(inner, source, notes, where)
        return made

    def _property(self, given: str, source: str) -> str | None:
        """The new id of a property that a view names by its old id or name."""
        known = self._sources.get(source)
        if known is None:
            # A data source that was not restored keeps its own ids.
            return given
        definition = schema.by_id(known.raw, given) or schema.definitions(known.raw).get(given)
        if definition is None:
            return None
        return known.schema.properties.get(str(definition["name"]))

    def _known(self, value: Any) -> Any:
        """A value of a filter; pages and people by their new ids."""
        if isinstance(value, str):
            return self._job.names.find(value) or self._job.facts.users.get(value) or value
        if isinstance(value, list):
            return [self._known(one) for one in value]
        if isinstance(value, dict):
            return {name: self._known(one) for name, one in value.items() if one is not None}
        return value


def _places(home: Raw | None) -> list[Raw]:
    """Other ways to say where a linked database goes: as for blocks, and not at all (types and guide differ)."""
    if not home or "position" not in home:
        return []
    after = {"type": "after_block", "after_block": {"id": home["position"]["block_id"]}}
    return [{**home, "position": after}, {name: value for name, value in home.items() if name != "position"}]


class Views:
    """The views of every database that was made."""

    def __init__(self, job: Job, sources: Mapping[str, Source]) -> None:
        self._job = job
        self._encoder = ViewEncoder(job, sources)
        self._sources = sources

    def make(self, old: str) -> None:
        """All views of a database, in place of those it came with."""
        wanted = [view for view in self._job.origin.views(old) if not view.get("dashboard_view_id")]
        if not wanted:
            return
        database = self._job.names.ids[old]
        try:
            came_with = self._job.target.views_of(self._job.turn(f"views:{old}"), database)
        except TargetRefused as error:
            for view in wanted:
                self._job.note("view-impossible", "view", str(view["id"]), error.why[:200])
            return
        done = 0
        first = wanted[0]
        by_time = any("timestamp" in sort for sort in first.get("sorts") or () if isinstance(sort, dict))
        is_table = first.get("type") == "table" and first.get("data_source_id") == self._first_source(old)
        if came_with and is_table and not by_time and self._encoder.turn_into(first, came_with[0], database):
            came_with, wanted = came_with[1:], wanted[1:]
            done = 1
        for view in wanted:
            done += self._make(view, old, database)
        if done:
            for view_id in came_with:
                try:
                    self._job.target.delete_view(self._job.turn(f"unview:{old}"), view_id)
                except (NotionForbidden, TargetRefused) as error:
                    self._job.note("view-left", "database", old, str(error)[:200])

    def _make(self, view: Raw, old: str, database: str) -> bool:
        if view.get("type") != "dashboard":
            shown = str(view.get("data_source_id") or "")
            if self._job.names.find(shown) is None:
                self._job.note("linked-view", "view", str(view["id"]))
                return False
            return self._encoder.create(view, {"database_id": database}, None) is not None
        source = self._job.names.find(self._first_source(old))
        made = self._encoder.create(
            {**view, "data_source_id": self._first_source(old)}, {"database_id": database}, None
        )
        if made is None or source is None:
            return False
        self._widgets(view, old, made.id)
        return True

    def _widgets(self, board: Raw, old: str, board_id: str) -> None:
        """What stands on a dashboard, row by row."""
        by_id = {str(view["id"]): view for view in self._job.origin.views(old)}
        rows = (board.get("configuration") or {}).get("rows") or []
        if rows:
            self._job.note("dashboard", "view", str(board["id"]))
        for number, row in enumerate(rows):
            for place, widget in enumerate(row.get("widgets") or ()):
                view = by_id.get(str(widget.get("view_id")))
                if view is None:
                    continue
                placement = {"type": "existing_row", "row_index": number} if place else {"type": "new_row"}
                self._encoder.create(view, {"view_id": board_id, "placement": placement}, None)

    def _first_source(self, old: str) -> str:
        sources = (self._job.origin.database(old) or {}).get("data_sources") or [{}]
        return str(sources[0].get("id"))
