"""Writing: chunks in, packs and an index fragment out, a draft at the end.

Nothing a session stores counts before its draft is committed; a session that dies leaves packs nobody refers to.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from types import TracebackType
from typing import Any

from notion_backup.errors import Damaged, ObjectMissing, RepositoryError, UsageError
from notion_backup.repository.blob import MAX_CHUNK_BYTES, BlobRef, Family, Kind, family_of
from notion_backup.repository.canonical import render_compact
from notion_backup.repository.codec import Codec
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.cutting import ContentCutter
from notion_backup.repository.description import RepositoryInfo
from notion_backup.repository.draft import Draft, save_draft
from notion_backup.repository.index import ChunkIndex, FilledPack, read_fragment, write_fragment
from notion_backup.repository.pack import PackWriter
from notion_backup.repository.parquet_cut import cut_parquet
from notion_backup.repository.ports import Entropy
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.tree import Child, build
from notion_backup.repository.upload import Uploader
from notion_backup.repository.verification.places import listed_packs

MAX_SUMMARY_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class SessionStats:
    """What a session has done so far. ``stored_bytes``: packs and index as written, exact after ``seal``."""

    stored_bytes: int = 0
    stored_chunks: int = 0
    reused_chunks: int = 0
    reused_bytes: int = 0
    packs: int = 0


class WriteSession:
    """One capture's writes. Every ``put`` may be called from many threads; leave the ``with`` to let go of it."""

    def __init__(
        self,
        store: Store,
        keys: Keys,
        info: RepositoryInfo,
        index: ChunkIndex,
        codec: Codec,
        entropy: Entropy,
        before_seal: Callable[[], None],
        lost_packs: frozenset[bytes] = frozenset(),
    ) -> None:
        self._store = store
        self._keys = keys
        self._info = info
        self._index = index
        self._codec = codec
        self._entropy = entropy
        self._before_seal = before_seal
        self._lost_packs = lost_packs
        self._streams = ContentCutter(info.stream_cutting, keys)
        self._tables = ContentCutter(info.table_cutting, keys)
        self._lock = threading.Lock()
        self._seen: set[bytes] = set()
        self._open: dict[Family, PackWriter] = {}
        self._uploader = Uploader(store)
        self._stats = SessionStats()
        self._adopted = ChunkIndex()
        self._indexes: list[str] = []
        self._listed = 0  # packs that these fragments list
        self._index_bytes = 0
        self._failure: BaseException | None = None
        self._closed = False

    def __enter__(self) -> WriteSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop uploading. A session that was not sealed leaves nothing that counts."""
        self._closed = True
        self._uploader.close()

    @property
    def stats(self) -> SessionStats:
        """What was stored and what was there already."""
        with self._lock:
            return self._stats

    def has(self, chunk_id: bytes) -> bool:
        """Whether a chunk of that id was put in this session, or lies in a pack that is where the index says."""
        with self._lock:
            return self._is_stored(chunk_id)

    def put_bytes(self, kind: Kind, data: bytes) -> BlobRef:
        """Store a blob held in memory: one chunk up to 1 MiB, cut by content above."""
        if len(data) <= self._streams.longest_whole:
            return BlobRef(self._put_chunk(kind, data), len(data), 0, kind)
        return self._put_pieces(kind, self._streams.cut(data))

    def put_stream(self, kind: Kind, chunks: Iterable[bytes]) -> BlobRef:
        """Store a blob of any size, holding a few pieces of it at a time. The same blob as ``put_bytes`` makes."""
        parts = iter(chunks)
        begun: list[bytes] = []
        length = 0
        for part in parts:
            begun.append(part)
            length += len(part)
            if length > self._streams.longest_whole:
                return self._put_pieces(kind, self._streams.cut_stream(chain(begun, parts)))
        return self.put_bytes(kind, b"".join(begun))

    def put_parquet(self, data: bytes) -> BlobRef:
        """Store a Parquet file (kind TABLE), cut at its page edges; whatever is no Parquet is cut by content."""
        pieces = cut_parquet(data)
        return self._put_pieces(Kind.TABLE, self._tables.cut(data) if pieces is None else iter(pieces))

    def flush(self) -> tuple[str, ...]:
        """Make what was put so far durable; gives the names of the index fragments that list it.

        A session that takes these over (:meth:`adopt`) need not be given the same again.
        """
        with self._lock:
            self._require_open()
            self._send_open()
            self._write_index()
            return tuple(self._indexes)

    def adopt(self, fragments: Iterable[str]) -> bool:
        """Take over what a session that died had flushed; False, and nothing taken, when some of it is not there."""
        names = list(fragments)
        present = listed_packs(self._store)
        try:
            packs = [pack for name in names for pack in read_fragment(name, self._store.get(name), self._keys)]
        except (Damaged, ObjectMissing):
            return False
        if any(present.get(pack.id) != pack.size for pack in packs):
            return False
        with self._lock:
            self._require_open()
            self._adopted.add(packs)
            self._indexes = [*names, *self._indexes]
        return True

    def seal(self, root: BlobRef, summary: dict[str, Any]) -> Draft:
        """Make everything durable and write the draft. Nothing can be put afterwards.

        ``summary`` is small JSON that travels in the log entry. Raises UsageError when the root was never stored.
        """
        if not self.has(root.root):
            raise UsageError("The root of the draft was not stored in this session or before it.")
        if len(render_compact(summary)) > MAX_SUMMARY_BYTES:
            raise UsageError(f"The summary is longer than {MAX_SUMMARY_BYTES} bytes; store it as a blob.")
        self._before_seal()
        with self._lock:
            self._require_open()
            self._closed = True
            self._send_open()
            packs = self._write_index()
            stored = sum(pack.size for pack in packs) + self._index_bytes
            self._stats = replace(self._stats, stored_bytes=stored, packs=len(packs))
            stats = self._stats
        draft = Draft(
            id=self._entropy(16).hex(),
            root=root,
            summary=summary,
            indexes=tuple(self._indexes),
            stored_bytes=stats.stored_bytes,
            stored_chunks=stats.stored_chunks,
        )
        save_draft(draft, self._store, self._keys, self._entropy)
        return draft

    def _send_open(self) -> None:
        for family in sorted(self._open):
            self._uploader.send(self._open.pop(family))

    def _write_index(self) -> list[FilledPack]:
        """List in one more fragment the packs that no fragment lists yet; every pack of this session."""
        packs = self._uploader.drain()
        fresh = packs[self._listed :]
        if fresh:
            name, data = write_fragment(fresh, self._keys, self._entropy)
            self._store.put(name, data)
            self._indexes.append(name)
            self._listed = len(packs)
            self._index_bytes += len(data)
        return packs

    def _put_pieces(self, kind: Kind, pieces: Iterator[bytes] | Iterator[memoryview]) -> BlobRef:
        def stored() -> Iterator[Child]:
            empty = True
            for piece in pieces:
                empty = False
                yield Child(self._put_chunk(kind, piece), len(piece))
            if empty:
                yield Child(self._put_chunk(kind, b""), 0)

        return build(stored(), kind, lambda node: self._put_chunk(Kind.TREE, node))

    def _put_chunk(self, kind: Kind, plaintext: bytes | memoryview) -> bytes:
        if len(plaintext) > MAX_CHUNK_BYTES:
            raise UsageError(f"A chunk of {len(plaintext)} bytes is too long.")
        chunk_id = self._keys.id_of(kind, plaintext)
        with self._lock:
            self._require_open()
            if self._is_stored(chunk_id):
                self._stats = replace(
                    self._stats,
                    reused_chunks=self._stats.reused_chunks + 1,
                    reused_bytes=self._stats.reused_bytes + len(plaintext),
                )
                return chunk_id
            self._seen.add(chunk_id)
        try:
            encoded = self._codec.encode(plaintext)
            with self._lock:
                self._append(kind, chunk_id, encoded, len(plaintext))
        except BaseException as error:
            # Others may already count on this chunk, so nothing of this session may be sealed any more.
            self._failure = error
            raise
        return chunk_id

    def _is_stored(self, chunk_id: bytes) -> bool:
        if chunk_id in self._seen or chunk_id in self._adopted:
            return True
        if not self._lost_packs:
            return chunk_id in self._index
        return any(location.pack not in self._lost_packs for location in self._index.locations(chunk_id))

    def _append(self, kind: Kind, chunk_id: bytes, encoded: bytes, raw: int) -> None:
        family = family_of(kind)
        writer = self._open.get(family)
        if writer is None:
            writer = self._open[family] = PackWriter(self._keys, family, self._entropy)
        chunk = writer.add(kind, chunk_id, encoded, raw)
        self._stats = replace(
            self._stats,
            stored_chunks=self._stats.stored_chunks + 1,
            stored_bytes=self._stats.stored_bytes + chunk.stored,
        )
        if writer.size >= self._info.pack_bytes:
            del self._open[family]
            self._uploader.send(writer)
            self._stats = replace(self._stats, packs=self._stats.packs + 1)

    def _require_open(self) -> None:
        if self._failure is not None:
            raise RepositoryError(
                "This session failed earlier and cannot be used any more.",
                cure="Begin another; what is already committed is untouched.",
            ) from self._failure
        if self._closed:
            raise UsageError("This session is sealed or closed.")
