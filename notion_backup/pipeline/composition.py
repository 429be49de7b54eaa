"""The parts put together: settings in, Dagster's definitions out. No secret is needed, nothing is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from dagster import Definitions, InitResourceContext, IOManagerDefinition, ResourceDefinition, in_process_executor
from pydantic import SecretStr

from notion_backup.pipeline.access import Access
from notion_backup.pipeline.capture_assets import capture_assets
from notion_backup.pipeline.drill_asset import drill_asset
from notion_backup.pipeline.gaps import no_missing_snapshots
from notion_backup.pipeline.io import ReferenceIOManager
from notion_backup.pipeline.jobs import drill_job, index_job, snapshot_job, verify_job
from notion_backup.pipeline.liveness import process_tags
from notion_backup.pipeline.partitions import utc_now
from notion_backup.pipeline.progress import Told
from notion_backup.pipeline.restore_job import restore_job
from notion_backup.pipeline.schedules import drill_schedule, full_verification_schedule, snapshot_schedule
from notion_backup.pipeline.search_assets import search_index_asset, search_index_sensor
from notion_backup.pipeline.sensors import dead_run_sensor, verification_sensor
from notion_backup.pipeline.snapshot_assets import changes_asset, snapshot_asset
from notion_backup.pipeline.verification_assets import content_asset, structure_asset
from notion_backup.repository import Repository
from notion_backup.settings import Settings


def build_definitions(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    listener: Callable[[Told], None] | None = None,
    passphrase: SecretStr | None = None,
    repository: Repository | None = None,
) -> Definitions:
    """Everything Dagster is told.

    ``listener`` hears of progress; ``passphrase`` goes before that of the settings, and ``repository``, opened already,
    before both.
    """
    workspaces = settings.workspaces
    assets = (
        capture_assets,
        snapshot_asset,
        changes_asset,
        structure_asset,
        content_asset,
        search_index_asset,
        drill_asset,
    )

    def access(context: InitResourceContext) -> Iterator[Access]:
        _sign(context)
        yield Access(settings, clock=clock, listener=listener, passphrase=passphrase, repository=repository)

    return Definitions(
        assets=[asset(settings, workspace) for workspace in workspaces for asset in assets],
        asset_checks=[no_missing_snapshots(settings, workspace) for workspace in workspaces],
        jobs=[
            *(job(each) for each in workspaces for job in (snapshot_job, verify_job, index_job, drill_job)),
            *(restore_job(settings, workspace) for workspace in workspaces),
        ],
        schedules=[
            plan(settings, workspace)
            for workspace in workspaces
            for plan in (snapshot_schedule, full_verification_schedule, drill_schedule)
        ],
        sensors=[
            *(verification_sensor(settings, workspace) for workspace in workspaces),
            *(search_index_sensor(workspace) for workspace in workspaces),
            dead_run_sensor(),
        ],
        resources={
            "access": ResourceDefinition(access, description="Settings, clock and the opened repository of one run."),
            "references": IOManagerDefinition(_references, description="Stores references into the repository."),
        },
        executor=in_process_executor,
    )


def _sign(context: InitResourceContext) -> None:
    """Let the run say which process works for it, before any step holds a slot."""
    if context.instance is not None and context.run is not None:
        context.instance.add_run_tags(context.run.run_id, process_tags())


def _references(context: InitResourceContext) -> ReferenceIOManager:
    if context.instance is None:
        raise TypeError("References are stored beside a Dagster instance; there is none here.")
    return ReferenceIOManager(Path(context.instance.storage_directory()))
