"""``/views``: create, update, delete, run; what a new data source comes with (views guide, autumn 2026)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import need_object, need_text, wrong
from notion_backup.sandbox.clock import to_millisecond
from notion_backup.sandbox.maker import parent_of
from notion_backup.sandbox.paging import Window, cut, envelope
from notion_backup.sandbox.reads import Reads
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import Refusal, validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.workspace import Raw

KINDS = ("table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "dashboard")
_KEPT_FOR = timedelta(minutes=15)


def default_view(room: Room, database: Raw, source: Raw) -> Raw:
    """The table that a new data source comes with."""
    return _view(room, str(database["id"]), source, "Default view", "table", {})


def _view(room: Room, database_id: str, source: Raw | None, name: str, kind: str, given: Raw) -> Raw:
    view_id = room.maker().new_id()
    stamp = to_millisecond(room.clock.now())
    raw: Raw = {
        "object": "view",
        "id": view_id,
        "parent": parent_of("database_id", database_id),
        "data_source_id": source["id"] if source is not None else None,
        "name": name,
        "type": kind,
        "filter": given.get("filter"),
        "sorts": given.get("sorts") or [],
        "quick_filters": given.get("quick_filters") or {},
        "configuration": given.get("configuration") or {"type": kind},
        "created_time": stamp,
        "created_by": room.author,
        "last_edited_time": stamp,
        "last_edited_by": room.author,
        "url": f"https://app.notion.com/p/{database_id.replace('-', '')}?v={view_id.replace('-', '')}",
    }
    return room.workspace.put("view", raw)


@dataclass
class Views:
    """View writes of one sandbox, and the runs of views."""

    room: Room
    reads: Reads
    _runs: dict[str, tuple[datetime, list[str]]] = field(default_factory=dict)

    def create(self, ask: Ask) -> str:
        """``POST /views``: in a database, as a widget of a dashboard, or as a linked database on a page."""
        self.room.access.need("insert")
        body = ask.body
        kind = body.get("type")
        if kind not in KINDS:
            raise wrong("body.type", ", ".join(f'`"{name}"`' for name in KINDS), kind)
        name = need_text(body.get("name", ""), "body.name")
        homes = [key for key in ("database_id", "view_id", "create_database") if body.get(key) is not None]
        if len(homes) != 1:
            raise validation(
                "body failed validation: exactly one of database_id, view_id and create_database is needed."
            )
        source = None
        if kind != "dashboard" or body.get("data_source_id"):
            given = self.room.id(body.get("data_source_id"), "data_source_id", "body")
            source = self.room.object("data_source", given)
        if homes[0] == "view_id":
            board = self.room.object("view", self.room.id(body["view_id"], "view_id", "body"))
            if board["type"] != "dashboard":
                raise validation("A widget can only be put on a dashboard.")
            raw = _view(self.room, str(board["parent"]["database_id"]), source, name, kind, body)
            raw["dashboard_view_id"] = board["id"]
            board["configuration"].setdefault("rows", []).append({"view_ids": [raw["id"]]})
        else:
            database_id = (
                self._linked(body["create_database"]) if homes[0] == "create_database" else self._database(body)
            )
            raw = _view(self.room, database_id, source, name, kind, body)
            self._place(body.get("position"), database_id, str(raw["id"]))
        self.room.workspace.touch(str(raw["id"]))
        return self.room.answer("view", raw)

    def update(self, ask: Ask) -> str:
        """``PATCH /views/{id}``: everything but its type."""
        self.room.access.need("update")
        raw = self.room.object("view", self.room.id(ask.ids[0], "view_id"))
        if ask.body.get("type") not in (None, raw["type"]):
            raise validation("The type of a view cannot be changed.")
        for name in ("name", "filter", "sorts", "quick_filters", "configuration"):
            if name in ask.body:
                raw[name] = ask.body[name]
        self.room.stamp(raw)
        return self.room.answer("view", raw)

    def delete(self, ask: Ask) -> str:
        """``DELETE /views/{id}``: for good, but never the last one."""
        self.room.access.need("update")
        raw = self.room.object("view", self.room.id(ask.ids[0], "view_id"))
        if len(self.room.workspace.view_ids(str(raw["parent"]["database_id"]))) <= 1:
            raise validation("The last view of a database cannot be deleted.")
        text = self.room.answer("view", raw)
        self.room.workspace.remove("view", str(raw["id"]))
        return text

    def run(self, ask: Ask) -> str:
        """``POST /views/{id}/queries``: the ids of its pages, kept for 15 minutes."""
        raw = self.room.object("view", self.room.id(ask.ids[0], "view_id"))
        if raw["data_source_id"] is None:
            raise validation("A dashboard has no pages of its own.")
        query = {name: raw[name] for name in ("filter", "sorts") if raw.get(name)}
        rows = self.reads.matching(self.room.object("data_source", str(raw["data_source_id"])), query)
        run_id = self.room.maker().new_id()
        self._runs[run_id] = (self.room.clock.now(), [str(row["id"]) for row in rows])
        return self._shown(run_id, Window.read(ask.body, "body"))

    def run_again(self, ask: Ask) -> str:
        """``GET /views/{id}/queries/{id}``."""
        return self._shown(self._run(ask), Window.read(ask.query, "query"))

    def forget(self, ask: Ask) -> Raw:
        """``DELETE /views/{id}/queries/{id}``."""
        run_id = self._run(ask)
        del self._runs[run_id]
        return {"object": "view_query", "id": run_id, "deleted": True}

    def _run(self, ask: Ask) -> str:
        run_id = self.room.id(ask.ids[1], "query_id")
        begun, _ = self._runs.get(run_id, (None, []))
        if begun is None or self.room.clock.now() > begun + _KEPT_FOR:
            raise Refusal(404, "object_not_found", f"Could not find view query with ID: {run_id}.")
        return run_id

    def _shown(self, run_id: str, window: Window) -> str:
        begun, ids = self._runs[run_id]
        part = cut([{"object": "page", "id": one} for one in ids], window, lambda raw: str(raw["id"]))
        told = {"id": run_id, "expires_at": to_millisecond(begun + _KEPT_FOR), "total_count": len(ids)}
        return envelope([dumps(raw) for raw in part.items], part, "page", detail=dumps(told))

    def _database(self, body: Raw) -> str:
        return str(self.room.object("database", self.room.id(body["database_id"], "database_id", "body"))["id"])

    def _linked(self, given: Raw) -> str:
        """A linked database: a block on a page, without data sources of its own."""
        told = need_object(given, "body.create_database")
        parent = need_object(told.get("parent"), "body.create_database.parent")
        page_id = self.room.id(parent.get("page_id"), "create_database.parent.page_id", "body")
        self.room.object("page", page_id)
        database = self.room.maker().database("", parent_of("page_id", page_id))
        position = told.get("position") or {}
        listed = self.room.workspace.children[page_id]
        if position.get("type") == "after_block":
            after = self.room.id((position.get("after_block") or {}).get("id"), "position.after_block.id", "body")
            if after in listed:
                listed.insert(listed.index(after) + 1, listed.pop())
        return str(database["id"])

    def _place(self, position: object, database_id: str, view_id: str) -> None:
        if not isinstance(position, dict):
            return
        ids = self.room.workspace.view_ids(database_id)
        ids.remove(view_id)
        place = len(ids)
        if position.get("type") == "start":
            place = 0
        elif position.get("type") == "after_view" and position.get("view_id") in ids:
            place = ids.index(str(position["view_id"])) + 1
        ids.insert(place, view_id)
        self.room.workspace.order_views(database_id, ids)
