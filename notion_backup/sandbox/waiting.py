"""Work that Notion does in the background: imports of files, tasks that a client let run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SECONDS = 2
_LOOKS = 2


@dataclass
class Waiting:
    """Over two seconds after it began, or once it was looked at twice: so it ends where time stands still, too."""

    since: datetime
    looks: int = 0

    def over(self, now: datetime) -> bool:
        """Whether it is over by now."""
        return self.looks >= _LOOKS or now >= self.since + timedelta(seconds=SECONDS)
