"""One pace for all workers of a connection: a budget per sliding minute, and pauses that the server asks for.

Notion's budget is a number of requests in each 60-second window, spendable at any pace (request limits, autumn
2026): a burst costs nothing, so nothing is spread out on purpose.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from notion_backup.capture.ledger import OwnLedger, SharedLedger, Spent

WINDOW_SECONDS = 60.0
_MARGIN_SECONDS = 0.5
"""Requests arrive later than they leave, and not all by the same delay."""
_SHRINK = 0.9
_GROW = 1.1


class Pacing:
    """Shared by all threads that use one token, and through its ledger by all processes.

    ``per_minute`` is the budget (None: no limit of our own). ``sleep`` waits so many seconds and may raise to end a
    wait early.
    """

    def __init__(
        self,
        per_minute: int | None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        ledger: OwnLedger | SharedLedger | None = None,
    ) -> None:
        if per_minute is not None and per_minute < 1:
            raise ValueError("a budget has at least one request a minute")
        self._ceiling = per_minute
        self._sleep = sleep
        self._ledger = ledger or OwnLedger()

    @property
    def budget(self) -> int | None:
        """Requests a minute allowed now: at most what was set, less after the server said "too fast"."""
        if self._ceiling is None:
            return None
        with self._ledger.turn() as spent:
            return int(min(spent.budget, self._ceiling))

    def close(self) -> None:
        """Close the books; the pace is of no use after that."""
        self._ledger.close()

    def acquire(self) -> None:
        """Wait until one request may be sent, and count it."""
        while (wait := self.try_acquire()) > 0:
            self._sleep(wait)

    def try_acquire(self) -> float:
        """Count one request if it may be sent now (0), else the seconds until it is worth trying again."""
        with self._ledger.turn() as spent:
            return self._wait(spent, self._ledger.now())

    def limited(self, seconds: float) -> None:
        """The server asked for ``seconds`` without requests: every worker pauses, and the budget shrinks once."""
        with self._ledger.turn() as spent:
            now = self._ledger.now()
            fresh = now >= spent.paused_until
            spent.paused_until = max(spent.paused_until, now + max(0.0, seconds))
            # The answers of requests already on their way say the same thing: they count as one.
            if self._ceiling is not None and fresh:
                spent.budget = max(1.0, min(spent.budget, self._ceiling) * _SHRINK)
                spent.adapted_at = now

    def _wait(self, spent: Spent, now: float) -> float:
        if now < spent.paused_until:
            return spent.paused_until - now
        if self._ceiling is None:
            return 0.0
        self._recover(spent, now, self._ceiling)
        window = WINDOW_SECONDS + _MARGIN_SECONDS
        while spent.sent and spent.sent[0] <= now - window:
            spent.sent.popleft()
        allowed = int(min(spent.budget, self._ceiling))
        if len(spent.sent) < allowed:
            spent.sent.append(now)
            return 0.0
        # Never nothing: rounding must not turn a full window into a permission that nobody counted.
        return max(0.001, spent.sent[len(spent.sent) - allowed] + window - now)

    def _recover(self, spent: Spent, now: float, ceiling: int) -> None:
        if spent.budget < ceiling and now - spent.adapted_at >= WINDOW_SECONDS:
            spent.budget = min(float(ceiling), spent.budget * _GROW)
            spent.adapted_at = now
