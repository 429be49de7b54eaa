"""The request budget of a token: so many requests in a window of 60 seconds, spendable at any pace."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime

WINDOW_SECONDS = 60


@dataclass
class Budget:
    """``per_minute`` requests a window for each token; None sets no limit."""

    per_minute: int | None = None
    _windows: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def spend(self, token: str, now: datetime) -> int | None:
        """Take one request out of the budget. None when it was there, else the seconds until there is a new one."""
        if self.per_minute is None:
            return None
        opened, spent = self._windows.get(token, (now, 0))
        age = (now - opened).total_seconds()
        if age >= WINDOW_SECONDS or age < 0:
            opened, spent, age = now, 0, 0.0
        if spent >= self.per_minute:
            return max(1, math.ceil(WINDOW_SECONDS - age))
        self._windows[token] = (opened, spent + 1)
        return None
