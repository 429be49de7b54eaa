"""The tokens of one workspace, each with its own budget: who asks next is whoever may.

Other tokens than the first may have been given less to see. What they are refused, the first is asked as well; and what
tells which objects there are (listings, queries, people) only the first is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from notion_backup.capture.pacing import Pacing

_OF_EVERYBODY = ("blocks/", "comments", "pages/", "views", "databases/", "data_sources/{id}/templates")


@dataclass(frozen=True, slots=True)
class Lane:
    """One token and its pace."""

    token: str = field(repr=False)
    pacing: Pacing


class Lanes:
    """Gives out lanes. Thread-safe."""

    def __init__(self, lanes: Sequence[Lane], sleep: Callable[[float], None]) -> None:
        self.first = lanes[0]
        self._lanes = tuple(lanes)
        self._sleep = sleep

    def acquire(self, method: str, template: str) -> Lane:
        """Wait until some token may ask this, and count the request as its own."""
        fit = self._lanes if method == "GET" and template.startswith(_OF_EVERYBODY) else self._lanes[:1]
        while True:
            waits = []
            # The first is kept for what only it may ask, as long as others can take the rest.
            for lane in reversed(fit):
                wait = lane.pacing.try_acquire()
                if wait <= 0:
                    return lane
                waits.append(wait)
            self._sleep(min(waits))

    def others(self) -> tuple[Lane, ...]:
        """The lanes besides the first."""
        return self._lanes[1:]

    def limited(self, lane: Lane, seconds: float, *, all_of_them: bool) -> None:
        """The server asked for a pause: of one token, or of the workspace's whole traffic."""
        for one in self._lanes if all_of_them else (lane,):
            one.pacing.limited(seconds)
