"""Property values as typed columns have them: numbers as numbers, dates as ranges, people by name, relations as lists.

A value that its column's type has no room for becomes text, or a list of texts: see :func:`read_value`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from notion_backup.snapshot.model import Raw
from notion_backup.snapshot.rows import instant
from notion_backup.snapshot.titles import rich_text

TEXT = pa.string()
STRINGS = pa.list_(pa.string())
TIME = pa.timestamp("ms", tz="UTC")
DATE = pa.struct([("start", TIME), ("end", TIME), ("has_time", pa.bool_()), ("time_zone", pa.string())])
PLACE = pa.struct([("name", pa.string()), ("address", pa.string()), ("lat", pa.float64()), ("lon", pa.float64())])

Names = Callable[[str], str | None]
"""The name of a user or the title of a page by id; None where no snapshot knows it."""

COMPUTED = ("formula", "rollup")
"""Types whose results have a type of their own, known only from the values."""

WITH_IDS = ("people", "relation")
"""Types with a second column, of ids."""

WITHOUT_VALUE = ("button",)
"""Types that have no column."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How one type of property becomes a column: the Arrow type, and how what lies in a value becomes one of it."""

    type: pa.DataType
    read: Callable[[Any, Names], Any]


def user_name(user: Any, names: Names) -> str | None:
    """A person by the name the value has, or that the snapshot knows, or by id; None for no person."""
    user_id = user.get("id") if isinstance(user, dict) else None
    return str(user.get("name") or names(str(user_id)) or user_id) if user_id else None


def ids_in(value: Raw) -> list[str] | None:
    """The ids in a value of people or of a relation; None for any other."""
    kind = value.get("type")
    content = value.get(str(kind)) if kind in WITH_IDS else None
    return [str(one["id"]) for one in _dicts(content) if one.get("id")] if isinstance(content, list) else None


def computed_kind(value: Raw) -> str | None:
    """The type of what a formula or rollup computed; None where it computed nothing."""
    content = value.get(str(value.get("type")))
    if not isinstance(content, dict):
        return None
    kind, function = content.get("type"), str(content.get("function"))
    if kind == "number" and (function.startswith("show_") or function.endswith("_date") or function == "date_range"):
        return None  # Notion answers the number 0 where it has no list and no date to show.
    # "incomplete" and "unsupported" stand in place of a result; there is no value with them.
    return str(kind) if kind not in (None, "incomplete", "unsupported") and content.get(kind) is not None else None


def column_type(kinds: Collection[str]) -> pa.DataType:
    """The type of a column for values of these types: theirs where they agree, a list of texts where one is a list."""
    types = {SHAPES.get(kind, JSON).type for kind in kinds}
    if len(types) == 1:
        return types.pop()
    return STRINGS if STRINGS in types else TEXT


def read_value(value: Raw, type_: pa.DataType, names: Names) -> Any:
    """What a property value is in a column of that type; None for an empty one.

    In a column of texts any value is text, in one of lists a list of one; no other type takes what is not of it.
    """
    if value.get("type") in COMPUTED:
        kind = computed_kind(value)
        value = value[value["type"]] if kind else {}
    kind = str(value.get("type"))
    content = value.get(kind)
    if content is None:
        return None
    shape = SHAPES.get(kind, JSON)
    if shape.type == type_:
        return shape.read(content, names)
    text = text_of(value, names) if type_ in (TEXT, STRINGS) else ""
    if not text:
        return None
    return [text] if type_ == STRINGS else text


def text_of(value: Any, names: Names) -> str:
    """A property value as one text: truths ``true`` and ``false``, dates as the API has them (a range ``start/end``),
    lists joined by ``, ``; "" for an empty one."""
    kind = str(value.get("type")) if isinstance(value, dict) else ""
    content = value.get(kind) if kind else None
    if kind in COMPUTED:
        return text_of(content, names)
    if kind == "date" and isinstance(content, dict):
        return "/".join(str(content[end]) for end in ("start", "end") if content.get(end))
    shape = SHAPES.get(kind, JSON)
    if shape.type == TIME:
        return str(content or "")
    read = shape.read(content, names)
    if isinstance(read, list | dict):
        parts = read.values() if isinstance(read, dict) else read
        return ", ".join(str(part) for part in parts if part not in (None, ""))
    if isinstance(read, bool):
        return "true" if read else "false"
    if isinstance(read, float) and read.is_integer():
        return str(int(read))
    return "" if read is None else str(read)


def _dicts(value: Any) -> list[Raw]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any, _: Names) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any, _: Names) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _truth(value: Any, _: Names) -> bool | None:
    return value if isinstance(value, bool) else None


def _option(value: Any, _: Names) -> str | None:
    return (value.get("name") or value.get("state")) if isinstance(value, dict) else None


def _options(value: Any, _: Names) -> list[str] | None:
    return [str(one.get("name") or "") for one in _dicts(value)] if isinstance(value, list) else None


def _people(value: Any, names: Names) -> list[str] | None:
    return [user_name(one, names) or "" for one in _dicts(value)] if isinstance(value, list) else None


def _titles(value: Any, names: Names) -> list[str] | None:
    if not isinstance(value, list):
        return None
    ids = [str(one["id"]) for one in _dicts(value) if one.get("id")]
    found = [(page_id, names(page_id)) for page_id in ids]
    return [page_id if title is None else title for page_id, title in found]


def _date(value: Any, _: Names) -> dict[str, Any] | None:
    start = instant(value.get("start")) if isinstance(value, dict) else None
    if start is None:
        return None
    return {
        "start": start,
        "end": instant(value.get("end")),
        "has_time": "T" in value["start"],
        "time_zone": _text(value.get("time_zone"), _),
    }


def _unique_id(value: Any, _: Names) -> str | None:
    if not isinstance(value, dict) or value.get("number") is None:
        return None
    return f"{value['prefix']}-{value['number']}" if value.get("prefix") else str(value["number"])


def _place(value: Any, names: Names) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        return None
    texts = {name: _text(value.get(name), names) for name in ("name", "address")}
    return {**texts, **{name: _number(value.get(name), names) for name in ("lat", "lon")}}


def _texts(value: Any, names: Names) -> list[str] | None:
    return [text_of(one, names) for one in value] if isinstance(value, list) else None


def _json(value: Any, _: Names) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)


SHAPES: dict[str, Shape] = {
    **dict.fromkeys(("title", "rich_text"), Shape(TEXT, lambda value, _: rich_text(value))),
    **dict.fromkeys(("url", "email", "phone_number", "string"), Shape(TEXT, _text)),
    "number": Shape(pa.float64(), _number),
    **dict.fromkeys(("checkbox", "boolean"), Shape(pa.bool_(), _truth)),
    **dict.fromkeys(("select", "status", "verification"), Shape(TEXT, _option)),
    **dict.fromkeys(("multi_select", "files"), Shape(STRINGS, _options)),
    "people": Shape(STRINGS, _people),
    "relation": Shape(STRINGS, _titles),
    "date": Shape(DATE, _date),
    **dict.fromkeys(
        ("created_time", "last_edited_time", "last_visited_time"), Shape(TIME, lambda value, _: instant(value))
    ),
    **dict.fromkeys(("created_by", "last_edited_by"), Shape(TEXT, user_name)),
    "unique_id": Shape(TEXT, _unique_id),
    "place": Shape(PLACE, _place),
    "array": Shape(STRINGS, _texts),
}
"""By the API's type of a property, or of what a formula or rollup computes."""

JSON = Shape(TEXT, _json)
"""Types not known here."""
