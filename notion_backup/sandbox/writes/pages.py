"""``/pages``: create, update, move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notion_backup.sandbox import pictures, trash
from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.block_requests import Wanted, wanted_blocks
from notion_backup.sandbox.checks import kind_of, need_flag, need_list, need_object, need_text, wrong
from notion_backup.sandbox.maker import parent_of
from notion_backup.sandbox.property_values import fill_computed, refresh_dependents, write_properties
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.rich_text import rich_text
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.tasks import Tasks
from notion_backup.sandbox.values import title_of
from notion_backup.sandbox.workspace import Raw
from notion_backup.sandbox.writes.blocks import Blocks
from notion_backup.sandbox.writes.markdown import markdown_blocks

_OF_TEMPLATES = ("rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox",
                 "url", "email", "phone_number")  # fmt: skip
_PARENTS = ("page_id", "data_source_id", "database_id", "workspace", "block_id")


@dataclass
class Pages:
    """Page writes of one sandbox."""

    room: Room
    blocks: Blocks
    tasks: Tasks

    def create(self, ask: Ask) -> Raw | str:
        """``POST /pages``: under a page, as a row, or (for a person's token) at the top of the workspace."""
        self.room.access.need("insert")
        body = ask.body
        if "parent" not in body:
            raise wrong("body.parent", "defined")
        parent, source = self.parent(body["parent"])
        given = need_object(body.get("properties") or {}, "body.properties")
        icon = pictures.icon(self.room, body.get("icon"), "body.icon")
        cover = pictures.cover(self.room, body.get("cover"), "body.cover")
        children = self._content(body)
        template = self._template(body.get("template"), source)
        if template is not None and children:
            raise validation("body.children should be not present when a template is applied.")
        place = self._place(body.get("position"), parent)
        wanted = set(ask.query.get("filter_properties", ()))

        def made() -> str:
            values = write_properties(self.room, source, None, given) if source else _title(self.room, given)
            self.blocks.spend(1)
            page = self._make(parent, source, values, icon, cover)
            if place is not None:
                listed = self.room.workspace.children[str(parent["page_id"])]
                listed.insert(place, listed.pop())
            self.blocks.put(page, children)
            if template is not None:
                self._apply(template, page, set(given))
            if parent["type"] == "page_id":
                self.room.stamp(self.room.workspace.objects["page"][parent["page_id"]])
            return self.show(page, wanted)

        if body.get("allow_async") and "markdown" in body:
            return self.tasks.accept(ask, "create_page", made)
        return made()

    def update(self, ask: Ask) -> str:
        """``PATCH /pages/{id}``."""
        self.room.access.need("update")
        page_id = self.room.id(ask.ids[0], "page_id")
        page = self.room.object("page", page_id)
        body = ask.body
        back = body.get("in_trash") is False
        if page["in_trash"] and not back and "in_trash" not in body:
            raise validation("Can't edit page on block that is in trash. You must restore it before editing.")
        changes: Raw = {}
        for name, make in (("icon", pictures.icon), ("cover", pictures.cover)):
            if name in body:
                changes[name] = make(self.room, body[name], f"body.{name}")
        for name in ("is_locked", "is_archived"):
            if name in body:
                changes[name] = need_flag(body[name], f"body.{name}")
        away = need_flag(body["in_trash"], "body.in_trash") if "in_trash" in body else None
        source = self._source_of(page)
        template = self._template(body.get("template"), source)
        given = need_object(body.get("properties") or {}, "body.properties")
        if given:
            written = write_properties(self.room, source, page, given) if source else _title(self.room, given, page)
            page["properties"] = written
            self._show_title(page)
        page.update(changes)
        if body.get("erase_content"):
            for child in list(self.room.workspace.children.get(page_id, ())):
                trash.put_away(self.room.workspace, child)
        if template is not None:
            self._apply(template, page, {"*"})
        if away is not None:
            (trash.put_away if away else trash.take_back)(self.room.workspace, page_id)
        if given or changes or body.get("erase_content") or template is not None:
            self.room.stamp(page)
        return self.show(page, set(ask.query.get("filter_properties", ())))

    def move(self, ask: Ask) -> str:
        """``POST /pages/{id}/move``: under another page or data source."""
        self.room.access.need("update")
        page_id = self.room.id(ask.ids[0], "page_id")
        page = self.room.object("page", page_id)
        if "parent" not in ask.body:
            raise wrong("body.parent", "defined")
        kind_of(need_object(ask.body["parent"], "body.parent"), ("page_id", "data_source_id"), "body.parent")
        parent, source = self.parent(ask.body["parent"])
        space, maker = self.room.workspace, self.room.maker()
        above = space.parent_of(page_id)
        target = str(parent.get("page_id", ""))
        if self._lies_below(target, page_id):
            raise validation("A page cannot be moved into itself or a page below it.")
        if above is not None:
            maker.unhang(above, page_id)
        page["parent"] = parent
        space.put("page", page)
        if parent["type"] == "page_id":
            maker.show_in_parent("page", "child_page", page)
        else:
            space.objects["block"].pop(page_id, None)
        if source is not None:
            titles = [value for value in page["properties"].values() if value["type"] == "title"]
            page["properties"] = write_properties(self.room, source, None, {"title": titles[0]} if titles else {})
        else:
            title = next(value for value in page["properties"].values() if value["type"] == "title")
            page["properties"] = {"title": title}
        space.touch(page_id)
        return self.show(page)

    def show(self, page: Raw, wanted: set[str] | None = None) -> str:
        """A page as answered, its computed values worked out anew; only the properties that are ``wanted``, if any."""
        source = self._source_of(page)
        if source is not None:
            fill_computed(self.room, source, page)
            self.room.workspace.touch(str(page["id"]))
            refresh_dependents(self.room, source, page)
        return self.room.renderer.text("page", page, wanted)

    def parent(self, given: Any) -> tuple[Raw, Raw | None]:
        """A parent reference as stored, with the data source it names. Raises 400 and 404 refusals."""
        told = need_object(given, "body.parent")
        kind = kind_of(told, _PARENTS, "body.parent")
        space = self.room.workspace
        if kind == "workspace":
            if not self.room.access.personal:
                raise validation(
                    "Provided parent is not valid: internal integrations aren't owned by a single user, so creating "
                    "workspace-level private pages is not supported."
                )
            return {"type": "workspace", "workspace": True}, None
        target = self.room.id(told[kind], f"parent.{kind}", "body")
        if kind == "page_id":
            page = self.room.object("page", target)
            if page["in_trash"]:
                raise self.room.missing("page", target)
            return parent_of("page_id", target), None
        if kind == "block_id":
            self.room.block(target)
            return parent_of("page_id" if space.get("page", target) else "block_id", target), None
        if kind == "database_id":
            database = self.room.object("database", target)
            sources = database["data_sources"]
            if len(sources) != 1:
                raise validation(
                    "Databases with multiple data sources are not supported in this API version: name a data source."
                )
            target = str(sources[0]["id"])
        source = self.room.object("data_source", target)
        return self.room.maker().row_parent(source), source

    def _make(self, parent: Raw, source: Raw | None, properties: Raw, icon: Raw | None, cover: Raw | None) -> Raw:
        page = self.room.maker().page("", parent, icon=icon, cover=cover)
        page["properties"] = properties
        page["url"] = _url(page)
        self._show_title(page)
        if source is not None:
            fill_computed(self.room, source, page, new=True)
        self.room.workspace.put("page", page)
        return page

    def _show_title(self, page: Raw) -> None:
        block = self.room.workspace.get("block", str(page["id"]))
        if block is not None:
            block["child_page"] = {"title": title_of(page)}
            block["last_edited_time"] = page["last_edited_time"]

    def _source_of(self, page: Raw) -> Raw | None:
        return self.room.workspace.get("data_source", str(page["parent"].get("data_source_id")))

    def _content(self, body: Raw) -> list[Wanted]:
        """The blocks a new page begins with, told as blocks or as Markdown."""
        told = [name for name in ("children", "content", "markdown") if body.get(name) is not None]
        if len(told) > 1:
            raise validation(f"body failed validation: {' and '.join(told)} are mutually exclusive.")
        if told == ["markdown"]:
            return markdown_blocks(self.room, need_text(body["markdown"], "body.markdown"), "body.markdown")
        return wanted_blocks(self.room, body[told[0]], f"body.{told[0]}") if told else []

    def _place(self, position: Any, parent: Raw) -> int | None:
        if position is None or parent["type"] != "page_id":
            return None
        told = need_object(position, "body.position")
        if told.get("type") not in ("after_block", "page_start", "page_end"):
            raise wrong("body.position.type", '`"after_block"`, `"page_start"`, or `"page_end"`', told.get("type"))
        listed = self.room.workspace.children.get(str(parent["page_id"]), [])
        if told.get("type") == "page_start":
            return 0
        if told.get("type") == "after_block":
            given = need_object(told.get("after_block"), "body.position.after_block").get("id")
            after = self.room.id(given, "position.after_block.id", "body")
            if after not in listed:
                raise validation(f"The block to insert after is not a child of the parent page: {after}")
            return listed.index(after) + 1
        return None

    def _template(self, given: Any, source: Raw | None) -> str | None:
        """The id of the page whose body a new row begins with."""
        if given is None or source is None:
            return None
        told = need_object(given, "body.template")
        known = self.room.workspace.templates.get(str(source["id"]), [])
        if told.get("type") == "default":
            return next((str(t["id"]) for t in known if t.get("is_default")), None)
        if told.get("type") == "template_id":
            wanted = self.room.id(told.get("template_id"), "template.template_id", "body")
            if all(t["id"] != wanted for t in known):
                raise self.room.missing("template", wanted)
            return wanted
        return None

    def _apply(self, template: str, page: Raw, told: set[str]) -> None:
        """Give a page the body of a template, and of its values those that were not told (``*``: all were)."""
        space, maker = self.room.workspace, self.room.maker()
        origin = space.objects["page"][template]
        for name, value in origin["properties"].items():
            own = page["properties"].get(name)
            if "*" in told or own is None or {name, str(own["id"])} & told or value["type"] not in _OF_TEMPLATES:
                continue
            page["properties"][name] = {**own, value["type"]: value[value["type"]]}
        for name in ("icon", "cover"):
            page[name] = page[name] or origin[name]
        waiting = [(template, page)]
        while waiting:
            above, holder = waiting.pop()
            for child in space.children.get(above, ()):
                block = space.objects["block"][child]
                if block["type"] not in ("child_page", "child_database"):
                    copy = maker.block(holder, str(block["type"]), dict(block[block["type"]]))
                    waiting.append((child, copy))

    def _lies_below(self, object_id: str, above: str) -> bool:
        current: str | None = object_id
        for _ in range(1000):
            if current is None or current == above:
                return current == above
            current = self.room.workspace.parent_of(current)
        return False


def _title(room: Room, given: Raw, page: Raw | None = None) -> Raw:
    """The one property of a page that is no row."""
    before = dict(page["properties"]) if page is not None else {}
    for name, value in given.items():
        if name != "title":
            raise validation(f"{name} is not a property that exists.")
        spans = value.get("title") if isinstance(value, dict) else value
        place = f"body.properties.{name}.title"
        return {"title": {"id": "title", "type": "title", "title": rich_text(room, need_list(spans, place), place)}}
    return before or {"title": {"id": "title", "type": "title", "title": []}}


def _url(page: Raw) -> str:
    slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in title_of(page)[:60]).strip("-")
    return f"https://app.notion.com/p/{slug + '-' if slug else ''}{str(page['id']).replace('-', '')}"
