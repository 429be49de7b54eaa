"""What a new snapshot is compared with the previous one for: changes counted, and two alarms with plain thresholds."""

from __future__ import annotations

from dataclasses import dataclass

from notion_backup.snapshot import (
    OBJECT_TABLES,
    ChangeKind,
    Manifest,
    SnapshotReader,
    count_changes,
    diff_snapshots,
)

MASS_DELETION_SHARE = 0.2
MASS_DELETION_OBJECTS = 10
"""Alarm when both are reached: a fifth of all objects gone since the previous snapshot, and at least ten."""

SHRUNK_SHARE = 0.1
SHRUNK_ROWS = 5
"""Alarm when a table lost both a tenth of its rows and five of them, or all of them."""

_GONE = (ChangeKind.REMOVED, ChangeKind.TRASHED, ChangeKind.UNSHARED)


@dataclass(frozen=True, slots=True)
class Deletions:
    """Objects gone since the previous snapshot, of how many."""

    gone: int
    objects: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.gone / self.objects if self.objects else 0.0

    @property
    def alarming(self) -> bool:
        """Whether so many are gone that a person should look."""
        return self.gone >= MASS_DELETION_OBJECTS and self.share >= MASS_DELETION_SHARE


def change_counts(previous: SnapshotReader | None, snapshot: SnapshotReader) -> dict[str, int]:
    """Changes by kind, from catalogs alone; empty for a first snapshot."""
    return count_changes(diff_snapshots(previous, snapshot)) if previous is not None else {}


def deletions(counts: dict[str, int], previous: SnapshotReader | None) -> Deletions:
    """How much of the previous snapshot is gone."""
    if previous is None:
        return Deletions(0, 0)
    tables = previous.manifest.tables
    objects = sum(tables[table].units for table in OBJECT_TABLES if table in tables)
    return Deletions(sum(counts.get(kind.value, 0) for kind in _GONE), objects)


def shrunk_tables(previous: Manifest | None, manifest: Manifest) -> dict[str, list[int]]:
    """Tables that lost alarmingly many rows: name -> [rows before, rows now]."""
    found = {}
    for table, facts in (previous.tables if previous else {}).items():
        now = manifest.tables[table].rows if table in manifest.tables else 0
        lost = facts.rows - now
        if table.value != "problems" and lost > 0 and (now == 0 or _much(lost, facts.rows)):
            found[table.value] = [facts.rows, now]
    return found


def _much(lost: int, rows: int) -> bool:
    return lost >= SHRUNK_ROWS and lost >= SHRUNK_SHARE * rows
