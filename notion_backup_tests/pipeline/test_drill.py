"""The drill as Dagster shows it: run, scored, remembered; red when less comes back than must."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from dagster import DagsterInstance

from notion_backup.pipeline.composition import build_definitions
from notion_backup_tests.pipeline.test_triggers import report, tick
from notion_backup_tests.pipeline.world import NOW, World, metadata_of, results_of

TODAY = "2025-11-22"


@pytest.mark.slow
def test_a_drill_restores_scores_and_remembers(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, TODAY)
    result = world.run(instance, "drill_notion", TODAY)
    assert result.success
    assert {name: check.passed for name, check in results_of(result).items()} == {"restore_drill/restorable": True}
    told = metadata_of(result, "restore_drill")
    assert told["score"] == 1
    assert told["pages_drilled"] == len(told["drilled"]) == 30
    diary = json.loads((Path(world.settings.home) / "drills" / "notion.json").read_text())
    assert set(diary) == set(told["drilled"])
    assert set(diary.values()) == {NOW.isoformat()}


def test_the_weekly_drill_is_of_the_latest_snapshot(world: World, home: DagsterInstance) -> None:
    assert not tick(world, "drill_notion_schedule", "2025-11-23T12:30:00+00:00", home).run_requests
    report(home, "2025-11-19")
    (request,) = tick(world, "drill_notion_schedule", "2025-11-23T12:30:00+00:00", home).run_requests
    assert request.partition_key == "2025-11-19"


def test_the_settings_say_how_much_is_drilled(world: World) -> None:
    fewer = replace(world.settings, drill_pages=3, drill_score=0.5)
    assert build_definitions(fewer).resolve_job_def("drill_notion")
