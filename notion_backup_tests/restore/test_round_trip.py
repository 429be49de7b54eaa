"""Generated workspaces with everything the API knows, restored and read back."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from notion_backup.repository import Repository
from notion_backup.restore import LOSSES, SnapshotOrigin, prove
from notion_backup.restore.job import Job
from notion_backup.restore.planning import PlanTarget
from notion_backup.restore.steps import run
from notion_backup.sandbox import Sandbox, generate, running
from notion_backup_tests.capture.standing_in import source
from notion_backup_tests.restore.restoring import Restoring, snapshot_of, target_sandbox


@pytest.mark.slow
def test_everything_comes_back_exactly_or_as_the_plan_says(repository: Repository, tmp_path: Path) -> None:
    snapshot = snapshot_of(repository, Sandbox(generate(pages=8, seed=1, media_bytes=2_000, blocks_per_page=6)))
    with running(target_sandbox()) as server:
        restoring = Restoring(snapshot, server, tmp_path / "restores", repository)
        plan = Job(SnapshotOrigin(snapshot), PlanTarget(), restoring.facts, restoring.chosen)
        run(plan)
        applied = restoring.go()
        asked = Counter(applied.requests)
        proof = prove(source(server.url, server.token), applied.job)

    assert proof.unplanned == []
    assert proof.problems == []
    assert proof.score == 1
    # The plan is the restore without its requests: it knows every loss and every request beforehand.
    assert isinstance(plan.target, PlanTarget)
    known_later = {"comment-thread"}  # only the answer tells which discussion a comment has joined
    assert {loss for loss in applied.job.losses if loss.code not in known_later} == set(plan.losses)
    assert dict(asked) == dict(plan.target.requests)
    assert {loss.code for loss in applied.job.losses} <= LOSSES.keys()
