"""What runs on events: every committed snapshot is verified, and runs whose process is gone give back their slots."""

from dagster import (
    AssetRecordsFilter,
    DefaultSensorStatus,
    EventLogRecord,
    RunRequest,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    sensor,
)

from notion_backup.pipeline import names
from notion_backup.pipeline.liveness import release_dead_runs
from notion_backup.pipeline.partitions import partitions_of
from notion_backup.pipeline.schedules import verification_config
from notion_backup.settings import Settings, WorkspaceSettings

SNAPSHOTS_PER_TICK = 10
SECONDS_BETWEEN_TICKS = 15


def verification_sensor(settings: Settings, workspace: WorkspaceSettings) -> SensorDefinition:
    """Requests one verification for each materialisation of ``snapshot``, in the order in which they were stored.

    It walks the events by storage id, for that alone sees every partition of a backfill: Dagster's asset sensors hand
    over only the newest event of a tick, and its run status sensors see no backfill runs.
    """
    key = names.asset_key(workspace.name, names.SNAPSHOT)

    @sensor(
        name=f"verify_{workspace.name}_snapshots",
        job_name=names.verify_job(workspace.name),
        minimum_interval_seconds=SECONDS_BETWEEN_TICKS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Verifies every snapshot after it was committed, backfilled ones too.",
    )
    def verify_snapshots(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        after = int(context.cursor) if context.cursor else 0
        wanted = AssetRecordsFilter(asset_key=key, after_storage_id=after)
        records = context.instance.fetch_materializations(wanted, limit=SNAPSHOTS_PER_TICK, ascending=True).records
        if not records:
            return SkipReason("No snapshot was committed since the last look.")
        partitions = partitions_of(settings, workspace)
        requests = []
        for record in records:
            partition = record.partition_key
            if partition is None or not partitions.has_partition_key(partition):
                context.log.warning(f"Event {record.storage_id} has no partition of this workspace: not verified.")
                continue
            requests.append(_request(workspace.name, record, partition))
        return SensorResult(run_requests=requests, cursor=str(records[-1].storage_id))

    return verify_snapshots


def dead_run_sensor() -> SensorDefinition:
    """Every minute: runs of this machine whose process is gone are marked failed, and their pool slots freed."""

    @sensor(
        name="release_dead_runs",
        minimum_interval_seconds=60,
        default_status=DefaultSensorStatus.RUNNING,
        description="Marks runs failed whose process on this machine is gone, and frees what they held.",
    )
    def release(context: SensorEvaluationContext) -> SkipReason:
        released = release_dead_runs(context.instance)
        return SkipReason(f"Released {len(released)} dead runs." if released else "No run of this machine is dead.")

    return release


def _request(workspace: str, record: EventLogRecord, partition: str) -> RunRequest:
    materialization = record.asset_materialization
    metadata = materialization.metadata if materialization else {}
    snapshot_id = getattr(metadata.get(names.SNAPSHOT_ID), "value", None)
    return RunRequest(
        run_key=f"snapshot event {record.storage_id}",
        partition_key=partition,
        run_config=verification_config(workspace, level="sample", snapshot_id=str(snapshot_id or "")),
    )
