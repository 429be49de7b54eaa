"""Objects that older versions of the API showed, in the words of the newest."""

from __future__ import annotations

from collections.abc import Iterator

from notion_backup.sandbox.conform.words import another_id
from notion_backup.sandbox.maker import parent_of
from notion_backup.sandbox.values import plain
from notion_backup.sandbox.workspace import Raw

_MARKS = ("object", "id", "created_time", "created_by", "last_edited_time", "last_edited_by", "in_trash", "parent")
_LOOKS = ("icon", "cover", "url", "public_url")
_KEYS: dict[str, frozenset[str]] = {
    "page": frozenset((*_MARKS, *_LOOKS, "is_archived", "is_locked", "properties")),
    "database": frozenset((*_MARKS, *_LOOKS, "title", "description", "is_inline", "is_locked", "data_sources")),
    "data_source": frozenset((*_MARKS, *_LOOKS, "title", "description", "is_inline", "properties", "database_parent")),
    "block": frozenset((*_MARKS, "has_children", "type")),
    "comment": frozenset((*_MARKS, "discussion_id", "rich_text", "display_name", "attachments")),
}


def newest(raw: Raw) -> Iterator[tuple[str, Raw]]:
    """An object by kind; an old database is two: the database and its one data source (2025-09-03 upgrade guide)."""
    kind = str(raw.get("object"))
    if kind == "database" and "properties" in raw:
        source_id = old_source(str(raw["id"]))
        entry = {"id": source_id, "name": plain(raw.get("title") or [])}
        yield "database", _kept("database", {**raw, "data_sources": [entry]})
        parent = parent_of("database_id", str(raw["id"]))
        more = {"id": source_id, "object": "data_source", "parent": parent, "database_parent": raw.get("parent")}
        yield "data_source", _kept("data_source", {**raw, **more, "properties": _with_sources(raw["properties"])})
        return
    yield kind, _kept(kind, raw)


def old_source(database_id: str) -> str:
    """The id we give to the data source of a database that was only shown in the oldest version."""
    return another_id(database_id, 7)


def _kept(kind: str, raw: Raw) -> Raw:
    known = _KEYS.get(kind)
    # What the API does not have here would be an echo, not a state.
    found = {name: value for name, value in raw.items() if known is None or name in known or name == raw.get("type")}
    if kind in ("page", "block", "database", "data_source"):
        found.setdefault("in_trash", bool(raw.get("archived", False)))
    if kind == "block" and raw.get("type") == "transcription":
        found["type"], found["meeting_notes"] = "meeting_notes", found.pop("transcription")
    if kind == "page":
        found = {"is_archived": False, "is_locked": False, "properties": {}, **found}
        parent = found.get("parent") or {}
        if parent.get("type") == "database_id":
            database_id = str(parent["database_id"])
            source = {"type": "data_source_id", "data_source_id": old_source(database_id)}
            found["parent"] = {**source, "database_id": database_id}
    if kind == "database":
        found = {"data_sources": [], "title": [], "is_locked": False, **found}
    if kind == "data_source":
        found = {"properties": {}, "title": [], **found}
    found.setdefault("parent", {"type": "workspace", "workspace": True})
    return found


def _with_sources(properties: Raw) -> Raw:
    """Relations of the oldest version name a database, those of newer ones its data source too."""
    found = {}
    for name, definition in properties.items():
        relation = definition.get("relation") if isinstance(definition, dict) else None
        if isinstance(relation, dict) and isinstance(relation.get("database_id"), str):
            named = relation.get("data_source_id") or old_source(relation["database_id"])
            definition = {**definition, "relation": {**relation, "data_source_id": named}}
        found[name] = definition
    return found
