"""Real processes: the pages, the daemon, run workers; what in-process tests cannot see."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from dagster import AssetKey, DagsterRunStatus

from notion_backup.pipeline import names
from notion_backup.pipeline.liveness import PROCESS_TAG
from notion_backup.pipeline.partitions import current_partition, partition_of, partitions_of
from notion_backup.sandbox import FaultRule
from notion_backup.sandbox.faults import FaultPlan
from notion_backup.snapshot import open_snapshot, partition_key, snapshots_of
from notion_backup_tests.e2e.stack import Stack, processes_of, running_stack, wait

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

SNAPSHOT_ASSETS = [names.asset_key("notion", asset) for asset in (*names.CAPTURED, names.SNAPSHOT, names.CHANGES)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder) as running:
        yield running
    assert processes_of(folder) == []


def test_a_launched_and_three_backfilled_partitions_are_each_verified_by_the_sensor(stack: Stack) -> None:
    partitions = partitions_of(stack.settings, stack.settings.workspace())
    now = datetime.now(UTC)
    today = current_partition(partitions, now).key
    missed = [current_partition(partitions, now - timedelta(days=days)).key for days in (3, 2, 1)]

    launched = stack.launch("snapshot_notion", today)
    stack.backfill(SNAPSHOT_ASSETS, missed)

    every = {today, *missed}
    wait(lambda: set(stack.materialized("snapshot")) == every, 110, "four snapshots")
    wait(lambda: set(stack.materialized("content")) >= every, 60, "four verifications")
    stack.wait_for_run(launched, DagsterRunStatus.SUCCESS, 5)

    _assert_verified(stack)
    _assert_late(stack, today, missed)
    assert stack.sandbox.stats.writes == 0


def _assert_verified(stack: Stack) -> None:
    """Each snapshot once, by a run of the verification job that the sensor asked for."""
    snapshots, proofs = stack.materialized("snapshot"), stack.materialized("content")
    for key, snapshot in snapshots.items():
        assert proofs[key]["snapshot_id"] == snapshot["snapshot_id"]
        assert proofs[key]["result"] == "intact"
    verifications = [run for run in stack.instance.get_runs() if run.job_name == "verify_notion"]
    assert len(verifications) == len(snapshots)
    assert {run.tags["dagster/sensor_name"] for run in verifications} == {"verify_notion_snapshots"}


def _assert_late(stack: Stack, today: str, missed: list[str]) -> None:
    """The repository's own word, and Dagster's: late ones carry the end of their time and that of their capture."""
    partitions = partitions_of(stack.settings, stack.settings.workspace())
    repository = stack.repository()
    manifests = {
        str(partition_key(commit)): open_snapshot(repository, commit).manifest
        for commit in snapshots_of(repository, "notion")
    }
    assert {key: manifest.late for key, manifest in manifests.items()} == {today: False, **dict.fromkeys(missed, True)}
    for key in missed:
        end = partition_of(partitions, key).end
        manifest, shown = manifests[key], stack.materialized("snapshot")[key]
        assert manifest.partition is not None
        assert manifest.partition.end == end
        assert manifest.captured_from > end
        assert manifest.late_by_seconds == pytest.approx((manifest.captured_from - end).total_seconds())
        assert shown["window_end"] == end.timestamp()
        assert shown["captured_from"] == pytest.approx(manifest.captured_from.timestamp())


def test_a_killed_capture_leaves_no_slot_taken_and_the_next_run_finishes_the_partition(stack: Stack) -> None:
    partitions = partitions_of(stack.settings, stack.settings.workspace())
    today = current_partition(partitions, datetime.now(UTC)).key
    before = len(stack.repository().commits())
    slow = FaultRule(effect="delay", path="/v1/", seconds=1.0, times=None, after=2)
    stack.sandbox.sandbox.faults = FaultPlan([slow])
    asked = stack.sandbox.stats.total

    doomed = stack.launch("snapshot_notion", today)
    wait(lambda: stack.sandbox.stats.total > asked + 4, 60, "the middle of a capture")
    assert _holders(stack) == {doomed}
    os.kill(int(stack.run(doomed).tags[PROCESS_TAG]), signal.SIGKILL)
    stack.sandbox.sandbox.faults = FaultPlan()
    stack.wait_for_run(doomed, DagsterRunStatus.FAILURE, 60)
    assert len(stack.repository().commits()) == before

    again = stack.launch("snapshot_notion", today)
    stack.wait_for_run(again, DagsterRunStatus.SUCCESS, 90)

    assert _holders(stack) == set()
    newest = snapshots_of(stack.repository(), "notion")[-1]
    assert partition_key(newest) == today
    assert stack.instance.get_latest_materialization_event(AssetKey(["notion", "snapshot"])).run_id == again  # type: ignore[union-attr]


def _holders(stack: Stack) -> set[str]:
    return set(stack.instance.event_log_storage.get_concurrency_info("notion_notion").active_run_ids)
