"""Whether the process of a run still lives: each run notes its process, and a dead one's slots are given back.

Dagster itself cannot tell: a process killed outright leaves its run ``STARTED`` and its pool slot taken, and the next
backup would wait for ever.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

HOST_TAG = "notion_backup/host"
PROCESS_TAG = "notion_backup/process"
BORN_TAG = "notion_backup/process_born"

_UNFINISHED = [
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
    DagsterRunStatus.CANCELING,
]


def process_tags() -> dict[str, str]:
    """Tags that name this process: machine, process id, and when it began (ids are used again)."""
    return {HOST_TAG: socket.gethostname(), PROCESS_TAG: str(os.getpid()), BORN_TAG: _born(os.getpid())}


def release_dead_runs(instance: DagsterInstance) -> list[str]:
    """Mark as failed every unfinished run of this machine whose process is gone; free the slots of ended runs.

    Runs of other machines, and runs that never noted a process, are left alone. Gives the ids of the runs released.
    """
    released = []
    for run in instance.get_runs(RunsFilter(statuses=_UNFINISHED)):
        if _is_dead(run.tags):
            released.append(run.run_id)
            _release(instance, run)
    for run_id in instance.event_log_storage.get_concurrency_run_ids():
        held_by = instance.get_run_by_id(run_id)
        if held_by is None or held_by.is_finished:
            instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return released


def _release(instance: DagsterInstance, run: DagsterRun) -> None:
    why = f"The run's process ({run.tags[PROCESS_TAG]} on this machine) is gone; it was ended from outside."
    instance.report_run_failed(run, why)
    instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)


def _is_dead(tags: Mapping[str, str]) -> bool:
    if tags.get(HOST_TAG) != socket.gethostname() or not tags.get(PROCESS_TAG, "").isdigit():
        return False
    process = int(tags[PROCESS_TAG])
    return not _runs(process) or _born(process) != tags.get(BORN_TAG)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _stat(process)[:1] != ["Z"]  # killed, and not yet collected by its parent


def _born(process: int) -> str:
    """The boot and the tick in which a process began; empty where the system does not say (no ``/proc``)."""
    fields = _stat(process)
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
    return f"{boot} {fields[19]}" if len(fields) > 19 else ""


def _stat(process: int) -> list[str]:
    """Fields of ``/proc/<pid>/stat`` from the state on: the name before them may hold anything, brackets too."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()
