from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import AssetKey, DagsterInstance

from notion_backup.errors import NotionUnauthorized, NotionUnavailable
from notion_backup.pipeline import failures
from notion_backup.pipeline.capturing import asset_of
from notion_backup.snapshot import Problem, Severity, partition_key, resolve_snapshot, snapshots_of
from notion_backup_tests.pipeline.world import (
    PASSPHRASE,
    TOKEN,
    World,
    failures_of,
    make_settings,
    metadata_of,
    results_of,
)

TODAY = "2025-11-22"


def missing(code: str, kind: str, number: int = 1) -> Problem:
    return Problem(code, Severity.MISSING, kind, f"id-{number}", "tree", "because", "look")


def test_a_run_commits_one_snapshot_and_shows_what_it_is(world: World, instance: DagsterInstance) -> None:
    result = world.snapshot(instance, TODAY)

    assert failures_of(result) == {}
    assert result.success
    (commit,) = world.repository().commits()
    shown = metadata_of(result, "snapshot")
    assert (shown["snapshot_id"], shown["slot"], shown["head_digest"]) == (commit.id, commit.slot, commit.digest)
    assert (shown["verdict"], shown["requests"], shown["late"]) == ("complete", 31, False)
    assert shown["window_start"] == datetime(2025, 11, 22, 3, tzinfo=UTC).timestamp()
    assert metadata_of(result, "pages")["pages_rows"] == 30
    assert metadata_of(result, "users")["users_rows"] == 1
    assert partition_key(commit) == TODAY


def test_a_snapshot_taken_in_time_passes_every_check(world: World, instance: DagsterInstance) -> None:
    for day in ("2025-11-18", "2025-11-19", "2025-11-20", "2025-11-21"):
        world.now = datetime.fromisoformat(f"{day}T03:00:10+00:00")
        assert world.snapshot(instance, day).success
    world.now = datetime(2025, 11, 22, 12, tzinfo=UTC)

    checks = results_of(world.snapshot(instance, TODAY))

    assert {name for name, check in checks.items() if not check.passed} == set()
    assert set(checks) == {
        *("users/complete", "databases/complete", "pages/complete", "blocks/complete", "comments/complete"),
        *("media/unreadable", "snapshot/complete", "snapshot/on_time", "snapshot/mass_deletion"),
        *("snapshot/coverage_shrunk", "snapshot/history_intact", "snapshot/no_missing_snapshots"),
    }


def test_a_missed_partition_is_captured_now_and_marked_late_with_both_times(
    world: World, instance: DagsterInstance
) -> None:
    result = world.snapshot(instance, "2025-11-20")

    on_time = results_of(result)["snapshot/on_time"]
    told = {name: value.value for name, value in on_time.metadata.items()}
    assert not on_time.passed
    assert told["window_end"] == datetime(2025, 11, 21, 3, tzinfo=UTC).timestamp()
    assert told["captured_from"] == world.now.timestamp()
    assert told["late_by_seconds"] == 33 * 3600
    assert metadata_of(result, "snapshot")["late"] is True


def test_an_incomplete_snapshot_is_kept_and_its_checks_list_codes_and_counts(
    world: World, instance: DagsterInstance
) -> None:
    world.capture.problems = [missing("media-gone", "file", 1), missing("media-gone", "file", 2)]

    result = world.snapshot(instance, TODAY)
    checks = results_of(result)

    assert result.success
    assert {name for name, check in checks.items() if not check.passed} == {
        *("media/unreadable", "snapshot/complete", "snapshot/no_missing_snapshots")
    }
    assert checks["media/unreadable"].metadata["codes"].value["missing"] == {"media-gone": 2}
    assert checks["snapshot/complete"].metadata["codes"].value == {"missing": {"media-gone": 2}}


