"""Progress as log lines: counts only, and few of them, for every line is a row in Dagster's event log."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic
from typing import Protocol

SECONDS_BETWEEN_LINES = 15.0


class Told(Protocol):
    """How far a capture or a restore is."""

    @property
    def phase(self) -> str:
        """What it is about now."""

    def in_words(self) -> str:
        """All of it, as one line without titles."""


class ProgressLog:
    """Passes every progress on to a listener, and writes a line when the phase changes or some time has passed.

    Called from the threads that do the work; lines and listener calls never overlap.
    """

    def __init__(
        self,
        write: Callable[[str], None],
        listener: Callable[[Told], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._write = write
        self._listener = listener
        self._clock = clock
        self._lock = threading.Lock()
        self._phase = ""
        self._written = float("-inf")

    def __call__(self, progress: Told) -> None:
        """Hear of progress."""
        with self._lock:
            if self._listener is not None:
                self._listener(progress)
            now = self._clock()
            if progress.phase == self._phase and now - self._written < SECONDS_BETWEEN_LINES:
                return
            self._phase, self._written = progress.phase, now
            self._write(progress.in_words())
