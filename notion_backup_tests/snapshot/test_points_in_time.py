from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.errors import SnapshotNotFound, UsageError
from notion_backup.repository import Commit, Repository
from notion_backup.snapshot import Partition, Problem, Severity, SnapshotWriter, moment_of, snapshot_at
from notion_backup.snapshot.moment import day_of, stretch_of
from notion_backup_tests.snapshot.building import facts, take

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2026-11-01", "2026-11-01T23:59:59.999999"),
        ("2026-11", "2026-11-30T23:59:59.999999"),
        ("2026-11-01 12:30", "2026-11-01T12:30:00"),
        ("2026-11-01T12:30:00+02:00", "2026-11-01T10:30:00"),
        ("last Friday", "2026-11-20T23:59:59.999999"),
        ("yesterday", "2026-11-24T23:59:59.999999"),
        ("2 weeks ago", "2026-11-11T23:59:59.999999"),
        ("3 months ago", "2026-08-25T23:59:59.999999"),
        ("last month", "2026-10-31T23:59:59.999999"),
        ("2 hours ago", "2026-11-25T10:00:00"),
        ("1 Nov 2026", "2026-11-01T23:59:59.999999"),
    ],
)
def test_words_mean_the_last_instant_of_the_stretch_they_name(words: str, expected: str) -> None:
    assert moment_of(words, now=NOW) == datetime.fromisoformat(expected).replace(tzinfo=UTC)


def test_days_are_those_of_the_workspaces_time_zone() -> None:
    found = moment_of("2026-11-01", now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert found == datetime(2026, 11, 1, 14, 59, 59, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "day"),
    [("yesterday", "2026-11-24"), ("1 Nov 2026", "2026-11-01"), ("2026-11-01", "2026-11-01"), ("last month", None),
     ("2026-11-01 12:30", None), ("2 hours ago", None), ("nonsense", None)],
)  # fmt: skip
def test_words_for_a_day_have_its_date(words: str, day: str | None) -> None:
    for zone in (UTC, ZoneInfo("Asia/Tokyo")):
        stretch = stretch_of(words, now=NOW, zone=zone)
        assert (stretch and day_of(stretch, zone)) == day


def test_a_date_with_two_meanings_is_refused() -> None:
    with pytest.raises(UsageError, match="two ways"):
        moment_of("01/02/2026", now=NOW)


@given(st.text(max_size=80))
def test_any_text_is_a_moment_or_none_or_refused(words: str) -> None:
    try:
        found = moment_of(words, now=NOW)
    except UsageError:
        return
    assert found is None or found.tzinfo is UTC


def _day(
    repository: Repository, day: int, *, complete: bool = True, late_by_days: int = 0, hour: int = 3, begin: int = 0
) -> Commit:
    start = datetime(2026, 11, day, begin, tzinfo=UTC)
    run = facts(
        partition=Partition(start.date().isoformat(), start, start + timedelta(days=1)),
        at=start + timedelta(days=late_by_days, hours=hour - begin),
    )

    def fill(writer: SnapshotWriter) -> None:
        if not complete:
            writer.problem(Problem("lost", Severity.MISSING, "page", "x", "search", "", ""))

    return take(repository, {1: f"day {day}"}, run=run, fill=fill)[0]


def test_the_nearest_complete_snapshot_at_or_before_is_taken_and_named(repository: Repository) -> None:
    first = _day(repository, 10)
    broken = _day(repository, 12, complete=False)
    third = _day(repository, 14)

    def at(words: str) -> Commit:
        return snapshot_at(repository, words, now=NOW).commit

    assert at("2026-11-10").id == at("2026-11-11").id == first.id
    passed_over = snapshot_at(repository, "2026-11-13", now=NOW)
    assert passed_over.commit.id == first.id
    assert broken.id[:12] in passed_over.why
    assert first.id[:12] in passed_over.why
    assert at("2026-11-12").id == first.id  # its partition has no complete one
    assert at("2026-11-14 02:59").id == first.id
    assert at("2026-11-14 03:00").id == at("last Friday").id == at("latest").id == third.id
    assert at(broken.id).id == broken.id  # an id names exactly one
    with pytest.raises(SnapshotNotFound, match="as old as"):
        at("2026-11-09")
    with pytest.raises(SnapshotNotFound, match="is called"):
        at("nonsense")


def test_words_for_a_day_mean_its_partition_although_that_was_captured_the_day_after(repository: Repository) -> None:
    _day(repository, 19, begin=3, hour=25)
    friday = _day(repository, 20, begin=3, hour=25)
    _day(repository, 21, begin=3, hour=25)
    for words in ("2026-11-20", "last Friday", "Nov 20"):
        assert snapshot_at(repository, words, now=NOW).commit.id == friday.id
    assert snapshot_at(repository, "2026-11-20 12:00", now=NOW).commit.id != friday.id


def test_where_only_an_incomplete_one_is_old_enough_it_is_taken_and_said(repository: Repository) -> None:
    broken = _day(repository, 10, complete=False)
    choice = snapshot_at(repository, "2026-11-11", now=NOW)
    assert choice.commit.id == broken.id
    assert "incomplete" in choice.why


def test_a_late_snapshot_stands_where_its_partition_does_and_a_second_one_where_it_was_captured(
    repository: Repository,
) -> None:
    _day(repository, 14)
    late = _day(repository, 10, late_by_days=5)
    noon = _day(repository, 14, hour=12)
    assert snapshot_at(repository, "2026-11-12", now=NOW).commit.id == late.id
    assert "late" in snapshot_at(repository, "2026-11-12", now=NOW).why
    assert snapshot_at(repository, "2026-11-14 11:00", now=NOW).commit.id != noon.id
    assert snapshot_at(repository, "2026-11-14", now=NOW).commit.id == noon.id
