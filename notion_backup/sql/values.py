"""Property values as SQL has them: numbers as numbers, dates as ranges, people by name, relations as lists."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from notion_backup.export.plain_text import property_text
from notion_backup.snapshot import Raw, instant, rich_text
from notion_backup.sql.columns import TIME

TEXT = pa.string()
LIST = pa.list_(pa.string())
RANGE = pa.struct([("start", TIME), ("end", TIME), ("has_time", pa.bool_())])

Names = Callable[[str], str | None]
"""The name of a user or the title of a page by id; None where the snapshot does not know it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How one type of property reads in SQL: the Arrow type, and how a raw value becomes one of it."""

    kind: pa.DataType
    read: Callable[[Any, Names], Any]


def _date(value: Any, _: Names) -> dict[str, Any] | None:
    if not isinstance(value, dict) or not isinstance(value.get("start"), str):
        return None
    return {"start": instant(value["start"]), "end": instant(value.get("end")), "has_time": "T" in value["start"]}


def _names(value: Any, names: Names) -> list[str] | None:
    if not isinstance(value, list):
        return None
    return [_name(item, names) for item in value if isinstance(item, dict)]


def _name(value: Any, names: Names) -> str:
    """A person by the name the value has, or that its users table has, or by id."""
    if not isinstance(value, dict):
        return ""
    known = value.get("name") or (names(str(value["id"])) if value.get("id") else None)
    return str(known or value.get("id") or "")


def _number(value: Any, _: Names) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _unique_id(value: Any, _: Names) -> str | None:
    if not isinstance(value, dict) or value.get("number") is None:
        return None
    return f"{value['prefix']}-{value['number']}" if value.get("prefix") else str(value["number"])


def _plain(value: Any, _: Names) -> str | None:
    return value if isinstance(value, str) else None


def _json(value: Any, _: Names) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=True)


def _option(value: Any, _: Names) -> str | None:
    return value.get("name") if isinstance(value, dict) else None


def _texts(value: Any, _: Names) -> list[str] | None:
    return [property_text(item) for item in value] if isinstance(value, list) else None


SHAPES: dict[str, Shape] = {
    **dict.fromkeys(("title", "rich_text"), Shape(TEXT, lambda value, _: rich_text(value))),
    **dict.fromkeys(("url", "email", "phone_number", "string"), Shape(TEXT, _plain)),
    "number": Shape(pa.float64(), _number),
    **dict.fromkeys(
        ("checkbox", "boolean"), Shape(pa.bool_(), lambda value, _: value if isinstance(value, bool) else None)
    ),
    **dict.fromkeys(("select", "status"), Shape(TEXT, _option)),
    **dict.fromkeys(("multi_select", "people", "files"), Shape(LIST, _names)),
    "date": Shape(RANGE, _date),
    **dict.fromkeys(("created_time", "last_edited_time"), Shape(TIME, lambda value, _: instant(value))),
    **dict.fromkeys(("created_by", "last_edited_by"), Shape(TEXT, lambda value, names: _name(value, names) or None)),
    "unique_id": Shape(TEXT, _unique_id),
    "array": Shape(LIST, _texts),
}
"""Shapes by the API's type of a property, or of what a formula or rollup computes."""

ANY = Shape(TEXT, _json)
"""Types not known here, as JSON."""

_NOTHING = (None, "incomplete", "unsupported")
"""What a rollup says in place of a result; there is no value with it."""

COMPUTED = ("formula", "rollup")
"""Types whose results have a type of their own, known only from the values."""


def ids_of(value: Any) -> list[str] | None:
    """The ids in a relation."""
    if not isinstance(value, list):
        return None
    return [str(item["id"]) for item in value if isinstance(item, dict) and item.get("id")]


def computed_type(value: Raw) -> str | None:
    """The type of what a formula or rollup computed; None where it computed nothing."""
    content = value.get(str(value.get("type")))
    if not isinstance(content, dict):
        return None
    kind, function = content.get("type"), str(content.get("function"))
    if kind == "number" and (function.startswith("show_") or function.endswith("_date") or function == "date_range"):
        return None  # Notion answers the number 0 where it has no list and no date to show.
    return str(kind) if kind not in _NOTHING and content.get(str(kind)) is not None else None


def content_of(value: Mapping[str, Any]) -> Any:
    """What a property holds, under the name of its type; for formulas and rollups what they computed."""
    content = value.get(str(value.get("type")))
    if value.get("type") in COMPUTED and isinstance(content, dict):
        return content.get(str(content.get("type")))
    return content
