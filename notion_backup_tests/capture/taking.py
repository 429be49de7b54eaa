"""Taking snapshots of a sandbox one after the other, in the sandbox's own time, and counting what each asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from notion_backup.capture import capture_workspace
from notion_backup.repository import Repository
from notion_backup.sandbox import RunningSandbox
from notion_backup.snapshot import SnapshotReader, SnapshotWriter, Table, open_snapshot
from notion_backup_tests.capture.standing_in import source


@dataclass
class Album:
    """The snapshots of one sandbox, each on top of the one before."""

    repository: Repository
    server: RunningSandbox
    newest: SnapshotReader | None = None
    requests: Counter[str] = field(default_factory=Counter)
    """What the last snapshot asked for, by endpoint."""

    def take(self, **changes: Any) -> SnapshotReader:
        """One more snapshot; by default everything is verified within seven days."""
        return self._take(self.newest, keep=True, **changes)

    def afresh(self) -> SnapshotReader:
        """A snapshot of the same moment that owes nothing to those before, and does not count as one of them."""
        return self._take(None, keep=False)

    def _take(self, previous: SnapshotReader | None, *, keep: bool, **changes: Any) -> SnapshotReader:
        now = self.server.sandbox.clock.now
        self.server.stats.reset()
        with self.repository.session() as session:
            writer = SnapshotWriter(session, previous, clock=now)
            report = capture_workspace(source(self.server.url, self.server.token, **changes), writer, clock=now)
            sealed = writer.seal(report.facts("notion"))
        taken = open_snapshot(self.repository, self.repository.commit(sealed.draft_id))
        assert self.server.stats.writes == 0
        if keep:
            self.newest = taken
            self.requests = Counter(self.server.stats.endpoints)
        return taken

    def asked(self, *endpoints: str) -> int:
        """How many requests the last snapshot sent to these endpoints; to all of them without a name."""
        return sum(n for name, n in self.requests.items() if not endpoints or name in endpoints)


def differing(one: SnapshotReader, other: SnapshotReader) -> dict[str, set[str]]:
    """Ids of the units, by table, whose content is not the same in both; units without rows do not count."""
    content = [
        {(entry.table, entry.id): entry.digest for entry in snapshot.entries() if entry.count}
        for snapshot in (one, other)
    ]
    found: dict[str, set[str]] = {}
    for key in content[0].keys() | content[1].keys():
        if content[0].get(key) != content[1].get(key) and key[0] is not Table.PROBLEMS:
            found.setdefault(key[0], set()).add(key[1])
    return found


DAY = timedelta(days=1)
