"""Views of the generated machines beyond those of the generator: lanes, covers, charts, groups, filters."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox import Workspace

_MANUAL = {"type": "manual"}
_UP = {"type": "ascending"}


def add_views(workspace: Workspace) -> Workspace:
    """The same workspace with more views of the database Machines."""
    [source] = [one for one in workspace.objects["data_source"].values() if one["title"][0]["plain_text"] == "Machines"]
    likeness = next(one for one in workspace.objects["view"].values() if one["data_source_id"] == source["id"])
    ids = {name: one["id"] for name, one in source["properties"].items()}
    told = {"filter": None, "sorts": None, "quick_filters": None, "dashboard_view_id": None}
    views = [
        *({"type": kind, "name": name, "configuration": settings} for name, kind, settings in _views(ids)),
        *(
            {"type": "table", "name": name, "configuration": {}, "filter": condition}
            for name, condition in _filters(ids, _someone(workspace, source["id"]))
        ),
    ]
    for number, view in enumerate(views):
        view_id = f"99999999-0000-4000-8000-{number:012d}"
        url = likeness["url"].partition("?")[0] + f"?v={view_id.replace('-', '')}"
        configuration = {"type": view["type"], **view["configuration"]}
        workspace.put("view", {**likeness, **told, **view, "id": view_id, "url": url, "configuration": configuration})
    return workspace


def _someone(workspace: Workspace, source_id: str) -> str:
    """A person who is named in a row."""
    rows = (row["properties"]["People"]["people"] for row in workspace.rows(source_id))
    return next(str(people[0]["id"]) for people in rows if people)


def _filters(ids: dict[str, str], someone: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("Lately", {"property": ids["Date"], "date": {"past_year": {}}}),
        ("Somebody's", {"property": ids["People"], "people": {"contains": someone}}),
    ]


def _views(ids: dict[str, str]) -> list[tuple[str, str, dict[str, Any]]]:
    def shown(*names: str) -> dict[str, Any]:
        return {"properties": [{"property_id": ids[name], "visible": True} for name in ("Name", *names)]}

    select = {"type": "select", "property_id": ids["Select"], "sort": _MANUAL}
    status = {"type": "status", "property_id": ids["Status"], "group_by": "option", "sort": _MANUAL}
    several = {"type": "multi_select", "property_id": ids["Multi-select"], "sort": _MANUAL}
    week = {"type": "date", "property_id": ids["Date"], "group_by": "week", "sort": _UP}
    ranges = {"type": "number", "property_id": ids["Number"], "sort": _UP, "range_start": 0, "range_size": 250}
    total = {"aggregator": "sum", "property_id": ids["Number"]}
    return [
        ("Lanes", "board", {"group_by": status, "sub_group_by": select, "cover": {"type": "page_content"},
                            **shown("Number", "Checkbox", "People")}),
        ("Groups of several", "table", {"group_by": several, **shown("Status", "Multi-select")}),
        ("Days with status", "calendar", {"date_property_id": ids["Date"], **shown("Status")}),
        ("Long run", "timeline", {"date_property_id": ids["Date"], "preference": {"zoom_level": "year"}}),
        ("Places", "map", {"map_by": ids["Place"], **shown("Place", "Status")}),
        ("Stacked columns", "chart", {"chart_type": "column", "x_axis": status, "y_axis": total, "stack_by": select,
                                      "caption": "Money"}),
        ("Growing line", "chart", {"chart_type": "line", "x_axis": week, "y_axis": {"aggregator": "count"},
                                   "cumulative": True}),
        ("Bars by range", "chart", {"chart_type": "bar", "x_axis": ranges, "y_axis": {"aggregator": "count"}}),
        ("Values as they stand", "chart", {"chart_type": "bar", "x_axis_property_id": ids["Name"],
                                           "y_axis_property_id": ids["Number"]}),
    ]  # fmt: skip
