"""Snapshots and restores from the command line: the same jobs, through the same instance, as Dagster's pages show.

A run lives in the calling process. Two captures never share a connection: a run that finds its connection taken
waits for it (and says so through ``on_progress``) before it begins; Ctrl-C ends the waiting. A
restore waits for no one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from time import sleep
from typing import Any

from dagster import DagsterEvent, DagsterInstance, DagsterRun, DagsterRunStatus, JobDefinition
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.execution.plan.objects import ErrorSource
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from pydantic import SecretStr

from notion_backup.capture import Progress
from notion_backup.errors import EXIT_FAILED
from notion_backup.pipeline import names
from notion_backup.pipeline.access import connection_pool
from notion_backup.pipeline.composition import build_definitions
from notion_backup.pipeline.instance import open_instance, prepare_home
from notion_backup.pipeline.liveness import process_tags, release_dead_runs
from notion_backup.pipeline.partitions import current_partition, partition_of, partitions_of, utc_now
from notion_backup.pipeline.progress import Told
from notion_backup.pipeline.serve import ui
from notion_backup.repository import Repository
from notion_backup.settings import Settings, WorkspaceSettings

__all__ = ["RunError", "RunOutcome", "open_instance", "prepare_home", "run_restore", "run_snapshot", "ui"]

LOCATION = "notion_backup.definitions"
_POLL_SECONDS = 2.0
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's console log would write over the progress of a terminal; the events themselves are all kept."""

Listener = Callable[[Told], None]


