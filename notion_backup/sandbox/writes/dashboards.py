"""Dashboards: rows of widgets, each of them a view of its own (views guide; response types, summer 2026)."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.checks import need_object, wrong
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.workspace import Raw

_MOST_IN_A_ROW = 4


def rows_of(board: Raw) -> list[Raw]:
    """The rows of a dashboard."""
    configuration = board["configuration"] = board["configuration"] or {"type": "dashboard"}
    rows: list[Raw] = configuration.setdefault("rows", [])
    return rows


def place_widget(room: Room, board: Raw, view_id: str, placement: Any) -> None:
    """Put a widget into a row of its own (the last one, unless a place is told) or beside others."""
    told = need_object(placement or {"type": "new_row"}, "body.placement")
    rows, index = rows_of(board), told.get("row_index")
    if index is not None and (not isinstance(index, int) or not 0 <= index <= len(rows)):
        raise wrong("body.placement.row_index", f"a number from `0` to `{len(rows)}`", index)
    if told.get("type") == "new_row":
        widget = {"id": room.maker().new_id(), "view_id": view_id}
        rows.insert(len(rows) if index is None else index, {"id": room.maker().new_id(), "widgets": [widget]})
    elif told.get("type") == "existing_row":
        if index is None or index >= len(rows):
            raise wrong("body.placement.row_index", "the index of a row", index)
        if len(rows[index]["widgets"]) >= _MOST_IN_A_ROW:
            raise validation(f"body.placement.row_index: a row holds at most {_MOST_IN_A_ROW} widgets.")
        rows[index]["widgets"].append({"id": room.maker().new_id(), "view_id": view_id})
    else:
        raise wrong("body.placement.type", '`"new_row"` or `"existing_row"`', told.get("type"))
    _count(rows)
    room.stamp(board)


def take_widget(room: Room, board: Raw, view_id: str) -> None:
    """Take a widget away, and its row when nothing else is in it."""
    for row in rows_of(board):
        row["widgets"] = [widget for widget in row["widgets"] if widget["view_id"] != view_id]
    board["configuration"]["rows"] = [row for row in rows_of(board) if row["widgets"]]
    _count(rows_of(board))
    room.stamp(board)


def _count(rows: list[Raw]) -> None:
    for index, row in enumerate(rows):
        for widget in row["widgets"]:
            widget["row_index"] = index
