"""Formulas and rollups of a row, in the shapes recorded."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from datetime import datetime
from typing import Any

from notion_backup.sandbox.clock import parse_time
from notion_backup.sandbox.formulas import Unsupported, evaluate
from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.values import comparable, find_property
from notion_backup.sandbox.workspace import Raw, Workspace

_LISTS = ("show_original",)
_NOT_COMPUTED = ("show_unique", "unique", "median")
"""The API does not work these out (reference of page properties)."""
_DATES = ("earliest_date", "latest_date", "date_range")
_MOST_REFERENCES = 25
"""A page object counts its rollups over the references it shows; the property endpoint over all."""


def computed(room: Room, source: Raw, page: Raw, definition: Raw) -> Raw:
    """The value of a formula or rollup of a row, as its page shows it."""
    if definition["type"] == "rollup":
        return rolled_up(room.workspace, page, definition["rollup"], _MOST_REFERENCES)
    return _formula(room, page, str(definition["formula"]["expression"]))


def _formula(room: Room, page: Raw, expression: str) -> Raw:
    def named(name: str) -> Any:
        return _plain(page["properties"].get(name))

    def by_id(property_id: str) -> Any:
        return _plain(find_property(page, decode_property_id(property_id)))

    try:
        value = evaluate(expression, named, by_id, room.clock.now())
    except Unsupported:
        return {"type": "unsupported", "unsupported": {}}
    if isinstance(value, bool):
        return {"type": "boolean", "boolean": value}
    if isinstance(value, (int, float)):
        return {"type": "number", "number": int(value) if float(value).is_integer() else value}
    if isinstance(value, datetime):
        return {"type": "date", "date": {"start": _moment(value), "end": None, "time_zone": None}}
    return {"type": "string", "string": value}


def _plain(value: Raw | None) -> Any:
    """A property's value as formulas see it."""
    if value is None:
        return None
    found = comparable(value)
    kind = str(value["type"])
    is_date = kind in ("date", "created_time", "last_edited_time") or (value.get(kind, {}) and _of_date(value[kind]))
    if is_date and isinstance(found, str):
        return parse_time(found)
    if kind == "checkbox":
        return bool(found)
    if isinstance(found, list):
        return ", ".join(str(one) for one in found)
    return (
        ""
        if found is None and kind in ("title", "rich_text", "url", "email", "phone_number", "select", "status")
        else found
    )


def _of_date(inner: Any) -> bool:
    return isinstance(inner, dict) and inner.get("type") == "date"


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:00.000+00:00")


def rolled_up(space: Workspace, page: Raw, settings: Raw, most: int | None = None) -> Raw:
    """What a rollup makes of the rows that a relation names: the first ``most`` of them, or all."""
    function = str(settings["function"])
    if function in _NOT_COMPUTED:
        return {"type": "unsupported", "unsupported": {}, "function": function}
    values = gathered(space, page, settings, most)
    if function in _LISTS:
        return {"type": "array", "array": [{k: v for k, v in value.items() if k != "id"} for value in values],
                "function": function}  # fmt: skip
    plain = [comparable(value) for value in values]
    filled = [value for value in plain if value not in (None, False, [])]
    if function in _DATES:
        return {"type": "date", "date": _dates(function, [str(value) for value in filled]), "function": function}
    return {"type": "number", "number": _number(function, plain, filled), "function": function}


def gathered(space: Workspace, page: Raw, settings: Raw, most: int | None = None) -> list[Raw]:
    """The values that a rollup looks at: the named property of every related page."""
    relation = find_property(page, str(settings["relation_property_id"]))
    found = []
    for target in relation["relation"][:most] if relation else ():
        related = space.get("page", str(target["id"]))
        value = find_property(related, str(settings["rollup_property_id"])) if related else None
        if value is not None:
            found.append(value)
    return found


def _dates(function: str, starts: list[str]) -> Raw | None:
    if not starts:
        return None
    first, last = min(starts), max(starts)
    start = last if function == "latest_date" else first
    return {"start": start, "end": last if function == "date_range" else None, "time_zone": None}


def _number(function: str, plain: list[Any], filled: list[Any]) -> float | None:
    counts = {
        "count": len(plain),
        "count_values": sum(len(value) if isinstance(value, list) else 1 for value in filled),
        "count_unique_values": len({str(value) for value in filled}),
        "empty": len(plain) - len(filled),
        "not_empty": len(filled),
        "checked": len(filled),
        "unchecked": len(plain) - len(filled),
    }
    if function in counts:
        return counts[function]
    if function.startswith("percent_"):
        share = counts.get(function.removeprefix("percent_"), 0)
        return share / len(plain) if plain else None
    numbers = [value for value in filled if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if function == "sum":
        return sum(numbers)
    if not numbers:
        return None
    if function == "range":
        return max(numbers) - min(numbers)
    chosen: dict[str, Callable[[list[Any]], float]] = {
        "average": statistics.fmean,
        "min": min,
        "max": max,
    }
    return chosen[function](numbers) if function in chosen else None
