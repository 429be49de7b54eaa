"""The sandbox's own time: real, or moved by hand, so that an hour or a week can pass in a test."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

START_OF_STORY = datetime(2026, 9, 1, 8, 0, tzinfo=UTC)
"""Where a manual clock stands unless told otherwise: the morning generated workspaces were last edited."""


class SandboxClock:
    """Time as the server sees it.

    ``SandboxClock()`` follows the machine's clock; ``SandboxClock.manual(start)`` stands still until ``advance`` is
    called. Both can be advanced: a real clock then runs ahead by that much.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ahead = timedelta()
        self._fixed: datetime | None = None

    @classmethod
    def manual(cls, start: datetime = START_OF_STORY) -> SandboxClock:
        """A clock that moves only when told to. ``start`` must carry a time zone."""
        clock = cls()
        clock._fixed = start.astimezone(UTC)
        return clock

    def now(self) -> datetime:
        """The current time, in UTC."""
        with self._lock:
            base = self._fixed if self._fixed is not None else datetime.fromtimestamp(time.time(), UTC)
            return base + self._ahead

    def advance(self, seconds: float) -> datetime:
        """Let ``seconds`` pass at once; returns the new time."""
        with self._lock:
            self._ahead += timedelta(seconds=seconds)
        return self.now()


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
