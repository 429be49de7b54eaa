"""Makes objects in the shape of the API and files them in a workspace: for writes, generator and editor."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from notion_backup.sandbox.clock import START_OF_STORY, to_millisecond, to_minute
from notion_backup.sandbox.ids import new_id, new_property_id
from notion_backup.sandbox.storage import child_block
from notion_backup.sandbox.workspace import Raw, Workspace

_PLAIN = {
    "bold": False,
    "italic": False,
    "strikethrough": False,
    "underline": False,
    "code": False,
    "color": "default",
}
COLOURS = ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")


def style(**changes: Any) -> Raw:
    """Annotations of a piece of rich text; plain unless said otherwise."""
    return {**_PLAIN, **changes}


def span(content: str, link: str | None = None, **changes: Any) -> Raw:
    """A text element of rich text."""
    return {
        "type": "text",
        "text": {"content": content, "link": {"url": link} if link else None},
        "annotations": style(**changes) if changes else _PLAIN,
        "plain_text": content,
        "href": link,
    }


def mention(kind: str, inner: Any, plain_text: str, href: str | None = None) -> Raw:
    """A mention element of rich text."""
    return {
        "type": "mention",
        "mention": {"type": kind, kind: inner},
        "annotations": _PLAIN,
        "plain_text": plain_text,
        "href": href,
    }


def text(content: str) -> list[Raw]:
    """Rich text of one plain element; empty for an empty string."""
    return [span(content)] if content else []


def parent_of(kind: str, object_id: str) -> Raw:
    """A parent reference such as ``{"type": "page_id", "page_id": …}``."""
    return {"type": kind, kind: object_id}


class Maker:
    """Makes objects at ``now`` in the name of ``author`` and files them in a workspace; ids come from ``rng``."""

    def __init__(self, workspace: Workspace, rng: random.Random, now: datetime = START_OF_STORY) -> None:
        self.workspace = workspace
        self.rng = rng
        self.now = now
        self.author: Raw = {"object": "user", "id": workspace.bot_id}

    def new_id(self) -> str:
        """A fresh id."""
        return new_id(self.rng)

    # --- pages -------------------------------------------------------------------------------------------------

    def page(
        self,
        title: str,
        parent: Raw,
        *,
        properties: Raw | None = None,
        icon: Raw | None = None,
        cover: Raw | None = None,
        title_name: str = "title",
    ) -> Raw:
        """A page; under a page it also shows as a child block there, under a data source it is a row."""
        page_id = self.new_id()
        title_value = {"id": "title", "type": "title", "title": text(title)}
        slug = "".join(c if c.isascii() and c.isalnum() else "-" for c in title[:60]).strip("-")
        raw: Raw = {
            "object": "page",
            "id": page_id,
            "created_time": to_minute(self.now),
            "last_edited_time": to_minute(self.now),
            "created_by": self.author,
            "last_edited_by": self.author,
            "cover": cover,
            "icon": icon,
            "parent": parent,
            "in_trash": False,
            "is_archived": False,
            "is_locked": False,
            "properties": {title_name: title_value, **(properties or {})},
            "url": f"https://app.notion.com/p/{slug + '-' if slug else ''}{page_id.replace('-', '')}",
            "public_url": None,
        }
        self.workspace.put("page", raw)
        self.workspace.index_later(page_id, self.now, None)
        self.show_in_parent("page", "child_page", raw)
        return raw

    def show_in_parent(self, kind: str, block_type: str, raw: Raw) -> None:
        """File the block by which a page or database shows in its parent, at the end."""
        holder = raw["parent"].get("page_id") or raw["parent"].get("block_id")
        if holder is None:
            return
        self.workspace.put("block", child_block(self.workspace, kind, block_type, raw))
        self.hang(str(holder), str(raw["id"]))

    def hang(self, holder: str, child: str, place: int | None = None) -> None:
        """Put a block among the children of a page or block, at the end unless a place is given."""
        ids = self.workspace.children.setdefault(holder, [])
        ids.insert(len(ids) if place is None else place, child)
        block = self.workspace.get("block", holder)
        if block is not None and not block["has_children"]:
            block["has_children"] = True
            self.workspace.touch(holder)

    def unhang(self, holder: str, child: str) -> None:
        """Take a block out of the children of a page or block."""
        ids = self.workspace.children.get(holder, [])
        if child in ids:
            ids.remove(child)
        block = self.workspace.get("block", holder)
        if block is not None and not ids:
            block["has_children"] = False
        self.workspace.touch(holder)

    def block(
        self, holder: Raw, block_type: str, inner: Raw, *, parent: Raw | None = None, place: int | None = None
    ) -> Raw:
        """A block under a page or block (``holder``)."""
        stamp = to_minute(self.now)
        if parent is None:
            parent = parent_of("block_id" if holder["object"] == "block" else "page_id", str(holder["id"]))
        raw: Raw = {
            "object": "block",
            "id": new_id(self.rng),
            "parent": parent,
            "created_time": stamp,
            "last_edited_time": stamp,
            "created_by": self.author,
            "last_edited_by": self.author,
            "has_children": False,
            "in_trash": False,
            "type": block_type,
            block_type: inner,
        }
        self.workspace.put("block", raw)
        self.hang(str(holder["id"]), str(raw["id"]), place)
        return raw

    # --- databases ---------------------------------------------------------------------------------------------

    def database(
        self,
        title: str,
        parent: Raw,
        *,
        is_inline: bool = False,
        icon: Raw | None = None,
        cover: Raw | None = None,
        description: str = "",
    ) -> Raw:
        """A database container, still without a data source."""
        database_id = self.new_id()
        stamp = to_millisecond(self.now)
        raw: Raw = {
            "object": "database",
            "id": database_id,
            "title": text(title),
            "description": text(description),
            "parent": parent,
            "is_inline": is_inline,
            "in_trash": False,
            "is_locked": False,
            "created_time": stamp,
            "last_edited_time": stamp,
            "data_sources": [],
            "icon": icon,
            "cover": cover,
            "url": f"https://app.notion.com/p/{database_id.replace('-', '')}",
            "public_url": None,
        }
        self.workspace.put("database", raw)
        self.show_in_parent("database", "child_database", raw)
        return raw

    def data_source(self, database: Raw, name: str, properties: Raw) -> Raw:
        """A data source in a database, with its schema (see ``schema``)."""
        source_id = self.new_id()
        raw: Raw = {
            "object": "data_source",
            "id": source_id,
            "cover": database["cover"],
            "icon": database["icon"],
            "created_time": to_minute(self.now),
            "created_by": self.author,
            "last_edited_by": self.author,
            "last_edited_time": to_minute(self.now),
            "title": text(name),
            "description": database["description"],
            "is_inline": database["is_inline"],
            "properties": properties,
            "parent": parent_of("database_id", str(database["id"])),
            "database_parent": dict(database["parent"]),
            "url": database["url"],
            "public_url": None,
            "in_trash": False,
        }
        self.workspace.put("data_source", raw)
        self.workspace.index_later(source_id, self.now, None)
        database["data_sources"].append({"id": source_id, "name": name})
        return raw

    def row_parent(self, source: Raw) -> Raw:
        """The parent reference of a row."""
        return {
            "type": "data_source_id",
            "data_source_id": source["id"],
            "database_id": source["parent"]["database_id"],
        }

    def property(self, name: str, kind: str, inner: Raw | None = None, description: str | None = None) -> Raw:
        """One definition of a schema."""
        fixed = {"title": "title", "verification": "verification"}
        return {
            "id": fixed.get(kind) or new_property_id(self.rng),
            "name": name,
            "description": description,
            "type": kind,
            kind: inner if inner is not None else {},
        }

    # --- comments ----------------------------------------------------------------------------------------------

    def comment(
        self, target: Raw, content: list[Raw], discussion: str | None = None, attachments: list[Raw] | None = None
    ) -> Raw:
        """A comment on a page or block; without a discussion it opens one."""
        kind = "page_id" if target["object"] == "page" else "block_id"
        author = self.workspace.get("user", str(self.author["id"])) or {}
        stamp = to_minute(self.now)
        raw: Raw = {
            "object": "comment",
            "id": self.new_id(),
            "parent": parent_of(kind, str(target["id"])),
            "discussion_id": discussion or self.new_id(),
            "created_time": stamp,
            "last_edited_time": stamp,
            "created_by": self.author,
            "rich_text": content,
            "display_name": {
                "type": "integration" if author.get("type") == "bot" else "user",
                "resolved_name": author.get("name", self.workspace.bot_name),
            },
        }
        if attachments:
            raw["attachments"] = attachments
        return self.workspace.put("comment", raw)