def test_the_snapshot_shows_what_is_held_by_kind_and_what_can_be_done(world: World, instance: DagsterInstance) -> None:
    first = metadata_of(world.snapshot(instance, "2025-11-21"), "snapshot")
    world.capture.pages = 28
    world.capture.problems = [
        missing("media-gone", "file", 1),
        missing("media-gone", "file", 2),
        Problem("unknown-block:hologram", Severity.NOTICE, "block", "b", "page", "because", "Update."),
    ]
    shown = metadata_of(world.snapshot(instance, TODAY), "snapshot")

    kinds = {record.data["kind"]: record.data for record in shown["coverage"].records}
    assert kinds["page"] == {"kind": "page", "captured": 28, "change": -2, "referenced": 0, "unreachable": 0}
    assert kinds["file"]["unreachable"] == 2
    assert {record.data["change"] for record in first["coverage"].records if record.data["kind"] == "page"} == {30}
    problems = [record.data for record in shown["problems"].records]
    assert [(p["severity"], p["code"], p["count"], p["cure"]) for p in problems] == [
        ("missing", "media-gone", 2, "look"),
        ("notice", "unknown-block:hologram", 1, "Update."),
    ]
    assert all(p["since"] == "2025-11-22 12:00Z" for p in problems)
    assert first["problems"] == "none"
    assert shown["unknown_types"] == {"block hologram": 1}
    assert shown["oldest_verification"] == world.now.timestamp()


def test_renames_are_shown_as_renames(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, "2025-11-21")
    world.capture.title = "Another name"

    changes = metadata_of(world.snapshot(instance, TODAY), "changes")

    # Thirty pages and a user.
    assert (changes["renamed"], changes["added"], changes["removed"]) == (31, 0, 0)


@pytest.mark.parametrize(
    ("code", "kind", "asset"),
    [
        ("comments-unreachable", "block", "comments"),
        ("rows-over-cap", "data_source", "databases"),
        ("object-unreachable", "data_source", "databases"),
        ("object-unreachable", "page", "pages"),
        ("search-refused", "search", "pages"),
        ("custom-emojis-unreachable", "custom_emojis", "media"),
        ("users-forbidden", "capability", "users"),
        ("block-unreachable", "block", "blocks"),
    ],
)
def test_a_problem_is_shown_at_the_asset_that_lacks_something(code: str, kind: str, asset: str) -> None:
    assert asset_of(missing(code, kind)) == asset


def test_partitions_without_a_snapshot_are_listed(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, "2025-11-19")

    check = results_of(world.snapshot(instance, TODAY))["snapshot/no_missing_snapshots"]

    assert not check.passed
    assert check.metadata["newest_missing"].value == ["2025-11-18", "2025-11-20", "2025-11-21"]


def test_many_objects_gone_raise_the_alarm(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, "2025-11-21")
    world.capture.pages = 5

    result = world.snapshot(instance, TODAY)
    checks = results_of(result)

    assert not checks["snapshot/mass_deletion"].passed
    assert checks["snapshot/mass_deletion"].metadata["gone"].value == 25
    assert not checks["snapshot/coverage_shrunk"].passed
    assert checks["snapshot/coverage_shrunk"].metadata["tables"].value["pages"] == [30, 5]
    assert metadata_of(result, "changes")["removed"] == 25


def test_few_objects_gone_raise_none(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, "2025-11-21")
    world.capture.pages = 28

    checks = results_of(world.snapshot(instance, TODAY))

    assert checks["snapshot/mass_deletion"].passed
    assert checks["snapshot/coverage_shrunk"].passed


def test_the_same_partition_can_be_captured_again(world: World, instance: DagsterInstance) -> None:
    first, second = world.snapshot(instance, TODAY), world.snapshot(instance, TODAY)

    newest = resolve_snapshot(world.repository(), TODAY)
    assert first.success
    assert second.success
    assert metadata_of(second, "snapshot")["snapshot_id"] == newest.id
    assert len(snapshots_of(world.repository(), "notion")) == 2


def test_a_refused_token_fails_at_once_with_the_error_in_plain_words(world: World, instance: DagsterInstance) -> None:
    world.capture.errors = [NotionUnauthorized("The token was refused.", cure="Make a new one.")]

    result = world.snapshot(instance, TODAY)

    (failed,) = [event for event in result.all_events if event.is_step_failure]
    told = failed.step_failure_data.user_failure_data
    assert told is not None
    assert told.metadata["kind"].value == "NotionUnauthorized"
    assert told.metadata["what"].value == "The token was refused."
    assert told.metadata["cure"].value == "Make a new one."
    assert world.capture.calls == 1
    assert world.repository().commits() == []


