"""Verification assets: damage is red, wherever it is looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from notion_backup.errors import HistoryRolledBack
from notion_backup.pipeline.history import contradictions, remembered_entries
from notion_backup_tests.pipeline.world import World, failures_of, metadata_of, results_of

TODAY = "2025-11-22"


def verify(world: World, instance: DagsterInstance, level: str = "sample") -> ExecuteInProcessResult:
    config: dict[str, Any] = {"ops": {"notion__content": {"config": {"level": level}}}}
    return world.run(instance, "verify_notion", TODAY, config)


def packs(world: World) -> list[Path]:
    return sorted(path for path in (Path(world.settings.repository) / "packs").rglob("*") if path.is_file())


@pytest.mark.parametrize("level", ["sample", "full"])
def test_a_sound_snapshot_is_intact(world: World, instance: DagsterInstance, level: str) -> None:
    world.snapshot(instance, TODAY)

    result = verify(world, instance, level)

    assert result.success
    assert {name: check.passed for name, check in results_of(result).items()} == {
        "structure/intact": True,
        "content/intact": True,
    }
    assert metadata_of(result, "content")["level"] == level
    assert metadata_of(result, "content")["bytes_read"] > 0


def test_a_lost_pack_fails_the_run_and_both_checks_name_what_is_gone(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, TODAY)
    for pack in packs(world):
        pack.unlink()

    result = verify(world, instance, "full")
    checks = results_of(result)

    assert not result.success
    assert {event.step_key for event in result.all_events if event.is_step_failure} == {
        *("notion__structure", "notion__content")
    }
    for check in checks.values():
        assert not check.passed
        assert check.severity.value == "ERROR"
        findings = check.metadata["first_findings"].value
        assert findings
        assert all(set(finding) == {"code", "object", "what", "cure"} for finding in findings)
    assert "findings" in str(metadata_of(result, "structure")["result"])


def test_a_flipped_bit_is_found_by_a_full_reading(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, TODAY)
    pack = packs(world)[0]
    pack.chmod(0o600)
    data = bytearray(pack.read_bytes())
    data[40] ^= 1
    pack.write_bytes(data)

    result = verify(world, instance, "full")

    assert not result.success
    assert not results_of(result)["content/intact"].passed


def test_a_snapshot_whose_reference_is_gone_fails_and_names_the_asset(world: World, home: DagsterInstance) -> None:
    world.snapshot(home, TODAY)
    (Path(home.storage_directory()) / "notion" / "snapshot" / f"{TODAY}.json").unlink()

    result = verify(world, home)

    stored = "".join(str(event) for event in result.all_events if event.is_step_failure)
    assert not result.success
    assert "notion/snapshot" in stored


def test_dagsters_memory_tells_a_log_that_is_shorter_or_another(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, "2025-11-21")
    world.snapshot(instance, TODAY)
    repository = world.repository()
    seen = remembered_entries(instance, ["notion"], repository.id)
    commits = repository.commits()

    assert contradictions(seen, commits) == []
    assert contradictions(seen, commits[:1]) == [f"entry {commits[1].slot} is gone"]
    seen[commits[0].slot] = "00" * 32
    assert contradictions(seen, commits) == [f"entry {commits[0].slot} is another one than was committed"]
    assert remembered_entries(instance, ["notion"], "another repository") == {}


def test_a_log_that_was_rolled_back_stops_the_next_run(world: World, instance: DagsterInstance) -> None:
    """This machine's pin speaks first; the check is for machines that have none."""
    world.snapshot(instance, "2025-11-21")
    world.snapshot(instance, TODAY)
    newest = max((Path(world.settings.repository) / "log").iterdir())
    newest.unlink()

    pinned = world.snapshot(instance, TODAY)
    world.settings.pins.unlink()
    unpinned = world.snapshot(instance, TODAY)

    assert HistoryRolledBack.__name__ in failures_of(pinned)["notion__capture"]
    check = results_of(unpinned)["snapshot/history_intact"]
    assert not check.passed
    assert check.severity.value == "ERROR"
    assert "is another one" in check.metadata["contradictions"].value[0]
