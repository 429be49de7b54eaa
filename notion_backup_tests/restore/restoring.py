"""Restoring a snapshot into a served sandbox, as a process would."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notion_backup.capture.client import NotionReader
from notion_backup.capture.waiting import Waiting
from notion_backup.repository import Repository
from notion_backup.restore import Applied, Facts, Selection, SnapshotOrigin, apply, whole
from notion_backup.restore.journal import Header, Journal, Record, local_records
from notion_backup.restore.preflight import preflight
from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running
from notion_backup.snapshot import SnapshotReader
from notion_backup_tests.capture.standing_in import FakeTime, source
from notion_backup_tests.capture.taking import Album

RESTORE = "a1"


def target_sandbox(seed: int = 1, **changes: Any) -> Sandbox:
    """A small workspace with the same people and emojis as generated ones of that seed."""
    return Sandbox(generate(pages=1, seed=seed, showcase=False, rows=0, databases=0), **changes)


def top_of(sandbox: Sandbox) -> str:
    """A page to restore below."""
    return next(str(page["id"]) for page in sandbox.workspace.all("page") if page["parent"]["type"] == "workspace")


def snapshot_of(repository: Repository, sandbox: Sandbox) -> SnapshotReader:
    with running(sandbox) as server:
        return Album(repository, server).take()


@dataclass
class Restoring:
    """One restore of a snapshot into a running sandbox; ``go`` may be called again after it was broken off."""

    snapshot: SnapshotReader
    server: RunningSandbox
    folder: Path
    repository: Repository | None = None
    selection: Selection | None = None
    changes: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.origin = SnapshotOrigin(self.snapshot)
        self.into = top_of(self.server.sandbox)
        self.chosen = self.selection or whole(self.origin)
        self.facts = self.ask()

    def ask(self) -> Facts:
        with NotionReader(source(self.server.url, self.server.token)) as reader:
            return preflight(reader, self.into, self.origin, self.chosen).facts

    def go(self, times: FakeTime | None = None) -> Applied:
        """Begin, or go on from the journal that is there."""
        known = local_records(self.folder).get(RESTORE)
        record = known or Record(
            Header(RESTORE, "line", "c", self.server.url, self.into, "now", self.facts.to_json(), {})
        )
        journal = Journal(self.folder, record, self.repository, 0 if known is None else 1)
        waiting: Waiting = (times or FakeTime()).waiting()
        settings = source(self.server.url, self.server.token, **(self.changes or {}))
        try:
            return apply(settings, self.origin, self.facts, self.chosen, journal, waiting=waiting)
        finally:
            journal.close()
