"""What a property value amounts to when a query compares or sorts it."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.workspace import Raw


def plain(spans: list[Raw]) -> str:
    """The plain text of a rich text list."""
    return "".join(str(span.get("plain_text", "")) for span in spans)


def title_of(raw: Raw) -> str:
    """The title of a page, database or data source as plain text; empty for untitled ones."""
    if isinstance(raw.get("title"), list):
        return plain(raw["title"])
    for value in raw.get("properties", {}).values():
        if value.get("type") == "title" and isinstance(value.get("title"), list):
            return plain(value["title"])
    return ""


def comparable(value: Raw) -> Any:
    """A property value as text, number, bool, list of names or ids, or None when empty.

    Dates become their start; formulas and rollups what they computed.
    """
    kind = str(value.get("type"))
    inner = value.get(kind)
    if kind in ("formula", "rollup") and isinstance(inner, dict):
        return comparable(inner)
    if kind == "array":
        return [comparable(item) for item in inner or ()] or None
    if inner is None or inner == [] or inner == "":
        return None
    if kind in ("title", "rich_text"):
        return plain(inner) or None
    if kind in ("select", "status"):
        return inner["name"]
    if kind == "multi_select":
        return [option["name"] for option in inner]
    if kind in ("people", "relation"):
        return [item["id"] for item in inner]
    if kind == "date":
        return inner["start"]
    if kind in ("created_by", "last_edited_by"):
        return inner["id"]
    if kind == "unique_id":
        return inner["number"]
    if kind == "verification":
        return inner.get("state")
    return inner


def find_property(page: Raw, wanted: str) -> Raw | None:
    """A page's property value by id, encoded or decoded, or None."""
    for value in page.get("properties", {}).values():
        if wanted in (value.get("id"), decode_property_id(str(value.get("id")))):
            return dict(value)
    return None
