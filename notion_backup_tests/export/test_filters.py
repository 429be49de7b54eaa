from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from notion_backup.export.filters import describe, filter_of, holds
from notion_backup.export.values import Part, Value

LENA, UMA = "11111111-0000-4000-8000-000000000001", "11111111-0000-4000-8000-000000000002"
SOURCE: dict[str, Any] = {
    "properties": {
        name: {"id": name.lower(), "type": kind, "name": name, kind: {}}
        for name, kind in (("Who", "people"), ("Parts", "relation"), ("Due", "date"), ("Result", "formula"))
    }
}
NAMES: dict[str, str] = {name.lower(): name for name in SOURCE["properties"]}


class Wednesday:
    """The day of the capture, and two people."""

    day = date(2026, 11, 25)

    def called(self, object_id: str) -> str:
        return {LENA: "Lena", UMA: "Uma"}.get(object_id, object_id)


def passing(condition: dict[str, Any], *values: Value) -> list[bool]:
    found, understood = filter_of(condition, NAMES, SOURCE, Wednesday())
    assert understood
    return [holds(found, {NAMES[condition["property"]]: value}) for value in values]


def said(condition: dict[str, Any]) -> str:
    return describe(filter_of(condition, NAMES, SOURCE, Wednesday())[0])


def on(day: str) -> Value:
    return Value("date", (Part(day),), data=(day, None))


def test_people_and_pages_are_told_apart_by_id_and_named() -> None:
    both = [Value("people", (Part("Lena", id=LENA),)), Value("people", (Part("Lena", id=UMA),)), Value("text")]
    assert passing({"property": "who", "people": {"contains": LENA}}, *both) == [True, False, False]
    assert passing({"property": "who", "people": {"does_not_contain": LENA}}, *both) == [False, True, True]
    page = Value("links", (Part("x", id=LENA),))
    assert passing({"property": "parts", "relation": {"contains": LENA.replace("-", "")}}, page) == [True]
    assert said({"property": "who", "people": {"contains": UMA}}) == "Who contains “Uma”"


@pytest.mark.parametrize(
    ("operator", "first", "last"),
    [
        ("this_week", "2026-11-22", "2026-11-28"),
        ("past_week", "2026-11-18", "2026-11-25"),
        ("past_month", "2026-10-25", "2026-11-25"),
        ("past_year", "2025-11-25", "2026-11-25"),
        ("next_week", "2026-11-25", "2026-12-02"),
        ("next_month", "2026-11-25", "2026-12-25"),
        ("next_year", "2026-11-25", "2027-11-25"),
    ],
)
def test_stretches_are_counted_from_the_day_of_the_capture(operator: str, first: str, last: str) -> None:
    before, after = date.fromisoformat(first).toordinal() - 1, date.fromisoformat(last).toordinal() + 1
    ends = [on(date.fromordinal(day).isoformat()) for day in (before, before + 1, after - 1, after)]
    condition = {"property": "due", "date": {operator: {}}}
    assert passing(condition, *ends) == [False, True, True, False]
    assert passing(condition, on(f"{last}T23:30:00.000+00:00"), Value("text")) == [True, False]
    assert said(condition) == f"Due on or after “{first}” and Due on or before “{last}”"


def test_words_for_a_day_are_that_day() -> None:
    today = {"property": "due", "date": {"equals": "today"}}
    assert passing(today, on("2026-11-25"), on("2026-11-24")) == [True, False]
    after = {"property": "due", "date": {"on_or_after": "one_week_from_now"}}
    assert passing(after, on("2026-12-01"), on("2026-12-02")) == [False, True]
    formula = {"property": "result", "formula": {"date": {"before": "yesterday"}}}
    assert passing(formula, on("2026-11-23"), on("2026-11-24")) == [True, False]


@pytest.mark.parametrize(
    "condition",
    [
        {"property": "who", "people": {"contains": "me"}},
        {"property": "who", "people": {"contains": ["x"]}},
        {"property": "due", "date": {"next_decade": {}}},
        {"property": "due", "date": {"past_week": {"x": 1, "y": 2}}},
        {"property": "gone", "date": {"equals": "2026-01-01"}},
        {"property": "due", "date": {"before": 3}},
        {"property": "due", "date": {"equals": ["today"]}},
        {"property": "due", "date": {"equals": {}}},
        {"and": [{"property": "due", "date": {"equals": "today"}}, {"property": "gone"}]},
        "nonsense",
    ],
)
def test_what_is_not_understood_says_so(condition: Any) -> None:
    assert filter_of(condition, NAMES, SOURCE, Wednesday())[1] is False
