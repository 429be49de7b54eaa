"""``restore_drill``: a sample of the snapshot is restored into a sandbox, read back and scored."""

import json
from collections.abc import Iterator
from pathlib import Path

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetIn,
    AssetsDefinition,
    Config,
    MaterializeResult,
    asset,
)

from notion_backup.pipeline.access import Access
from notion_backup.pipeline.failures import explained
from notion_backup.pipeline.names import RESTORE_DRILL, SNAPSHOT, asset_key
from notion_backup.pipeline.partitions import partitions_of
from notion_backup.pipeline.references import SnapshotReference
from notion_backup.restore import SnapshotOrigin
from notion_backup.restore.drill import Drill, drill, sample
from notion_backup.settings import Settings, WorkspaceSettings
from notion_backup.snapshot import open_snapshot, resolve_snapshot

IDS_SHOWN = 200


class DrillConfig(Config):
    """``snapshot``: the id of the snapshot to restore from; empty for the one the partition holds now."""

    snapshot: str = ""


def drill_asset(settings: Settings, workspace: WorkspaceSettings) -> AssetsDefinition:
    """A restore for practice, so that nobody learns in need whether it works."""
    name = workspace.name

    @asset(
        key=asset_key(name, RESTORE_DRILL),
        ins={SNAPSHOT: AssetIn(key=asset_key(name, SNAPSHOT))},
        description="A sample of the snapshot, restored into a sandbox, read back, compared and scored.",
        group_name=name,
        partitions_def=partitions_of(settings, workspace),
        check_specs=[
            AssetCheckSpec(
                "restorable",
                asset=asset_key(name, RESTORE_DRILL),
                blocking=True,
                description="Everything comes back exactly, or with the losses that the plan names.",
            )
        ],
        required_resource_keys={"access"},
    )
    def restore_drill(
        context: AssetExecutionContext, config: DrillConfig, snapshot: SnapshotReference
    ) -> Iterator[MaterializeResult[None]]:
        access: Access = context.resources.access
        with explained(context):
            access.repository.refresh()
            commit = resolve_snapshot(access.repository, config.snapshot or snapshot.snapshot_id)
            origin = SnapshotOrigin(open_snapshot(access.repository, commit))
            diary = settings.home / "drills" / f"{name}.json"
            last = _read(diary)
            done = drill(origin, sample(origin, settings.drill_pages, last))
            _write(diary, {**last, **dict.fromkeys(done.drilled, access.clock().isoformat())})
        yield _shown(context, settings, commit.id, done)

    return restore_drill


def _shown(
    context: AssetExecutionContext, settings: Settings, snapshot_id: str, done: Drill
) -> MaterializeResult[None]:
    proof = done.proof
    passed = proof.score >= settings.drill_score and not done.unplanned
    context.log.info(f"Snapshot {snapshot_id}: {proof.score:.2%} of {proof.total} objects came back as planned.")
    numbers: dict[str, str | int | float | bool] = {
        "snapshot_id": snapshot_id,
        "score": proof.score,
        "compared": proof.total,
        "files_compared": proof.files,
        "unplanned": done.unplanned,
        "whole": done.is_whole,
        "pages_drilled": len(done.drilled),
        "requests": done.requests,
    }
    worst = [finding.to_json() for finding in proof.unplanned[:IDS_SHOWN]]
    check = AssetCheckResult(
        check_name="restorable",
        passed=passed,
        severity=AssetCheckSeverity.ERROR,
        metadata={**numbers, "differences": worst},
    )
    metadata = {**numbers, "drilled": list(done.drilled[:IDS_SHOWN])}
    return MaterializeResult(metadata=metadata, check_results=[check])


def _read(diary: Path) -> dict[str, str]:
    """When each page was drilled last. A diary that cannot be read makes the sample begin anew, and no more."""
    try:
        told = json.loads(diary.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return {}
    return {str(page): str(at) for page, at in told.items()} if isinstance(told, dict) else {}


def _write(diary: Path, told: dict[str, str]) -> None:
    diary.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = diary.with_suffix(".partial")
    partial.write_text(json.dumps(told), encoding="ascii")
    partial.replace(diary)
