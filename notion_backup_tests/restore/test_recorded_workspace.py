"""A recorded workspace, restored: everything the API can create comes back, the rest as the table of losses says."""

from __future__ import annotations

from pathlib import Path

import pytest

from notion_backup.repository import Repository
from notion_backup.restore import prove
from notion_backup.sandbox import Sandbox, load_workspace, running
from notion_backup_tests.capture.standing_in import source
from notion_backup_tests.restore.restoring import Restoring, snapshot_of, target_sandbox


@pytest.mark.slow
def test_a_recorded_workspace_comes_back(repository: Repository, recordings: Path, tmp_path: Path) -> None:
    snapshot = snapshot_of(repository, Sandbox(load_workspace(recordings / "workspace.json")))
    with running(target_sandbox()) as server:
        applied = Restoring(snapshot, server, tmp_path / "restores").go()
        proof = prove(source(server.url, server.token), applied.job)
    assert [loss for loss in applied.job.losses if not loss.planned] == []
    assert proof.unplanned == []
    assert proof.total > 700
