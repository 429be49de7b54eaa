"""Schedules and sensors: what starts a run without a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    RunRequest,
    SensorResult,
    SkipReason,
    build_schedule_context,
    build_sensor_context,
)

from notion_backup.pipeline.liveness import process_tags
from notion_backup_tests.pipeline.world import World, metadata_of

SNAPSHOT = AssetKey(["notion", "snapshot"])


def report(instance: DagsterInstance, day: str, snapshot_id: str = "ab" * 16) -> None:
    instance.report_runless_asset_event(
        AssetMaterialization(SNAPSHOT, partition=day, metadata={"snapshot_id": snapshot_id})
    )


def sense(world: World, instance: DagsterInstance, cursor: str | None = None) -> SensorResult | SkipReason:
    definitions = world.definitions()
    sensor = definitions.resolve_sensor_def("verify_notion_snapshots")
    context = build_sensor_context(instance=instance, cursor=cursor, definitions=definitions)
    found: Any = sensor(context)
    assert isinstance(found, SensorResult | SkipReason)
    return found


def tick(world: World, schedule: str, at: str, instance: DagsterInstance | None = None) -> Any:
    definitions = world.definitions()
    context = build_schedule_context(
        instance=instance,
        repository_def=definitions.get_repository_def(),
        scheduled_execution_time=datetime.fromisoformat(at),
    )
    return definitions.resolve_schedule_def(schedule).evaluate_tick(context)


def test_a_tick_asks_for_the_partition_that_begins_with_it(world: World) -> None:
    (request,) = tick(world, "snapshot_notion_schedule", "2025-11-20T03:00:00+00:00").run_requests

    assert request.partition_key == "2025-11-20"


def test_a_tick_that_is_made_up_for_asks_for_its_own_partition_and_not_for_todays(world: World) -> None:
    (request,) = tick(world, "snapshot_notion_schedule", "2025-11-18T03:00:00+00:00").run_requests

    assert request.partition_key == "2025-11-18"


def test_a_tick_before_the_first_day_is_skipped(world: World) -> None:
    found = tick(world, "snapshot_notion_schedule", "2025-10-01T03:00:00+00:00")

    assert not found.run_requests
    assert "2025-10-01" in str(found.skip_message)


def test_the_weekly_verification_reads_all_of_the_latest_snapshot(world: World, home: DagsterInstance) -> None:
    assert not tick(world, "verify_notion_schedule", "2025-11-21T12:30:00+00:00", home).run_requests
    report(home, "2025-11-19")

    (request,) = tick(world, "verify_notion_schedule", "2025-11-21T12:30:00+00:00", home).run_requests

    assert request.partition_key == "2025-11-19"
    assert request.run_config["ops"]["notion__content"]["config"]["level"] == "full"


def test_every_partition_of_a_backfill_is_verified_once_and_in_order(world: World, instance: DagsterInstance) -> None:
    assert isinstance(sense(world, instance), SkipReason)
    for day, snapshot_id in (("2025-11-20", "aa" * 16), ("2025-11-18", "bb" * 16), ("2025-11-19", "cc" * 16)):
        report(instance, day, snapshot_id)

    found = sense(world, instance)

    assert isinstance(found, SensorResult)
    requests = found.run_requests or []
    assert [request.partition_key for request in requests] == ["2025-11-20", "2025-11-18", "2025-11-19"]
    assert _configured(requests[1]) == {"bb" * 16}
    assert len({request.run_key for request in requests}) == 3
    assert isinstance(sense(world, instance, found.cursor), SkipReason)


def test_a_partition_that_is_captured_again_is_verified_again(world: World, instance: DagsterInstance) -> None:
    report(instance, "2025-11-20")
    first = sense(world, instance)
    assert isinstance(first, SensorResult)
    report(instance, "2025-11-20")

    second = sense(world, instance, first.cursor)

    assert isinstance(second, SensorResult)
    (before,), (after,) = first.run_requests or [], second.run_requests or []
    assert before.run_key != after.run_key


def test_a_long_history_is_walked_in_pieces(world: World, instance: DagsterInstance) -> None:
    for _ in range(23):
        report(instance, "2025-11-20")

    cursor, sizes = None, []
    while isinstance(found := sense(world, instance, cursor), SensorResult):
        cursor = found.cursor
        sizes.append(len(found.run_requests or []))

    assert sizes == [10, 10, 3]


def test_an_event_of_no_partition_does_not_stop_the_others(world: World, instance: DagsterInstance) -> None:
    for day in ("1999-01-01", "2025-11-20"):
        report(instance, day)

    found = sense(world, instance)

    assert isinstance(found, SensorResult)
    assert [request.partition_key for request in found.run_requests or []] == ["2025-11-20"]


def test_what_the_sensor_asks_for_runs_and_proves_that_very_snapshot(world: World, instance: DagsterInstance) -> None:
    first = metadata_of(world.snapshot(instance, "2025-11-22"), "snapshot")["snapshot_id"]
    world.capture.pages = 31
    world.snapshot(instance, "2025-11-22")

    found = sense(world, instance)

    assert isinstance(found, SensorResult)
    request = (found.run_requests or [])[0]
    result = world.run(instance, "verify_notion", str(request.partition_key), dict(request.run_config))
    assert result.success
    assert metadata_of(result, "structure")["snapshot_id"] == first
    assert metadata_of(result, "content")["result"] == "intact"


def test_committed_snapshots_are_taken_into_the_search_index_by_one_run(
    world: World, instance: DagsterInstance
) -> None:
    world.snapshot(instance, "2025-11-21")
    world.capture.pages = 31
    world.snapshot(instance, "2025-11-22")
    definitions = world.definitions()
    look = definitions.resolve_sensor_def("index_notion_snapshots")
    found: Any = look(build_sensor_context(instance=instance, definitions=definitions))
    assert len(found.run_requests) == 1
    assert isinstance(
        look(build_sensor_context(instance=instance, cursor=found.cursor, definitions=definitions)), SkipReason
    )

    index = definitions.resolve_job_def("index_notion")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    first = metadata_of(index.execute_in_process(run_config=quiet, instance=instance), "search_index")
    again = metadata_of(index.execute_in_process(run_config=quiet, instance=instance), "search_index")

    assert (first["snapshots"], first["new_snapshots"], first["new_versions"]) == (2, 2, 32)
    assert (again["new_snapshots"], again["rebuilt"]) == (0, False)
    assert [file.suffix for file in (world.settings.home / "search").iterdir()] == [".index"]


def test_the_sensor_for_dead_runs_frees_what_a_killed_backup_holds(world: World, home: DagsterInstance) -> None:
    definitions = world.definitions()
    tags = {**process_tags(), "notion_backup/process_born": "before the last boot 17"}
    dead = home.create_run_for_job(definitions.resolve_job_def("snapshot_notion"), tags=tags)
    storage = home.event_log_storage
    storage.initialize_concurrency_limit_to_default("notion_notion")
    assert storage.claim_concurrency_slot("notion_notion", dead.run_id, "notion__capture").is_claimed

    found: Any = definitions.resolve_sensor_def("release_dead_runs")(build_sensor_context(instance=home))

    assert "1 dead run" in found.skip_message
    assert storage.get_concurrency_info("notion_notion").active_run_ids == set()


def _configured(request: RunRequest) -> set[str]:
    return {op["config"]["snapshot"] for op in request.run_config["ops"].values()}
