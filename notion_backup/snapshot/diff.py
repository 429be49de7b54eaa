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
    """What became of an object."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    MOVED = "moved"
    TRASHED = "trashed"
    UNSHARED = "unshared"


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one object between two snapshots.

    ``kinds`` are all that apply, the most telling first: what was added or removed has no other; else unshared,
    trashed, moved, changed. ``parts`` names the tables whose units differ (``pages``, ``blocks``, …); ``parents`` are
    the ids of the old and the new parent of what was moved; ``old_title`` is that of what was renamed.
    """

    kinds: tuple[ChangeKind, ...]
    table: Table
    id: str
    title: str
    parts: tuple[Table, ...] = ()
    parents: tuple[str | None, str | None] | None = None
    old_title: str | None = None

    @property
    def kind(self) -> ChangeKind:
        """The most telling of ``kinds``."""
        return self.kinds[0]


PARTS = (Table.BLOCKS, Table.COMMENTS, Table.PROPERTIES, Table.FILES)
"""Tables whose units belong to an object and change with it."""

_SAME = ("parent_id", "title", "in_trash", "digest", "unshared")


def diff_snapshots(before: SnapshotReader, after: SnapshotReader) -> Iterator[Change]:
    """The objects that are not the same in ``before`` and ``after``, each once, by table and id.

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
            change = _change(table, object_id, rows[object_id], unshared)
            if change is not None:
                yield change


RENAMED = "renamed"


def count_changes(changes: Iterator[Change]) -> dict[str, int]:
    """How many objects have each kind of change, and how many of those changed are ``renamed``; 0 where none.

    An object that was moved and changed is one of each.
    """
    counts = {kind.value: 0 for kind in ChangeKind} | {RENAMED: 0}
    for change in changes:
        for kind in change.kinds:
            counts[kind] += 1
        counts[RENAMED] += change.old_title is not None
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


def _change(table: Table, object_id: str, units: dict[Table, _Pair], unshared: set[str]) -> Change | None:
    was, now = units[table].was, units[table].now
    if was is None or now is None:
        if now is not None:
            return Change((ChangeKind.ADDED,), table, object_id, now.title)
        kind = ChangeKind.UNSHARED if object_id in unshared else ChangeKind.REMOVED
        return Change((kind,), table, object_id, was.title) if was is not None else None
    moved, renamed = was.parent_id != now.parent_id, was.title != now.title
    kinds = [ChangeKind.UNSHARED] if now.unshared and not was.unshared else []
    kinds += [ChangeKind.TRASHED] if now.in_trash and not was.in_trash else []
    kinds += [ChangeKind.MOVED] if moved else []
    parts = tuple(part for part in (table, *PARTS) if part in units and units[part].differs)
    if renamed or set(parts) - {table} or (parts and not kinds):
        kinds.append(ChangeKind.CHANGED)
    if not kinds:
        return None
    return Change(
        kinds=tuple(kinds),
        table=table,
        id=object_id,
        title=now.title,
        parts=parts,
        parents=(was.parent_id, now.parent_id) if moved else None,
        old_title=was.title if renamed else None,
    )
