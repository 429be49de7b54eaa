"""What Notion added to every version over the years: an older recording cannot have it, which makes no difference.

Keys are added to all versions of the API alike (versioning guide), so that a recording tells its age by what it never
shows. Only the keys named here are let off, and only where no object of their kind in the whole recording has them.
"""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import answer
from notion_backup.sandbox.workspace import Raw

_HEADING = frozenset(("is_toggleable",))
_COMMON = frozenset(("in_trash", "is_locked", "public_url"))
ADDED: dict[str, frozenset[str]] = {
    "page": _COMMON | {"is_archived"},
    "database": _COMMON | {"is_inline", "description"},
    "data_source": _COMMON | {"is_inline", "description", "icon", "cover", "database_parent"},
    "block": frozenset(("in_trash", "parent")),
    "comment": frozenset(("display_name",)),
    "file_upload": frozenset(("in_trash", "created_by", "number_of_parts")),
    "view": frozenset(("created_by", "last_edited_by", "quick_filters")),
    "list": frozenset(("type", "page_or_database", "page_or_data_source", "block", "comment", "user", "file_upload")),
    "bot": frozenset(("workspace_name", "workspace_id", "workspace_limits")),
    "property": frozenset(("description",)),
    "option": frozenset(("description",)),
    "relation": frozenset(("has_more",)),
    "paragraph": frozenset(("icon",)),
    "numbered_list_item": frozenset(("list_start_index", "list_format")),
    **dict.fromkeys(("heading_1", "heading_2", "heading_3"), _HEADING),
}
"""Kind of a JSON object (see ``kind_of``) -> keys that it has not had from the beginning."""


def kind_of(raw: Raw, field: str) -> str:
    """What a JSON object is: an object of the API by name, a property's definition or option, else what holds it."""
    if isinstance(raw.get("object"), str):
        return str(raw["object"])
    if raw.get("type") == "relation" and isinstance(raw.get("relation"), list):
        return "relation"
    if {"id", "name", "type"} <= raw.keys():
        return "property"
    return "option" if {"id", "name", "color"} <= raw.keys() else field


def later_additions(recording: list[Exchange]) -> dict[str, frozenset[str]]:
    """The keys, by kind, that came after a recording: it shows objects of the kind and never one of the keys."""
    shown: dict[str, set[str]] = {}
    waiting: list[tuple[Any, str]] = [(answer(exchange), "") for exchange in recording]
    while waiting:
        value, field = waiting.pop()
        if isinstance(value, list):
            waiting += [(one, field) for one in value]
        elif isinstance(value, dict):
            shown.setdefault(kind_of(value, field), set()).update(value)
            waiting += [(one, name) for name, one in value.items()]
    return {kind: keys - shown[kind] for kind, keys in ADDED.items() if kind in shown}
