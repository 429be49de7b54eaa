"""``/views``: create, update, delete, run; what a new data source comes with (views guide, autumn 2026)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import need_list, need_object, need_text, wrong
from notion_backup.sandbox.clock import to_expiry, to_millisecond
from notion_backup.sandbox.filters import compile_filter, sort_rows
from notion_backup.sandbox.maker import parent_of
from notion_backup.sandbox.paging import Slice, Window, cut, envelope
from notion_backup.sandbox.reads import Reads
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import Refusal, validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.workspace import Raw
from notion_backup.sandbox.writes.dashboards import place_widget, take_widget

KINDS = ("table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "dashboard")
_KEPT_FOR = timedelta(minutes=15)
_NEEDED = {"board": ("group_by",), "calendar": ("date_property_id",), "timeline": ("date_property_id",),
           "chart": ("chart_type",)}  # fmt: skip


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

    def create(self, ask: Ask) -> str:
        """``POST /views``: in a database, as a widget of a dashboard, or as a linked database on a page."""
        self._allowed("insert")
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
        _check_configuration(body.get("configuration"), kind)
        self._check_rows(source, body)
        if homes[0] == "view_id":
            board = self.room.object("view", self.room.id(body["view_id"], "view_id", "body"))
            if board["type"] != "dashboard":
                raise validation("A widget can only be put on a dashboard.")
            raw = _view(self.room, str(board["parent"]["database_id"]), source, name, kind, body)
            raw["dashboard_view_id"] = board["id"]
            place_widget(self.room, board, str(raw["id"]), body.get("placement"))
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
        self._allowed("update")
        raw = self._view(ask)
        body = ask.body
        if body.get("type") not in (None, raw["type"]):
            raise validation("The type of a view cannot be changed.")
        if any("timestamp" in need_object(sort, "body.sorts") for sort in body.get("sorts") or ()):
            raise wrong("body.sorts", "sorts by properties")
        if "configuration" in body:
            _check_configuration(body["configuration"], str(raw["type"]))
            if raw["type"] == "dashboard":
                raise validation("The rows of a dashboard cannot be updated: add and delete widgets.")
        source = self.room.workspace.get("data_source", str(raw["data_source_id"]))
        self._check_rows(source, body)
        if "name" in body:
            raw["name"] = need_text(body["name"], "body.name")
        for name in ("filter", "sorts", "configuration"):
            if name in body:
                raw[name] = body[name]
        if "quick_filters" in body:
            merged = {**(raw["quick_filters"] or {}), **(body["quick_filters"] or {})}
            kept = {key: value for key, value in merged.items() if value is not None}
            raw["quick_filters"] = kept if body["quick_filters"] is not None else {}
        self.room.stamp(raw)
        return self.room.answer("view", raw)

    def delete(self, ask: Ask) -> Raw:
        """``DELETE /views/{id}``: for good, but never the last one."""
        self._allowed("update")
        raw = self._view(ask)
        if len(self.room.workspace.view_ids(str(raw["parent"]["database_id"]))) <= 1:
            raise validation("The last view of a database cannot be deleted.")
        board = self.room.workspace.get("view", str(raw.get("dashboard_view_id")))
        if board is not None:
            take_widget(self.room, board, str(raw["id"]))
        self.room.workspace.remove("view", str(raw["id"]))
        return {name: raw[name] for name in ("object", "id", "parent", "type")}

    def run(self, ask: Ask) -> str:
        """``POST /views/{id}/queries``: the ids of its pages, kept for 15 minutes."""
        self._allowed("read")
        raw = self._view(ask)
        if raw["data_source_id"] is None:
            raise validation("A dashboard has no pages of its own.")
        query = {name: raw[name] for name in ("filter", "sorts") if raw.get(name)}
        rows = self.reads.matching(self.room.object("data_source", str(raw["data_source_id"])), query)
        run_id = self.room.maker().new_id()
        begun, ids = self.room.clock.now(), [str(row["id"]) for row in rows][: self.reads.row_cap]
        self.room.workspace.view_runs[run_id] = (begun, ids)
        part = _pages(ids, Window.read(ask.body, "body"))
        return dumps(
            {
                "object": "view_query",
                "id": run_id,
                "view_id": raw["id"],
                "expires_at": to_expiry(begun + _KEPT_FOR),
                "total_count": len(ids),
                "results": part.items,
                "next_cursor": part.next_cursor,
                "has_more": part.next_cursor is not None,
            }
        )

    def run_again(self, ask: Ask) -> str:
        """``GET /views/{id}/queries/{id}``."""
        self._allowed("read")
        _, ids = self.room.workspace.view_runs[self._run(ask)]
        part = _pages(ids, Window.read(ask.query, "query"))
        return envelope([dumps(raw) for raw in part.items], part, "page")

    def forget(self, ask: Ask) -> Raw:
        """``DELETE /views/{id}/queries/{id}``."""
        self._allowed("read")
        run_id = self._run(ask)
        del self.room.workspace.view_runs[run_id]
        return {"object": "view_query", "id": run_id, "deleted": True}

    def _run(self, ask: Ask) -> str:
        run_id = self.room.id(ask.ids[1], "query_id")
        begun, _ = self.room.workspace.view_runs.get(run_id, (None, []))
        if begun is None or self.room.clock.now() > begun + _KEPT_FOR:
            raise Refusal(404, "object_not_found", f"Could not find view query with ID: {run_id}.")
        return run_id

    def _allowed(self, capability: str) -> None:
        self.room.access.need("views")
        self.room.access.need(capability)

    def _view(self, ask: Ask) -> Raw:
        return self.room.object("view", self.room.id(ask.ids[0], "view_id"))

    def _check_rows(self, source: Raw | None, body: Raw) -> None:
        """A filter and sorts must make sense of the data source they are for."""
        if source is None:
            return
        if body.get("filter") is not None:
            compile_filter(body["filter"], source["properties"], self.room.clock.now())
        sort_rows([], need_list(body.get("sorts") or [], "body.sorts"), source["properties"])

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
            named = position.get("block_id") or (position.get("after_block") or {}).get("id")
            after = self.room.id(named, "create_database.position.block_id", "body")
            if after not in listed[:-1]:
                self.room.workspace.remove("database", str(database["id"]))
                self.room.workspace.remove("block", str(database["id"]))
                raise validation(f"The block to insert after is not a child of the parent page: {after}")
            listed.insert(listed.index(after) + 1, listed.pop())
        self.room.workspace.objects["block"][str(database["id"])]["child_database"]["title"] = "Untitled"
        return str(database["id"])

    def _place(self, position: object, database_id: str, view_id: str) -> None:
        if not isinstance(position, dict):
            return
        ids = self.room.workspace.view_ids(database_id)
        ids.remove(view_id)
        place = len(ids)
        if position.get("type") == "start":
            place = 0
        elif position.get("type") == "after_view":
            if position.get("view_id") not in ids:
                raise self.room.missing("view", str(position.get("view_id")))
            place = ids.index(str(position["view_id"])) + 1
        ids.insert(place, view_id)
        self.room.workspace.order_views(database_id, ids)


def _pages(ids: list[str], window: Window) -> Slice:
    return cut([{"object": "page", "id": one} for one in ids], window, lambda raw: str(raw["id"]))


def _check_configuration(given: object, kind: str) -> None:
    """A configuration is that of the view's type, with what that type cannot be without."""
    if given is None:
        return
    told = need_object(given, "body.configuration")
    if told.get("type") != kind:
        raise wrong("body.configuration.type", f'`"{kind}"`', told.get("type"))
    for name in _NEEDED.get(kind, ()):
        if told.get(name) is None:
            raise wrong(f"body.configuration.{name}", "defined")
