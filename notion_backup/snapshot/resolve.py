"""Finding snapshots: by "latest", by partition key, by id or the beginning of one."""

from __future__ import annotations

from notion_backup.errors import SnapshotNotFound
from notion_backup.repository import Commit, Repository
from notion_backup.snapshot.reader import SnapshotReader, open_snapshot

LATEST = "latest"
_SHORTEST_PREFIX = 4


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
        cure="`notion-backup snapshots` lists them; `latest`, a partition key or an id is accepted.",
    )


def _one_workspace(commits: list[Commit], name: str) -> Commit:
    workspaces = {commit.summary.get("workspace") for commit in commits}
    if len(workspaces) > 1:
        raise SnapshotNotFound(
            f"Several workspaces have a snapshot of {name}.", cure="Name one with --workspace, or give the id."
        )
    return commits[-1]
