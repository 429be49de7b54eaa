from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.model import Table
from notion_backup.snapshot.units import Units

_TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000)
)
_ENTRIES = st.builds(
    Entry,
    table=st.sampled_from(Table),
    id=st.sampled_from([f"{number:08x}" for number in range(12)]),
    parent_id=st.none() | st.text(st.characters(codec="utf-8"), max_size=5),
    title=st.text(st.characters(codec="utf-8"), max_size=20),
    last_edited_time=st.none() | _TIMES,
    in_trash=st.none() | st.booleans(),
    digest=st.binary(min_size=32, max_size=32),
    captured_at=_TIMES,
    verified_at=_TIMES,
    provable=st.just(False),
    seen_in=st.just(""),
    segment=st.integers(0, 2**31 - 1),
    first=st.integers(0, 2**31 - 1),
    count=st.integers(0, 2**31 - 1),
)


@settings(deadline=None)
@given(st.lists(_ENTRIES, max_size=40))
def test_units_come_back_as_they_were_last_given_and_in_order(given: list[Entry]) -> None:
    units = Units()
    for entry in given:
        units.put(entry)
    last = {(entry.table, entry.id): entry for entry in given}
    expected = sorted(last.values(), key=lambda entry: (entry.id, entry.table))
    assert list(units.in_order()) == expected
    assert [units.in_order()[at] for at in range(len(expected))] == expected
    assert {entry.id for entry in units.of(Table.PAGES)} == {name for table, name in last if table is Table.PAGES}
    finished = units.in_order(lambda entry: replace(entry, seen_in="search"))
    assert all(entry.seen_in == "search" for entry in finished)


@given(_ENTRIES, st.integers(0, 2**31 - 1))
def test_a_place_counts_for_the_segment_in_which_the_unit_lies(entry: Entry, first: int) -> None:
    units = Units()
    units.put(entry)
    units.place(entry.table, entry.id, entry.segment + 1, first)
    assert list(units.in_order()) == [entry]
    units.place(entry.table, entry.id, entry.segment, first)
    assert list(units.in_order()) == [replace(entry, first=first)]
