"""Time for a capture: waits that end at once when the capture is stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Stopped(Exception):
    """Raised inside a worker when the capture was stopped; never leaves this package."""


class Waiting:
    """A stop switch with a clock: ``monotonic`` in seconds, ``sleep`` that raises :class:`Stopped` when switched.

    ``pause`` waits for the switch at most the given seconds and says whether it was thrown (replaced in tests).
    """

    def __init__(
        self,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        self._stop = threading.Event()
        self.monotonic = monotonic
        self._pause = pause or self._stop.wait

    @property
    def stopped(self) -> bool:
        """Whether the switch was thrown."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Throw the switch: every present and later sleep ends with :class:`Stopped`."""
        self._stop.set()

    def check(self) -> None:
        """Raise :class:`Stopped` when the switch was thrown."""
        if self._stop.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait, unless stopped."""
        self.check()
        if seconds > 0 and self._pause(seconds):
            raise Stopped
        self.check()
