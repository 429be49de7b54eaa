"""Writing a snapshot: units come in, unchanged ones are carried forward by reference, the rest goes into segments.

A unit is carried in two ways: because it was read and is the same (then it counts as verified now), or unread, because
whoever captures says so (then it keeps the time at which it was last verified).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from itertools import chain, count
from typing import Any

from notion_backup.repository import BlobRef, Kind, WriteSession
from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.manifest import Manifest, SegmentFacts
from notion_backup.snapshot.model import DETACHED, BlockNode, FileRef, Media, Problem, Raw, RunFacts, Table
from notion_backup.snapshot.normal import canonical, digest
from notion_backup.snapshot.reader import SnapshotReader
from notion_backup.snapshot.rows import (
    Row,
    block_row,
    comment_row,
    content_of,
    content_of_block,
    file_row,
    object_row,
    problem_row,
    property_row,
)
from notion_backup.snapshot.seal import media_facts, seal
from notion_backup.snapshot.segments import encode_segment
from notion_backup.snapshot.units import Units

SEGMENT_BYTES = 4 * 1024 * 1024
"""Raw JSON after which a segment is closed: large enough to compress well, small enough to read for one page."""
SEGMENT_ROWS = 20_000


@dataclass(slots=True)
class _OpenSegment:
    """Units that wait to be written, under the number that the catalog already names."""

    number: int
    units: dict[str, list[Row]] = field(default_factory=dict)
    rows: int = 0
    bytes: int = 0

    def put(self, unit_id: str, rows: list[Row]) -> None:
        """Take a unit, in place of what was given under its id before."""
        self.drop(unit_id)
        self.units[unit_id] = rows
        self.rows += len(rows)
        self.bytes += _weight(rows)

    def drop(self, unit_id: str) -> None:
        """Forget a unit that has been superseded before it was written."""
        rows = self.units.pop(unit_id, [])
        self.rows -= len(rows)
        self.bytes -= _weight(rows)

    @property
    def full(self) -> bool:
        """Whether it is time to write it."""
        return self.bytes >= SEGMENT_BYTES or self.rows >= SEGMENT_ROWS


@dataclass(frozen=True, slots=True)
class SealedSnapshot:
    """A snapshot that is stored in full and awaits its commit: ``draft_id`` is what ``Repository.commit`` takes."""

    draft_id: str
    manifest: Manifest


class SnapshotWriter:
    """Takes units in any order and from any thread; the last one given under an id counts.

    ``previous`` is the workspace's snapshot before this one: a unit with the same digest as there is not written
    again. ``clock`` gives the time as an aware datetime; ``begun`` is when the capture began, if not now.
    """

    def __init__(
        self,
        session: WriteSession,
        previous: SnapshotReader | None,
        *,
        clock: Callable[[], datetime],
        begun: datetime | None = None,
    ) -> None:
        self.previous = previous
        self._session = session
        self._clock = clock
        # One time for the whole capture: it is true of every unit, and a column of one value costs nothing.
        self._begun = _milliseconds(begun or clock())
        self._lock = threading.Lock()
        self._units = Units()
        self._open: dict[Table, _OpenSegment] = {}
        self._segments: dict[int, SegmentFacts] = dict(previous.manifest.segments) if previous else {}
        self._numbers = count(max(self._segments, default=0) + 1)
        self._seen: dict[str, str] = {}
        self._problems: dict[tuple[str, str, str], Problem] = {}
        self._media: dict[str, Media] | None = None
        self._sizes: dict[str, list[tuple[str, int]]] = {}  # owner -> (SHA-256, bytes) of each file given here

    def add(self, table: Table, raw: Raw, *, parent_id: str | None = None) -> bool:
        """Keep one object under its own id (a table of ``OBJECT_TABLES``); whether it differs from the previous one."""
        row = object_row(raw, parent_id)
        return self._put(table, raw["id"], [row], [raw], row)

    def add_body(self, owner_id: str, blocks: Sequence[BlockNode]) -> None:
        """Keep the whole body of a page, blocks in document order; an empty body is kept as empty."""
        rows = [block_row(owner_id, node) for node in blocks]
        self._put(Table.BLOCKS, owner_id, rows, map(content_of_block, blocks), _newest(rows))

    def add_comments(self, owner_id: str, comments: Sequence[Raw], *, verified_at: datetime | None = None) -> None:
        """Keep all comments of a page, those on its blocks among them, in the order given.

        ``verified_at``: when they were read, if that was before this capture.
        """
        rows = [comment_row(owner_id, raw) for raw in comments]
        self._put(Table.COMMENTS, owner_id, rows, comments, _newest(rows), verified_at)

    def add_properties(self, page_id: str, values: Sequence[tuple[str, list[Raw]]]) -> None:
        """Keep the property values that the page object cuts short: (property id, all items)."""
        ordered = sorted(values, key=lambda value: value[0])
        rows = [property_row(page_id, property_id, items) for property_id, items in ordered]
        self._put(Table.PROPERTIES, page_id, rows, map(list, ordered), {})

    def add_files(self, owner_id: str, files: Sequence[FileRef]) -> None:
        """Keep the references to files met with one object, its blocks and comments."""
        with self._lock:
            self._sizes[owner_id] = [(file.media.sha256, file.media.bytes) for file in files if file.media is not None]
        rows = [file_row(owner_id, file) for file in files]
        self._put(Table.FILES, owner_id, rows, (content_of(Table.FILES, row) for row in rows), {})

    def carry(self, table: Table, unit_id: str) -> bool:
        """Keep a unit of the previous snapshot unread, with the time it was verified then; False when it has none.

        What this capture has been given under that id itself stays.
        """
        with self._lock:
            if self._units.has(table, unit_id):
                return True
            before = self._before(table, unit_id)
            if before is not None:
                self._units.put(before)
            return before is not None

    def saw(self, object_id: str, where: str) -> None:
        """Note where an object was met: ``search``, ``query``, ``tree`` or ``reference``."""
        with self._lock:
            self._seen[object_id] = _also(self._seen.get(object_id, ""), where)

    def problem(self, problem: Problem) -> None:
        """Keep a problem; the same code, object and place is one problem however often it is met."""
        with self._lock:
            self._problems[problem.code, problem.object_id, problem.where] = problem

    @property
    def problems(self) -> list[Problem]:
        """The problems kept so far, each once however often it was met."""
        with self._lock:
            return list(self._problems.values())

    def known_media(self, url: str) -> Media | None:
        """The content of a hosted file that the previous snapshot has under the same URL path."""
        with self._lock:
            if self._media is None:
                self._media = _held_media(self.previous)
            return self._media.get(url)

    def store_media(self, chunks: Iterable[bytes]) -> BlobRef:
        """Store the content of a file as it streams in."""
        return self._session.put_stream(Kind.MEDIA, chunks)

    def seal(self, run: RunFacts) -> SealedSnapshot:
        """Write what is left, the catalog and the manifest, and make all of it durable. Commits nothing."""
        self._add_problems()
        with self._lock:
            waiting, self._open = list(self._open.items()), {}
        for table, segment in waiting:
            self._write(table, segment)
        manifest, draft_id = seal(
            self._session,
            self._units,
            self._segments,
            self._problems.values(),
            self._seen,
            media_facts(self._media_held(), run),
            self.previous,
            run,
        )
        return SealedSnapshot(draft_id=draft_id, manifest=manifest)

    def _media_held(self) -> Iterator[tuple[str, int]]:
        """SHA-256 and bytes of every file whose content the snapshot holds, once for each reference."""
        found = sorted(self._units.of(Table.FILES), key=lambda entry: (entry.segment, entry.first))
        for entry in found:
            given = self._sizes.get(entry.id)
            if given is not None or self.previous is None:
                yield from given or ()
            else:
                yield from ((row["sha256"], row["bytes"]) for row in self.previous.rows(entry) if row["sha256"])

    def _add_problems(self) -> None:
        before = {
            (problem.code, problem.object_id, problem.where): problem.since
            for problem in (self.previous.problems() if self.previous else [])
        }
        for key, problem in self._problems.items():
            self._problems[key] = replace(problem, since=before.get(key) or self._begun)
        rows = [problem_row(problem) for _, problem in sorted(self._problems.items())]
        self._put(Table.PROBLEMS, Table.PROBLEMS.value, rows, (content_of(Table.PROBLEMS, row) for row in rows), {})

    def _put(
        self,
        table: Table,
        unit_id: str,
        rows: list[Row],
        contents: Iterable[Any],
        facts: Row,
        verified_at: datetime | None = None,
    ) -> bool:
        """Take a unit in; whether it differs from the one that the previous snapshot has.

        ``contents`` are the JSON values that stand for the rows in the unit's digest, as ``content_of`` gives them.
        """
        unit_digest = digest(map(canonical, contents))
        now = _milliseconds(self._clock())
        verified = verified_at or self._begun
        with self._lock:
            before = self._before(table, unit_id)
            segment = self._open.get(table)
            if before is not None and before.digest == unit_digest:
                if segment is not None:
                    segment.drop(unit_id)
                self._units.put(replace(before, verified_at=verified))
                return False
            if segment is None:
                segment = self._open[table] = _OpenSegment(next(self._numbers))
            segment.put(unit_id, rows)
            self._units.put(
                Entry(
                    table=table,
                    id=unit_id,
                    parent_id=facts.get("parent_id"),
                    title=_text(facts.get("title")),
                    last_edited_time=facts.get("last_edited_time"),
                    in_trash=facts.get("in_trash"),
                    digest=unit_digest,
                    captured_at=now,
                    verified_at=verified,
                    provable=False,
                    seen_in="",
                    segment=segment.number,
                    first=0,  # known when the segment is written
                    count=len(rows),
                )
            )
            if not segment.full:
                return True
            del self._open[table]
        self._write(table, segment)
        return True

    def _before(self, table: Table, unit_id: str) -> Entry | None:
        """The unit in the previous snapshot. Where its object was met then, it counts as met still.

        A capture that reads only what changed does not look everywhere again.
        """
        before = self.previous.entry(table, unit_id) if self.previous else None
        if before is not None:
            object_id = unit_id.removeprefix(DETACHED)
            self._seen[object_id] = _also(self._seen.get(object_id, ""), *_lasting(before.seen_in))
        return before

    def _write(self, table: Table, segment: _OpenSegment) -> None:
        """Encode outside the lock: other threads go on collecting meanwhile."""
        if not segment.rows:
            return
        rows = list(chain.from_iterable(segment.units.values()))
        blob = self._session.put_parquet(encode_segment(table, rows))
        first = 0
        with self._lock:
            self._segments[segment.number] = SegmentFacts(table=table, rows=len(rows), blob=blob.to_json())
            for unit_id, unit_rows in segment.units.items():
                self._units.place(table, unit_id, segment.number, first)
                first += len(unit_rows)


@cache
def _also(seen_in: str, *where: str) -> str:
    """``seen_in`` of the catalog with more places. There are few of these texts, shared by very many objects."""
    return ",".join(sorted({*filter(None, seen_in.split(",")), *where}))


@cache
def _lasting(seen_in: str) -> tuple[str, ...]:
    """The places that are not looked at anew by every capture, as search is."""
    return tuple(where for where in seen_in.split(",") if where in ("query", "reference", "tree"))


def _weight(rows: list[Row]) -> int:
    return sum(len(row.get("raw") or "") for row in rows)


def _newest(rows: list[Row]) -> dict[str, Any]:
    """A unit of many rows was last edited when its newest row was."""
    times = [row["last_edited_time"] for row in rows if row["last_edited_time"] is not None]
    return {"last_edited_time": max(times, default=None)}


def _held_media(previous: SnapshotReader | None) -> dict[str, Media]:
    if previous is None:
        return {}
    return {file.url: file.media for file in previous.files() if file.hosted and file.media is not None}


def _text(value: Any) -> str:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _milliseconds(time: datetime) -> datetime:
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
