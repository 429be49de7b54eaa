"""The figures of a chart: what it counts or sums, for which groups of rows.

Shapes: ``ChartViewConfigResponse`` of Notion's JavaScript client 5.26.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from math import isfinite
from urllib.parse import unquote

from notion_backup.export.grouping import Grouping, RowGroup, grouping_of, groups_of
from notion_backup.export.values import EMPTY, Value
from notion_backup.snapshot import Raw

Figure = float | int | str | None
"""A number, a date, or nothing where there is nothing to count."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows. ``plain`` names the properties of a chart that shows values as they stand in the rows."""

    kind: str
    along: Grouping | None
    stacked: Grouping | None
    aggregator: str
    name: str | None
    plain: tuple[str, str] | None
    order: str
    hide_empty: bool
    cumulative: bool
    caption: str

    @property
    def measure(self) -> str:
        """What the figures are, in words."""
        if self.plain:
            return self.plain[1]
        return (
            "Count" if self.aggregator == "count" else f"{self.aggregator.replace('_', ' ').capitalize()}: {self.name}"
        )


@dataclass(frozen=True, slots=True)
class Bar:
    """One group of a chart with a figure for each of the chart's series."""

    name: str
    colour: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart's figures: series (name and colour; one without name where nothing is stacked) and bars."""

    series: tuple[tuple[str, str], ...]
    bars: tuple[Bar, ...]


def chart_of(configuration: Raw, names: Mapping[str, str], source: Raw) -> Chart:
    """What the configuration of a chart says; what it leaves out is a count of all rows."""
    kind = str(configuration.get("chart_type") or "column")
    measure = configuration.get("value") if kind == "number" else configuration.get("y_axis")
    measure = measure if isinstance(measure, dict) else {}
    name = names.get(unquote(str(measure.get("property_id"))))
    aggregator = str(measure.get("aggregator") or "count")
    plain = tuple(names.get(unquote(str(configuration.get(f"{axis}_axis_property_id")))) for axis in ("x", "y"))
    return Chart(
        kind=kind,
        along=None if kind == "number" else grouping_of(configuration.get("x_axis"), names, source),
        stacked=grouping_of(configuration.get("stack_by"), names, source),
        aggregator=aggregator if aggregator in _AGGREGATORS and (name or aggregator == "count") else "count",
        name=name,
        plain=(plain[0], plain[1]) if plain[0] and plain[1] else None,
        order=str(configuration.get("sort") or "manual"),
        hide_empty=configuration.get("hide_empty_groups") is True,
        cumulative=kind == "line" and configuration.get("cumulative") is True,
        caption=str(configuration.get("caption") or ""),
    )


def drawing_of(chart: Chart, rows: Sequence[tuple[int, Mapping[str, Value]]]) -> Drawing:
    """The figures of these rows, which have numbers and values by property name."""
    values = dict(rows)
    if chart.plain:
        along, measured = chart.plain
        bars = [Bar(row.get(along, EMPTY).text, "default", (_data(row.get(measured, EMPTY)),)) for _, row in rows]
        return Drawing((("", "default"),), tuple(_ordered(chart, bars)))
    series = _groups(chart.stacked, list(values), values) if chart.stacked else [RowGroup("", "default", list(values))]
    groups = _groups(chart.along, list(values), values) if chart.along else [RowGroup("All", "default", list(values))]
    bars = [
        Bar(group.name, group.colour, tuple(_figure(chart, group.rows, one.rows, values) for one in series))
        for group in groups
        if group.rows or not chart.hide_empty
    ]
    bars = _ordered(chart, bars)
    if chart.cumulative:
        totals = zip(
            *(accumulate(map(_size, column)) for column in zip(*(bar.figures for bar in bars), strict=True)),
            strict=True,
        )
        bars = [Bar(bar.name, bar.colour, total) for bar, total in zip(bars, totals, strict=True)]
    return Drawing(tuple((one.name, one.colour) for one in series), tuple(bars))


def _groups(grouping: Grouping, numbers: Sequence[int], values: Mapping[int, Mapping[str, Value]]) -> list[RowGroup]:
    return groups_of(grouping, ((number, values[number].get(grouping.name, EMPTY)) for number in numbers))


def _figure(chart: Chart, group: list[int], series: list[int], values: Mapping[int, Mapping[str, Value]]) -> Figure:
    both = set(series)
    found = [values[number].get(chart.name or "", EMPTY) for number in group if number in both]
    return _AGGREGATORS[chart.aggregator](found)


def _ordered(chart: Chart, bars: list[Bar]) -> list[Bar]:
    backwards = chart.order.endswith("_descending")
    if chart.order.startswith("y_"):
        return sorted(bars, key=lambda bar: sum(map(_size, bar.figures)), reverse=backwards)
    if chart.plain and chart.order.startswith("x_"):
        return sorted(bars, key=lambda bar: bar.name.casefold(), reverse=backwards)
    return bars[::-1] if chart.order == "x_descending" else bars


def _size(figure: Figure) -> float | int:
    return figure if isinstance(figure, int | float) else 0


def _data(value: Value) -> Figure:
    return value.data if value.kind == "number" and isfinite(value.data) else value.text or None


def _numbers(values: list[Value]) -> list[float]:
    return [value.data for value in values if value.kind == "number" and isfinite(value.data)]


def _days(values: list[Value]) -> list[str]:
    return [str(value.data[0])[:10] for value in values if value.kind == "date"]


def _of_numbers(count: Callable[[list[float]], float]) -> Callable[[list[Value]], Figure]:
    return lambda values: _rounded(count(numbers)) if (numbers := _numbers(values)) else None


def _counted(test: Callable[[Value], bool]) -> Callable[[list[Value]], Figure]:
    return lambda values: sum(map(test, values))


def _share(test: Callable[[Value], bool]) -> Callable[[list[Value]], Figure]:
    return lambda values: _rounded(100 * sum(map(test, values)) / len(values)) if values else None


def _rounded(number: float) -> float | int:
    """Without the noise of binary fractions."""
    number = round(number, 6)
    return int(number) if number == int(number) else number


def _date_range(values: list[Value]) -> Figure:
    days = _days(values)
    try:
        return (date.fromisoformat(max(days)) - date.fromisoformat(min(days))).days if days else None
    except ValueError:
        return None


def _ticked(value: Value) -> bool:
    return value.kind == "check" and value.data is True


_AGGREGATORS: dict[str, Callable[[list[Value]], Figure]] = {
    "count": len,
    "count_values": lambda values: sum(max(1, len(value.parts)) for value in values if not value.empty),
    "sum": lambda values: _rounded(sum(_numbers(values))),
    "average": _of_numbers(statistics.fmean),
    "median": _of_numbers(statistics.median),
    "min": _of_numbers(min),
    "max": _of_numbers(max),
    "range": _of_numbers(lambda numbers: max(numbers) - min(numbers)),
    "unique": lambda values: len({value.text for value in values if not value.empty}),
    "empty": _counted(lambda value: value.empty),
    "not_empty": _counted(lambda value: not value.empty),
    "percent_empty": _share(lambda value: value.empty),
    "percent_not_empty": _share(lambda value: not value.empty),
    "checked": _counted(_ticked),
    "unchecked": _counted(lambda value: not _ticked(value)),
    "percent_checked": _share(_ticked),
    "percent_unchecked": _share(lambda value: not _ticked(value)),
    "earliest_date": lambda values: min(_days(values), default=None),
    "latest_date": lambda values: max(_days(values), default=None),
    "date_range": _date_range,
}
