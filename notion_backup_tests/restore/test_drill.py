"""Restores for practice: what is drilled, and what a drill says."""

from __future__ import annotations

from notion_backup.repository import Repository
from notion_backup.restore import SnapshotOrigin
from notion_backup.restore.drill import drill, sample
from notion_backup.sandbox import Sandbox, generate
from notion_backup_tests.restore.restoring import snapshot_of


def test_a_small_snapshot_is_drilled_whole_and_comes_back(repository: Repository) -> None:
    workspace = generate(pages=5, seed=3, blocks_per_page=6, media_bytes=300, showcase=False, rows=6)
    origin = SnapshotOrigin(snapshot_of(repository, Sandbox(workspace)))
    done = drill(origin, sample(origin, 100, {}))
    assert done.is_whole
    assert (done.proof.score, done.unplanned) == (1, 0)


def test_of_a_large_one_those_longest_not_drilled_come_first(repository: Repository) -> None:
    workspace = generate(pages=12, seed=3, blocks_per_page=3, media_bytes=100, showcase=False, rows=8)
    origin = SnapshotOrigin(snapshot_of(repository, Sandbox(workspace)))
    last: dict[str, str] = {}
    drilled: set[str] = set()
    for week in range(4):
        done = drill(origin, sample(origin, 6, last))
        assert (done.proof.score, done.unplanned, done.is_whole) == (1, 0, False)
        last |= dict.fromkeys(done.drilled, str(week))
        drilled |= set(done.drilled)
    assert len(drilled) >= 20
