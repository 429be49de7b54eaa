"""The sandbox's own time: real, or moved by hand, so that an hour or a week can pass in a test."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

START_OF_STORY = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""Where a manual clock stands unless told otherwise: the morning generated workspaces were last edited."""


class SandboxClock:
    """Time as the server sees it.

    ``SandboxClock()`` follows the machine's clock, or runs ``speed`` times as fast from now on;
    ``SandboxClock.manual(start)`` stands still until ``advance`` is called. All can be advanced, and given another
    speed (0: standing still) while they run.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._speed = speed
        self._base = datetime.fromtimestamp(time.time(), UTC)
        self._since = time.monotonic()

    @classmethod
    def manual(cls, start: datetime = START_OF_STORY) -> SandboxClock:
        """A clock that moves only when told to. ``start`` must carry a time zone."""
        clock = cls(speed=0.0)
        clock._base = start.astimezone(UTC)
        return clock

    @property
    def speed(self) -> float:
        """Its seconds in one of the machine's."""
        return self._speed

    def now(self) -> datetime:
        """The current time, in UTC."""
        with self._lock:
            return self._now()

    def advance(self, seconds: float) -> datetime:
        """Let ``seconds`` pass at once; returns the new time."""
        with self._lock:
            self._base += timedelta(seconds=seconds)
            return self._now()

    def run_at(self, speed: float) -> None:
        """Go on from the present at another speed."""
        with self._lock:
            self._base, self._since, self._speed = self._now(), time.monotonic(), speed

    def _now(self) -> datetime:
        if not self._speed:
            return self._base
        return self._base + timedelta(seconds=(time.monotonic() - self._since) * self._speed)


def to_minute(moment: datetime) -> str:
    """A time as pages, blocks, data sources and comments show it: rounded down to the minute (recorded traffic)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00.000Z")


def to_millisecond(moment: datetime) -> str:
    """A time as databases and views show it: with milliseconds and a numeric offset (recorded traffic)."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}+00:00"


def to_expiry(moment: datetime) -> str:
    """A time as ``expiry_time`` of a signed URL shows it: milliseconds and ``Z``."""
    utc = moment.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def parse_time(text: str) -> datetime:
    """Read any of Notion's time formats, or a plain date (midnight UTC). Raises ``ValueError``."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
