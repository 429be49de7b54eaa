from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from notion_backup.errors import UsageError
from notion_backup.pipeline.partitions import current_partition, due, key_format, partition_of, partitions_of
from notion_backup.settings import Settings, WorkspaceSettings
from notion_backup_tests.pipeline.world import make_settings

SETTINGS = make_settings(Path("/nowhere"), start=date(2025, 11, 18))


def workspace(cron: str = "0 3 * * *", timezone: str = "UTC") -> WorkspaceSettings:
    return WorkspaceSettings(name="notion", cron=cron, timezone=timezone)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def settings() -> Settings:
    return SETTINGS


def test_a_daily_partition_is_named_by_its_day_and_lasts_from_tick_to_tick() -> None:
    found = partition_of(partitions_of(settings(), workspace()), "2025-11-19")

    assert (found.start, found.end) == (at("2025-11-19T03:00:00+00:00"), at("2025-11-20T03:00:00+00:00"))


def test_the_partition_in_force_before_the_days_tick_is_that_of_yesterday() -> None:
    partitions = partitions_of(settings(), workspace())

    assert current_partition(partitions, at("2025-11-20T02:59:59+00:00")).key == "2025-11-19"
    assert current_partition(partitions, at("2025-11-20T03:00:00+00:00")).key == "2025-11-20"


def test_the_current_partition_is_there_before_it_has_ended() -> None:
    keys = partitions_of(settings(), workspace()).get_partition_keys(current_time=at("2025-11-20T03:00:01+00:00"))

    assert keys[-1] == "2025-11-20"


def test_a_backup_in_the_first_hours_of_the_first_day_has_a_partition() -> None:
    partitions = partitions_of(settings(), workspace())

    key = current_partition(partitions, at("2025-11-18T00:30:00+00:00")).key

    assert key in partitions.get_partition_keys(current_time=at("2025-11-18T00:30:00+00:00"))


def test_only_partitions_that_have_ended_are_due_and_none_from_before_the_first_day() -> None:
    found = due(settings(), workspace(), at("2025-11-21T10:00:00+00:00"))

    assert [partition.key for partition in found] == ["2025-11-18", "2025-11-19", "2025-11-20"]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [("0 3 * * *", "%Y-%m-%d"), ("30 2 * * 1-5", "%Y-%m-%d"), ("0 3,15 * * *", "%Y-%m-%d-%H:%M")],
)
def test_the_key_names_minutes_only_when_the_schedule_ticks_more_than_once_a_day(cron: str, expected: str) -> None:
    assert key_format(cron) == expected


def test_an_unknown_partition_is_refused_with_the_first_and_the_current_one_named() -> None:
    with pytest.raises(UsageError) as caught:
        partition_of(partitions_of(settings(), workspace()), "2025-11-18 ")

    assert "2025-11-17" in caught.value.cure


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland"])
@pytest.mark.parametrize("cron", ["0 3 * * *", "0 0 * * *", "15 */6 * * *", "30 2 * * *", "0 5 * * 1"])
@hypothesis_settings(max_examples=20, deadline=None)
@given(minutes=st.integers(min_value=60 * 24 * 8, max_value=60 * 24 * 500))
def test_every_moment_lies_in_exactly_the_partition_that_is_current_then(
    cron: str, timezone: str, minutes: int
) -> None:
    partitions = partitions_of(settings(), workspace(cron, timezone))
    now = datetime(2025, 11, 18, tzinfo=UTC) + timedelta(minutes=minutes)

    found = current_partition(partitions, now)

    assert found.start <= now < found.end
    again = partitions.time_window_for_partition_key(str(found.key))
    assert (again.start, again.end) == (found.start, found.end)
