"""What Notion answered in this capture, kept as it comes in, so that a capture that dies is gone on with.

The journal holds every final answer by its request. A capture that goes on from one asks the same questions in
the same way, is answered from the journal until that is used up, and from Notion from there on: nothing else of a
capture's state needs to be saved, and the end is the same as without the interruption. An answer is given once: who
asks a second time wants to know how things are now.
"""

from __future__ import annotations

import hashlib
import json
import struct
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any

from notion_backup.errors import Damaged, ObjectMissing
from notion_backup.repository import BlobRef
from notion_backup.snapshot import Media, WorkspaceIdentity

_HEADER, _ANSWER, _REFUSAL, _MEDIA, _FRAGMENTS = range(5)
_RECORD = struct.Struct(">B16sdI")  # what it is, key, seconds since 1970, length of what follows
_PARTS_IN_MEMORY = 8
_LONGEST_WAIT = 8.0
"""Seconds after which what was answered is made durable at the latest."""
_BETWEEN_FLUSHES = 20.0
"""Seconds between two times that files are made durable: each closes a pack, however small."""
_MOST_BYTES = 4 * 1024 * 1024
OLDEST = timedelta(hours=24)
"""How long after its last answer a journal is gone on from."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer out of the journal: ``body`` is JSON as received, or the refusal when ``refused``; when it came."""

    body: bytes
    refused: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Header:
    """What a journal is about. ``settings`` are those that decide what is asked; ``continues`` older journals."""

    workspace: str
    partition: str | None
    previous: str | None
    began: datetime
    settings: str
    workspace_id: str | None = None
    continues: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """As JSON."""
        document = {
            "workspace": self.workspace,
            "partition": self.partition,
            "previous": self.previous,
            "began": self.began.isoformat(),
            "settings": self.settings,
            "workspace_id": self.workspace_id,
            "continues": list(self.continues),
        }
        return json.dumps(document).encode()

    @classmethod
    def decode(cls, data: bytes) -> Header:
        """Read it back. Raises ValueError and KeyError for what is no header."""
        found = json.loads(data)
        return cls(
            workspace=found["workspace"],
            partition=found["partition"],
            previous=found["previous"],
            began=datetime.fromisoformat(found["began"]),
            settings=found["settings"],
            workspace_id=found["workspace_id"],
            continues=tuple(found["continues"]),
        )

    def same_capture(self, other: Header) -> bool:
        """Whether both are about one capture: what the one was told answers what the other will ask."""
        return replace(self, began=other.began, workspace_id=None, continues=()) == replace(
            other, workspace_id=None, continues=()
        )


def request_key(method: str, path: str, query: Mapping[str, Any] | None, body: Mapping[str, Any] | None) -> bytes:
    """What names a request. How many items it asks for at a time has no part in it."""
    told = json.dumps([method, path, _sized(query), _sized(body)], sort_keys=True)
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Memory:
    """The answers of an interrupted capture. Thread-safe; parts are read when they are needed."""

    def __init__(self, parts: Sequence[str], read: Callable[[str], bytes]) -> None:
        self._parts = list(parts)
        self._read = read
        self._lock = threading.Lock()
        self._decoded: OrderedDict[int, bytes] = OrderedDict()
        # One number for most: there may be millions of answers, and few questions are asked twice.
        self._places: dict[int, int | list[int]] = {}
        self.fragments: tuple[str, ...] = ()
        self.headers: list[Header] = []
        self.last: datetime | None = None
        for number in range(len(self._parts)):
            self._learn(number)

    @staticmethod
    def header(part: bytes) -> Header:
        """What a journal is about, from its first part. Raises ValueError and KeyError."""
        try:
            what, _, _, length = _RECORD.unpack_from(part)
        except struct.error as error:
            raise ValueError("too short") from error
        if what != _HEADER:
            raise ValueError("no header")
        return Header.decode(part[_RECORD.size : _RECORD.size + length])

    def tell(self, kind: int, key: bytes) -> tuple[int, bytes, datetime] | None:
        """The next record under that key that is an answer (``_ANSWER``: or a refusal) or a file; it is used up."""
        with self._lock:
            place = self._next(_name(key, kind))
            if place is None:
                return None
            try:
                data = self._part(place >> 32)
            except (Damaged, ObjectMissing):
                # Somebody took the journal away meanwhile: from here on Notion itself is asked.
                self._places.clear()
                return None
            at = place & 0xFFFFFFFF
            what, written, seconds, length = _RECORD.unpack_from(data, at)
            if written != key:
                return None
            start = at + _RECORD.size
            return what, data[start : start + length], datetime.fromtimestamp(seconds, UTC)

    def _next(self, name: int) -> int | None:
        """The first place under a name, used up."""
        places = self._places.pop(name, None)
        if not isinstance(places, list):
            return places
        place, *rest = places
        self._places[name] = rest if len(rest) > 1 else rest[0]
        return place

    def forget(self) -> None:
        """Let go of the parts held in memory; they are read again when they are needed."""
        with self._lock:
            self._decoded.clear()

    def _learn(self, number: int) -> None:
        data, at = self._part(number), 0
        while at + _RECORD.size <= len(data):
            what, key, seconds, length = _RECORD.unpack_from(data, at)
            start = at + _RECORD.size
            if what == _HEADER:
                self.headers.append(Header.decode(data[start : start + length]))
            elif what == _FRAGMENTS:
                self.fragments = tuple(json.loads(data[start : start + length]))
            else:
                kind = _MEDIA if what == _MEDIA else _ANSWER
                name, place = _name(key, kind), number << 32 | at
                held = self._places.get(name)
                if held is None:
                    self._places[name] = place
                else:
                    self._places[name] = [*held, place] if isinstance(held, list) else [held, place]
            self.last = datetime.fromtimestamp(seconds, UTC)
            at = start + length

    def _part(self, number: int) -> bytes:
        if number not in self._decoded:
            self._decoded[number] = self._read(self._parts[number])
            while len(self._decoded) > _PARTS_IN_MEMORY:
                self._decoded.popitem(last=False)
        return self._decoded[number]


