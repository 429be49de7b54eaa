from __future__ import annotations

import pytest

from notion_backup.errors import SnapshotNotFound
from notion_backup.repository import Repository
from notion_backup.snapshot import (
    ChangeKind,
    Problem,
    Severity,
    SnapshotWriter,
    Table,
    count_changes,
    diff_snapshots,
    resolve_snapshot,
)
from notion_backup_tests.snapshot.building import identity, page, take


def test_a_diff_tells_added_changed_removed_moved_trashed_and_unshared(repository: Repository) -> None:
    _, before = take(repository, {n: f"page {n}" for n in range(1, 8)})

    def later(writer: SnapshotWriter) -> None:
        writer.add(Table.PAGES, page(2, "renamed"))
        writer.add(Table.PAGES, page(3, "page 3", parent=identity(1)))
        writer.add(Table.PAGES, {**page(4, "page 4"), "in_trash": True})
        writer.problem(Problem("gone", Severity.NOTICE, "page", identity(6), "search", "404", "", 404))

    _, after = take(
        repository, {1: "page 1", 2: "page 2", 3: "page 3", 4: "page 4", 7: "page 7!", 9: "new"}, fill=later
    )
    kinds = {(change.kind, change.id) for change in diff_snapshots(before, after)}
    assert (ChangeKind.ADDED, identity(9)) in kinds
    assert (ChangeKind.CHANGED, identity(2)) in kinds
    assert {kind for kind, object_id in kinds if object_id == identity(3)} == {ChangeKind.MOVED}
    assert {kind for kind, object_id in kinds if object_id == identity(4)} == {ChangeKind.TRASHED}
    assert (ChangeKind.MOVED, identity(3)) in kinds
    assert (ChangeKind.TRASHED, identity(4)) in kinds
    assert (ChangeKind.REMOVED, identity(5)) in kinds
    assert (ChangeKind.UNSHARED, identity(6)) in kinds
    assert (ChangeKind.CHANGED, identity(7)) in kinds
    assert not [kind for kind, object_id in kinds if object_id == identity(1)]
    assert count_changes(diff_snapshots(before, before)) == dict.fromkeys((*ChangeKind, "renamed"), 0)


def test_an_edit_in_the_body_alone_is_a_change_of_its_page(repository: Repository) -> None:
    _, before = take(repository, {1: "same title, other text A"})
    _, after = take(repository, {1: "same title, other text B"})
    [change] = diff_snapshots(before, after)
    assert (change.kind, change.parts) == (ChangeKind.CHANGED, (Table.BLOCKS,))


def test_snapshots_answer_to_latest_partition_id_and_beginning(repository: Repository) -> None:
    with pytest.raises(SnapshotNotFound, match="no snapshot yet"):
        resolve_snapshot(repository, "latest")
    first, _ = take(repository, {1: "x"})
    second, _ = take(repository, {1: "y"})
    assert resolve_snapshot(repository, "latest").id == second.id
    assert resolve_snapshot(repository, "2026-11-20").id == second.id
    assert resolve_snapshot(repository, first.id).id == first.id
    assert resolve_snapshot(repository, first.id[:10].upper()).id == first.id
    with pytest.raises(SnapshotNotFound, match="No snapshot is called"):
        resolve_snapshot(repository, "2026-01-01")
    with pytest.raises(SnapshotNotFound, match="has no snapshot yet"):
        resolve_snapshot(repository, "latest", workspace="other")
