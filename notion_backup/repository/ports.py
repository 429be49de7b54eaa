"""What the repository takes from outside, so that tests can hand in their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Answers the present as an aware datetime. Never part of a safety argument, only of what people read."""

Entropy = Callable[[int], bytes]
"""Answers that many unpredictable bytes; ``os.urandom`` outside of tests."""

Sleep = Callable[[float], None]
"""Waits that many seconds."""


def system_clock() -> datetime:
    """The present in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """A moment as RFC 3339 text in UTC with seconds, as stored in the repository."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
