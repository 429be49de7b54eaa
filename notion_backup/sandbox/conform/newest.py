"""Objects that older versions of the API showed, in the words of the newest."""

from __future__ import annotations

import copy
from collections.abc import Iterator

from notion_backup.sandbox.conform.words import another_id
from notion_backup.sandbox.maker import parent_of
from notion_backup.sandbox.values import plain
from notion_backup.sandbox.workspace import DEFAULT_BOT_ID, Raw

_MARKS = ("object", "id", "created_time", "created_by", "last_edited_time", "last_edited_by", "in_trash", "parent")
_LOOKS = ("icon", "cover", "url", "public_url")
_KEYS: dict[str, frozenset[str]] = {
    "page": frozenset((*_MARKS, *_LOOKS, "is_archived", "is_locked", "properties")),
    "database": frozenset((*_MARKS, *_LOOKS, "title", "description", "is_inline", "is_locked", "data_sources")),
    "data_source": frozenset((*_MARKS, *_LOOKS, "title", "description", "is_inline", "properties", "database_parent")),
    "block": frozenset((*_MARKS, "has_children", "type")),
    "comment": frozenset((*_MARKS, "discussion_id", "rich_text", "display_name", "attachments")),
}

_TIMES: Raw = {"created_time": "2020-01-01T00:00:00.000Z", "last_edited_time": "2020-01-01T00:00:00.000Z"}
_NOBODY: Raw = {"object": "user", "id": DEFAULT_BOT_ID}
_BASE: Raw = {**_TIMES, "created_by": _NOBODY, "last_edited_by": _NOBODY}
_SEEN: Raw = {"icon": None, "cover": None, "public_url": None, "url": "https://app.notion.com/p/recorded"}
_TITLED: Raw = {**_SEEN, "title": [], "description": [], "is_inline": False}
_USUAL: dict[str, Raw] = {
    "page": {**_BASE, **_SEEN, "is_archived": False, "is_locked": False, "properties": {}},
    "database": {**_TIMES, **_TITLED, "is_locked": False, "data_sources": []},
    "data_source": {**_BASE, **_TITLED, "properties": {}},
    "block": {**_BASE, "has_children": False},
    "comment": {**_TIMES, "created_by": _NOBODY, "rich_text": []},
}
"""What every object of a kind has, with what there is when nothing is known."""


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
    parent = found.get("parent") or {}
    if kind == "page" and parent.get("type") == "database_id":
        database_id = str(parent["database_id"])
        source = {"type": "data_source_id", "data_source_id": old_source(database_id)}
        found["parent"] = {**source, "database_id": database_id}
    found.setdefault("parent", {"type": "workspace", "workspace": True})
    # An object has all its keys, whatever was recorded of it: one that lacks any would be an echo, too.
    return {**copy.deepcopy(_USUAL.get(kind, {})), **found}


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
