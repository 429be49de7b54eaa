"""A workspace's partitions: the stretches of time between two ticks of its schedule.

A partition is named by the tick it begins with and lasts until the next one. The current stretch is a partition
already (its snapshot is taken at its beginning, not at its end), so a snapshot taken in time is never late.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

from dagster import TimeWindowPartitionsDefinition

from notion_backup.errors import UsageError
from notion_backup.settings import Settings, WorkspaceSettings
from notion_backup.snapshot import Partition

DAY_FORMAT = "%Y-%m-%d"
MINUTE_FORMAT = "%Y-%m-%d-%H:%M"


def partitions_of(settings: Settings, workspace: WorkspaceSettings) -> TimeWindowPartitionsDefinition:
    """The partitions of a workspace, from the one in force when its first day begins up to the current one.

    The first day rarely begins with a tick: the stretch in force at its midnight is a partition too, or a backup
    made on the first day before the first tick would belong to none. Nobody waits for that one (see ``due``).
    """
    midnight = _first_midnight(settings, workspace)
    ticks = _windows(workspace, midnight)
    in_force = ticks.get_partition_key_for_timestamp(midnight.timestamp())
    return _windows(workspace, ticks.start_time_for_partition_key(in_force))


def key_format(cron: str) -> str:
    """Days, unless the schedule can tick more than once a day; then minutes."""
    minute, hour = cron.split()[:2]
    return DAY_FORMAT if minute.isdigit() and hour.isdigit() else MINUTE_FORMAT


def partition_of(partitions: TimeWindowPartitionsDefinition, key: str) -> Partition:
    """Begin and end of a partition. Raises UsageError when there is none of that name.

    ``key`` is taken as plain text: what Dagster hands over may be a richer type in tests than in production.
    """
    if not partitions.has_partition_key(str(key)):
        first = partitions.get_first_partition_key()
        last = partitions.get_last_partition_key()
        raise UsageError(f"There is no partition {str(key)!r}.", cure=f"The first is {first}, the current one {last}.")
    return _window(partitions, str(key))


def current_partition(partitions: TimeWindowPartitionsDefinition, now: datetime) -> Partition:
    """The partition in force at a time (aware)."""
    return _window(partitions, partitions.get_partition_key_for_timestamp(now.timestamp()))


def due(settings: Settings, workspace: WorkspaceSettings, now: datetime) -> list[Partition]:
    """The partitions that have ended and of which a snapshot was to be taken, oldest first."""
    partitions = partitions_of(settings, workspace)
    begin = _first_midnight(settings, workspace)
    known = (_window(partitions, key) for key in partitions.get_partition_keys(current_time=now))
    return [partition for partition in known if partition.start >= begin and partition.end <= now]


def utc_now() -> datetime:
    """The time, aware: the clock everything here is given unless told otherwise."""
    return datetime.now(UTC)


def _window(partitions: TimeWindowPartitionsDefinition, key: str) -> Partition:
    window = partitions.time_window_for_partition_key(key)
    return Partition(key=key, start=window.start, end=window.end)


def _first_midnight(settings: Settings, workspace: WorkspaceSettings) -> datetime:
    return datetime.combine(settings.first_partition(workspace), time.min, tzinfo=ZoneInfo(workspace.timezone))


def _windows(workspace: WorkspaceSettings, start: datetime) -> TimeWindowPartitionsDefinition:
    return TimeWindowPartitionsDefinition(
        # Dagster reads the wall clock of ``start`` in the partitions' own time zone.
        start=start.astimezone(ZoneInfo(workspace.timezone)).replace(tzinfo=None),
        fmt=key_format(workspace.cron),
        timezone=workspace.timezone,
        cron_schedule=workspace.cron,
        end_offset=1,
    )
