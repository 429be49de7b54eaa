"""Finding snapshots: by "latest", by partition key, by id or the beginning of one, or by a point in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import NoReturn

from notion_backup.errors import SnapshotNotFound
from notion_backup.repository import Commit, Repository
from notion_backup.snapshot.moment import day_of, stretch_of
from notion_backup.snapshot.reader import SnapshotReader, open_snapshot

LATEST = "latest"
_SHORTEST_PREFIX = 4
_PLAINLY_AN_ID = 8


def snapshots_of(repository: Repository, workspace: str | None = None) -> list[Commit]:
    """All snapshots of one workspace, or of all, in the order in which they were committed."""
    return [
        commit for commit in repository.commits() if workspace is None or commit.summary.get("workspace") == workspace
    ]


def latest_snapshot(repository: Repository, workspace: str) -> SnapshotReader | None:
    """The workspace's newest snapshot, opened; None when it has none."""
    found = snapshots_of(repository, workspace)
    return open_snapshot(repository, found[-1]) if found else None


def snapshot_before(snapshot: SnapshotReader) -> SnapshotReader | None:
    """The same workspace's snapshot that was committed just before this one, opened; None for the first."""
    commit, repository = snapshot.commit, snapshot.repository
    earlier = [other for other in snapshots_of(repository, commit.summary.get("workspace")) if other.slot < commit.slot]
    return open_snapshot(repository, earlier[-1]) if earlier else None


def partition_key(commit: Commit) -> str | None:
    """The key of the partition a snapshot stands for."""
    partition = commit.summary.get("partition")
    return partition["key"] if isinstance(partition, dict) else None


def resolve_snapshot(repository: Repository, name: str, *, workspace: str | None = None) -> Commit:
    """The snapshot of that name: ``latest``, a partition key (its newest snapshot), an id or a unique beginning of one.

    Raises SnapshotNotFound when none, or more than one, answers.
    """
    commits = snapshots_of(repository, workspace)
    if not commits:
        raise SnapshotNotFound(
            "There is no snapshot yet." if workspace is None else f"Workspace {workspace!r} has no snapshot yet.",
            cure="Make one with `notion-backup backup`.",
        )
    if name == LATEST:
        return commits[-1]
    in_partition = [commit for commit in commits if partition_key(commit) == name]
    if in_partition:
        return _one_workspace(in_partition, name)
    by_id = [commit for commit in commits if len(name) >= _SHORTEST_PREFIX and commit.id.startswith(name.lower())]
    if len(by_id) == 1:
        return by_id[0]
    if by_id:
        raise SnapshotNotFound(f"{len(by_id)} snapshots begin with {name!r}.", cure="Give more of the id.")
    raise SnapshotNotFound(
        f"No snapshot is called {name!r}.",
        cure="`notion-backup snapshots` lists them; `latest`, a partition key, an id or a date is accepted.",
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """The snapshot that was taken for a point in time, and in words why this one (plain text, safe to print)."""

    commit: Commit
    why: str


def snapshot_at(
    repository: Repository,
    at: str,
    *,
    workspace: str | None = None,
    now: datetime | None = None,
    zone: tzinfo = UTC,
) -> Choice:
    """The nearest complete snapshot at or before a point in time.

    ``at`` is a partition key, a day, a time or words such as ``last Friday`` (see :func:`moment_of`); ``latest`` and
    ids name exactly one snapshot, complete or not. Where no complete one is that old, the nearest incomplete one is
    taken, and ``why`` says so. Raises SnapshotNotFound when there is none at all, or ``at`` is none of these.
    """
    commits = snapshots_of(repository, workspace)
    keys = {partition_key(commit) for commit in commits} - {None}
    key = at if at in keys else None
    is_id = len(at) >= _PLAINLY_AN_ID and any(commit.id.startswith(at.lower()) for commit in commits)
    stretch = None if key or is_id or at == LATEST else stretch_of(at, now=now or datetime.now(UTC), zone=zone)
    if stretch is not None:
        # Words for a day mean what its date does: where a partition has that date for its key, that partition.
        day = day_of(stretch, zone)
        key = day if day in keys else None
    if key is None and stretch is None:
        commit = resolve_snapshot(repository, at, workspace=workspace)
        return Choice(commit, f"{_told(commit)}." if is_complete(commit) else f"{_told(commit)}; it is incomplete.")
    own = {commit.slot for commit in commits if key is not None and partition_key(commit) == key}
    limit = stretch[1] if stretch is not None else max(_begin(commit) for commit in commits if commit.slot in own)
    earlier = [commit for commit in commits if commit.slot in own or point_of(commit) <= limit]
    if not earlier:
        _none_so_old(commits, at)
    _one_workspace(earlier, at)
    # The partition's own snapshots are the nearest to it, whenever they were captured.
    earlier.sort(key=lambda commit: (commit.slot in own, point_of(commit), commit.slot))
    nearest = earlier[-1]
    best = next((commit for commit in reversed(earlier) if is_complete(commit)), None)
    if best is None:
        return Choice(nearest, f"{_told(nearest)}; it is incomplete, and none at or before {at} is complete.")
    passed = "" if best is nearest else f"; {nearest.id[:12]} is nearer but incomplete"
    return Choice(best, f"{_told(best)}: the nearest complete one at or before {at}{passed}.")


def is_complete(commit: Commit) -> bool:
    """Whether nothing that belongs to the workspace is missing from the snapshot, as its log entry says."""
    return commit.summary.get("verdict") == "complete"


def point_of(commit: Commit) -> datetime:
    """The point in time a snapshot shows: when its capture began; for a late one when its partition began."""
    if commit.summary.get("late"):
        return _begin(commit)
    return datetime.fromisoformat(str(commit.summary.get("captured_from") or commit.committed_at))


def _begin(commit: Commit) -> datetime:
    partition = commit.summary.get("partition")
    begin = partition["start"] if isinstance(partition, dict) else commit.summary.get("captured_from")
    return datetime.fromisoformat(str(begin or commit.committed_at))


def _told(commit: Commit) -> str:
    key = partition_key(commit)
    late = ", late" if commit.summary.get("late") else ""
    captured = datetime.fromisoformat(str(commit.summary.get("captured_from") or commit.committed_at))
    return f"Snapshot {commit.id[:12]}{f' of {key}' if key else ''} (captured {captured:%Y-%m-%d %H:%M}Z{late})"


def _none_so_old(commits: list[Commit], at: str) -> NoReturn:
    if not commits:
        raise SnapshotNotFound("There is no snapshot yet.", cure="Make one with `notion-backup backup`.")
    oldest = min(commits, key=point_of)
    raise SnapshotNotFound(
        f"No snapshot is as old as {at}.", cure=f"`notion-backup snapshots` lists them; the oldest is {_told(oldest)}."
    )


def _one_workspace(commits: list[Commit], name: str) -> Commit:
    workspaces = {commit.summary.get("workspace") for commit in commits}
    if len(workspaces) > 1:
        raise SnapshotNotFound(
            f"Several workspaces have a snapshot of {name}.", cure="Name one with --workspace, or give the id."
        )
    return commits[-1]
