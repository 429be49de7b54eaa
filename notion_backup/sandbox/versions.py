"""Older versions of the API at the edge of the newest: requests are made newer, answers older.

2026-03-11 took ``archived``, ``after`` and ``transcription`` away; 2025-09-03 made a database a container of data
sources (upgrade guides). Handlers know only the newest version.
"""

from __future__ import annotations

import json
import re
from typing import Any

from notion_backup.sandbox.ask import NEWEST, Ask
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.replies import not_found, unknown_url, validation
from notion_backup.sandbox.workspace import Raw, Workspace

OLDEST = "2022-06-28"
MIDDLE = "2025-09-03"
VERSIONS = (OLDEST, MIDDLE, NEWEST)
_TRASHED = ("page", "block", "database", "data_source")
_SINCE_2025 = re.compile(r"/v1/(?:data_sources|views)(?:/|$)")
_QUERY = re.compile(r"/v1/databases/([^/]+)/query/?")
_SCHEMA = re.compile(r"/v1/databases(?:/([^/]+))?/?")


def renamed_path(space: Workspace, version: str, method: str, path: str) -> str:
    """The newest path for a request's: a database's query is that of its one data source."""
    query = _QUERY.fullmatch(path)
    if version != OLDEST or query is None or method != "POST":
        return path
    return f"/v1/data_sources/{_only_source(space, query.group(1)) or query.group(1)}/query"


def newer(space: Workspace, ask: Ask, method: str, path: str) -> None:
    """Make a request's body what the newest version would say. ``path`` is that of the request.

    Raises 400 ``invalid_request_url`` for what the version has no endpoint for.
    """
    if ask.version == NEWEST:
        return
    if ask.version == OLDEST and _SINCE_2025.match(path):
        raise unknown_url()
    body = ask.body
    if "archived" in body:
        body.setdefault("in_trash", body.pop("archived"))
    if "after" in body and path.endswith("/children"):
        body["position"] = {"type": "after_block", "after_block": {"id": body.pop("after")}}
    for block in (body, *body.get("children", ())):
        if isinstance(block, dict) and "transcription" in block:
            block["meeting_notes"] = block.pop("transcription")
    if ask.version != OLDEST:
        return
    wanted = body.get("filter")
    if path.rstrip("/") == "/v1/search" and isinstance(wanted, dict) and wanted.get("value") == "database":
        wanted["value"] = "data_source"
    found = _SCHEMA.fullmatch(path)
    if found and "properties" in body and method == "POST":
        body["initial_data_source"] = {"properties": body.pop("properties")}


def source_update(space: Workspace, ask: Ask, method: str, path: str) -> str | None:
    """For an old update of a database that changes its schema: the data source that is meant."""
    found = _SCHEMA.fullmatch(path)
    if ask.version != OLDEST or method != "PATCH" or found is None or "properties" not in ask.body:
        return None
    return _only_source(space, found.group(1) or "")


def older(space: Workspace, version: str, text: str) -> str:
    """Make an answer what an older version would give."""
    if version == NEWEST:
        return text
    return json.dumps(_older(space, version, json.loads(text)))


def _older(space: Workspace, version: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_older(space, version, one) for one in value]
    if not isinstance(value, dict):
        return value
    raw = {name: _older(space, version, one) for name, one in value.items()}
    kind = raw.get("object")
    if kind in _TRASHED and "in_trash" in raw:
        raw["archived"] = raw["in_trash"]
    if kind == "block" and raw.get("type") == "meeting_notes":
        raw["type"], raw["transcription"] = "transcription", raw.pop("meeting_notes")
    return _oldest(space, raw) if version == OLDEST else raw


def _oldest(space: Workspace, raw: Raw) -> Raw:
    kind = raw.get("object")
    if kind == "page":
        parent = raw["parent"]
        if parent.get("type") == "data_source_id":
            raw["parent"] = {"type": "database_id", "database_id": parent["database_id"]}
        raw.pop("is_archived", None)
        raw.pop("is_locked", None)
    elif kind == "data_source":
        database = space.get("database", str(raw["parent"].get("database_id")))
        if database is not None:
            return _merged(database, raw)
    elif kind == "database":
        sources = raw.pop("data_sources", [])
        if len(sources) > 1:
            raise validation("Databases with multiple data sources are not supported in this API version.")
        if not sources:
            # A linked view: there was no way to tell of it (upgrade guide).
            raise not_found("database", str(raw["id"]), space.bot_name, space.bot_id)
        source = space.get("data_source", str(sources[0]["id"]))
        if source is not None:
            return _merged(raw, {**source, "properties": _schema(source["properties"])})
    elif raw.get("type") == "page_or_data_source" and "page_or_data_source" in raw:
        raw["type"], raw["page_or_database"] = "page_or_database", raw.pop("page_or_data_source")
    return raw


def _merged(database: Raw, source: Raw) -> Raw:
    """A database as it was before it could hold several data sources."""
    names = ("title", "description", "icon", "cover", "is_inline", "parent", "url", "public_url", "in_trash")
    times = ("created_time", "created_by", "last_edited_time", "last_edited_by")
    shown = {name: database[name] for name in names if name in database}
    shown |= {name: source[name] for name in times if name in source}
    return {
        "object": "database",
        "id": database["id"],
        **shown,
        "archived": bool(database.get("in_trash")),
        "properties": _schema(source["properties"]),
    }


def _schema(properties: Raw) -> Raw:
    found = {}
    for name, definition in properties.items():
        relation = definition.get("relation")
        if isinstance(relation, dict):
            kept = {key: value for key, value in relation.items() if key != "data_source_id"}
            definition = {**definition, "relation": kept}
        found[name] = definition
    return found


def _only_source(space: Workspace, given: str) -> str | None:
    database = space.get("database", normalise(given) or given)
    if database is None:
        return None
    if len(database["data_sources"]) > 1:
        raise validation("Databases with multiple data sources are not supported in this API version.")
    return str(database["data_sources"][0]["id"]) if database["data_sources"] else None
