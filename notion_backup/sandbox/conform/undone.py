"""Objects as they were before the request whose answer shows them: what the request did is taken back."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import MOVE, told
from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.workspace import Raw

_FLAGS = ("in_trash", "archived", "is_locked", "is_archived", "is_inline")


def before(raw: Raw, exchange: Exchange) -> Raw:
    """An object as it was before an update, as far as the request tells: its flags, its place, its schema."""
    body = told(exchange)
    if exchange.method == "DELETE":
        return {**raw, **{name: False for name in ("in_trash", "archived") if name in raw}}
    if exchange.method == "POST":
        # Where a moved page came from is told nowhere.
        return {**raw, "parent": {"type": "workspace", "workspace": True}} if MOVE.fullmatch(exchange.path) else raw
    changes: Raw = {name: not body[name] for name in _FLAGS if isinstance(body.get(name), bool) and name in raw}
    if "archived" in body or "in_trash" in body:
        away = body.get("in_trash", body.get("archived"))
        changes |= {name: not away for name in ("in_trash", "archived") if name in raw}
    if raw.get("object") in ("data_source", "database") and isinstance(raw.get("properties"), dict):
        changes["properties"] = _schema_before(raw["properties"], body.get("properties"))
    return {**raw, **changes}


def _schema_before(after: Raw, changed: Any) -> Raw:
    """A schema before its update: what was taken away is there, what was renamed has its old name."""
    schema = dict(after)
    for key, one in changed.items() if isinstance(changed, dict) else ():
        if one is None:
            if _find(schema, key) is None:
                schema[key] = definition(key, "rich_text")
        elif isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"] != key:
            known = schema.get(one["name"])
            if known is not None and key not in schema and key not in _ids(known):
                schema = {key if name == one["name"] else name: value for name, value in schema.items()}
                schema[key] = {**known, "name": key}
    return schema


def definition(name: str, kind: str, inner: Raw | None = None, property_id: str | None = None) -> Raw:
    """One property of a schema; without an id it gets one made of its name."""
    own = {"title": "title", "verification": "verification"}.get(kind)
    made = property_id or own or f"p{sum(map(ord, name)) % 100:02d}{len(name):02d}"
    return {"id": made, "name": name, "description": None, "type": kind, kind: inner if inner is not None else {}}


def _ids(known: Raw) -> tuple[str, str]:
    return str(known.get("id")), decode_property_id(str(known.get("id")))


def _find(schema: Raw, key: str) -> Raw | None:
    if key in schema:
        found: Raw = schema[key]
        return found
    return next((one for one in schema.values() if key in _ids(one)), None)
