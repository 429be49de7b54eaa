"""The six captured assets of a workspace. One step yields them all.

Discovery is recursive (a page is known by what lists it), and the signed URLs of files live for an hour.
"""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetOut,
    AssetsDefinition,
    MaterializeResult,
    multi_asset,
)

from notion_backup.pipeline.access import Access, connection_pool
from notion_backup.pipeline.capturing import Captured, capture
from notion_backup.pipeline.failures import explained
from notion_backup.pipeline.metadata import captured_metadata
from notion_backup.pipeline.names import CAPTURED, asset_key, op_name
from notion_backup.pipeline.partitions import partition_of, partitions_of
from notion_backup.pipeline.progress import ProgressLog
from notion_backup.pipeline.references import DraftReference
from notion_backup.settings import Settings, WorkspaceSettings
from notion_backup.snapshot import Severity

_CHECKS = {asset: "unreadable" if asset == "media" else "complete" for asset in CAPTURED}
_DESCRIPTIONS = {
    "users": "Everyone the connection may see.",
    "databases": "Databases with their data sources, views and templates.",
    "pages": "Page objects, rows of data sources among them, with long property values in full.",
    "blocks": "The bodies of pages, to any depth, in order.",
    "comments": "Comments of pages and of blocks.",
    "media": "Files hosted by Notion: images, videos, attachments, icons, covers, custom emojis.",
}


def capture_assets(settings: Settings, workspace: WorkspaceSettings) -> AssetsDefinition:
    """The capture of one workspace as a multi-asset, one partition a run, one run at a time for each connection."""
    name = workspace.name
    partitions = partitions_of(settings, workspace)

    @multi_asset(
        name=op_name(name, "capture"),
        outs={
            asset: AssetOut(
                key=asset_key(name, asset),
                description=_DESCRIPTIONS[asset],
                io_manager_key="references",
                group_name=name,
                kinds={"notion", "parquet"},
            )
            for asset in CAPTURED
        },
        check_specs=[
            AssetCheckSpec(check, asset=asset_key(name, asset), description=f"Nothing of {asset} is missing.")
            for asset, check in _CHECKS.items()
        ],
        partitions_def=partitions,
        pool=connection_pool(settings, workspace),
        required_resource_keys={"access"},
        can_subset=False,
    )
    def captured(context: AssetExecutionContext) -> Iterator[MaterializeResult[DraftReference]]:
        access: Access = context.resources.access
        with explained(context):
            partition = partition_of(partitions, str(context.partition_key))
            found = capture(access, workspace, partition, ProgressLog(context.log.info, access.listener))
            reference = DraftReference(workspace=name, partition=partition.key, draft_id=found.draft_id)
        for asset in CAPTURED:
            yield MaterializeResult(
                asset_key=asset_key(name, asset),
                value=reference,
                metadata=captured_metadata(asset, found),
                check_results=[_check(name, asset, found)],
            )

    return captured


def _check(workspace: str, asset: str, captured: Captured) -> AssetCheckResult:
    """Fails when something of this asset is missing; lists codes and counts, and no titles."""
    counts: dict[str, dict[str, int]] = {severity.value: {} for severity in Severity}
    for (owner, severity, code), count in sorted(captured.problems.items()):
        if owner == asset:
            counts[severity.value][code] = count
    missing = sum(counts[Severity.MISSING.value].values())
    return AssetCheckResult(
        asset_key=asset_key(workspace, asset),
        check_name=_CHECKS[asset],
        passed=missing == 0,
        severity=AssetCheckSeverity.WARN,
        metadata={"missing": missing, "codes": counts},
    )
