"""What differs between two snapshots, from their catalogs alone: by columns, so that only what differs is looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.snapshot.catalog import unshared_in
from notion_backup.snapshot.model import DETACHED, OBJECT_TABLES, Table
from notion_backup.snapshot.reader import SnapshotReader


class ChangeKind(StrEnum):
    """What became of an object. One object can have several: moved and changed, for instance."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    TRASHED = "trashed"
    UNSHARED = "unshared"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one object.

    ``parts`` names the tables whose units differ (``pages``, ``blocks``, …). ``before`` and ``after`` are the parents'
    ids of what was moved, and the titles of what was renamed.
    """

    kind: ChangeKind
    table: Table
    id: str
    title: str
    parts: tuple[Table, ...] = ()
    before: str | None = None
    after: str | None = None


PARTS = (Table.BLOCKS, Table.COMMENTS, Table.PROPERTIES, Table.FILES)
"""Tables whose units belong to an object and change with it."""

_SAME = ("parent_id", "title", "in_trash", "digest", "unshared")


def diff_snapshots(before: SnapshotReader, after: SnapshotReader) -> Iterator[Change]:
    """The changes that lead from ``before`` to ``after``, by table and id.

    Gone is told apart by proof: in the trash is *trashed*; what Notion answered 404 for is *unshared* (it cannot be
    told from deleted for good, and what was kept of it is carried on); all else that is no longer there is *removed*.
    A catalog cannot tell what of an object changed: one that was moved or trashed, and whose own unit differs, is
    listed as *changed* too only where its title or another part of it differs.
    """
    unshared = {problem.object_id for problem in after.problems() if problem.status == 404}
    rows: defaultdict[str, dict[Table, _Pair]] = defaultdict(dict)
    shared = before.part_roots & after.part_roots
    for row in _differing(before.parts_but(shared), after.parts_but(shared)).to_pylist():
        pair = _Pair(_side(row, ""), _side(row, _LATER))
        rows[row["id"]][Table(row["table"])] = pair
    for table in OBJECT_TABLES:
        for object_id in sorted(one for one, units in rows.items() if table in units):
            yield from _changes(table, object_id, rows[object_id], unshared)


RENAMED = "renamed"


def count_changes(changes: Iterator[Change]) -> dict[str, int]:
    """How many objects have each kind of change, and how many of those changed are ``renamed``; 0 where none."""
    counts = {kind.value: 0 for kind in ChangeKind} | {RENAMED: 0}
    for change in changes:
        counts[change.kind] += 1
        if change.kind is ChangeKind.CHANGED and change.before is not None:
            counts[RENAMED] += 1
    return counts


_LATER = "_after"


@dataclass(frozen=True, slots=True)
class _Side:
    parent_id: str | None
    title: str
    in_trash: bool | None
    digest: bytes | None  # None for a unit without rows: the same as no unit to whoever compares
    unshared: bool


@dataclass(frozen=True, slots=True)
class _Pair:
    was: _Side | None
    now: _Side | None

    @property
    def differs(self) -> bool:
        return (self.was.digest if self.was else None) != (self.now.digest if self.now else None)


def _side(row: dict[str, Any], suffix: str) -> _Side | None:
    if row["there" + suffix] is None:
        return None
    return _Side(*(row[name + suffix] for name in _SAME))


def _differing(before: pa.Table, after: pa.Table) -> pa.Table:
    """The units that are not the same in both catalogs, side by side, and all objects to which any of them belongs."""
    joined = _comparable(before).join(
        _comparable(after), ["table", "id"], join_type="full outer", right_suffix=_LATER, use_threads=False
    )
    same = pc.and_(pc.is_valid(joined["there"]), pc.is_valid(joined["there" + _LATER]))
    for name in _SAME:
        was, now = joined[name], joined[name + _LATER]
        equal = pc.fill_null(pc.equal(was, now), False)
        same = pc.and_(same, pc.or_(equal, pc.and_(pc.is_null(was), pc.is_null(now))))
    ids = pc.unique(joined["id"].filter(pc.invert(same)))
    return joined.filter(pc.is_in(joined["id"], ids))


def _comparable(catalog: pa.Table) -> pa.Table:
    catalog = catalog.filter(pc.invert(pc.starts_with(catalog["id"], DETACHED)))
    digest = pc.if_else(
        pc.greater(catalog["count"], 0), catalog["digest"].cast(pa.binary()), pa.scalar(None, pa.binary())
    )
    return pa.table(
        {
            **{name: catalog[name] for name in ("table", "id", "parent_id", "title", "in_trash")},
            "digest": digest,
            "unshared": unshared_in(catalog),
            "there": pa.array([True] * len(catalog), pa.bool_()),
        }
    )


def _changes(table: Table, object_id: str, units: dict[Table, _Pair], unshared: set[str]) -> Iterator[Change]:
    was, now = units[table].was, units[table].now
    if now is None and was is not None:
        kind = ChangeKind.UNSHARED if object_id in unshared else ChangeKind.REMOVED
        yield Change(kind, table, object_id, was.title)
    if now is None:
        return
    if was is None:
        yield Change(ChangeKind.ADDED, table, object_id, now.title)
        return
    elsewhere = False
    if now.unshared and not was.unshared:
        elsewhere = True
        yield Change(ChangeKind.UNSHARED, table, object_id, now.title)
    if now.in_trash and not was.in_trash:
        elsewhere = True
        yield Change(ChangeKind.TRASHED, table, object_id, now.title)
    if was.parent_id != now.parent_id:
        elsewhere = True
        yield Change(ChangeKind.MOVED, table, object_id, now.title, before=was.parent_id, after=now.parent_id)
    parts = tuple(part for part in (table, *PARTS) if part in units and units[part].differs)
    renamed = was.title != now.title
    if renamed or set(parts) - {table} or (parts and not elsewhere):
        titles = (was.title, now.title) if renamed else (None, None)
        yield Change(ChangeKind.CHANGED, table, object_id, now.title, parts, *titles)
