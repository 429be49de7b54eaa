"""What a capture says about itself while it runs and when it is done: counts and ids, never titles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notion_backup.phrasing import count, lasting, size
from notion_backup.snapshot import Partition, RunFacts, WorkspaceIdentity

_HALF_LIFE = 60.0
_LEAST_SECONDS = 3.0
"""How long a pace has to be watched before anything is foretold from it."""


class Phase(StrEnum):
    """What a capture is doing."""

    CONNECT = "connect"
    READ = "read"
    REFERENCES = "references"
    SETTLE = "settle"
    MEDIA = "media"
    DONE = "done"


_DOING = {
    "connect": "connecting",
    "read": "reading",
    "references": "looking up what pages refer to",
    "settle": "reading again what was edited meanwhile",
    "media": "waiting for files",
    "done": "done",
}


@dataclass(frozen=True, slots=True)
class Progress:
    """Plain counts at one moment. ``known`` grows while the workspace is being discovered.

    ``pages_carried`` of the pages done were as they were before, and cost nothing. ``seconds_left`` is what the pages
    and files left take at the pace of late, None while that cannot be told; ``at_least``: more may be found.
    """

    phase: str
    pages_done: int
    pages_known: int
    blocks: int
    files_done: int
    files_known: int
    bytes: int
    requests: int
    problems: int
    pages_carried: int = 0
    seconds_left: float | None = None
    at_least: bool = False

    def in_words(self) -> str:
        """One line of what is happening and when it will end; no titles."""
        parts = [_DOING.get(self.phase, self.phase)]
        if self.seconds_left:
            parts.append(f"{'at least' if self.at_least else 'about'} {lasting(self.seconds_left)} left")
        if self.pages_known:
            more = "at least " if self.at_least else ""
            unchanged = f" ({self.pages_carried:,} unchanged)" if self.pages_carried else ""
            parts.append(f"pages {self.pages_done:,} of {more}{self.pages_known:,}{unchanged}")
            parts.append(f"{self.blocks:,} blocks")
        if self.files_known:
            parts.append(f"files {self.files_done:,} of {self.files_known:,} ({size(self.bytes)})")
        if self.requests:
            parts.append(count(self.requests, "request"))
        if self.problems:
            parts.append(count(self.problems, "problem"))
        return ", ".join(parts)


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


class Pace:
    """How many things are done in a second, of late: what lies a minute back counts half. Seconds of any clock."""

    def __init__(self) -> None:
        self._at: float | None = None
        self._total = 0
        self._seconds = 0.0
        self._things = 0.0

    def seconds_for(self, things: int, now: float, total: int) -> float | None:
        """How long so many more take, ``total`` being done by ``now``; None while there is no telling."""
        self._note(now, total)
        if things <= 0:
            return 0.0
        if self._seconds < _LEAST_SECONDS or self._things <= 0:
            return None
        return things * self._seconds / self._things

    def _note(self, now: float, total: int) -> None:
        if self._at is not None and self._total:
            kept = 0.5 ** ((now - self._at) / _HALF_LIFE)
            self._seconds = self._seconds * kept + now - self._at
            self._things = self._things * kept + total - self._total
        # The pace begins with the first thing that is done.
        self._at, self._total = now, total


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
            ("pages_read", "pages_carried", "pages_known", "blocks", "files_done", "files_known", "bytes", "problems"),
            0,
        )
        self._pages, self._files = Pace(), Pace()
        self._discovering: Callable[[], bool] = lambda: True

    def discovery(self, goes_on: Callable[[], bool]) -> None:
        """Say how to tell whether listings that may bring more pages are still being read."""
        self._discovering = goes_on

    def count(self, name: str, by: int = 1) -> None:
        """Add to one of the counts of :class:`Progress`; pages are done by being read or carried on."""
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
            counts = dict(self._counts)
            read = counts.pop("pages_read")
            done = counts["pages_carried"] + read
            # Pages that are carried on are done as soon as they are known: they tell nothing of the others.
            pages = self._pages.seconds_for(counts["pages_known"] - done, self._monotonic(), read)
            files_left = counts["files_known"] - counts["files_done"]
            files = self._files.seconds_for(files_left, self._monotonic(), counts["files_done"])
            # Pages still to be read may show more files, which matters where files are what is waited for.
            slow_files = files is not None and bool(pages) and files > (pages or 0.0)
            return Progress(
                phase=self._phase.value,
                pages_done=done,
                requests=self._requests(),
                seconds_left=None if pages is None or files is None else max(pages, files),
                at_least=self._discovering() or slow_files,
                **counts,
            )

    def _tell(self, *, force: bool) -> None:
        now = self._monotonic()
        with self._lock:
            if not force and now - self._told < self._every:
                return
            self._told = now
        self._listener(self.progress())
