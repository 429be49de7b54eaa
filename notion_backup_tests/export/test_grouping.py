from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.export.chart import chart_of, drawing_of
from notion_backup.export.grouping import grouping_of, groups_of
from notion_backup.export.values import EMPTY, Part, Value
from notion_backup.snapshot import Raw

NAMES = {"a": "Stage", "b": "Size", "c": "Day", "d": "Tags"}
SOURCE: Raw = {
    "properties": {
        "Stage": {
            "type": "status",
            "status": {
                "options": [
                    {"id": "1", "name": "Idea", "color": "gray"},
                    {"id": "2", "name": "Doing", "color": "blue"},
                    {"id": "3", "name": "Checking", "color": "pink"},
                    {"id": "4", "name": "Done", "color": "green"},
                ],
                "groups": [
                    {"name": "To do", "color": "gray", "option_ids": ["1"]},
                    {"name": "In progress", "color": "blue", "option_ids": ["2", "3"]},
                    {"name": "Complete", "color": "green", "option_ids": ["4"]},
                ],
            },
        },
        "Size": {"type": "number", "number": {}},
        "Day": {"type": "date", "date": {}},
        "Tags": {"type": "multi_select", "multi_select": {"options": [{"name": "x", "color": "red"}]}},
    }
}


def number(size: float) -> Value:
    return Value("number", (Part(f"{size}"),), data=size)


def day(text: str) -> Value:
    return Value("date", (Part(text),), data=(text, None))


def options(*names: str) -> Value:
    return Value("options", tuple(Part(name, "yellow") for name in names))


def grouped(told: Raw, *values: Value) -> list[tuple[str, list[int]]]:
    grouping = grouping_of(told, NAMES, SOURCE)
    assert grouping is not None
    return [(one.name, one.rows) for one in groups_of(grouping, enumerate(values))]


def test_groups_of_options_stand_in_their_order_empty_ones_too_and_rows_without_first() -> None:
    told = {"property_id": "a", "type": "status", "group_by": "option"}
    values = (options("Done"), options("Idea"), EMPTY, options("Checking"), options("gone"))
    assert grouped(told, *values) == [
        ("No Stage", [2]), ("Idea", [1]), ("Doing", []), ("Checking", [3]), ("Done", [0]), ("gone", [4]),
    ]  # fmt: skip
    full = grouped({**told, "hide_empty_groups": True, "sort": {"type": "descending"}}, *values)
    assert full == [("No Stage", [2]), ("Idea", [1]), ("gone", [4]), ("Done", [0]), ("Checking", [3])]
    assert grouped({**told, "group_by": "group"}, *values[:4]) == [
        ("No Stage", [2]), ("To do", [1]), ("In progress", [3]), ("Complete", [0]),
    ]  # fmt: skip


def test_a_row_with_several_values_is_in_several_groups_once() -> None:
    told = {"property_id": "d", "type": "multi_select"}
    assert grouped(told, options("x", "y"), options("y", "y")) == [("x", [0]), ("y", [0, 1])]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ({"group_by": "year"}, ["2025", "2026"]),
        ({"group_by": "month"}, ["2025-12", "2026-01"]),
        ({"group_by": "relative"}, ["2025-12", "2026-01"]),
        ({"group_by": "week"}, ["Week of 2025-12-29"]),
        ({"group_by": "week", "start_day_of_week": 0}, ["Week of 2025-12-28", "Week of 2026-01-04"]),
        ({"group_by": "day"}, ["2025-12-31", "2026-01-04"]),
    ],
)
def test_dates_are_grouped_by_periods(by: dict[str, Any], names: list[str]) -> None:
    told = {"property_id": "c", "type": "date", "sort": {"type": "ascending"}, **by}
    assert [name for name, _ in grouped(told, day("2026-01-04T10:00:00.000Z"), day("2025-12-31"))] == names


def test_numbers_are_grouped_by_ranges() -> None:
    told = {"property_id": "b", "type": "number", "range_start": 0, "range_end": 20, "range_size": 10}
    found = grouped(told, number(10), number(-3), number(99), number(9.5), EMPTY)
    assert found == [("No Size", [4]), ("Below 0", [1]), ("0 to 10", [3]), ("10 to 20", [0]), ("20 and more", [2])]
    assert grouped({"property_id": "b", "type": "number"}, number(2), number(1)) == [("1", [1]), ("2", [0])]


