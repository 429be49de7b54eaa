"""The views of a database: columns, order, filter and grouping as its JSON tells them, as far as they are known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from notion_backup.export.filters import Circumstances, Filter, Group, filter_of
from notion_backup.export.grouping import Grouping, definitions_of, grouping_of
from notion_backup.export.values import Value
from notion_backup.snapshot import Raw, properties_of

# Where these show nothing but what they are told to show; a table that is told nothing shows all.
_CARDS = ("board", "gallery", "list", "calendar", "timeline", "map")


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


def view_of(raw: Raw, source: Raw, circumstances: Circumstances) -> View:
    """A view as far as its JSON is understood. Without columns of its own it shows all of them."""
    names = {unquote(str(one.get("id"))): name for name, one in definitions_of(source).items()}
    names |= {name: name for name in definitions_of(source)}
    kind = str(raw.get("type") or "table")
    configuration = raw.get("configuration")
    configuration = configuration if isinstance(configuration, dict) else {}
    found, understood = filter_of(raw.get("filter"), names, source, circumstances)
    quick = raw.get("quick_filters")
    for property_id, one in quick.items() if isinstance(quick, dict) else ():
        one = {"property": property_id, **one} if isinstance(one, dict) else one
        more, known = filter_of(one, names, source, circumstances)
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
