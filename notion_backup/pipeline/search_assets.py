"""``search_index``: the words of every snapshot, brought up to date after each commit from what changed."""

from collections.abc import Iterator

from dagster import (
    AssetExecutionContext,
    AssetRecordsFilter,
    AssetsDefinition,
    DefaultSensorStatus,
    MaterializeResult,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    asset,
    sensor,
)

from notion_backup.pipeline.access import Access
from notion_backup.pipeline.failures import explained
from notion_backup.pipeline.names import SEARCH_INDEX, SNAPSHOT, asset_key, index_job
from notion_backup.pipeline.sensors import SECONDS_BETWEEN_TICKS
from notion_backup.search import Extent, attachments_read, index_path, kept_off, reading, update_index
from notion_backup.settings import Settings, WorkspaceSettings
from notion_backup.snapshot import snapshots_of


def search_index_asset(settings: Settings, workspace: WorkspaceSettings) -> AssetsDefinition:
    """One index a workspace, over all of its snapshots, and so without partitions. It lies encrypted in the home."""
    name = workspace.name

    @asset(
        key=asset_key(name, SEARCH_INDEX),
        deps=[asset_key(name, SNAPSHOT)],
        description="The encrypted search index of all snapshots: can be dropped and made anew at any time.",
        group_name=name,
        kinds={"sqlite"},
        required_resource_keys={"access"},
    )
    def search_index(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        access: Access = context.resources.access
        with explained(context):
            commits = snapshots_of(access.repository, name)
            path = index_path(access.settings.home, access.repository, name)
            done = update_index(path, access.repository, commits)
            size, read = 0, dict.fromkeys(Extent, 0)
            if path.exists():
                size = path.stat().st_size
                with reading(path, access.repository) as index:
                    read = attachments_read(index)
        yield MaterializeResult(
            metadata={
                "snapshots": len(commits),
                "new_snapshots": done.snapshots,
                "new_versions": done.versions,
                "rebuilt": done.rebuilt,
                "bytes": size,
                "attachments_unread": read[Extent.UNREAD],
                "attachments_cut": read[Extent.CUT],
                "reader_kept_off": sorted(kept_off()),
            }
        )

    return search_index


def search_index_sensor(workspace: WorkspaceSettings) -> SensorDefinition:
    """Requests one run for however many snapshots were committed since the last look: one update takes in all."""
    key = asset_key(workspace.name, SNAPSHOT)

    @sensor(
        name=f"index_{workspace.name}_snapshots",
        job_name=index_job(workspace.name),
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Brings the search index up to date after snapshots were committed.",
    )
    def index_snapshots(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        after = int(context.cursor) if context.cursor else 0
        wanted = AssetRecordsFilter(asset_key=key, after_storage_id=after)
        newest = context.instance.fetch_materializations(wanted, limit=1, ascending=False).records
        if not newest:
            return SkipReason("No snapshot was committed since the last look.")
        event = newest[0].storage_id
        return SensorResult(run_requests=[RunRequest(run_key=f"snapshot event {event}")], cursor=str(event))

    return index_snapshots
