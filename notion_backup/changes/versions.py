"""Every version of one object over the snapshots, and since when each block of a page reads as it does.

Only the parts of the catalogs that hold the object are read, each once however many snapshots share it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from notion_backup.changes.blocks import content_of, line_of
from notion_backup.changes.detail import Detail, detail_of
from notion_backup.changes.state import State, state_from
from notion_backup.errors import UsageError
from notion_backup.repository import Commit, Repository
from notion_backup.snapshot import (
    PARTS,
    CatalogParts,
    ChangeKind,
    Entry,
    Table,
    entry_of,
    open_snapshot,
    partition_key,
    point_of,
    title_of,
)


@dataclass(frozen=True, slots=True)
class Version:
    """An object as it stayed from one snapshot until the next version.

    ``last_seen`` is the last snapshot that has it so; ``changes`` say what became of it, and ``detail`` what of it
    changed. ``captured_at`` is when this version was read from Notion; None for one that is gone.
    """

    commit: Commit
    last_seen: Commit
    changes: tuple[ChangeKind, ...]
    title: str
    captured_at: datetime | None
    edited_time: str | None
    edited_by: str | None
    detail: Detail | None

    def to_json(self) -> dict[str, Any]:
        """One line of ``history --json``."""
        return {
            "snapshot": self.commit.id,
            "partition": partition_key(self.commit),
            "captured_at": self.captured_at.isoformat() if self.captured_at else None,
            "last_seen": self.last_seen.id,
            "title": self.title,
            "edited_by": self.edited_by,
            "edited_time": self.edited_time,
            "change": [change.value for change in self.changes],
            **({"what": self.detail.to_json()} if self.detail is not None else {}),
        }


@dataclass(frozen=True, slots=True)
class BlameLine:
    """A block of a page's newest version, and since which snapshot it has read as it does."""

    id: str
    type: str
    depth: int
    text: str
    since: Commit
    edited_time: str | None
    edited_by: str | None

    def to_json(self) -> dict[str, Any]:
        """One line of ``blame --json``."""
        return {
            "id": self.id,
            "type": self.type,
            "depth": self.depth,
            "text": self.text,
            "since": self.since.id,
            "partition": partition_key(self.since),
            "captured_at": point_of(self.since).isoformat(),
            "edited_time": self.edited_time,
            "edited_by": self.edited_by,
        }


def history(
    repository: Repository, commits: Sequence[Commit], table: Table, object_id: str, *, computed: bool = False
) -> Iterator[Version]:
    """Every version of an object, oldest first. ``commits`` are the snapshots of one workspace in their order."""
    previous: _Seen | None = None
    for seen in _seen(repository, commits, table, object_id):
        yield from _version(previous, seen, computed)
        previous = seen


def blame(repository: Repository, commits: Sequence[Commit], page_id: str) -> list[BlameLine]:
    """The blocks of a page's newest version in document order. Raises UsageError where no snapshot has it."""
    since: dict[str, tuple[str, Commit]] = {}
    newest: State | None = None
    for seen in _seen(repository, commits, Table.PAGES, page_id):
        if seen.state is None:
            continue
        newest = seen.state
        former, since = since, {}
        for node in newest.body:
            block_id, content = str(node.raw["id"]), content_of(node.raw)
            known = former.get(block_id)
            since[block_id] = known if known is not None and known[0] == content else (content, seen.first)
    if newest is None:
        raise UsageError(f"No snapshot has a page {page_id}.", cure="See what there is with `notion-backup ls`.")
    return [
        BlameLine(
            id=str(node.raw["id"]),
            type=str(node.raw.get("type")),
            depth=node.depth,
            text=line_of(node.raw),
            since=since[str(node.raw["id"])][1],
            edited_time=node.raw.get("last_edited_time"),
            edited_by=_user(node.raw),
        )
        for node in newest.body
    ]


@dataclass(slots=True)
class _Seen:
    """One stretch of snapshots that have the object alike (``state`` None: that have it not)."""

    first: Commit
    last: Commit
    own: Entry | None
    state: State | None


def _seen(repository: Repository, commits: Sequence[Commit], table: Table, object_id: str) -> Iterator[_Seen]:
    parts = CatalogParts()
    current: _Seen | None = None
    mark: object = None
    for commit in commits:
        snapshot = open_snapshot(repository, commit)
        entries = (entry_of(values) for values in parts.units(snapshot, [object_id]).to_pylist())
        units = {entry.table: entry for entry in entries if entry.table in (table, *PARTS)}
        own = units.get(table)
        seen = [(part, entry.digest) for part, entry in units.items() if entry.count]
        now = (sorted(seen), own and (own.parent_id, own.in_trash, own.unshared))
        if current is not None and now == mark:
            current.last = commit
            continue
        if current is not None:
            yield current
        if current is None and own is None:
            continue
        mark = now
        current = _Seen(commit, commit, own, state_from(snapshot, table, units))
    if current is not None:
        yield current


def _version(previous: _Seen | None, seen: _Seen, computed: bool) -> Iterator[Version]:
    changes: list[ChangeKind] = []
    detail = None
    was, now = previous.own if previous else None, seen.own
    if now is None:
        changes.append(ChangeKind.REMOVED)
    elif was is None:
        changes.append(ChangeKind.ADDED)
    else:
        moved, trashed = was.parent_id != now.parent_id, bool(now.in_trash) and not was.in_trash
        gone = now.unshared and not was.unshared
        kinds = ((ChangeKind.UNSHARED, gone), (ChangeKind.TRASHED, trashed), (ChangeKind.MOVED, moved))
        changes.extend(kind for kind, holds in kinds if holds)
        if previous is not None and previous.state is not None and seen.state is not None:
            detail = detail_of(previous.state, seen.state, computed=computed) or None
        if detail is not None:
            changes.append(ChangeKind.CHANGED)
    if not changes:
        return
    raw = seen.state.raw if seen.state else {}
    yield Version(
        commit=seen.first,
        last_seen=seen.last,
        changes=tuple(changes),
        title=title_of(raw) if raw else (was.title if was else ""),
        captured_at=now.captured_at if now else None,
        edited_time=raw.get("last_edited_time"),
        edited_by=_user(raw),
        detail=detail,
    )


def _user(raw: dict[str, Any]) -> str | None:
    value = raw.get("last_edited_by")
    return value.get("id") if isinstance(value, dict) else None
