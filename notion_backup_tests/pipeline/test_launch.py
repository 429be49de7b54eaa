"""Backups from the command line: in the instance of the pages, alone on their connection, ended for certain."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dagster import DagsterInstance, DagsterRunStatus

from notion_backup.capture import Progress
from notion_backup.errors import NotionUnauthorized, NotionUnavailable, SettingsError, UsageError
from notion_backup.pipeline.instance import open_instance
from notion_backup.pipeline.launch import run_snapshot
from notion_backup.pipeline.liveness import process_tags, release_dead_runs
from notion_backup.pipeline.names import SNAPSHOT, asset_key
from notion_backup.settings import load_settings
from notion_backup_tests.pipeline.world import World, make_settings

TODAY = "2025-11-22"
POOL = "notion_notion"


def holders(instance: DagsterInstance) -> set[str]:
    return set(instance.event_log_storage.get_concurrency_info(POOL).active_run_ids)


@contextmanager
def backup_process(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "notion_backup_tests.pipeline.scripted_backup", str(folder), *words]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 40
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"{path.name} did not appear"
        time.sleep(0.05)


def test_a_backup_is_a_run_of_the_job_with_the_current_partition(
    world: World, home: DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    heard: list[Progress] = []

    outcome = run_snapshot(world.settings, on_progress=heard.append, clock=world.clock)

    assert (outcome.success, outcome.error, outcome.cancelled) == (True, None, False)
    (commit,) = world.repository().commits()
    assert outcome.commit == commit.id
    run = home.get_run_by_id(outcome.run_id)
    assert run is not None
    assert (run.job_name, run.status) == ("snapshot_notion", DagsterRunStatus.SUCCESS)
    assert run.tags["dagster/partition"] == TODAY
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.location_name == "notion_backup.definitions"
    assert [progress.phase for progress in heard] == ["read"]
    assert capfd.readouterr() == ("", "")
    assert holders(home) == set()


def test_a_missed_partition_can_be_named(world: World) -> None:
    outcome = run_snapshot(world.settings, partition_key="2025-11-19", clock=world.clock)

    assert outcome.success
    (commit,) = world.repository().commits()
    assert commit.summary["late"] is True


def test_an_unknown_partition_or_workspace_is_wrong_use_and_leaves_no_run(world: World, home: DagsterInstance) -> None:
    with pytest.raises(UsageError, match="no partition"):
        run_snapshot(world.settings, partition_key="yesterday", clock=world.clock)
    with pytest.raises(SettingsError, match="No workspace"):
        run_snapshot(world.settings, "elsewhere", clock=world.clock)

    assert home.get_runs_count() == 0


def test_an_error_comes_back_in_its_own_words_and_is_not_tried_again(
    world: World, home: DagsterInstance, capfd: pytest.CaptureFixture[str]
) -> None:
    world.capture.errors = [NotionUnavailable("Notion cannot be reached.", cure="Look at the network.")]

    outcome = run_snapshot(world.settings, clock=world.clock)

    assert not outcome.success
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.error.what) == ("NotionUnavailable", "Notion cannot be reached.")
    assert (outcome.error.cure, outcome.error.exit_status) == ("Look at the network.", 1)
    assert world.capture.calls == 1
    assert capfd.readouterr() == ("", "")
    assert holders(home) == set()


def test_a_missing_token_passphrase_or_repository_is_told_by_the_run(tmp_path: Path, world: World) -> None:
    for name, kind in (
        ("NOTION_TOKEN", NotionUnauthorized.__name__),
        ("NOTION_BACKUP_PASSPHRASE", SettingsError.__name__),
        ("NOTION_BACKUP_REPOSITORY", SettingsError.__name__),
    ):
        outcome = run_snapshot(make_settings(tmp_path, **{name: ""}), clock=world.clock)

        assert outcome.error is not None
        assert outcome.error.kind == kind, name
        assert outcome.error.cure


def test_a_passphrase_that_was_typed_is_enough(tmp_path: Path, world: World) -> None:
    passphrase = world.settings.passphrase()

    outcome = run_snapshot(
        make_settings(tmp_path, NOTION_BACKUP_PASSPHRASE=""), passphrase=passphrase, clock=world.clock
    )

    assert outcome.success


def test_ctrl_c_cancels_the_run_and_frees_the_connection(world: World, home: DagsterInstance, tmp_path: Path) -> None:
    with backup_process(tmp_path, "hang") as process:
        wait_for(tmp_path / "capturing", process)
        assert len(holders(home)) == 1
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=30)

    assert "False True Interrupted" in output
    assert errors == ""
    (run,) = home.get_runs()
    assert run.status is DagsterRunStatus.CANCELED
    assert holders(home) == set()
    assert world.repository().commits() == []


def test_after_a_kill_the_next_backup_marks_the_run_failed_and_finishes_the_partition(
    world: World, home: DagsterInstance, tmp_path: Path
) -> None:
    with backup_process(tmp_path, "hang") as process:
        wait_for(tmp_path / "capturing", process)
        process.kill()
        process.wait(timeout=10)
    (dead,) = home.get_runs()
    assert (dead.status, holders(home)) == (DagsterRunStatus.STARTED, {dead.run_id})

    outcome = run_snapshot(world.settings, clock=world.clock)

    assert outcome.success
    after = home.get_run_by_id(dead.run_id)
    assert after is not None
    assert after.status is DagsterRunStatus.FAILURE
    assert holders(home) == set()
    assert home.get_materialized_partitions(asset_key("notion", SNAPSHOT)) == {TODAY}


def test_a_second_backup_waits_for_the_first_and_says_for_which_run(
    world: World, home: DagsterInstance, tmp_path: Path
) -> None:
    heard: list[str] = []
    with backup_process(tmp_path, "hang") as process:
        wait_for(tmp_path / "capturing", process)
        (first,) = home.get_runs()

        def hear(progress: Progress) -> None:
            heard.append(progress.phase)
            if len(heard) == 1:
                process.send_signal(signal.SIGINT)  # the first ends; only then may the second begin

        outcome = run_snapshot(world.settings, on_progress=hear, clock=world.clock)

    assert outcome.success
    assert heard[0] == f"waiting for run {first.run_id[:8]}, which holds the connection"
    assert heard[-1] == "read"


def test_a_run_that_finds_the_connection_taken_gives_way_and_stands_in_line_again(
    world: World, home: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the start another run may take the slot: Dagster alone would wait deaf to Ctrl-C."""
    looks: list[str] = []
    storage = home.event_log_storage
    other = home.create_run_for_job(
        world.definitions().resolve_job_def("snapshot_notion"),
        tags={"dagster/partition": TODAY, **process_tags()},
    )
    home.report_run_canceling(other)

    def look(_: object, pool: str, __: object) -> None:
        looks.append(pool)
        if len(looks) == 1:
            storage.initialize_concurrency_limit_to_default(POOL)
            assert storage.claim_concurrency_slot(POOL, other.run_id, "notion__capture").is_claimed
        else:
            storage.free_concurrency_slots_for_run(other.run_id)

    monkeypatch.setattr("notion_backup.pipeline.launch._wait_for_connection", look)

    outcome = run_snapshot(world.settings, clock=world.clock)

    assert outcome.success
    assert looks == [POOL, POOL]
    assert {run.run_id for run in home.get_runs()} == {other.run_id, outcome.run_id}


def test_runs_of_other_machines_and_living_runs_are_left_alone(world: World, home: DagsterInstance) -> None:
    job = world.definitions().resolve_job_def("snapshot_notion")
    tags = {"dagster/partition": TODAY, **process_tags()}
    living = home.create_run_for_job(job, tags=tags)
    elsewhere = home.create_run_for_job(
        job, tags={**tags, "notion_backup/host": "another", "notion_backup/process": "1"}
    )
    reused = home.create_run_for_job(job, tags={**tags, "notion_backup/process_born": "another boot 17"})

    assert release_dead_runs(home) == [reused.run_id]
    assert {run.run_id for run in (living, elsewhere) if not home.get_run_by_id(run.run_id).is_finished} == {  # type: ignore[union-attr]
        living.run_id,
        elsewhere.run_id,
    }


def test_a_bare_environment_makes_a_run_that_says_what_to_set(tmp_path: Path) -> None:
    settings = load_settings(environ={"NOTION_BACKUP_HOME": str(tmp_path)})

    outcome = run_snapshot(settings)

    assert outcome.error is not None
    assert "NOTION_TOKEN" in outcome.error.cure
    with open_instance(settings) as instance:
        assert instance.get_runs_count() == 1
