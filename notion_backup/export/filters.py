"""The filters of views: which rows pass, and in words, as far as their conditions are known.

A condition that is not understood makes the whole filter unknown: all rows are shown then, and the view says so.
People and pages are named by id; days relative to today are counted from the day of the capture.
Shapes: https://developers.notion.com/reference/filter-data-source-entries
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol
from urllib.parse import unquote

from notion_backup.export.grouping import definitions_of
from notion_backup.export.values import Value
from notion_backup.snapshot import Raw

BY_ID = ("people", "relation", "created_by", "last_edited_by")
_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")
_TIMES = ("date", "created_time", "last_edited_time", "formula", "rollup")
_BY_TIME = ("before", "after", "on_or_before", "on_or_after")


class Circumstances(Protocol):
    """What filters go by that is not in them."""

    @property
    def day(self) -> date:
        """The day that relative dates are counted from."""
        ...

    def called(self, object_id: str) -> str:
        """The name of a person, or the title of a page."""
        ...


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a property: its name, its type, the operator, what it is compared with, and that in words."""

    name: str
    kind: str
    operator: str
    operand: Any
    said: str


@dataclass(frozen=True, slots=True)
class Group:
    """Several tests, of which all must hold, or any."""

    every: bool
    tests: tuple[Condition | Group, ...]


Filter = Condition | Group


def filter_of(
    raw: Any, names: Mapping[str, str], source: Raw, circumstances: Circumstances
) -> tuple[Filter | None, bool]:
    """A filter (None: every row passes), and whether it is understood. ``names`` are those of properties by id."""
    if raw is None or raw == {}:
        return None, True
    if not isinstance(raw, dict):
        return None, False
    for word, every in (("and", True), ("or", False)):
        if isinstance(raw.get(word), list):
            found = [filter_of(inner, names, source, circumstances) for inner in raw[word]]
            tests = tuple(test for test, _ in found if test is not None)
            return (Group(every, tests) if tests else None), all(known for _, known in found)
    name = names.get(unquote(str(raw.get("property"))))
    kind = str(definitions_of(source).get(name or "", {}).get("type"))
    tested = next((key for key in raw if key not in ("property", "type")), "")
    inner = raw.get(tested)
    if name is None or not isinstance(inner, dict) or len(inner) != 1:
        return None, False
    operator, operand = next(iter(inner.items()))
    if isinstance(operand, dict) and len(operand) == 1:  # formula and rollup: their result's type in between
        operator, operand = next(iter(operand.items()))
    test = _condition(name, kind, operator, operand, circumstances)
    return test, test is not None


def holds(test: Filter | None, values: Mapping[str, Value]) -> bool:
    """Whether a row's values pass a filter."""
    if test is None:
        return True
    if isinstance(test, Group):
        results = [holds(inner, values) for inner in test.tests]
        return all(results) if test.every else any(results)
    value = values.get(test.name, Value("text"))
    return _OPERATORS[test.operator](value, test.operand)


def describe(test: Filter | None) -> str:
    """A filter in words."""
    if test is None:
        return ""
    if isinstance(test, Group):
        return (" and " if test.every else " or ").join(
            f"({describe(inner)})" if isinstance(inner, Group) and len(inner.tests) > 1 else describe(inner)
            for inner in test.tests
        )
    return f"{test.name} {test.operator.replace('_', ' ')} {test.said}".rstrip()


def _condition(name: str, kind: str, operator: str, operand: Any, circumstances: Circumstances) -> Filter | None:
    """One test; None when it is not understood."""
    if operator in ("is_empty", "is_not_empty"):
        return Condition(name, kind, operator, operand, "") if isinstance(operand, bool) else None
    if kind in BY_ID:
        if operator not in ("contains", "does_not_contain") or not _ID.fullmatch(str(operand)):
            return None
        said = f"“{circumstances.called(str(operand))}”"
        return Condition(name, kind, operator, str(operand).replace("-", ""), said)
    if operator in _SPANS and operand == {}:
        first, last = _SPANS[operator](circumstances.day)
        ends = (("on_or_after", first.isoformat()), ("on_or_before", last.isoformat()))
        return Group(True, tuple(Condition(name, kind, when, day, f"“{day}”") for when, day in ends))
    if operator in ("equals", *_BY_TIME) and kind in _TIMES and isinstance(operand, str) and operand in _DAYS:
        operand = _DAYS[operand](circumstances.day).isoformat()
    if operator not in _OPERATORS or not isinstance(operand, str | int | float):
        return None
    if operator in _BY_TIME and not isinstance(operand, str):
        return None
    said = ("yes" if operand else "no") if isinstance(operand, bool) else f"“{operand}”"
    return Condition(name, kind, operator, operand, said)


