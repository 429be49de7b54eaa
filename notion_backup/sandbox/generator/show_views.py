"""Views of all ten types, a linked view, a dashboard, a wiki."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.clock import to_millisecond
from notion_backup.sandbox.generator.bodies import fill
from notion_backup.sandbox.generator.builder import Builder, parent_of, text
from notion_backup.sandbox.generator.properties import row, schema
from notion_backup.sandbox.generator.show_data import Tables
from notion_backup.sandbox.workspace import Raw


def view(builder: Builder, database: Raw, source: Raw | None, kind: str, name: str, **changes: Any) -> Raw:
    """A view of ``source`` shown in ``database``; a dashboard has no source of its own."""
    view_id = builder.new_id()
    stamp = to_millisecond(builder.now)
    raw: Raw = {
        "object": "view",
        "id": view_id,
        "parent": parent_of("database_id", str(database["id"])),
        "data_source_id": source["id"] if source else None,
        "name": name,
        "type": kind,
        "filter": None,
        "sorts": None,
        "quick_filters": None,
        "configuration": None,
        "created_time": stamp,
        "last_edited_time": stamp,
        "created_by": builder.author,
        "url": f"{database['url']}?v={view_id.replace('-', '')}",
    }
    return builder.workspace.put("view", {**raw, **changes})


def default_view(builder: Builder, database: Raw, source: Raw) -> Raw:
    """The table every data source begins with."""
    shown = _shown(source["properties"], *source["properties"])
    return view(builder, database, source, "table", "Default view",
                configuration={"type": "table", "properties": shown, "wrap_cells": False})  # fmt: skip


def every_view(builder: Builder, page: Raw, tables: Tables) -> None:
    """Give the machines every type of view, link a view elsewhere, and add a wiki."""
    database, source = tables.machines_database, tables.machines
    _machines(builder, database, source)
    parts_database = builder.workspace.objects["database"][tables.parts["parent"]["database_id"]]
    default_view(builder, parts_database, tables.parts)
    default_view(builder, parts_database, tables.checks)
    _linked(builder, page, source)
    _wiki(builder, page)


def _machines(builder: Builder, database: Raw, source: Raw) -> None:
    columns = source["properties"]
    by_status = {"type": "status", "property_id": columns["Status"]["id"], "group_by": "option",
                 "sort": {"type": "manual"}, "hide_empty_groups": False}  # fmt: skip
    place = columns["Place"]["id"]
    days = {"date_property_id": columns["Date"]["id"]}
    told = _shown(columns, "Name", "Status", "Number", "Multi-select", "People")
    picture = {"type": "property", "property_id": columns["Files & media"]["id"]}
    default_view(builder, database, source)
    view(
        builder,
        database,
        source,
        "board",
        "By status",
        configuration={"type": "board", "group_by": by_status, "properties": told},
        filter={"property": columns["Checkbox"]["id"], "checkbox": {"equals": True}},
        sorts=[{"property": columns["Number"]["id"], "direction": "descending"}],
        quick_filters={columns["Select"]["id"]: {"select": {"equals": "A"}}},
    )
    view(builder, database, source, "list", "List", configuration={"type": "list", "properties": told})
    view(builder, database, source, "calendar", "Calendar", configuration={"type": "calendar", **days})
    view(
        builder,
        database,
        source,
        "timeline",
        "Timeline",
        configuration={"type": "timeline", **days, "show_table": True},
    )
    view(
        builder,
        database,
        source,
        "gallery",
        "Gallery",
        configuration={"type": "gallery", "cover": picture, "cover_size": "medium", "properties": told[:2]},
    )
    view(
        builder,
        database,
        source,
        "form",
        "Report a defect",
        configuration={"type": "form", "is_form_closed": False, "anonymous_submissions": True},
    )
    view(builder, database, source, "map", "Where they are", configuration={"type": "map", "map_by": place})
    chart = view(
        builder,
        database,
        source,
        "chart",
        "Count by status",
        configuration={"type": "chart", "chart_type": "donut", "x_axis": by_status, "y_axis": {"aggregator": "count"}},
    )
    board = view(builder, database, None, "dashboard", "Overview")
    widget = view(
        builder,
        database,
        source,
        "chart",
        "Widget",
        dashboard_view_id=board["id"],
        configuration={"type": "chart", "chart_type": "number", "value": {"aggregator": "count"}},
    )
    widgets = [{"id": builder.new_id(), "view_id": one["id"], "row_index": 0} for one in (widget, chart)]
    board["configuration"] = {"type": "dashboard", "rows": [{"id": builder.new_id(), "widgets": widgets}]}


def _shown(columns: Raw, *names: str) -> list[Raw]:
    return [{"property_id": columns[name]["id"], "visible": True} for name in names]


def _linked(builder: Builder, page: Raw, source: Raw) -> None:
    """A linked view: a child database without data sources of its own, whose view shows another's."""
    holder = builder.page("Linked view", parent_of("page_id", str(page["id"])))
    linked = builder.database("", parent_of("page_id", str(holder["id"])), is_inline=True)
    builder.workspace.objects["block"][str(linked["id"])]["child_database"]["title"] = "Untitled"
    view(builder, linked, source, "table", "Only mine")


def _wiki(builder: Builder, page: Raw) -> None:
    """A wiki: pages with verification, and a database that lies in it."""
    database = builder.database("Handbook", parent_of("page_id", str(page["id"])))
    columns = schema(
        builder.property("Page", "title"),
        builder.property("Verification", "verification"),
        {**builder.property("Owner", "people"), "id": "verification_owner"},
    )
    wiki = builder.data_source(database, "Handbook", columns)
    default_view(builder, database, wiki)
    for number, title in enumerate(("How we hire", "How we travel", "How we mow")):
        fill(builder, row(builder, wiki, title, number), 6)
    inner = builder.database("Policies", parent_of("database_id", str(database["id"])))
    policies = builder.data_source(inner, "Policies", schema(builder.property("Policy", "title")))
    default_view(builder, inner, policies)
    for number in range(3):
        page_ = row(builder, policies, f"Policy {number + 1}", number)
        page_["properties"]["Policy"]["title"] = text(f"Policy no. {number + 1}")
