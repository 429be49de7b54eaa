"""Obsidian Bases: a file a data source, with a view for each of its views. Syntax: https://help.obsidian.md/bases/syntax"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from notion_backup.export.filters import BY_ID, Condition, Filter, Group
from notion_backup.export.markdown.escape import visible
from notion_backup.export.markdown.front_matter import to_yaml
from notion_backup.export.views import View

SOURCE_KEY = "notion-data-source"
_KINDS = {"gallery": "cards", "list": "list", "map": "map"}


def base_file(source_id: str, keys: dict[str, str], title: str | None, views: Sequence[View]) -> bytes:
    """The Base of one data source. ``keys`` gives the front matter key of each property; ``title`` names the title."""
    properties = {f"note.{key}": {"displayName": name} for name, key in keys.items() if key != name}
    shown = [_view(view, keys, title) for view in views] or [_whole(keys)]
    document: dict[str, Any] = {
        "filters": {"and": [f"note[{json.dumps(SOURCE_KEY)}] == {json.dumps(source_id)}"]},
        "properties": {
            **{key: {"displayName": title or "Title"} for key in ("file.name", "note.notion-title")},
            **properties,
        },
        "views": shown,
    }
    return to_yaml(document).encode()


def _whole(keys: dict[str, str]) -> dict[str, Any]:
    return {"type": "table", "name": "All", "order": ["file.name", *(f"note.{key}" for key in keys.values())]}


def _view(view: View, keys: dict[str, str], title: str | None) -> dict[str, Any]:
    name = visible(view.name).replace("\n", " ")
    made: dict[str, Any] = {"type": _KINDS.get(view.kind, "table"), "name": name}
    test = _expression(view.filter, keys, title) if view.filter else None
    if not view.understood or (view.filter and test is None):
        made["name"] = f"{name} (without its filter)"
    elif test is not None:
        made["filters"] = test if isinstance(test, dict) else {"and": [test]}
    if view.group_by in keys:
        made["groupBy"] = {"property": f"note.{keys[view.group_by]}", "direction": "ASC"}
    made["order"] = [_column(column, keys, title) for column in view.columns if column == title or column in keys]
    sorts = [sort for sort in view.sorts if sort.name == title or sort.name in keys]
    if sorts:
        made["sort"] = [
            {"property": _column(sort.name, keys, title), "direction": "DESC" if sort.descending else "ASC"}
            for sort in sorts
        ]
    return made


def _column(name: str, keys: dict[str, str], title: str | None) -> str:
    return "file.name" if name == title else f"note.{keys[name]}"


def _expression(test: Filter, keys: dict[str, str], title: str | None) -> Any:
    """A filter in Bases' own form; None where it has none."""
    if isinstance(test, Group):
        inner = [_expression(one, keys, title) for one in test.tests]
        return None if None in inner else {"and" if test.every else "or": inner}
    return _test(test, keys, title)


def _test(test: Condition, keys: dict[str, str], title: str | None) -> str | None:
    key = "notion-title" if test.name == title else keys.get(test.name)
    if key is None or test.kind in ("formula", "rollup", "files"):
        return None
    place = f"note[{json.dumps(key, ensure_ascii=False)}]"
    operand = json.dumps(test.operand, ensure_ascii=False)
    if test.kind in ("date", "created_time", "last_edited_time") and isinstance(test.operand, str):
        operand = f"date({operand})"
    if test.kind in BY_ID and test.operator not in ("is_empty", "is_not_empty"):
        return None  # people and pages go by id, and two may have one name
    shape = _SHAPES.get(test.operator)
    return shape.format(place, operand) if shape else None


_SHAPES = {
    "equals": "{0} == {1}",
    "does_not_equal": "{0} != {1}",
    "contains": "{0}.contains({1})",
    "does_not_contain": "!{0}.contains({1})",
    "starts_with": "{0}.startsWith({1})",
    "ends_with": "{0}.endsWith({1})",
    "is_empty": "{0}.isEmpty()",
    "is_not_empty": "!{0}.isEmpty()",
    "greater_than": "{0} > {1}",
    "less_than": "{0} < {1}",
    "greater_than_or_equal_to": "{0} >= {1}",
    "less_than_or_equal_to": "{0} <= {1}",
    "before": "{0} < {1}",
    "after": "{0} > {1}",
    "on_or_before": "{0} <= {1}",
    "on_or_after": "{0} >= {1}",
}
