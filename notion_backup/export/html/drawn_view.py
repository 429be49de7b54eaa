"""What the script beside a table is told of each view: which rows and columns, in which order and groups, and how to
draw them. All of it is worked out here; the script only arranges the rows that are on the page."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from notion_backup.export.chart import chart_of, drawing_of
from notion_backup.export.filters import describe, holds
from notion_backup.export.grouping import Grouping, groups_of
from notion_backup.export.html.covers import cover_source
from notion_backup.export.html.data_row import Row
from notion_backup.export.html.inline import COLOURS
from notion_backup.export.values import EMPTY
from notion_backup.export.views import View, sort_key
from notion_backup.snapshot import Raw, properties_of

# What a form cannot ask for: Notion fills these itself.
_COMPUTED = ("formula", "rollup", "created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id",
             "button", "verification", "last_visited_time")  # fmt: skip


def script_of(
    view: View, rows: Sequence[Row], columns: Sequence[str], source: Raw, kept: Collection[int] | None = None
) -> str:
    """A view for the script, as JSON. ``columns`` are those of the table; ``kept`` the rows it has, where not all."""
    order = order_of(view, rows)
    told: dict[str, Any] = {
        "kind": view.kind,
        "note": view_note(view),
        "columns": [columns.index(name) for name in view.columns if name in columns],
    }
    if view.lanes and view.grouping:
        told["lanes"] = [
            [*lane, _groups(view.grouping, numbers, rows, kept)] for *lane, numbers in _heaps(view.lanes, order, rows)
        ]
    elif view.grouping:
        told["groups"] = _groups(view.grouping, order, rows, kept)
    else:
        shown = [number for number in order if kept is None or number in kept]
        told["rows"] = None if shown == list(range(len(rows))) else shown
    for key, name in (("date", view.date), ("end", view.named("end_date_property_id")), ("place", view.place)):
        if name in columns:
            told[key] = columns.index(name)
    more = _MORE.get(view.kind)
    told |= more(view) if more else {}
    if view.kind == "chart":
        told["chart"] = _chart(view, order, rows, source)
    if view.kind == "form":
        told["asks"] = _questions(view, source)
    return _json(told)


def all_rows(columns: Sequence[str]) -> str:
    """The same for all rows and columns as they lie."""
    return _json({"kind": "table", "note": "", "columns": list(range(len(columns))), "rows": None})


def dashboard_of(view: View) -> str:
    """The same for a dashboard, which shows other views, side by side in rows of twelve columns."""
    rows = view.configuration.get("rows")
    widgets = [row.get("widgets") for row in (rows if isinstance(rows, list) else []) if isinstance(row, dict)]
    shown = [
        [
            {"view": str(one.get("view_id")).replace("-", ""), "width": one.get("width")}
            for one in row
            if isinstance(one, dict)
        ]
        for row in widgets
        if isinstance(row, list)
    ]
    return _json({"kind": "dashboard", "note": "", "columns": [], "rows": [], "widgets": shown})


def view_note(view: View) -> str:
    """What a view does, in words."""
    by = [name for name in (view.lanes.name if view.lanes else None, view.group_by, view.date, view.place) if name]
    parts = [f"By {' and '.join(by)}"] if by else []
    if view.filter:
        parts.append(f"where {describe(view.filter)}")
    if not view.understood:
        parts.append("with a filter that is not understood here: all rows are shown")
    parts += [f"sorted by {sort.name}{', last first' if sort.descending else ''}" for sort in view.sorts]
    if view.kind == "form":
        parts.append("Notion's API does not tell a form's questions; these are the properties that it can ask for")
    return "; ".join(parts)


def order_of(view: View, rows: Sequence[Row]) -> list[int]:
    """The numbers of the rows that a view shows, in its order."""
    order = [number for number, row in enumerate(rows) if holds(view.filter, row.values)]
    if view.date and not view.sorts:
        order.sort(key=lambda number: sort_key(rows[number].values[str(view.date)]))
    for sort in reversed(view.sorts):
        full = [number for number in order if not rows[number].values[sort.name].empty]
        empty = [number for number in order if rows[number].values[sort.name].empty]
        full.sort(key=lambda number: sort_key(rows[number].values[sort.name]), reverse=sort.descending)
        order = full + empty
    return order


def _heaps(grouping: Grouping, order: Sequence[int], rows: Sequence[Row]) -> list[tuple[str, str, list[int]]]:
    found = groups_of(grouping, ((number, rows[number].values.get(grouping.name, EMPTY)) for number in order))
    return [(one.name, _known(one.colour), one.rows) for one in found]


def _groups(
    grouping: Grouping, order: Sequence[int], rows: Sequence[Row], kept: Collection[int] | None
) -> list[list[Any]]:
    """Groups as name, colour, number of rows, and the rows that are on the page."""
    return [
        [name, colour, len(numbers), [number for number in numbers if kept is None or number in kept]]
        for name, colour, numbers in _heaps(grouping, order, rows)
    ]


def _cards(view: View) -> dict[str, Any]:
    cover = cover_source(view)
    told = {"cover": cover} if cover else {}
    return told | {
        key: view.configuration[name]
        for key, name in (("size", "cover_size"), ("fit", "cover_aspect"))
        if isinstance(view.configuration.get(name), str)
    }


def _timeline(view: View) -> dict[str, Any]:
    preference = view.configuration.get("preference")
    zoom = preference.get("zoom_level") if isinstance(preference, dict) else None
    return {"zoom": zoom} if isinstance(zoom, str) else {}


def _form(view: View) -> dict[str, Any]:
    return {"closed": view.configuration.get("is_form_closed") is True}


_MORE = {"board": _cards, "gallery": _cards, "timeline": _timeline, "form": _form}


def _chart(view: View, order: Sequence[int], rows: Sequence[Row], source: Raw) -> dict[str, Any]:
    chart = chart_of(view.configuration, view.names, source)
    drawing = drawing_of(chart, [(number, rows[number].values) for number in order])
    return {
        "kind": chart.kind,
        "measure": chart.measure,
        "along": chart.along.name if chart.along else chart.plain[0] if chart.plain else "",
        "caption": chart.caption,
        "series": [[name, _known(colour)] for name, colour in drawing.series],
        "bars": [[bar.name, _known(bar.colour), bar.figures] for bar in drawing.bars],
    }


def _known(colour: str) -> str:
    return colour if colour in COLOURS else "default"


def _questions(view: View, source: Raw) -> list[list[str]]:
    asked = [(name, kind) for name, kind in properties_of(source) if kind not in _COMPUTED and name in view.columns]
    return [
        [name, kind.replace("_", " "), ", ".join(_options(source["properties"][name], kind))] for name, kind in asked
    ]


def _options(definition: Raw, kind: str) -> list[str]:
    inner = definition.get(kind)
    options = inner.get("options") if isinstance(inner, dict) else None
    return [str(one.get("name")) for one in options if isinstance(one, dict)] if isinstance(options, list) else []


def _json(told: dict[str, Any]) -> str:
    return json.dumps(told, separators=(",", ":"))
