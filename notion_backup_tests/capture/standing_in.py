"""What the tests of this folder share: a writer that remembers, time that does not pass, answers made by hand."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import httpx

from notion_backup.capture import RetryPolicy, Source
from notion_backup.capture.client import NotionReader
from notion_backup.capture.waiting import Waiting
from notion_backup.repository import BlobRef, Kind
from notion_backup.sandbox import SandboxClock
from notion_backup.snapshot import BlockNode, FileRef, Media, Problem, Severity, SnapshotWriter, Table

Raw = dict[str, Any]
QUICK = RetryPolicy(attempts=6, patience=600.0, first_delay=0.01, longest_delay=0.05, timeout=5.0)


class Remembering:
    """Stands in for the snapshot writer and keeps everything where a test can look."""

    def __init__(self, known: dict[str, Media] | None = None) -> None:
        self.previous = None
        self.objects: dict[tuple[Table, str], Raw] = {}
        self.parents: dict[tuple[Table, str], str | None] = {}
        self.bodies: dict[str, list[BlockNode]] = {}
        self.comments: dict[str, list[Raw]] = {}
        self.properties: dict[str, dict[str, list[Raw]]] = {}
        self.files: dict[str, list[FileRef]] = {}
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.problems: dict[tuple[str, str, str], Problem] = {}
        self.media: dict[bytes, bytes] = {}
        self._known = known or {}
        self._lock = threading.Lock()

    @property
    def writer(self) -> SnapshotWriter:
        return cast(SnapshotWriter, self)

    def add(self, table: Table, raw: Raw, *, parent_id: str | None = None) -> bool:
        self.objects[table, raw["id"]] = raw
        self.parents[table, raw["id"]] = parent_id
        return True

    def carry(self, table: Table, unit_id: str) -> bool:
        return False

    def add_body(self, owner_id: str, blocks: Sequence[BlockNode]) -> None:
        self.bodies[owner_id] = list(blocks)

    def add_comments(self, owner_id: str, comments: Sequence[Raw], *, verified_at: Any = None) -> None:
        self.comments[owner_id] = list(comments)

    def add_properties(self, page_id: str, values: Sequence[tuple[str, list[Raw]]]) -> None:
        self.properties[page_id] = dict(values)

    def add_files(self, owner_id: str, files: Sequence[FileRef]) -> None:
        self.files[owner_id] = list(files)

    def saw(self, object_id: str, where: str) -> None:
        with self._lock:
            self.seen[object_id].add(where)

    def problem(self, problem: Problem) -> None:
        with self._lock:
            self.problems[problem.code, problem.object_id, problem.where] = problem

    def known_media(self, url: str) -> Media | None:
        return self._known.get(url)

    def store_media(self, chunks: Iterable[bytes]) -> BlobRef:
        data = b"".join(chunks)
        root = hashlib.sha256(data).digest()
        self.media[root] = data
        return BlobRef(root=root, size=len(data), depth=0, kind=Kind.MEDIA)

    # --- looking -------------------------------------------------------------------------------------------------

    def ids(self, table: Table) -> set[str]:
        return {object_id for kind, object_id in self.objects if kind is table}

    def blocks(self) -> dict[str, Raw]:
        return {node.raw["id"]: node.raw for nodes in self.bodies.values() for node in nodes}

    def comment_ids(self) -> set[str]:
        return {comment["id"] for comments in self.comments.values() for comment in comments}

    def file_refs(self) -> list[FileRef]:
        return [file for files in self.files.values() for file in files]

    def codes(self, severity: Severity | None = None) -> set[str]:
        return {p.code for p in self.problems.values() if severity is None or p.severity is severity}


class SandboxTime:
    """A sandbox's time for a client: whoever waits lets it pass, and who waits at the same moment waits together.

    ``under_way`` is how many seconds of the machine's time requests that were sent before get to arrive.
    """

    def __init__(self, clock: SandboxClock, under_way: float = 0.001) -> None:
        self._clock = clock
        self._under_way = under_way
        self._began = clock.now()
        self._lock = threading.Lock()

    def monotonic(self) -> float:
        return (self._clock.now() - self._began).total_seconds()

    def pause(self, seconds: float) -> bool:
        until = self.monotonic() + seconds
        time.sleep(self._under_way)
        with self._lock:
            self._clock.advance(max(0.0, until - self.monotonic() + 0.001))
        return False

    def waiting(self) -> Waiting:
        return Waiting(monotonic=self.monotonic, pause=self.pause)


class FakeTime:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def pause(self, seconds: float) -> bool:
        self.sleep(seconds)
        return False

    def waiting(self) -> Waiting:
        return Waiting(monotonic=self.monotonic, pause=self.pause)


def source(url: str = "http://notion.test", token: str = "secret_token", **changes: Any) -> Source:
    return Source(**{"token": token, "base_url": url, "requests_per_minute": None, "retry": QUICK, **changes})


def reader_of(
    handler: Callable[[httpx.Request], httpx.Response], times: FakeTime | None = None, **changes: Any
) -> NotionReader:
    """A reader whose requests a function answers."""
    return NotionReader(
        source(**changes),
        transport=httpx.MockTransport(handler),
        waiting=(times or FakeTime()).waiting(),
        jitter=lambda: 0.0,
    )


def listing(results: list[Raw], cursor: str | None = None, **more: Any) -> httpx.Response:
    return httpx.Response(
        200, json={"object": "list", "results": results, "has_more": cursor is not None, "next_cursor": cursor, **more}
    )


def refusal(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    body = {"object": "error", "status": status, "code": code, "message": "private words", **more}
    return httpx.Response(status, json=body, headers=headers)