class Journal:
    """Keeps answers and recalls them. Thread-safe; leave the ``with`` to make the rest durable.

    ``append`` makes a part durable, None: nothing is kept. ``flush_media`` makes the files stored so far durable and
    names the index fragments that list them. ``every`` answers are made durable at once, None: only by time.
    """

    def __init__(
        self,
        header: Header,
        *,
        append: Callable[[bytes], None] | None = None,
        memory: Memory | None = None,
        flush_media: Callable[[], Iterable[str]] = tuple,
        every: int | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._header = header
        self._append = append
        self._memory = memory
        self._flush_media = flush_media
        self._every = every
        self._clock = clock
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._flushed = time.monotonic()
        self._buffer: list[bytes] = []
        self._bytes = 0
        self._media: list[bytes] = []
        self._failure: BaseException | None = None
        self._begun = False
        self._closed = False
        self._thread: threading.Thread | None = None

    @property
    def began(self) -> datetime:
        """When the capture began, however often it was interrupted since."""
        return self._header.began

    def __enter__(self) -> Journal:
        if self._append is not None:
            self._thread = threading.Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        if self._failure is None:
            # Whatever ended the capture, the more of it is kept the better.
            self._write(last=True)

    def admit(self, identity: WorkspaceIdentity) -> None:
        """Say whose workspace it turned out to be: what another workspace answered is of no use."""
        before = [header.workspace_id for header in self._memory.headers] if self._memory else []
        with self._lock:
            if any(known != identity.workspace_id for known in before):
                self._memory = None
            self._header = replace(self._header, workspace_id=identity.workspace_id)
            self._begun = True
            self._changed.notify_all()

    def recall(self, key: bytes) -> Told | None:
        """What the interrupted capture was told, once."""
        memory = self._memory
        found = memory.tell(_ANSWER, key) if memory else None
        if found is None:
            return None
        what, body, at = found
        return Told(body, what == _REFUSAL, at)

    def keep(self, key: bytes, body: bytes, *, refused: bool = False) -> None:
        """Keep a final answer. Raises what an earlier write failed with."""
        self._take(_REFUSAL if refused else _ANSWER, key, body)

    def recall_media(self, url: str) -> tuple[Media, str | None] | None:
        """The content of a file that the interrupted capture had stored, and its content type."""
        memory = self._memory
        found = memory.tell(_MEDIA, _media_key(url)) if memory else None
        if found is None:
            return None
        told = json.loads(found[1])
        media = Media(blob=BlobRef.from_json(told["blob"]), sha256=told["sha256"], bytes=told["bytes"])
        return media, told["type"]

    def keep_media(self, url: str, media: Media, content_type: str | None) -> None:
        """Keep that a file has been stored."""
        told = {"blob": media.blob.to_json(), "sha256": media.sha256, "bytes": media.bytes, "type": content_type}
        self._take(_MEDIA, _media_key(url), json.dumps(told).encode())

    def _take(self, what: int, key: bytes, body: bytes) -> None:
        if self._append is None:
            return
        record = _record(what, key, body, self._clock())
        with self._lock:
            if self._failure is not None:
                raise self._failure
            (self._media if what == _MEDIA else self._buffer).append(record)
            self._bytes += len(record)
            if self._bytes >= _MOST_BYTES or (self._every is not None and len(self._buffer) >= self._every):
                self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._lock:
                self._changed.wait(_LONGEST_WAIT)
                if self._closed:
                    return
            try:
                self._write()
            except BaseException as error:  # noqa: BLE001 - raised to whoever keeps the next answer
                with self._lock:
                    self._failure = error
                return

    def _write(self, *, last: bool = False) -> None:
        with self._lock:
            if not self._begun:
                return
            answers, self._buffer = self._buffer, []
            media: list[bytes] = []
            if last or time.monotonic() - self._flushed >= _BETWEEN_FLUSHES:
                media, self._media = self._media, []
            self._bytes = 0
        if not (answers or media) or self._append is None:
            return
        now = self._clock()
        records = [_record(_HEADER, bytes(16), self._header.encode(), now), *answers]
        if media:
            # First the bytes, then the word that they are there.
            fragments = list(self._flush_media())
            self._flushed = time.monotonic()
            records += [_record(_FRAGMENTS, bytes(16), json.dumps(fragments).encode(), now), *media]
        self._append(b"".join(records))


def _name(key: bytes, kind: int) -> int:
    """A short name of a record; the record itself has the whole key."""
    return int.from_bytes(key[:7]) << 8 | kind


def _record(what: int, key: bytes, body: bytes, at: datetime) -> bytes:
    return _RECORD.pack(what, key, at.timestamp(), len(body)) + body


def _media_key(url: str) -> bytes:
    return hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _sized(parameters: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (parameters or {}).items() if name != "page_size"}
