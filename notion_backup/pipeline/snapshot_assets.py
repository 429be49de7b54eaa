"""``snapshot``, the one commit, and ``changes``, what it differs in from the workspace's snapshot before."""

from collections.abc import Iterator
from typing import Any

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    MaterializeResult,
    asset,
)

from notion_backup.capture import tidy
from notion_backup.errors import SnapshotError
from notion_backup.pipeline.access import Access
from notion_backup.pipeline.comparison import change_counts, deletions, shrunk_tables
from notion_backup.pipeline.failures import explained
from notion_backup.pipeline.history import contradictions, remembered_entries
from notion_backup.pipeline.metadata import moment, snapshot_metadata
from notion_backup.pipeline.names import CAPTURED, CHANGES, SNAPSHOT, asset_key
from notion_backup.pipeline.partitions import partitions_of
from notion_backup.pipeline.references import DraftReference, SnapshotReference
from notion_backup.settings import Settings, WorkspaceSettings
from notion_backup.snapshot import Manifest, SnapshotReader, open_snapshot, resolve_snapshot, snapshot_before

_CHECKS = {
    "complete": "Nothing that belongs to the workspace is missing.",
    "on_time": "The capture began before the partition had ended.",
    "mass_deletion": "The objects gone since the previous snapshot are few.",
    "coverage_shrunk": "No table lost much of its rows since the previous snapshot.",
    "history_intact": "The repository still holds every entry that Dagster has seen it commit.",
}


def snapshot_asset(settings: Settings, workspace: WorkspaceSettings) -> AssetsDefinition:
    """The commit: the draft that the captured assets name becomes the next entry of the repository's log."""
    name = workspace.name

    @asset(
        key=asset_key(name, SNAPSHOT),
        ins={captured: AssetIn(key=asset_key(name, captured)) for captured in CAPTURED},
        description="One committed snapshot: signed, chained, readable from now on.",
        io_manager_key="references",
        group_name=name,
        kinds={"parquet"},
        partitions_def=partitions_of(settings, workspace),
        check_specs=[
            AssetCheckSpec(check, asset=asset_key(name, SNAPSHOT), description=description)
            for check, description in _CHECKS.items()
        ],
        required_resource_keys={"access"},
    )
    def snapshot(
        context: AssetExecutionContext, **captured: DraftReference
    ) -> Iterator[MaterializeResult[SnapshotReference]]:
        access: Access = context.resources.access
        with explained(context):
            repository = access.repository
            commit = repository.commit(_one_draft(captured))
            tidy(repository, name, commit.id, access.clock())
            reader = open_snapshot(repository, commit)
            previous = snapshot_before(reader)
            workspaces = [other.name for other in settings.workspaces]
            seen = remembered_entries(context.instance, workspaces, repository.id)
            checks = [
                *_own_checks(reader.manifest),
                *_comparing_checks(previous, reader),
                _history_check(contradictions(seen, repository.commits())),
            ]
        context.log.info(f"Snapshot {commit.id} is entry {commit.slot} of the log: {reader.manifest.verdict.status}.")
        yield MaterializeResult(
            value=SnapshotReference(
                workspace=name,
                partition=str(context.partition_key),
                snapshot_id=commit.id,
                slot=commit.slot,
                digest=commit.digest,
            ),
            metadata=snapshot_metadata(repository.id, reader, previous),
            check_results=checks,
        )

    return snapshot


def changes_asset(settings: Settings, workspace: WorkspaceSettings) -> AssetsDefinition:
    """Counts of what was added, changed, removed and moved since the workspace's previous snapshot."""
    name = workspace.name

    @asset(
        key=asset_key(name, CHANGES),
        ins={SNAPSHOT: AssetIn(key=asset_key(name, SNAPSHOT))},
        description="What differs from the previous snapshot, counted from the two catalogs.",
        group_name=name,
        partitions_def=partitions_of(settings, workspace),
        required_resource_keys={"access"},
    )
    def changes(context: AssetExecutionContext, snapshot: SnapshotReference) -> Iterator[MaterializeResult[None]]:
        access: Access = context.resources.access
        with explained(context):
            commit = resolve_snapshot(access.repository, snapshot.snapshot_id, workspace=name)
            reader = open_snapshot(access.repository, commit)
            previous = snapshot_before(reader)
            counts = change_counts(previous, reader)
        metadata: dict[str, Any] = {"previous": previous.commit.id if previous else "none", **counts}
        yield MaterializeResult(metadata=metadata)

    return changes


def _one_draft(captured: dict[str, DraftReference]) -> str:
    drafts = {reference.draft_id for reference in captured.values()}
    if len(drafts) != 1:
        raise SnapshotError(
            "The captured assets of this partition come from different captures.",
            cure="Materialise them together: capture the partition again.",
        )
    return drafts.pop()


def _own_checks(manifest: Manifest) -> list[AssetCheckResult]:
    verdict = manifest.verdict
    times: dict[str, Any] = {
        "captured_from": moment(manifest.captured_from),
        "late_by_seconds": manifest.late_by_seconds,
    }
    if manifest.partition is not None:
        times["window_start"] = moment(manifest.partition.start)
        times["window_end"] = moment(manifest.partition.end)
    return [
        _result("complete", verdict.complete, missing=verdict.missing, codes=verdict.codes),
        _result("on_time", not manifest.late, **times),
    ]


def _comparing_checks(previous: SnapshotReader | None, snapshot: SnapshotReader) -> list[AssetCheckResult]:
    gone = deletions(change_counts(previous, snapshot), previous)
    shrunk = shrunk_tables(previous.manifest if previous else None, snapshot.manifest)
    before = previous.commit.id if previous else "none"
    return [
        _result("mass_deletion", not gone.alarming, gone=gone.gone, of=gone.objects, previous=before),
        _result("coverage_shrunk", not shrunk, tables=shrunk, previous=before),
    ]


def _history_check(wrong: list[str]) -> AssetCheckResult:
    return AssetCheckResult(
        check_name="history_intact",
        passed=not wrong,
        severity=AssetCheckSeverity.ERROR,
        metadata={"contradictions": wrong},
    )


def _result(check: str, passed: bool, **metadata: Any) -> AssetCheckResult:
    return AssetCheckResult(check_name=check, passed=passed, severity=AssetCheckSeverity.WARN, metadata=metadata)
