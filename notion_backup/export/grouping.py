"""Rows in groups, as a view's ``group_by`` tells them: which groups there are, in which order, in which colour.

Shapes: ``GroupByConfigResponse`` of Notion's JavaScript client 5.26. Groups that are relative to today are by month
here: an export says the same every day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import isfinite
from typing import Any
from urllib.parse import unquote

from notion_backup.export.values import Part, Value
from notion_backup.snapshot import Raw

_LENGTHS = {"day": 10, "month": 7, "relative": 7, "year": 4}


@dataclass(frozen=True, slots=True)
class Option:
    """A group that is there even without rows: an option of a select, or a group of options of a status."""

    name: str
    colour: str
    holds: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grouping:
    """By which property rows are grouped, and how: ``by`` is a period, ``alphabet_prefix``, or "" for each value."""

    name: str
    by: str = ""
    options: tuple[Option, ...] = ()
    order: str = "manual"
    hide_empty: bool = False
    week_begins_on_sunday: bool = False
    first: float | None = None
    last: float | None = None
    step: float | None = None


@dataclass(slots=True)
class RowGroup:
    """A group: its name and colour, and the numbers of its rows in the order of the view."""

    name: str
    colour: str = "default"
    rows: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A group that a value belongs to: its place among the others, and what it is called."""

    place: tuple[int, Any, str]
    name: str
    colour: str = "default"


def definitions_of(source: Raw) -> dict[str, Raw]:
    """The definitions of a data source's properties, by name."""
    properties = source.get("properties")
    found = properties.items() if isinstance(properties, dict) else ()
    return {name: one for name, one in found if isinstance(one, dict)}


def grouping_of(told: Any, names: Mapping[str, str], source: Raw) -> Grouping | None:
    """What a ``group_by`` says; None where it names no property of the source."""
    name = names.get(unquote(str(told.get("property_id")))) if isinstance(told, dict) else None
    if name is None:
        return None
    inner = told["group_by"] if isinstance(told.get("group_by"), dict) else told  # a formula: by its result
    sort = told.get("sort") or inner.get("sort")
    by = str(inner.get("group_by") or "")
    return Grouping(
        name=name,
        by="" if by in ("option", "exact") else by,
        options=_options(definitions_of(source).get(name, {}), by),
        order=str(sort.get("type")) if isinstance(sort, dict) else "manual",
        hide_empty=told.get("hide_empty_groups") is True,
        week_begins_on_sunday=inner.get("start_day_of_week") == 0,
        first=_number(inner.get("range_start")),
        last=_number(inner.get("range_end")),
        step=_number(inner.get("range_size")),
    )


def groups_of(grouping: Grouping, rows: Iterable[tuple[int, Value]]) -> list[RowGroup]:
    """The groups in order, rows without a value first. A row with several values is in several groups."""
    found: dict[tuple[int, Any, str], RowGroup] = {}
    for number, option in enumerate(() if grouping.hide_empty else grouping.options):
        mark = _option(grouping, number, option)
        found[mark.place] = RowGroup(mark.name, mark.colour)
    for row, value in rows:
        for mark in dict.fromkeys(_marks(grouping, value)):
            found.setdefault(mark.place, RowGroup(mark.name, mark.colour)).rows.append(row)
    ordered = sorted(found, reverse=grouping.order == "descending")
    return [found[place] for place in sorted(ordered, key=lambda place: place[0] != 0)]


def _options(definition: Raw, by: str) -> tuple[Option, ...]:
    inner = definition.get(str(definition.get("type")))
    inner = inner if isinstance(inner, dict) else {}
    options = [one for one in _list(inner.get("options")) if isinstance(one, dict)]
    if by != "group":
        return tuple(Option(str(one.get("name")), _colour(one), frozenset([str(one.get("name"))])) for one in options)
    names = {one.get("id"): str(one.get("name")) for one in options}
    return tuple(
        Option(
            str(one.get("name")),
            _colour(one),
            frozenset(names[option] for option in _list(one.get("option_ids")) if option in names),
        )
        for one in _list(inner.get("groups"))
        if isinstance(one, dict)
    )


def _marks(grouping: Grouping, value: Value) -> list[_Mark]:
    if value.empty:
        return [_Mark((0, "", ""), f"No {grouping.name}")]
    if value.kind == "check":
        return [_Mark((1, value.data, ""), value.text)]
    if value.kind == "number":
        return [_range(grouping, float(value.data), value.text)]
    if value.kind == "date":
        period = _period(grouping, str(value.data[0]))
        return [_Mark((3, period, ""), period)]
    if value.parts and value.kind in ("options", "people", "links", "list"):
        return [_part(grouping, part) for part in value.parts]
    text = value.text[:1].upper() if grouping.by == "alphabet_prefix" else value.text
    return [_Mark((4, text.casefold(), text), text)]


def _part(grouping: Grouping, part: Part) -> _Mark:
    for number, option in enumerate(grouping.options):
        if part.text in option.holds:
            return _option(grouping, number, option)
    identity = part.target.place.id if part.target else part.url or ""
    return _Mark((4, part.text.casefold(), part.text + identity), part.text, part.colour)


def _option(grouping: Grouping, number: int, option: Option) -> _Mark:
    if grouping.order == "manual":
        return _Mark((1, number, option.name), option.name, option.colour)
    return _Mark((4, option.name.casefold(), option.name), option.name, option.colour)


def _range(grouping: Grouping, number: float, text: str) -> _Mark:
    first, last, step = grouping.first or 0.0, grouping.last, grouping.step
    if not step or step <= 0 or not isfinite(number):
        return _Mark((2, number, ""), text)
    if number < first:
        return _Mark((2, float("-inf"), ""), f"Below {first:g}")
    if last is not None and number >= last:
        return _Mark((2, last, ""), f"{last:g} and more")
    start = first + (number - first) // step * step
    return _Mark((2, start, ""), f"{start:g} to {start + step:g}")


def _period(grouping: Grouping, day: str) -> str:
    if grouping.by != "week":
        return day[: _LENGTHS.get(grouping.by, 10)]
    try:
        at = date.fromisoformat(day[:10])
    except ValueError:
        return day[:10]
    return f"Week of {at - timedelta(days=(at.weekday() + grouping.week_begins_on_sunday) % 7)}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _colour(one: Raw) -> str:
    return str(one.get("color") or "default")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