@given(
    st.lists(
        st.one_of(
            st.just(EMPTY),
            st.floats().map(number),
            st.text().map(day),
            st.lists(st.text(), max_size=3).map(lambda names: options(*names)),
            st.booleans().map(lambda data: Value("check", (Part("Yes"),), data=data)),
            st.text().map(lambda text: Value("text", (Part(text),))),
        )
    ),
    st.sampled_from(["", "option", "group", "week", "day", "alphabet_prefix"]),
    st.sampled_from(["manual", "ascending", "descending"]),
    st.sampled_from([None, 0, -1, 10, 0.1]),
)
def test_no_row_falls_between_groups(values: list[Value], by: str, order: str, step: float | None) -> None:
    told = {"property_id": "b", "group_by": by, "sort": {"type": order}, "range_size": step}
    found = grouped(told, *values)
    assert {row for _, rows in found for row in rows} == set(range(len(values)))


def figures(configuration: Raw, *rows: dict[str, Value]) -> list[tuple[str, tuple[Any, ...]]]:
    chart = chart_of(configuration, NAMES, SOURCE)
    return [(bar.name, bar.figures) for bar in drawing_of(chart, list(enumerate(rows))).bars]


ROWS = (
    {"Stage": options("Idea"), "Size": number(4), "Day": day("2026-01-01")},
    {"Stage": options("Idea"), "Size": number(1), "Day": day("2026-01-11")},
    {"Stage": options("Done"), "Size": EMPTY, "Day": EMPTY},
    {"Stage": options("Done"), "Size": number(2.5), "Day": day("2025-12-31")},
)
BY_STAGE = {"property_id": "a", "type": "status", "group_by": "group"}


@pytest.mark.parametrize(
    ("aggregator", "figure"),
    [
        ("count", 4), ("count_values", 3), ("sum", 7.5), ("average", 2.5), ("median", 2.5), ("min", 1), ("max", 4),
        ("range", 3), ("unique", 3), ("empty", 1), ("not_empty", 3), ("percent_empty", 25), ("percent_not_empty", 75),
    ],
)  # fmt: skip
def test_a_number_is_the_aggregate_of_all_rows(aggregator: str, figure: float) -> None:
    told = {"chart_type": "number", "value": {"aggregator": aggregator, "property_id": "b"}}
    assert figures(told, *ROWS) == [("All", (figure,))]


def test_dates_are_aggregated_as_days() -> None:
    for aggregator, figure in (("earliest_date", "2025-12-31"), ("latest_date", "2026-01-11"), ("date_range", 11)):
        told = {"chart_type": "number", "value": {"aggregator": aggregator, "property_id": "c"}}
        assert figures(told, *ROWS) == [("All", (figure,))]


def test_bars_are_stacked_sorted_and_summed_up() -> None:
    told = {"chart_type": "column", "x_axis": BY_STAGE, "y_axis": {"aggregator": "sum", "property_id": "b"}}
    assert figures(told, *ROWS) == [("To do", (5,)), ("In progress", (0,)), ("Complete", (2.5,))]
    sort = {"sort": "y_ascending", "hide_empty_groups": True}
    assert figures({**told, **sort}, *ROWS) == [("Complete", (2.5,)), ("To do", (5,))]
    months = {"property_id": "c", "type": "date", "group_by": "month", "sort": {"type": "ascending"}}
    stacked = {**told, "stack_by": months, "y_axis": {"aggregator": "count"}}
    assert figures(stacked, *ROWS) == [("To do", (0, 0, 2)), ("In progress", (0, 0, 0)), ("Complete", (1, 1, 0))]
    line = {**told, "chart_type": "line", "cumulative": True}
    assert figures(line, *ROWS) == [("To do", (5,)), ("In progress", (5,)), ("Complete", (7.5,))]


def test_a_chart_may_show_values_as_they_stand() -> None:
    told = {"chart_type": "bar", "x_axis_property_id": "a", "y_axis_property_id": "b", "sort": "y_descending"}
    assert figures(told, *ROWS) == [("Idea", (4,)), ("Done", (2.5,)), ("Idea", (1,)), ("Done", (None,))]


_KEYS = ("chart_type", "x_axis", "y_axis", "value", "property_id", "aggregator", "sort", "stack_by", "group_by",
         "range_size", "range_start", "type")  # fmt: skip
_LEAVES = st.none() | st.booleans() | st.floats() | st.text() | st.sampled_from(["a", "b", "number", "line", "sum"])


@given(st.recursive(_LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(_KEYS), inner)))
def test_no_configuration_is_too_odd(told: Any) -> None:
    if isinstance(told, dict):
        figures(told, *ROWS)
