"""One pace for all workers of a connection: a budget per sliding minute, and pauses that the server asks for.

Notion's budget is a number of requests in each 60-second window, spendable at any pace (request limits, autumn
2026): a burst costs nothing, so nothing is spread out on purpose.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

WINDOW_SECONDS = 60.0
_MARGIN_SECONDS = 0.5
"""Requests arrive later than they leave, and not all by the same delay."""
_SHRINK = 0.9
_GROW = 1.1


class Pacing:
    """Shared by all threads that use one connection.

    ``per_minute`` is the budget (None: no limit of our own). ``monotonic`` gives seconds; ``sleep`` waits and may
    raise to end a wait early.
    """

    def __init__(
        self, per_minute: int | None, *, monotonic: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        if per_minute is not None and per_minute < 1:
            raise ValueError("a budget has at least one request a minute")
        self._ceiling = per_minute
        self._budget = float(per_minute) if per_minute is not None else None
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._sent: deque[float] = deque()
        self._paused_until = float("-inf")
        self._adapted_at = float("-inf")

    @property
    def budget(self) -> int | None:
        """Requests a minute allowed now: at most what was set, less after the server said "too fast"."""
        with self._lock:
            return None if self._budget is None else int(self._budget)

    def acquire(self) -> None:
        """Wait until one request may be sent, and count it."""
        while True:
            with self._lock:
                wait = self._wait(self._monotonic())
                if wait <= 0:
                    return
            self._sleep(wait)

    def limited(self, seconds: float) -> None:
        """The server asked for ``seconds`` without requests: every worker pauses, and the budget shrinks once."""
        with self._lock:
            now = self._monotonic()
            fresh = now >= self._paused_until
            self._paused_until = max(self._paused_until, now + max(0.0, seconds))
            # The answers of requests already on their way say the same thing: they count as one.
            if self._budget is not None and fresh:
                self._budget = max(1.0, self._budget * _SHRINK)
                self._adapted_at = now

    def _wait(self, now: float) -> float:
        if now < self._paused_until:
            return self._paused_until - now
        if self._budget is None or self._ceiling is None:
            return 0.0
        self._recover(now)
        window = WINDOW_SECONDS + _MARGIN_SECONDS
        while self._sent and self._sent[0] <= now - window:
            self._sent.popleft()
        if len(self._sent) < int(self._budget):
            self._sent.append(now)
            return 0.0
        # Never nothing: rounding must not turn a full window into a permission that nobody counted.
        return max(0.001, self._sent[len(self._sent) - int(self._budget)] + window - now)

    def _recover(self, now: float) -> None:
        assert self._budget is not None and self._ceiling is not None
        if self._budget < self._ceiling and now - self._adapted_at >= WINDOW_SECONDS:
            self._budget = min(float(self._ceiling), self._budget * _GROW)
            self._adapted_at = now
