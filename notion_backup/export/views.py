"""The views of a database: columns, order, filter and grouping as the view's JSON tells them, as far as they are known.

A condition that is not understood makes the whole filter unknown: all rows are shown then, and the view says so.
Shapes: https://developers.notion.com/reference/filter-data-source-entries
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from notion_backup.export.grouping import Grouping, definitions_of, grouping_of
from notion_backup.export.values import Value
from notion_backup.snapshot import Raw, properties_of

# Where these show nothing but what they are told to show; a table that is told nothing shows all.
_CARDS = ("board", "gallery", "list", "calendar", "timeline", "map")


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a property: its name, its type, the operator, what it is compared with."""

    name: str
    kind: str
    operator: str
    operand: Any


@dataclass(frozen=True, slots=True)
class Group:
    """Several tests, of which all must hold, or any."""

    every: bool
    tests: tuple[Condition | Group, ...]


Filter = Condition | Group


@dataclass(frozen=True, slots=True)
class Sort:
    """One order: by which property, and whether from the end."""

    name: str
    descending: bool


@dataclass(frozen=True, slots=True)
class View:
    """A view of one data source. ``filter`` is None where there is none, or where it is not ``understood``.

    ``lanes`` are the rows of a board whose columns are ``grouping``; a ``widget`` is a part of a dashboard. What only
    the drawing of one kind of view needs is read from its ``configuration``; ``names`` are the names of the source's
    properties by id.
    """

    id: str
    name: str
    kind: str
    columns: tuple[str, ...]
    sorts: tuple[Sort, ...]
    filter: Filter | None
    understood: bool
    grouping: Grouping | None
    lanes: Grouping | None
    date: str | None
    configuration: Raw
    names: dict[str, str]
    widget: bool

    @property
    def group_by(self) -> str | None:
        """The name of the property by which the rows are grouped."""
        return self.grouping.name if self.grouping else None

    @property
    def place(self) -> str | None:
        """The name of the property that says where on a map a row is."""
        return self.named("map_by")

    def named(self, key: str) -> str | None:
        """The name of the property whose id stands under a key of the configuration."""
        return self.names.get(unquote(str(self.configuration.get(key))))


def view_of(raw: Raw, source: Raw) -> View:
    """A view as far as its JSON is understood. Without columns of its own it shows all of them."""
    names = {unquote(str(one.get("id"))): name for name, one in definitions_of(source).items()}
    names |= {name: name for name in definitions_of(source)}
    kind = str(raw.get("type") or "table")
    configuration = raw.get("configuration")
    configuration = configuration if isinstance(configuration, dict) else {}
    found, understood = _filter(raw.get("filter"), names, source)
    quick = raw.get("quick_filters")
    for property_id, one in quick.items() if isinstance(quick, dict) else ():
        more, known = _filter({"property": property_id, **one} if isinstance(one, dict) else one, names, source)
        understood = understood and known
        found = Group(True, tuple(test for test in (found, more) if test is not None))
    return View(
        id=str(raw.get("id")),
        name=str(raw.get("name") or "View"),
        kind=kind,
        columns=_columns(kind, configuration, names, source),
        sorts=_sorts(raw.get("sorts"), names, source),
        filter=found if understood else None,
        understood=understood,
        grouping=grouping_of(configuration.get("group_by"), names, source),
        lanes=grouping_of(configuration.get("sub_group_by"), names, source),
        date=names.get(unquote(str(configuration.get("date_property_id")))),
        configuration=configuration,
        names=names,
        widget=bool(raw.get("dashboard_view_id")),
    )


def holds(test: Filter | None, values: dict[str, Value]) -> bool:
    """Whether a row's values pass a filter."""
    if test is None:
        return True
    if isinstance(test, Group):
        results = [holds(inner, values) for inner in test.tests]
        return all(results) if test.every else any(results)
    value = values.get(test.name, Value("text"))
    return _OPERATORS[test.operator](value, test.operand)


def sort_key(value: Value) -> tuple[int, Any]:
    """Orders values of one column as people expect: numbers by size, dates by time, text by letter, empty ones last."""
    if value.empty:
        return (9, "")
    if value.kind == "number":
        return (0, float(value.data))
    if value.kind == "check":
        return (1, value.data)
    if value.kind == "date":
        return (2, value.data[0])
    return (3, value.text.casefold())


def describe(test: Filter | None) -> str:
    """A filter in words."""
    if test is None:
        return ""
    if isinstance(test, Group):
        return (" and " if test.every else " or ").join(
            f"({describe(inner)})" if isinstance(inner, Group) and len(inner.tests) > 1 else describe(inner)
            for inner in test.tests
        )
    operand = "" if test.operator in ("is_empty", "is_not_empty") else f" {_operand_text(test.operand)}"
    return f"{test.name} {test.operator.replace('_', ' ')}{operand}"


def _operand_text(operand: Any) -> str:
    return ("yes" if operand else "no") if isinstance(operand, bool) else f"“{operand}”"


def _columns(kind: str, configuration: Raw, names: dict[str, str], source: Raw) -> tuple[str, ...]:
    listed = configuration.get("properties")
    shown = [
        names[property_id]
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and one.get("visible") is not False
        and (property_id := unquote(str(one.get("property_id")))) in names
    ]  # fmt: skip
    if not shown and kind not in _CARDS:
        return tuple(name for name, _ in properties_of(source))
    titles = [name for name, of in properties_of(source) if of == "title" and name not in shown]
    return tuple(dict.fromkeys([*titles, *shown]))


def _sorts(sorts: Any, names: dict[str, str], source: Raw) -> tuple[Sort, ...]:
    found = [one for one in (sorts if isinstance(sorts, list) else []) if isinstance(one, dict)]
    # An order by a page's own time is that of the property which shows it, where there is one.
    times = {kind: name for name, kind in properties_of(source) if kind in ("created_time", "last_edited_time")}
    named = [
        (times.get(str(one.get("timestamp"))) or names.get(unquote(str(one.get("property")))), one.get("direction"))
        for one in found
    ]
    return tuple(Sort(name, direction == "descending") for name, direction in named if name)


def _filter(raw: Any, names: dict[str, str], source: Raw) -> tuple[Filter | None, bool]:
    """A filter, and whether all of it is understood."""
    if raw is None or raw == {}:
        return None, True
    if not isinstance(raw, dict):
        return None, False
    for word, every in (("and", True), ("or", False)):
        if isinstance(raw.get(word), list):
            found = [_filter(inner, names, source) for inner in raw[word]]
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
    if operator not in _OPERATORS or not isinstance(operand, str | int | float | bool):
        return None, False
    if operator in ("before", "after", "on_or_before", "on_or_after") and not isinstance(operand, str):
        return None, False
    if kind in ("people", "relation", "created_by", "last_edited_by") and operator not in ("is_empty", "is_not_empty"):
        return None, False  # compared by id; values here are names
    return Condition(name, kind, operator, operand), True


def _same(value: Value, operand: Any) -> bool:
    if value.kind == "check" or isinstance(operand, bool):
        return bool(value.data) is bool(operand)
    if value.kind == "number":
        return bool(value.data == operand)
    if value.kind == "date":
        return _day(value)[: len(str(operand))] == str(operand)
    return value.text.casefold() == str(operand).casefold()


def _has(value: Value, operand: Any) -> bool:
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
