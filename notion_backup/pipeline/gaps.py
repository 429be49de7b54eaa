"""The check ``no_missing_snapshots``: which partitions have ended without a snapshot.

What is held is the repository's word, not that of Dagster's event log: a lost Dagster home invents no gap and hides
none. The scheduler catches up at most five ticks for each schedule after an outage; what is older shows here, and is
filled by a backfill, honestly marked late.
"""

from dagster import AssetCheckExecutionContext, AssetCheckResult, AssetChecksDefinition, AssetCheckSeverity, asset_check

from notion_backup.pipeline.access import Access
from notion_backup.pipeline.failures import explained
from notion_backup.pipeline.names import SNAPSHOT, asset_key
from notion_backup.pipeline.partitions import due
from notion_backup.settings import Settings, WorkspaceSettings
from notion_backup.snapshot import partition_key, snapshots_of

KEYS_SHOWN = 100


def missing_partitions(access: Access, workspace: WorkspaceSettings) -> list[str]:
    """Keys of the partitions that have ended and have no snapshot, oldest first."""
    held = {partition_key(commit) for commit in snapshots_of(access.repository, workspace.name)}
    return [one.key for one in due(access.settings, workspace, access.clock()) if one.key not in held]


def no_missing_snapshots(settings: Settings, workspace: WorkspaceSettings) -> AssetChecksDefinition:
    """The check, run after every snapshot, and on its own whenever somebody asks for it."""

    @asset_check(  # type: ignore[untyped-decorator, unused-ignore]
        asset=asset_key(workspace.name, SNAPSHOT),
        name="no_missing_snapshots",
        description="Every partition that has ended has a snapshot in the repository.",
        required_resource_keys={"access"},
    )
    def check(context: AssetCheckExecutionContext) -> AssetCheckResult:
        access: Access = context.resources.access
        with explained(context):
            missing = missing_partitions(access, workspace)
        return AssetCheckResult(
            passed=not missing,
            severity=AssetCheckSeverity.WARN,
            metadata={"missing": len(missing), "newest_missing": missing[-KEYS_SHOWN:]},
        )

    return check
