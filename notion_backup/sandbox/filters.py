"""Filters and sorts of data source queries."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from notion_backup.sandbox.checks import MOST_ITEMS
from notion_backup.sandbox.clock import parse_time
from notion_backup.sandbox.ids import decode_property_id, normalise
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.values import comparable
from notion_backup.sandbox.workspace import Raw

Test = Callable[[Raw], bool]
TIMESTAMPS = ("created_time", "last_edited_time")


def with_me(given: Any, me: str) -> Any:
    """A filter in which ``"me"`` is who asks."""
    if isinstance(given, list):
        return [with_me(one, me) for one in given]
    if not isinstance(given, dict):
        return given
    return {
        name: {key: me if one == "me" else one for key, one in value.items()}
        if name in _PEOPLE and isinstance(value, dict)
        else with_me(value, me)
        for name, value in given.items()
    }


_PEOPLE = ("people", "created_by", "last_edited_by")


def compile_filter(given: Raw, schema: Raw, now: datetime, depth: int = 0) -> Test:
    """A test of pages out of the filter of a request. Raises a 400 refusal for what Notion would refuse."""
    if not isinstance(given, dict):
        raise validation("body failed validation: body.filter should be an object.")
    for joint, combine in (("and", all), ("or", any)):
        if joint in given:
            if not isinstance(given[joint], list):
                raise validation(f"body failed validation: body.filter.{joint} should be an array.")
            if len(given[joint]) > MOST_ITEMS:
                raise validation(
                    f"body failed validation: body.filter.{joint}.length should be ≤ `{MOST_ITEMS}`, instead was "
                    f"`{len(given[joint])}`."
                )
            if depth == 2:
                raise validation(f"body failed validation: body.filter.{joint} is nested too deeply.")
            tests = [compile_filter(part, schema, now, depth + 1) for part in given[joint]]
            return _joined(tests, combine)
    if "timestamp" in given:
        name = str(given["timestamp"])
        if name not in TIMESTAMPS or not isinstance(given.get(name), dict):
            raise validation(
                "body failed validation: body.filter.timestamp should be `created_time` or "
                "`last_edited_time` with a condition of that name."
            )
        check = _condition("date", given[name], now)
        return lambda page: check(page.get(name))
    if "property" not in given:
        raise validation("body failed validation: body.filter should have `property`, `timestamp`, `and` or `or`.")
    name = property_name(schema, str(given["property"]))
    kind = str(schema[name]["type"])
    keys = [key for key in given if key not in ("property", "type")]
    if len(keys) != 1 or not isinstance(given[keys[0]], dict) or not given[keys[0]]:
        raise validation("body failed validation: body.filter should have exactly one condition.")
    condition = given[keys[0]]
    # One filter does for all kinds of text (recorded), and so it is taken for dates and people.
    if keys[0] != kind and keys[0] in _KINDS and not any({kind, keys[0]} <= alike for alike in _ALIKE):
        raise validation(f"database property {kind} does not match filter {keys[0]}")
    if kind in ("formula", "rollup"):
        inner_key = next(iter(condition))
        inner = condition[inner_key]
        if not isinstance(inner, dict) or not inner:
            raise validation(f"body failed validation: body.filter.{kind}.{inner_key} should be an object.")
        if inner_key in _QUANTIFIERS:
            return _rollup(name, _QUANTIFIERS[inner_key], inner, now)
        kind, condition = inner_key, inner
    check = _condition(kind, condition, now)

    def test(page: Raw) -> bool:
        value = page.get("properties", {}).get(name)
        return check(comparable(value) if value else None)

    return test


_KINDS = (
    "title", "rich_text", "number", "checkbox", "select", "multi_select", "status", "date", "people", "files", "url",
    "email", "phone_number", "relation", "created_by", "created_time", "last_edited_by", "last_edited_time", "formula",
    "unique_id", "rollup", "verification",
)  # fmt: skip
_ALIKE = (
    {"title", "rich_text", "url", "email", "phone_number"},
    {"date", "created_time", "last_edited_time"},
    {"people", "created_by", "last_edited_by"},
    {"select", "status"},
    {"number", "unique_id"},
)
_QUANTIFIERS: dict[str, Callable[[Iterable[bool]], bool]] = {
    "any": any,
    "every": all,
    "none": lambda found: not any(found),
}


def _rollup(name: str, combine: Callable[[Iterable[bool]], bool], given: Raw, now: datetime) -> Test:
    """A test of what a rollup gathered: any, every or none of its values meet the condition."""
    kind, condition = next(iter(given.items()))
    check = _condition(kind, condition, now)

    def test(page: Raw) -> bool:
        value = page.get("properties", {}).get(name) or {}
        found = (value.get("rollup") or {}).get("array") or ()
        # Nothing gathered meets no condition but "none" (recorded).
        return combine(check(comparable(item)) for item in found) and (bool(found) or combine is not all)

    return test


def _joined(tests: list[Test], combine: Callable[[Iterable[bool]], bool]) -> Test:
    return lambda page: combine(test(page) for test in tests)


def property_name(schema: Raw, wanted: str) -> str:
    """The name of a property given by name or id in either form. Raises a 400 refusal when there is none."""
    if wanted in schema:
        return wanted
    for name, definition in schema.items():
        if wanted in (definition["id"], decode_property_id(definition["id"])):
            return str(name)
    raise validation(f"Could not find property with name or id: {wanted}")


def _condition(kind: str, condition: Raw, now: datetime) -> Callable[[Any], bool]:
    if not condition:
        raise validation(f"body failed validation: body.filter.{kind} should have a condition.")
    operator, operand = next(iter(condition.items()))
    if operator == "is_empty":
        return lambda value: (value is None or value is False) == bool(operand)
    if operator == "is_not_empty":
        return lambda value: (value is not None and value is not False) == bool(operand)
    if kind in ("date", "created_time", "last_edited_time"):
        return _date(operator, operand, now)
    if kind == "verification" and operator in ("status", "does_not_equal"):
        wanted = "unverified" if operand == "none" else operand
        return lambda value: (value == wanted) == (operator == "status")
    if isinstance(operand, list):
        return _any_of(kind, operator, operand, now)
    if kind in ("people", "relation", "created_by", "last_edited_by") and isinstance(operand, str):
        operand = normalise(operand) or operand
    if operator in ("equals", "does_not_equal"):
        same = _equals(kind, operand)
        return same if operator == "equals" else lambda value: not same(value)
    if operator in ("contains", "does_not_contain"):
        within = _contains(operand)
        return within if operator == "contains" else lambda value: not within(value)
    if operator in ("starts_with", "ends_with"):
        method = "startswith" if operator == "starts_with" else "endswith"
        return lambda value: isinstance(value, str) and bool(getattr(value.lower(), method)(str(operand).lower()))
    compare = {
        "greater_than": lambda a, b: a > b,
        "less_than": lambda a, b: a < b,
        "greater_than_or_equal_to": lambda a, b: a >= b,
        "less_than_or_equal_to": lambda a, b: a <= b,
    }.get(operator)
    if compare is None:
        raise validation(f"body failed validation: body.filter.{kind}.{operator} is not a known condition.")
    return lambda value: isinstance(value, int | float) and bool(compare(value, operand))


def _any_of(kind: str, operator: str, operands: list[Any], now: datetime) -> Callable[[Any], bool]:
    """A condition with several values: one of them will do, or none of them may."""
    positive = operator.replace("does_not_equal", "equals").replace("does_not_contain", "contains")
    tests = [_condition(kind, {positive: one}, now) for one in operands]
    return lambda value: any(test(value) for test in tests) == (positive == operator)


def _equals(kind: str, operand: Any) -> Callable[[Any], bool]:
    if kind == "checkbox":
        return lambda value: bool(value) == bool(operand)
    if isinstance(operand, str):
        return lambda value: isinstance(value, str) and value.lower() == operand.lower()
    return lambda value: bool(value == operand)


def _contains(operand: Any) -> Callable[[Any], bool]:
    def test(value: Any) -> bool:
        if isinstance(value, list):
            return operand in value
        return isinstance(value, str) and str(operand).lower() in value.lower()

    return test


def _date(operator: str, operand: Any, now: datetime) -> Callable[[Any], bool]:
    if operator in _SPANS:
        low, high = _SPANS[operator](now)
        return lambda value: value is not None and low <= parse_time(value) < high
    if operand in _RELATIVE:
        operand = (_RELATIVE[operand](_midnight(now))).date().isoformat()
    try:
        wanted = parse_time(str(operand))
    except ValueError:
        raise validation(
            f"body failed validation: body.filter.{operator} should be a valid ISO 8601 date string."
        ) from None
    whole_day = len(str(operand)) == 10
    # Dates are kept to the minute, and compared so (recorded).
    wanted = wanted.replace(second=0, microsecond=0)
    end = wanted + timedelta(days=1) if whole_day else wanted
    tests: dict[str, Callable[[datetime], bool]] = {
        "equals": lambda m: wanted <= m < end if whole_day else m == wanted.replace(second=0, microsecond=0),
        "before": lambda m: m < wanted,
        "after": lambda m: m >= end if whole_day else m > wanted,
        "on_or_before": lambda m: m < end if whole_day else m <= wanted,
        "on_or_after": lambda m: m >= wanted,
    }
    if operator not in tests:
        raise validation(f"body failed validation: body.filter.date.{operator} is not a known condition.")
    test = tests[operator]
    return lambda value: value is not None and test(parse_time(value))


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _tomorrow(now: datetime) -> datetime:
    return _midnight(now) + timedelta(days=1)


def _months(day: datetime, by: int) -> datetime:
    """The same day some months later, or the last one of that month."""
    years, month = divmod(day.month - 1 + by, 12)
    last = monthrange(day.year + years, month + 1)[1]
    return day.replace(year=day.year + years, month=month + 1, day=min(day.day, last))


def _this_week(now: datetime) -> tuple[datetime, datetime]:
    sunday = _midnight(now) - timedelta(days=(now.weekday() + 1) % 7)
    return sunday, sunday + timedelta(days=7)


# Whole days, today and the day at the other end among them (recorded).
_SPANS: dict[str, Callable[[datetime], tuple[datetime, datetime]]] = {
    "this_week": _this_week,
    "past_week": lambda now: (_midnight(now) - timedelta(days=7), _tomorrow(now)),
    "past_month": lambda now: (_months(_midnight(now), -1), _tomorrow(now)),
    "past_year": lambda now: (_months(_midnight(now), -12), _tomorrow(now)),
    "next_week": lambda now: (_midnight(now), _tomorrow(now) + timedelta(days=7)),
    "next_month": lambda now: (_midnight(now), _months(_midnight(now), 1) + timedelta(days=1)),
    "next_year": lambda now: (_midnight(now), _months(_midnight(now), 12) + timedelta(days=1)),
}


_RELATIVE: dict[str, Callable[[datetime], datetime]] = {
    "today": lambda day: day,
    "tomorrow": lambda day: day + timedelta(days=1),
    "yesterday": lambda day: day - timedelta(days=1),
    "one_week_ago": lambda day: day - timedelta(days=7),
    "one_week_from_now": lambda day: day + timedelta(days=7),
    "one_month_ago": lambda day: _months(day, -1),
    "one_month_from_now": lambda day: _months(day, 1),
}


def sort_rows(rows: list[Raw], sorts: list[Raw], schema: Raw) -> list[Raw]:
    """Rows in the asked order, empty values last; without sorts the newest row first (recorded traffic)."""
    ordered = list(reversed(rows))
    if not isinstance(sorts, list) or not all(isinstance(sort, dict) for sort in sorts):
        raise validation("body failed validation: body.sorts should be an array of objects.")
    if not sorts:
        return sorted(ordered, key=lambda row: str(row["created_time"]), reverse=True)
    for sort in reversed(sorts):
        descending = sort.get("direction") == "descending"
        if "timestamp" in sort:
            stamp = str(sort["timestamp"])
            if stamp not in TIMESTAMPS:
                raise validation(f"body failed validation: body.sorts.timestamp `{stamp}` is not known.")
            ordered.sort(key=lambda row, stamp=stamp: str(row[stamp]), reverse=descending)  # type: ignore[misc]
            continue
        name = property_name(schema, str(sort.get("property")))
        keyed = [(_sort_key(row, name, schema[name]), row) for row in ordered]
        full = [pair for pair in keyed if pair[0] is not None]
        full.sort(key=lambda pair: pair[0], reverse=descending)
        ordered = [row for _, row in full] + [row for key, row in keyed if key is None]
    return ordered


def _sort_key(row: Raw, name: str, definition: Raw) -> tuple[int, float, list[tuple[int, int, str]]] | None:
    value = row.get("properties", {}).get(name)
    found = comparable(value) if value else None
    if found is None:
        return None
    if definition["type"] in ("select", "status"):
        names = [option["name"] for option in definition[definition["type"]]["options"]]
        return (0, float(names.index(found)), []) if found in names else (1, 0.0, _natural(str(found)))
    if isinstance(found, int | float):
        return (0, float(found), [])
    return (1, 0.0, _natural(str(found[0] if isinstance(found, list) else found)))


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Text by its letters, runs of digits by their value: "Article 4" before "Article 10" (recorded)."""
    parts = re.findall(r"\d+|\D+", text.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts]