@dataclass(frozen=True, slots=True)
class RunError:
    """Why a run failed: the error's class, what happened, what to do, and the exit status that says so."""

    kind: str
    what: str
    cure: str
    exit_status: int = EXIT_FAILED


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of a run. ``told``: by asset, the metadata of what it materialized, before a failure too."""

    run_id: str
    success: bool
    error: RunError | None
    cancelled: bool = False
    told: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def commit(self) -> str | None:
        """The id of the snapshot that was committed; it is there too when only a later step failed."""
        found = self.told.get(names.SNAPSHOT, {}).get(names.SNAPSHOT_ID)
        return str(found) if found is not None else None


def run_snapshot(
    settings: Settings,
    workspace: str | None = None,
    *,
    partition_key: str | None = None,
    on_progress: Listener | None = None,
    passphrase: SecretStr | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> RunOutcome:
    """Capture a workspace and commit a snapshot of it, for the current partition or the one named.

    A person waits for this run, so a step is tried once: the capture itself repeats what is worth repeating. Ctrl-C
    cancels the run and frees what it held; the outcome then says ``cancelled``. Raises UsageError for an unknown
    workspace or partition, and SettingsError when the Dagster home cannot be written.
    """
    chosen = settings.workspace(workspace)
    key = _partition_key(settings, chosen, partition_key, clock())
    definitions = build_definitions(settings, clock=clock, listener=on_progress, passphrase=passphrase)
    job = definitions.resolve_job_def(names.snapshot_job(chosen.name))
    with open_instance(settings) as instance:
        while True:
            _wait_for_connection(instance, connection_pool(settings, chosen), on_progress)
            run = _create_run(instance, job, {"dagster/partition": key})
            outcome = _execute(instance, job, run)
            if outcome is not None:
                return outcome
            # Another run took the connection between the look and the start: stand in line again.
            instance.delete_run(run.run_id)


def run_restore(
    settings: Settings,
    workspace: str,
    restore_id: str,
    *,
    proof: bool = True,
    on_progress: Listener | None = None,
    repository: Repository | None = None,
) -> RunOutcome:
    """Bring a restore that was begun to its end. ``repository``: opened already, where the caller has done so.

    Ctrl-C cancels the run; what it has made is in the restore's journal.
    """
    definitions = build_definitions(settings, listener=on_progress, repository=repository)
    job = definitions.resolve_job_def(names.restore_job(workspace))
    config = {"restore": restore_id, "proof": proof}
    with open_instance(settings) as instance:
        release_dead_runs(instance)
        run = _create_run(instance, job, {}, {"ops": {names.op_name(workspace, names.RESTORED): {"config": config}}})
        outcome = _execute(instance, job, run)
    assert outcome is not None, "a restore has no pool to be kept out of"
    return outcome


def _partition_key(settings: Settings, workspace: WorkspaceSettings, asked: str | None, now: datetime) -> str:
    partitions = partitions_of(settings, workspace)
    return partition_of(partitions, asked or current_partition(partitions, now).key).key


def _wait_for_connection(instance: DagsterInstance, pool: str, on_progress: Listener | None) -> None:
    """Return when no live run holds the connection; slots of dead ones are freed on the way."""
    while True:
        release_dead_runs(instance)
        holders = instance.event_log_storage.get_concurrency_info(pool).active_run_ids
        if not holders:
            return
        if on_progress is not None:
            on_progress(_waiting(sorted(holders)[0]))
        sleep(_POLL_SECONDS)


def _waiting(run_id: str) -> Progress:
    phase = f"waiting for run {run_id[:8]}, which holds the connection"
    return Progress(phase, 0, 0, 0, 0, 0, 0, 0, 0)


def _create_run(
    instance: DagsterInstance, job: JobDefinition, tags: Mapping[str, str], config: Mapping[str, Any] = _QUIET
) -> DagsterRun:
    return instance.create_run_for_job(
        job,
        run_config={**_QUIET, **config},
        tags={**job.run_tags, **tags, names.ATTEMPTS_TAG: "1", **process_tags()},
        remote_job_origin=_origin(job.name),
    )


def _origin(job_name: str) -> RemoteJobOrigin:
    """The code location this run would have come from, so that the pages show it with its job."""
    target = LoadableTargetOrigin(
        executable_path=sys.executable, module_name=LOCATION, working_directory=str(Path.cwd())
    )
    location = ManagedGrpcPythonEnvCodeLocationOrigin(target, location_name=LOCATION)
    return RemoteRepositoryOrigin(location, "__repository__").get_job_origin(job_name)


def _execute(instance: DagsterInstance, job: JobDefinition, run: DagsterRun) -> RunOutcome | None:
    """Run to the end; None when the run met a taken connection and gave way before doing anything."""
    told: dict[str, Mapping[str, Any]] = {}
    error: RunError | None = None
    events = execute_run_iterator(InMemoryJob(job), run, instance)
    try:
        for event in events:
            if _is_blocked(event):
                return None
            if event.is_step_failure and error is None:
                error = _error_of(event)
                if _is_interrupt(event):
                    # Dagster takes an interrupt for a crash unless somebody asked for the end of the run.
                    instance.report_run_canceling(run, "Interrupted at the keyboard.")
            if event.is_step_materialization and event.asset_key is not None:
                told[event.asset_key.path[-1]] = _metadata_of(event)
    finally:
        events.close()  # type: ignore[attr-defined]
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    ended = instance.get_run_by_id(run.run_id)
    status = ended.status if ended else DagsterRunStatus.FAILURE
    success = status is DagsterRunStatus.SUCCESS
    if not success and error is None:
        error = RunError("RunFailed", "The run failed outside of its steps.", "Look at it with `notion-backup ui`.")
    return RunOutcome(run.run_id, success, error, status is DagsterRunStatus.CANCELED, told)


def _is_blocked(event: DagsterEvent) -> bool:
    data: Any = event.event_specific_data
    return event.is_engine_event and "pool" in (getattr(data, "metadata", None) or {})


def _is_interrupt(event: DagsterEvent) -> bool:
    return event.step_failure_data.error_source is ErrorSource.INTERRUPT


def _error_of(event: DagsterEvent) -> RunError:
    """The words of the failure: those of the error tree where the step failed with one of its errors."""
    if _is_interrupt(event):
        return RunError("Interrupted", "The run was interrupted.", "Run it again.")
    told = event.step_failure_data.user_failure_data
    metadata = {name: value.value for name, value in (told.metadata if told else {}).items()}
    if "kind" in metadata:
        return RunError(
            str(metadata["kind"]), str(metadata["what"]), str(metadata["cure"]), int(str(metadata["exit_status"]))
        )
    return RunError(
        "StepFailed", f"The step {event.step_key} failed.", "`notion-backup ui` shows the run and its events."
    )


def _metadata_of(event: DagsterEvent) -> Mapping[str, Any]:
    metadata = event.step_materialization_data.materialization.metadata
    return {name: value.value for name, value in metadata.items()}
