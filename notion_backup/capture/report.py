"""What a capture says about itself while it runs and when it is done: counts and ids, never titles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notion_backup.snapshot import Partition, RunFacts, WorkspaceIdentity


class Phase(StrEnum):
    """What a capture is doing."""

    CONNECT = "connect"
    READ = "read"
    REFERENCES = "references"
    SETTLE = "settle"
    MEDIA = "media"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Progress:
    """Plain counts at one moment. ``known`` grows while the workspace is being discovered."""

    phase: str
    pages_done: int
    pages_known: int
    blocks: int
    files_done: int
    files_known: int
    bytes: int
    requests: int
    problems: int


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """The facts of one finished capture. ``requests`` counts every attempt by endpoint template."""

    identity: WorkspaceIdentity
    requests: Mapping[str, int]
    downloads: int
    downloaded_bytes: int
    started: datetime
    finished: datetime

    def facts(self, workspace: str, partition: Partition | None = None) -> RunFacts:
        """What the snapshot's manifest is to say of this capture; ``workspace`` is the name in the settings."""
        return RunFacts(
            workspace=workspace,
            identity=self.identity,
            partition=partition,
            started=self.started,
            finished=self.finished,
            requests=self.requests,
            downloads=self.downloads,
            downloaded_bytes=self.downloaded_bytes,
        )


class Tally:
    """Thread-safe counters behind :class:`Progress`; tells the listener at most once per ``every`` seconds."""

    def __init__(
        self,
        listener: Callable[[Progress], None],
        requests: Callable[[], int],
        monotonic: Callable[[], float],
        every: float = 0.2,
    ) -> None:
        self._listener = listener
        self._requests = requests
        self._monotonic = monotonic
        self._every = every
        self._lock = threading.Lock()
        self._told = float("-inf")
        self._phase = Phase.CONNECT
        self._counts = dict.fromkeys(
            ("pages_done", "pages_known", "blocks", "files_done", "files_known", "bytes", "problems"), 0
        )

    def count(self, name: str, by: int = 1) -> None:
        """Add to one of the counts of :class:`Progress`."""
        with self._lock:
            self._counts[name] += by
        self._tell(force=False)

    def phase(self, phase: Phase) -> None:
        """Enter a phase; the listener always hears of it."""
        with self._lock:
            self._phase = phase
        self._tell(force=True)

    def progress(self) -> Progress:
        """The counts now."""
        with self._lock:
            return Progress(phase=self._phase.value, requests=self._requests(), **self._counts)

    def _tell(self, *, force: bool) -> None:
        now = self._monotonic()
        with self._lock:
            if not force and now - self._told < self._every:
                return
            self._told = now
        self._listener(self.progress())
