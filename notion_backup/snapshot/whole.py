"""Pages whole: the property values that a page object cuts short (after 25) put back from where they are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from notion_backup.snapshot.model import Raw


def whole_page(page: Raw, full: Mapping[str, list[Raw]]) -> Raw:
    """The page with those values in full that ``full`` has all items of, by property id."""
    values = page.get("properties")
    if not full or not isinstance(values, dict):
        return page
    whole = {name: whole_value(value, full.get(_id_of(value))) for name, value in values.items()}
    return {**page, "properties": whole}


def whole_value(value: Any, items: Iterable[Raw] | None) -> Any:
    """One property value with all its ``items``, each as the API lists it; without them, or no list, as it is."""
    kind = value.get("type") if isinstance(value, dict) else None
    if items is None or not isinstance(value.get(kind), list):
        return value
    return {**value, kind: [one[kind] for one in items if isinstance(one, dict) and kind in one], "has_more": False}


def _id_of(value: Any) -> str:
    return str(value.get("id")) if isinstance(value, dict) else ""
