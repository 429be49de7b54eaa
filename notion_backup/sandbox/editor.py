"""Days of edits, as a team makes them: seeded, and with a list of what was done."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from notion_backup.sandbox.clock import parse_time, to_minute
from notion_backup.sandbox.edits import ACTIONS, Desk
from notion_backup.sandbox.workspace import Workspace

WORKING_HOURS = 9


@dataclass(frozen=True)
class Edit:
    """One thing somebody did: ``action`` on the object ``kind``/``object_id``."""

    action: str
    kind: str
    object_id: str
    page_id: str | None = None
    """The page whose content it belongs to, when it is not a page itself."""
    moves_page_time: bool = True
    """Whether ``last_edited_time`` of a page tells of it. Nested edits, comments and views leave it alone."""

    def to_json(self) -> dict[str, Any]:
        """For reports."""
        return {
            "action": self.action,
            "kind": self.kind,
            "object_id": self.object_id,
            "page_id": self.page_id,
            "moves_page_time": self.moves_page_time,
        }


@dataclass
class DayOfEdits:
    """What was done in one day, in order."""

    day: str
    edits: list[Edit] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How often each action was done."""
        return dict(sorted(Counter(edit.action for edit in self.edits).items()))

    def ids(self, action: str) -> set[str]:
        """The objects an action was done to."""
        return {edit.object_id for edit in self.edits if edit.action == action}

    def to_json(self) -> dict[str, Any]:
        """For ``POST /_sandbox/edit``."""
        return {"day": self.day, "counts": self.counts, "edits": [edit.to_json() for edit in self.edits]}


class Colleague:
    """Somebody who edits while others read: one edit after every so many requests. Thread-safe."""

    def __init__(self, workspace: Workspace, now: Callable[[], datetime], every: int, edits: int, seed: int) -> None:
        self._workspace = workspace
        self._now = now
        self._every = every
        self._edits = edits
        self._seed = seed
        self._asked = 0
        self._lock = threading.Lock()
        self.done: list[Edit] = []

    def asked(self) -> None:
        """Count a request, and edit if it is time."""
        with self._lock:
            self._asked += 1
            turn, rest = divmod(self._asked, self._every)
            if not rest and turn <= self._edits:
                self.done += edit_day(self._workspace, seed=self._seed + turn, edits=1, start=self._now()).edits


def edit_days(workspace: Workspace, *, days: int = 1, seed: int = 0, edits: int | None = None) -> list[DayOfEdits]:
    """Several days in a row, each the day after the workspace's last edits."""
    return [edit_day(workspace, seed=seed + number, edits=edits) for number in range(days)]


def edit_day(
    workspace: Workspace, *, seed: int = 0, edits: int | None = None, start: datetime | None = None
) -> DayOfEdits:
    """One day of work on the workspace, from ``start`` on (default: a few hours after its last edits).

    Every kind of edit the workspace allows is done at least once, then more at random up to ``edits`` in all
    (default: 25 and one for every 50 pages). The same workspace, seed and start give the same day.
    """
    with workspace.lock:
        begin = start if start is not None else parse_time(workspace.last_edit) + timedelta(hours=15)
        rng = random.Random(f"{seed} {begin.isoformat()}")
        wanted = edits if edits is not None else 25 + len(workspace.objects["page"]) // 50
        desk = Desk(workspace, rng, begin)
        day = DayOfEdits(begin.date().isoformat())
        names = [name for name, _, _ in ACTIONS]
        weights = [weight for _, weight, _ in ACTIONS]
        order = rng.sample(names, len(names))[:wanted]
        order += rng.choices(names, weights, k=max(0, wanted - len(order)))
        doers = {name: do for name, _, do in ACTIONS}
        step = WORKING_HOURS * 60 / max(1, len(order))
        for name in order:
            done = doers[name](desk)
            if done is not None:
                kind, object_id, page_id, moves = done
                day.edits.append(Edit(name, kind, object_id, page_id, moves))
            desk.builder.tick(step)
        workspace.last_edit = to_minute(desk.builder.now)
        return day
