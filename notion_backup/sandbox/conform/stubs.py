"""The least that objects have to be of which a recording shows no more than the id."""

from __future__ import annotations

from notion_backup.sandbox.conform.undone import definition
from notion_backup.sandbox.conform.words import another_id
from notion_backup.sandbox.maker import parent_of, text
from notion_backup.sandbox.workspace import Raw, Workspace

EPOCH = "2020-01-01T00:00:00.000Z"
TOP: Raw = {"type": "workspace", "workspace": True}


def stub(space: Workspace, kind: str, object_id: str, below: list[Raw]) -> None:
    """Put an object into the workspace; ``below`` are blocks that are known to lie in it. Users are not made so."""
    if kind == "page":
        space.put("page", page(space, object_id))
    elif kind == "block":
        space.put("block", _block(space, object_id, below))
    elif kind == "database":
        space.put("database", _database(space, object_id))
    elif kind == "data_source":
        space.put("data_source", _data_source(space, object_id))
    elif kind == "view":
        space.put("view", view(object_id, another_id(object_id)))
    elif kind == "comment":
        raw = comment(space, another_id(object_id), dict(TOP))
        space.put("comment", {**raw, "id": object_id})


def page(space: Workspace, object_id: str, parent: Raw | None = None) -> Raw:
    """A page with a title."""
    title = {"title": {"id": "title", "type": "title", "title": text("Recorded")}}
    flags = {"is_archived": False, "is_locked": False, "properties": title, "parent": parent or TOP}
    return {"object": "page", "id": object_id, **_marks(space), **_looks(), **flags}


def behind_block(space: Workspace, kind: str, block: Raw) -> Raw:
    """The page or database that a block shows, of which only the block is known."""
    title = str((block.get(f"child_{kind}") or {}).get("title") or "")
    raw = page(space, str(block["id"])) if kind == "page" else _database(space, str(block["id"]))
    marks = {name: block[name] for name in (*_marks(space), "parent", "in_trash") if name in block}
    if kind == "page":
        raw["properties"]["title"]["title"] = text(title) if title else []
    else:
        raw["title"] = text(title) if title else []
    return {**raw, **marks}


def _block(space: Workspace, object_id: str, below: list[Raw]) -> Raw:
    first = below[0] if below else {}
    kind = {"table_row": "table", "column": "column_list"}.get(str(first.get("type")), "toggle")
    inner: Raw = {"rich_text": [], "color": "default"} if kind == "toggle" else {}
    if kind == "table":
        width = len((first.get("table_row") or {}).get("cells") or ()) or 2
        inner = {"table_width": width, "has_column_header": False, "has_row_header": False}
    common = {"has_children": False, "in_trash": False, "type": kind, kind: inner}
    return {"object": "block", "id": object_id, "parent": TOP, **_marks(space), **common}


def _database(space: Workspace, object_id: str) -> Raw:
    more = {"title": [], "description": [], "is_inline": False, "is_locked": False, "data_sources": []}
    return {"object": "database", "id": object_id, "parent": TOP, **_marks(space), **_looks(), **more}


def _data_source(space: Workspace, object_id: str) -> Raw:
    more = {"title": [], "description": [], "is_inline": False, "properties": {"Name": definition("Name", "title")}}
    parent = {"parent": parent_of("database_id", another_id(object_id)), "database_parent": TOP}
    return {"object": "data_source", "id": object_id, **_marks(space), **_looks(), **more, **parent}


def view(object_id: str, database_id: str, source_id: str | None = None, kind: str = "table") -> Raw:
    """A view without filter or sorts."""
    return {
        "object": "view",
        "id": object_id,
        "parent": parent_of("database_id", database_id),
        "data_source_id": source_id,
        "name": "Recorded",
        "type": kind,
        "filter": None,
        "sorts": None,
        "quick_filters": None,
        "configuration": {"type": kind},
        "created_time": EPOCH,
        "last_edited_time": EPOCH,
        "url": "https://www.notion.so/x",
    }


def comment(space: Workspace, discussion: str, parent: Raw) -> Raw:
    """A comment without words, in a discussion."""
    return {
        "object": "comment",
        "id": another_id(discussion),
        "parent": parent,
        "discussion_id": discussion,
        "created_time": EPOCH,
        "last_edited_time": EPOCH,
        "created_by": {"object": "user", "id": space.bot_id},
        "rich_text": [],
        "display_name": {"type": "integration", "resolved_name": space.bot_name},
    }


def _marks(space: Workspace) -> Raw:
    author = {"object": "user", "id": space.bot_id}
    return {"created_time": EPOCH, "last_edited_time": EPOCH, "created_by": author, "last_edited_by": author}


def _looks() -> Raw:
    return {"icon": None, "cover": None, "in_trash": False, "public_url": None, "url": "https://www.notion.so/x"}
