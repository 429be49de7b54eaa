"""Request budgets: so many requests in a window of time, spendable at any pace."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime

WINDOW_SECONDS = 60
_OF_CONNECTION = "public_api_request_rate_limit"
_OF_WORKSPACE = "public_api_space_request_rate_limit"


@dataclass
class Budget:
    """``per_minute`` requests a minute for each token, ``workspace`` for all of them together; None: no limit.

    The budget of the workspace is for every ``workspace_window`` seconds: where it is spent, the wait may be longer
    than a minute (API's page on request limits).
    """

    per_minute: int | None = None
    workspace: int | None = None
    workspace_window: int = WINDOW_SECONDS
    _windows: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def spend(self, token: str, now: datetime) -> tuple[int, str] | None:
        """Take one request out of the budgets.

        None when it was there, else the seconds until there is a new one, and whose budget is spent.
        """
        limits = (
            ("token " + token, self.per_minute, WINDOW_SECONDS, _OF_CONNECTION),
            ("all", self.workspace, self.workspace_window, _OF_WORKSPACE),
        )
        opened = {}
        for name, limit, window, reason in limits:
            begun, spent = self._windows.get(name, (now, 0))
            age = (now - begun).total_seconds()
            if age >= window or age < 0:
                begun, spent, age = now, 0, 0.0
            if limit is not None and spent >= limit:
                return max(1, math.ceil(window - age)), reason
            opened[name] = (begun, spent + 1)
        self._windows |= opened
        return None
