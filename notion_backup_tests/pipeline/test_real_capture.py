"""The pipeline over a real capture of a generated workspace, on real sockets."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, DagsterRunStatus

from notion_backup.pipeline.instance import open_instance
from notion_backup.pipeline.launch import RunOutcome, run_snapshot
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import FaultRule, RunningSandbox, Sandbox, generate, running
from notion_backup.sandbox.faults import FaultPlan
from notion_backup.settings import Settings
from notion_backup.snapshot import Table, block_text, open_snapshot, snapshots_of, title_of
from notion_backup_tests.pipeline.world import PASSPHRASE, make_repository, make_settings

WORD = "zyzzyvaKept"


@dataclass
class Real:
    server: RunningSandbox
    settings: Settings

    def backup(self) -> RunOutcome:
        return run_snapshot(self.settings)

    def repository(self) -> Repository:
        return Repository.open(open_store(self.settings.repository), PASSPHRASE)


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Real]:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    workspace = generate(pages=6, seed=5, blocks_per_page=4, media_bytes=2_000, showcase=True)
    workspace.name = WORD
    for kind in workspace.objects:
        for raw in workspace.all(kind):
            _mark(raw)
    with running(Sandbox(workspace)) as server:
        settings = make_settings(
            tmp_path, start=datetime.now(UTC).date(), NOTION_TOKEN=server.token, NOTION_BASE_URL=server.url
        )
        make_repository(settings)
        yield Real(server, settings)


def _mark(value: Any) -> None:
    """Put the word into every title and text, wherever it lies."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("plain_text", "content", "expression") and isinstance(inner, str):
                value[key] = f"{WORD} {inner}"
            else:
                _mark(inner)
    elif isinstance(value, list):
        for inner in value:
            _mark(inner)


@pytest.mark.timeout(120)
def test_titles_texts_and_secrets_stay_out_of_the_dagster_home(real: Real) -> None:
    assert real.backup().success
    real.server.sandbox.faults = FaultPlan([FaultRule(effect="status", path="/children", times=None, status=404)])
    real.backup()
    real.server.sandbox.faults = FaultPlan()
    real.server.sandbox.revoked = True
    failed = real.backup()
    assert failed.error is not None
    assert failed.error.kind == "NotionUnauthorized"

    _assert_marked(real)
    files = [path for path in real.settings.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for path in files:
        data = path.read_bytes()
        for secret in (WORD, real.server.token, PASSPHRASE):
            assert secret.encode() not in data, f"{secret} in {path.relative_to(real.settings.home)}"


def _assert_marked(real: Real) -> None:
    """The word is in the snapshot, so its absence elsewhere means something."""
    repository = real.repository()
    snapshot = open_snapshot(repository, snapshots_of(repository, "notion")[0])
    assert any(WORD in title_of(raw) for raw in snapshot.objects(Table.PAGES))
    assert any(WORD in block_text(node.raw) for _, body in snapshot.bodies() for node in body)


@pytest.mark.timeout(120)
def test_ctrl_c_in_the_middle_of_a_capture_ends_it_and_commits_nothing(real: Real) -> None:
    real.server.sandbox.faults = FaultPlan([FaultRule(effect="delay", path="/v1/", seconds=0.4, times=None, after=3)])
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("NOTION", "DAGSTER", "COV"))},
        "NOTION_TOKEN": real.server.token,
        "NOTION_BASE_URL": real.server.url,
        "NOTION_BACKUP_REPOSITORY": real.settings.repository,
        "NOTION_BACKUP_PASSPHRASE": PASSPHRASE,
        "NOTION_BACKUP_HOME": str(real.settings.home),
    }
    code = (
        "from notion_backup.pipeline.launch import run_snapshot; from notion_backup.settings import load_settings\n"
        "outcome = run_snapshot(load_settings()); print(outcome.cancelled, outcome.error.kind)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        deadline = time.monotonic() + 40
        while real.server.stats.total < 8:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()

    assert (output.split(), errors) == (["True", "Interrupted"], "")
    assert real.repository().commits() == []
    with open_instance(real.settings) as instance:
        (run,) = instance.get_runs()
        assert run.status is DagsterRunStatus.CANCELED
        assert instance.event_log_storage.get_concurrency_info("notion_notion").active_run_ids == set()

    real.server.sandbox.faults = FaultPlan()
    assert real.backup().success
    with open_instance(real.settings) as instance:
        assert len(instance.get_materialized_partitions(AssetKey(["notion", "snapshot"]))) == 1
    assert real.server.stats.writes == 0
