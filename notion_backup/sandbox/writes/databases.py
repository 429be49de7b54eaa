"""``/databases`` and ``/data_sources``: create and update, schema included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notion_backup.sandbox import pictures, schema, trash
from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import need_flag, need_object, wrong
from notion_backup.sandbox.maker import parent_of, text
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.rich_text import rich_text
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.values import plain
from notion_backup.sandbox.workspace import Raw
from notion_backup.sandbox.writes.pages import Pages
from notion_backup.sandbox.writes.views import default_view


@dataclass
class Databases:
    """Database and data source writes of one sandbox."""

    room: Room
    pages: Pages

    def create(self, ask: Ask) -> str:
        """``POST /databases``: a database with its first data source and a default view."""
        self.room.access.need("insert")
        body = ask.body
        if "parent" not in body:
            raise wrong("body.parent", "defined")
        parent, _ = self.pages.parent(body["parent"])
        if parent["type"] not in ("page_id", "workspace"):
            raise validation("A database can only be created in a page or a workspace.")
        given = rich_text(self.room, body.get("title") or [], "body.title")
        # A database that was given no name is called so, but its data source has none (recorded).
        title = given or text("New database")
        about = rich_text(self.room, body.get("description") or [], "body.description")
        icon = pictures.icon(self.room, body.get("icon"), "body.icon")
        cover = pictures.cover(self.room, body.get("cover"), "body.cover")
        first = need_object(body.get("initial_data_source") or {}, "body.initial_data_source")
        maker = self.room.maker()
        database = maker.database("", parent, is_inline=bool(body.get("is_inline", False)), icon=icon, cover=cover)
        database["title"], database["description"] = title, about
        self._show_title(database)
        try:
            source = self._source(database, given, first.get("properties"), "body.initial_data_source.properties")
        except BaseException:
            maker.unhang(str(parent.get("page_id")), str(database["id"]))
            self.room.workspace.remove("database", str(database["id"]))
            raise
        default_view(self.room, database, source)
        if parent["type"] == "page_id":
            self.room.stamp(self.room.workspace.objects["page"][parent["page_id"]])
        return self.room.answer("database", database)

    def update(self, ask: Ask) -> str:
        """``PATCH /databases/{id}``: never its schema, which is that of its data sources."""
        self.room.access.need("update")
        database_id = self.room.id(ask.ids[0], "database_id")
        database = self.room.object("database", database_id)
        body, changes = ask.body, self._looks(ask.body)
        for name in ("is_inline", "is_locked"):
            if name in body:
                changes[name] = need_flag(body[name], f"body.{name}")
        if body.get("parent") is not None:
            changes["parent"] = self.pages.parent(body["parent"])[0]
        if "in_trash" in body:
            away = need_flag(body["in_trash"], "body.in_trash")
            (trash.put_away if away else trash.take_back)(self.room.workspace, database_id)
        moved = "parent" in changes and changes["parent"] != database["parent"]
        if moved:
            self.room.maker().unhang(self.room.workspace.parent_of(database_id) or "", database_id)
        database.update(changes)
        if moved:
            self.room.maker().show_in_parent("database", "child_database", database)
        for entry in database["data_sources"]:
            self._pass_on(self.room.workspace.objects["data_source"][entry["id"]], database, changes)
            if "title" in changes and len(database["data_sources"]) == 1:
                source = self.room.workspace.objects["data_source"][entry["id"]]
                source["title"] = changes["title"]
                entry["name"] = plain(changes["title"])
        self._show_title(database)
        self.room.workspace.touch(database_id)
        return self.room.answer("database", database)

    def create_source(self, ask: Ask) -> str:
        """``POST /data_sources``: one more in a database."""
        self.room.access.need("insert")
        body = ask.body
        parent = need_object(body.get("parent"), "body.parent")
        database = self.room.object("database", self.room.id(parent.get("database_id"), "parent.database_id", "body"))
        title = rich_text(self.room, body.get("title") or [], "body.title")
        source = self._source(database, title, body.get("properties"), "body.properties")
        if "icon" in body:
            source["icon"] = pictures.icon(self.room, body["icon"], "body.icon")
        default_view(self.room, database, source)
        self.room.workspace.touch(str(source["id"]))
        return self.room.answer("data_source", source)

    def update_source(self, ask: Ask) -> str:
        """``PATCH /data_sources/{id}``: title, icon, schema, trash, parent."""
        self.room.access.need("update")
        source_id = self.room.id(ask.ids[0], "data_source_id")
        source = self.room.object("data_source", source_id)
        body, changes = ask.body, self._looks(ask.body)
        changes.pop("description", None)
        if body.get("parent") is not None:
            self._move(source, body["parent"])
        if body.get("properties"):
            schema.change(self.room, source, body["properties"], "body.properties")
        if "in_trash" in body:
            away = need_flag(body["in_trash"], "body.in_trash")
            (trash.put_away if away else trash.take_back)(self.room.workspace, source_id)
        source.update(changes)
        database = self.room.workspace.get("database", str(source["parent"].get("database_id")))
        if database is not None:
            self._keep_list(database, source)
            if "title" in changes and len(database["data_sources"]) == 1:
                database["title"] = changes["title"]
                self._show_title(database)
        if changes or body.get("properties") or "in_trash" in body:
            self.room.stamp(source)
        return self.room.answer("data_source", source)

    def _move(self, source: Raw, given: Any) -> None:
        """Into another database; the rows go along."""
        told = need_object(given, "body.parent")
        target = self.room.object("database", self.room.id(told.get("database_id"), "parent.database_id", "body"))
        before = self.room.workspace.get("database", str(source["parent"].get("database_id")))
        if before is target:
            return
        if before is not None:
            before["data_sources"] = [one for one in before["data_sources"] if one["id"] != source["id"]]
        target["data_sources"].append({"id": source["id"], "name": plain(source["title"])})
        source["parent"] = parent_of("database_id", str(target["id"]))
        source["database_parent"] = dict(target["parent"])
        for row in self.room.workspace.rows(str(source["id"])):
            row["parent"]["database_id"] = target["id"]

    def _source(self, database: Raw, title: list[Raw], properties: Any, place: str) -> Raw:
        source = self.room.maker().data_source(database, plain(title) or plain(database["title"]), {})
        source["title"] = title
        try:
            schema.begin(self.room, source, properties, place)
        except BaseException:
            self.room.workspace.remove("data_source", str(source["id"]))
            database["data_sources"].pop()
            raise
        self.room.workspace.touch(str(database["id"]))
        return source

    def _looks(self, body: Raw) -> Raw:
        changes: Raw = {}
        for name in ("title", "description"):
            if name in body:
                changes[name] = rich_text(self.room, body[name] or [], f"body.{name}")
        if "icon" in body:
            changes["icon"] = pictures.icon(self.room, body["icon"], "body.icon")
        if "cover" in body:
            changes["cover"] = pictures.cover(self.room, body["cover"], "body.cover")
        return changes

    def _pass_on(self, source: Raw, database: Raw, changes: Raw) -> None:
        """What a data source shows of its database."""
        for name in ("description", "icon", "cover", "is_inline"):
            if name in changes:
                source[name] = changes[name]
        source["database_parent"] = dict(database["parent"])

    def _keep_list(self, database: Raw, source: Raw) -> None:
        entries = [entry for entry in database["data_sources"] if entry["id"] != source["id"]]
        if not source["in_trash"]:
            places = [entry["id"] for entry in database["data_sources"]]
            place = places.index(source["id"]) if source["id"] in places else len(entries)
            entries.insert(place, {"id": source["id"], "name": plain(source["title"])})
        database["data_sources"] = entries
        self.room.workspace.touch(str(database["id"]))

    def _show_title(self, database: Raw) -> None:
        block = self.room.workspace.get("block", str(database["id"]))
        if block is not None:
            block["child_database"] = {"title": plain(database["title"])}
