"""What differs between two snapshots, from their catalogs alone: no content is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.model import DETACHED, OBJECT_TABLES, Table
from notion_backup.snapshot.reader import SnapshotReader


class ChangeKind(StrEnum):
    """What became of an object. One object can have several: moved and changed, for instance."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    RENAMED = "renamed"
    TRASHED = "trashed"
    UNSHARED = "unshared"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one object. ``parts`` names the tables whose units differ (``pages``, ``blocks``, …)."""

    kind: ChangeKind
    table: Table
    id: str
    title: str
    parts: tuple[Table, ...] = ()
    before: str | None = None
    after: str | None = None


_PARTS = (Table.BLOCKS, Table.COMMENTS, Table.PROPERTIES, Table.FILES)


def diff_snapshots(before: SnapshotReader, after: SnapshotReader) -> Iterator[Change]:
    """The changes that lead from ``before`` to ``after``, by table and id.

    Gone is told apart by proof: in the trash is *trashed*; what Notion answered 404 for is *unshared* (it cannot be
    told from deleted for good, and what was kept of it is carried on); all else that is no longer there is *removed*.
    """
    old, new = _by_key(before), _by_key(after)
    unshared = {problem.object_id for problem in after.problems() if problem.status == 404}
    for table in OBJECT_TABLES:
        ids = sorted({i for t, i in old if t is table} | {i for t, i in new if t is table})
        for object_id in ids:
            yield from _changes(table, object_id, old, new, unshared)


def count_changes(changes: Iterator[Change]) -> dict[str, int]:
    """How many objects have each kind of change; every kind is there, 0 where none."""
    counts = {kind.value: 0 for kind in ChangeKind}
    for change in changes:
        counts[change.kind] += 1
    return counts


_Key = tuple[Table, str]


def _changes(
    table: Table, object_id: str, old: dict[_Key, Entry], new: dict[_Key, Entry], unshared: set[str]
) -> Iterator[Change]:
    was, now = old.get((table, object_id)), new.get((table, object_id))
    if now is None and was is not None:
        kind = ChangeKind.UNSHARED if object_id in unshared else ChangeKind.REMOVED
        yield Change(kind, table, object_id, was.title)
        return
    if now is None:
        return
    if was is None:
        yield Change(ChangeKind.ADDED, table, object_id, now.title)
        return
    if now.unshared and not was.unshared:
        yield Change(ChangeKind.UNSHARED, table, object_id, now.title)
    if now.in_trash and not was.in_trash:
        yield Change(ChangeKind.TRASHED, table, object_id, now.title)
    if was.parent_id != now.parent_id:
        yield Change(ChangeKind.MOVED, table, object_id, now.title, before=was.parent_id, after=now.parent_id)
    if was.title != now.title:
        yield Change(ChangeKind.RENAMED, table, object_id, now.title, before=was.title, after=now.title)
    parts = tuple(part for part in (table, *_PARTS) if _differs(part, object_id, old, new))
    if parts:
        yield Change(ChangeKind.CHANGED, table, object_id, now.title, parts=parts)


def _differs(part: Table, object_id: str, old: dict[_Key, Entry], new: dict[_Key, Entry]) -> bool:
    was, now = old.get((part, object_id)), new.get((part, object_id))
    # A unit without rows and no unit at all are the same to whoever compares.
    was_digest = was.digest if was and was.count else None
    now_digest = now.digest if now and now.count else None
    return was_digest != now_digest


def _by_key(snapshot: SnapshotReader) -> dict[_Key, Entry]:
    return {(entry.table, entry.id): entry for entry in snapshot.entries() if not entry.id.startswith(DETACHED)}
