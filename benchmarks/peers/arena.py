"""One peer on one sandbox: what it is asked to do, how the server behaves, what came of it."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.company import company
from benchmarks.peers.peer import Command, Peer, Task
from benchmarks.peers.truth import Truth, truth_of
from benchmarks.snapshots import TOKEN
from notion_backup.sandbox import FaultRule, RunningSandbox, Sandbox, Workspace, running

_STATUSES = (429, 500, 502, 503, 504)
_OMITTED_EVERY = 25
"""Search leaves out one page in so many."""


@dataclass(frozen=True)
class Scene:
    """A workspace and a server's behaviour, the same for every peer."""

    key: str
    title: str
    pages: int
    rows: int
    blocks_per_page: int
    crowd: int = 0
    longest: int = 130
    row_cap: int = 10_000
    latency: float = 0.0
    """Seconds that every answer waits."""
    faults: float = 0.0
    """Share of the requests that fail: 429, 5xx, and an eighth of it lost connections."""
    per_minute: int | None = None
    omissions: bool = False
    runs: int = 2
    together: bool = False
    """Whether all peers run at the same time, each on a server of its own: for scenes that are mostly waiting."""
    not_invited: tuple[str, ...] = ()
    """Keys of peers that do not take part."""
    patience: float = 600.0
    """Seconds after which a run is ended and counted as it is."""

    def invites(self, key: str) -> bool:
        """Whether a peer takes part."""
        return key not in self.not_invited

    def workspace(self) -> Workspace:
        """A workspace of its own for whoever asks."""
        return company(
            pages=self.pages,
            rows=self.rows,
            blocks_per_page=self.blocks_per_page,
            crowd=self.crowd,
            longest=self.longest,
        )

    def sandbox(self) -> Sandbox:
        """A server with that workspace, behaving as the scene says."""
        space = self.workspace()
        omitted = [page["id"] for page in space.all("page")][7::_OMITTED_EVERY] if self.omissions else []
        return Sandbox(
            space,
            token=TOKEN,
            rate_limit=self.per_minute,
            row_cap=self.row_cap,
            search_omits=omitted,
            faults=self._rules(),
            fault_seed=20,
        )

    def _rules(self) -> list[FaultRule]:
        rules = [FaultRule("delay", seconds=self.latency, times=None)] if self.latency else []
        if self.faults:
            share, of_each = self.faults / 8, self.faults * 7 / 8 / len(_STATUSES)
            for status in _STATUSES:
                wait = 1 if status == 429 else None
                rules.append(_always("status", of_each, status=status, retry_after=wait))
            rules.append(_always("drop", share))
        return rules


def _always(effect: str, probability: float, **more: Any) -> FaultRule:
    return FaultRule(effect, path="^/v1/", probability=probability, times=None, **more)


@dataclass(frozen=True)
class Outcome:
    """What one run of one peer came to."""

    run: int
    requests: int
    downloads: int
    limited: int
    """Answers 429 that the peer was given."""
    failed: int
    """All other answers and connections that the server made fail."""
    seconds: float
    """From the first request to the end of the process: start-up apart, what is done with the answers included."""
    asking_seconds: float
    """From the first request to the last."""
    process_seconds: float
    cpu_seconds: float
    server_cpu_seconds: float
    """Of the sandbox; meaningless when several are in the arena at once."""
    status: str
    """"ended", the exit status when it is not 0, or "stopped" when it took longer than the scene's patience."""
    classes: dict[str, tuple[int, int]]
    blocks: int
    """Blocks of all kinds in the workspace."""

    def to_json(self) -> dict[str, Any]:
        """For the result file."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def contest(peer: Peer, scene: Scene, folder: Path) -> list[Outcome]:
    """All runs of a peer in a scene, on a server of its own; ``folder`` keeps its output."""
    folder.mkdir(parents=True)
    sandbox = scene.sandbox()
    truth = truth_of(sandbox, scene.row_cap)
    with running(sandbox) as server:
        return [_run(peer, scene, server, truth, folder, number) for number in range(scene.runs)]


def _run(peer: Peer, scene: Scene, server: RunningSandbox, truth: Truth, folder: Path, number: int) -> Outcome:
    task = Task(server.url, server.token, folder, number, scene.per_minute)
    command = peer.command(task)
    server.stats.reset()
    begun, own = time.monotonic(), time.process_time()
    status, cpu = execute(command, folder, number, scene.patience)
    over, own = time.monotonic(), time.process_time() - own
    stats = server.stats
    first, last = stats.first_at or over, stats.last_at or over
    answers = dict(stats.statuses)
    return Outcome(
        run=number + 1,
        requests=stats.total,
        downloads=stats.downloads,
        limited=answers.get(429, 0),
        failed=sum(count for code, count in answers.items() if code == 0 or code >= 500),
        seconds=round(over - first, 2),
        asking_seconds=round(last - first, 2),
        process_seconds=round(over - begun, 2),
        cpu_seconds=round(cpu, 2),
        server_cpu_seconds=round(own, 2),
        status=status,
        classes=truth.count(peer.held(task)),
        blocks=truth.blocks,
    )


def execute(
    command: Command, folder: Path, number: int, patience: float, told: Path = Path(os.devnull)
) -> tuple[str, float]:
    """Run a command to its end, or to that of our patience. Its status, and the seconds of CPU it took.

    It reads what is ``told``, and its output is kept in ``folder``.
    """
    with (
        (folder / f"out-{number}.jsonl").open("wb") as out,
        (folder / f"log-{number}.txt").open("wb") as log,
        told.open("rb") as asked,
    ):
        process = subprocess.Popen(
            command.arguments,
            stdin=asked,
            cwd=command.folder,
            env={**os.environ, **command.environment},
            stdout=out,
            stderr=log,
            start_new_session=True,
        )
        stopped = threading.Event()

        def stop() -> None:
            stopped.set()
            os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(patience, stop)
        timer.start()
        _, waited, usage = os.wait4(process.pid, 0)
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(waited)
    status = "stopped" if stopped.is_set() else "ended" if process.returncode == 0 else str(process.returncode)
    return status, usage.ru_utime + usage.ru_stime
