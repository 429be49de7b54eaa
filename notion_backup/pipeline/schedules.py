"""When things run by themselves: a snapshot at every tick of the workspace's cron, verification and drill weekly."""

from typing import Any

from dagster import (
    DefaultScheduleStatus,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
    schedule,
)

from notion_backup.pipeline import names
from notion_backup.pipeline.partitions import current_partition, partitions_of
from notion_backup.settings import Settings, WorkspaceSettings

FULL_VERIFICATION_CRON = "30 12 * * 6"
"""Saturday, half past twelve, in the workspace's time zone: every byte of the latest snapshot is read back."""


DRILL_CRON = "30 12 * * 0"
"""Sunday, half past twelve: a sample of the latest snapshot is restored into a sandbox."""


def snapshot_schedule(settings: Settings, workspace: WorkspaceSettings) -> ScheduleDefinition:
    """One snapshot at each tick, of the partition that begins with it.

    After an outage Dagster makes up for at most five missed ticks; each captures the workspace as it is now and is
    marked late when its partition has ended meanwhile.
    """

    @schedule(
        name=f"{names.snapshot_job(workspace.name)}_schedule",
        job_name=names.snapshot_job(workspace.name),
        cron_schedule=workspace.cron,
        execution_timezone=workspace.timezone,
        default_status=DefaultScheduleStatus.RUNNING,
        description="Captures the workspace at every tick of its schedule.",
    )
    def snapshots(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        partitions = partitions_of(settings, workspace)
        key = current_partition(partitions, context.scheduled_execution_time).key
        if not partitions.has_partition_key(key):
            return SkipReason(f"Partition {key} lies before the workspace's first day.")
        return RunRequest(run_key=key, partition_key=key)

    return snapshots


def full_verification_schedule(settings: Settings, workspace: WorkspaceSettings) -> ScheduleDefinition:
    """Every week the newest snapshot is proven byte for byte, whatever its sensor's sample showed."""

    @schedule(
        name=f"{names.verify_job(workspace.name)}_schedule",
        job_name=names.verify_job(workspace.name),
        cron_schedule=FULL_VERIFICATION_CRON,
        execution_timezone=workspace.timezone,
        default_status=DefaultScheduleStatus.RUNNING,
        description="Reads every byte of the latest snapshot back, once a week.",
    )
    def verifications(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        partition = _latest_partition(context, settings, workspace)
        if isinstance(partition, SkipReason):
            return partition
        day = context.scheduled_execution_time.date().isoformat()
        return RunRequest(
            run_key=f"full {day}",
            partition_key=partition,
            run_config=verification_config(workspace.name, level="full"),
        )

    return verifications


def drill_schedule(settings: Settings, workspace: WorkspaceSettings) -> ScheduleDefinition:
    """Every week a sample of the newest snapshot is restored into a sandbox, longest not drilled first."""

    @schedule(
        name=f"{names.drill_job(workspace.name)}_schedule",
        job_name=names.drill_job(workspace.name),
        cron_schedule=DRILL_CRON,
        execution_timezone=workspace.timezone,
        default_status=DefaultScheduleStatus.RUNNING,
        description="Restores a sample of the latest snapshot into a sandbox, once a week.",
    )
    def drills(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        partition = _latest_partition(context, settings, workspace)
        if isinstance(partition, SkipReason):
            return partition
        day = context.scheduled_execution_time.date().isoformat()
        return RunRequest(run_key=f"drill {day}", partition_key=partition)

    return drills


def _latest_partition(
    context: ScheduleEvaluationContext, settings: Settings, workspace: WorkspaceSettings
) -> str | SkipReason:
    """The partition of the newest snapshot, or why there is nothing to do."""
    key = names.asset_key(workspace.name, names.SNAPSHOT)
    event = context.instance.get_latest_materialization_event(key)
    latest = event.asset_materialization if event else None
    if latest is None or latest.partition is None:
        return SkipReason("There is no snapshot yet.")
    if not partitions_of(settings, workspace).has_partition_key(latest.partition):
        return SkipReason(f"Partition {latest.partition} lies outside of the workspace's partitions.")
    return latest.partition


def verification_config(workspace: str, *, level: str, snapshot_id: str = "") -> dict[str, Any]:
    """Run configuration of a verification: which snapshot, and how deep its content is read."""
    return {
        "ops": {
            names.op_name(workspace, names.STRUCTURE): {"config": {"snapshot": snapshot_id}},
            names.op_name(workspace, names.CONTENT): {"config": {"snapshot": snapshot_id, "level": level}},
        }
    }