def test_a_transient_error_is_tried_again_after_the_time_that_was_named(
    world: World, instance: DagsterInstance
) -> None:
    world.capture.errors = [NotionUnavailable("Notion limits us.", retry_after=0.2)]

    result = world.snapshot(instance, TODAY)

    (retry,) = [event for event in result.all_events if event.is_step_up_for_retry]
    assert retry.step_retry_data.seconds_to_wait == 0.2
    assert result.success
    assert world.capture.calls == 2


def test_a_lasting_outage_ends_in_the_words_of_the_error(
    world: World, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "FIRST_WAIT_SECONDS", 0.05)
    world.capture.errors = [NotionUnavailable("Notion cannot be reached.") for _ in range(10)]

    result = world.snapshot(instance, TODAY)

    (failed,) = [event for event in result.all_events if event.is_step_failure]
    told = failed.step_failure_data.user_failure_data
    assert told is not None
    assert told.metadata["what"].value == "Notion cannot be reached."
    assert world.capture.calls == failures.ATTEMPTS


def test_an_unforeseen_error_keeps_its_place_and_loses_its_message(world: World, instance: DagsterInstance) -> None:
    world.capture.errors = [KeyError("the text of a private page")]

    result = world.snapshot(instance, TODAY)

    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert failed.step_failure_data.user_failure_data is not None
    assert "KeyError" in failed.step_failure_data.user_failure_data.metadata["what"].value  # type: ignore[operator]
    stored = "".join(str(entry) for entry in instance.all_logs(result.run_id))
    assert "private page" not in stored


def test_nothing_private_reaches_the_dagster_home(world: World, home: DagsterInstance) -> None:
    word = "zyzzyvaKept"
    world.capture.title = word
    world.capture.problems = [missing("media-gone", "file")]
    assert world.snapshot(home, "2025-11-21").success
    world.capture.pages = 5
    assert world.snapshot(home, TODAY).success
    assert world.run(home, "verify_notion", TODAY).success
    world.capture.errors = [RuntimeError(f"could not parse {word}")]
    assert not world.snapshot(home, TODAY).success
    assert {source.token for source in world.capture.sources} == {TOKEN}

    files = [path for path in world.settings.home.rglob("*") if path.is_file()]
    assert len(files) > 8
    for path in files:
        data = path.read_bytes()
        for secret in (word, TOKEN, PASSPHRASE):
            assert secret.encode() not in data, f"{secret} in {path.name}"


def test_every_asset_of_a_partition_is_materialised(world: World, instance: DagsterInstance) -> None:
    world.snapshot(instance, TODAY)
    world.run(instance, "verify_notion", TODAY)
    world.run(instance, "drill_notion", TODAY)

    # The search index is one over all partitions, and a sensor's own run.
    for key in world.definitions().resolve_asset_graph().get_all_asset_keys() - {AssetKey(["notion", "search_index"])}:
        assert instance.get_materialized_partitions(AssetKey(key.path)) == {TODAY}, key


def test_a_run_of_an_unknown_partition_says_which_there_are(world: World, instance: DagsterInstance) -> None:
    result = world.snapshot(instance, "1999-01-01")

    (failed,) = [event for event in result.all_events if event.is_step_failure]
    assert failed.step_failure_data.user_failure_data is not None
    assert "no partition '1999-01-01'" in str(failed.step_failure_data.user_failure_data.metadata["what"].value)


def test_workspaces_share_a_repository_and_keep_apart(tmp_path: Path, world: World, instance: DagsterInstance) -> None:
    config = tmp_path / "team.toml"
    config.write_text('[[workspace]]\nname = "design"\n\n[[workspace]]\nname = "sales"\n', encoding="utf-8")
    team = World(make_settings(tmp_path, NOTION_BACKUP_CONFIG=str(config)), world.capture)

    assert team.run(instance, "snapshot_design", TODAY).success
    world.capture.pages = 3
    second = team.run(instance, "snapshot_sales", TODAY)

    assert second.success
    assert results_of(second)["snapshot/mass_deletion"].metadata["previous"].value == "none"
    repository = team.repository()
    assert [len(snapshots_of(repository, name)) for name in ("design", "sales")] == [1, 1]
    assert resolve_snapshot(repository, TODAY, workspace="sales").id == metadata_of(second, "snapshot")["snapshot_id"]