def _same(value: Value, operand: Any) -> bool:
    if value.kind == "check" or isinstance(operand, bool):
        return bool(value.data) is bool(operand)
    if value.kind == "number":
        return bool(value.data == operand)
    if value.kind == "date":
        return _day(value)[: len(str(operand))] == str(operand)
    return value.text.casefold() == str(operand).casefold()


def _has(value: Value, operand: Any) -> bool:
    if value.kind in ("people", "links"):
        return any(part.id is not None and part.id.replace("-", "") == operand for part in value.parts)
    if value.kind in ("options", "files", "list"):
        return any(part.text.casefold() == str(operand).casefold() for part in value.parts)
    return str(operand).casefold() in value.text.casefold()


def _day(value: Value) -> str:
    return str(value.data[0]) if value.kind == "date" and value.data else ""


def _number(value: Value) -> float:
    return float(value.data) if value.kind == "number" else float("nan")


_OPERATORS: dict[str, Callable[[Value, Any], bool]] = {
    "equals": _same,
    "does_not_equal": lambda value, operand: not _same(value, operand),
    "contains": _has,
    "does_not_contain": lambda value, operand: not _has(value, operand),
    "starts_with": lambda value, operand: value.text.casefold().startswith(str(operand).casefold()),
    "ends_with": lambda value, operand: value.text.casefold().endswith(str(operand).casefold()),
    "is_empty": lambda value, operand: value.empty is bool(operand),
    "is_not_empty": lambda value, operand: value.empty is not bool(operand),
    "greater_than": lambda value, operand: _number(value) > operand,
    "less_than": lambda value, operand: _number(value) < operand,
    "greater_than_or_equal_to": lambda value, operand: _number(value) >= operand,
    "less_than_or_equal_to": lambda value, operand: _number(value) <= operand,
    "before": lambda value, operand: "" < _day(value)[: len(operand)] < operand,
    "after": lambda value, operand: _day(value)[: len(operand)] > operand,
    "on_or_before": lambda value, operand: "" < _day(value)[: len(operand)] <= operand,
    "on_or_after": lambda value, operand: _day(value)[: len(operand)] >= operand,
}


def _months(day: date, by: int) -> date:
    """The same day some months later, or the last one of that month."""
    years, month = divmod(day.month - 1 + by, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, last))


def _week(day: date) -> tuple[date, date]:
    sunday = day - timedelta(days=(day.weekday() + 1) % 7)
    return sunday, sunday + timedelta(days=6)


# First and last day. Weeks begin on Sunday; the others have today and the day at the other end among them.
_SPANS: dict[str, Callable[[date], tuple[date, date]]] = {
    "this_week": _week,
    "past_week": lambda day: (day - timedelta(days=7), day),
    "past_month": lambda day: (_months(day, -1), day),
    "past_year": lambda day: (_months(day, -12), day),
    "next_week": lambda day: (day, day + timedelta(days=7)),
    "next_month": lambda day: (day, _months(day, 1)),
    "next_year": lambda day: (day, _months(day, 12)),
}

_DAYS: dict[Any, Callable[[date], date]] = {
    "today": lambda day: day,
    "tomorrow": lambda day: day + timedelta(days=1),
    "yesterday": lambda day: day - timedelta(days=1),
    "one_week_ago": lambda day: day - timedelta(days=7),
    "one_week_from_now": lambda day: day + timedelta(days=7),
    "one_month_ago": lambda day: _months(day, -1),
    "one_month_from_now": lambda day: _months(day, 1),
}
