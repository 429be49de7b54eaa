"""Days of edits, as a team makes them: seeded, and with a list of what was done."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from notion_backup.sandbox.clock import parse_time, to_minute
from notion_backup.sandbox.generator.builder import Builder, span
from notion_backup.sandbox.workspace import Workspace


@dataclass(frozen=True)
class Edit:
    """One thing somebody did: ``action`` on the object ``kind``/``object_id``."""

    action: str
    kind: str
    object_id: str
    page_id: str | None = None
    """The page whose content it belongs to, when it is not a page itself."""


@dataclass
class DayOfEdits:
    """What was done in one day, in order."""

    day: str
    edits: list[Edit] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """How often each action was done."""
        return dict(Counter(edit.action for edit in self.edits))

    def ids(self, action: str) -> set[str]:
        """The objects an action was done to."""
        return {edit.object_id for edit in self.edits if edit.action == action}

    def to_json(self) -> dict[str, Any]:
        """For ``POST /_sandbox/edit``."""
        return {"day": self.day, "counts": self.counts, "edits": [vars(edit) for edit in self.edits]}


def edit_days(workspace: Workspace, *, days: int = 1, seed: int = 0) -> list[DayOfEdits]:
    """Several days in a row."""
    return [edit_day(workspace, seed=seed + number) for number in range(days)]


def edit_day(workspace: Workspace, *, seed: int = 0) -> DayOfEdits:
    """One day of work on the workspace, the day after its last edits."""
    with workspace.lock:
        rng = random.Random(f"{seed} {workspace.last_edit}")
        start = parse_time(workspace.last_edit) + timedelta(hours=2)
        builder = Builder(workspace, rng, start)
        day = DayOfEdits(start.date().isoformat())
        page = rng.choice([p for p in workspace.all("page") if not p["in_trash"]])
        page["last_edited_time"] = to_minute(builder.now)
        builder.block(page, "paragraph", {"rich_text": [span("Edited.")], "icon": None, "color": "default"})
        day.edits.append(Edit("text edited", "page", str(page["id"])))
        workspace.last_edit = to_minute(start + timedelta(hours=22))
        return day
