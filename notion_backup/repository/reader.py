"""Reading chunks and blobs. Every chunk that leaves here has been decrypted and its id recomputed."""

from __future__ import annotations

import io
import threading
from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator

from notion_backup.errors import Damaged, ObjectMissing
from notion_backup.repository.blob import BlobRef, Family, Kind, family_of
from notion_backup.repository.codec import Codec
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.index import ChunkIndex, Location
from notion_backup.repository.pack import PREFIX_BYTES, PackedChunk, PackKey, open_prefix, pack_name
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.tree import leaves, walk

_KEYS_KEPT = 4096
_WINDOW_BYTES = 1024 * 1024
_WINDOWS_KEPT = 8
_PLAINTEXT_KEPT = 32 * 1024 * 1024
_CURE = "Run `verify --level full` to see what is affected; restore the object from a copy of the repository."


class Recent:
    """The most recently used byte strings, up to a number of bytes. Thread-safe."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._items: OrderedDict[object, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> bytes | None:
        """The bytes kept under a key, None when there are none (any more)."""
        with self._lock:
            data = self._items.get(key)
            if data is not None:
                self._items.move_to_end(key)
            return data

    def put(self, key: object, data: bytes) -> None:
        """Keep bytes under a key, letting go of the least recently used."""
        with self._lock:
            former = self._items.pop(key, None)
            self._held += len(data) - (0 if former is None else len(former))
            self._items[key] = data
            while self._held > self._limit and self._items:
                _, dropped = self._items.popitem(last=False)
                self._held -= len(dropped)


def open_chunk(key: PackKey, chunk: PackedChunk, ciphertext: bytes, keys: Keys, codec: Codec, name: str) -> bytes:
    """Decrypt, decode and recompute the id of one chunk. Raises Damaged, naming chunk and pack."""
    what = f"Chunk {chunk.ordinal} of {name}"
    if key.family is not family_of(chunk.kind):
        raise Damaged(f"{what} lies in a pack of the wrong family.", cure=_CURE)
    plaintext = codec.decode(key.open_blob(chunk, ciphertext, name), chunk.raw, what)
    if keys.id_of(chunk.kind, plaintext) != chunk.chunk_id:
        raise Damaged(f"{what} holds other content than its id says.", cure=_CURE)
    return plaintext


class ChunkReader:
    """Chunks by id, from the first of their places that is intact. Thread-safe."""

    def __init__(self, store: Store, keys: Keys, codec: Codec, index: Callable[[], ChunkIndex]) -> None:
        self._store = store
        self._keys = keys
        self._codec = codec
        self._index = index
        self._pack_keys: OrderedDict[bytes, PackKey] = OrderedDict()
        self._lock = threading.Lock()
        self._windows = Recent(_WINDOWS_KEPT * _WINDOW_BYTES)
        self._plaintexts = Recent(_PLAINTEXT_KEPT)

    def read(self, chunk_id: bytes, kind: Kind) -> bytes:
        """The verified plaintext. Raises Damaged when no intact copy is in reach."""
        kept = self._plaintexts.get((chunk_id, kind))
        if kept is not None:
            return kept
        damage: Damaged | None = None
        locations = self._index().locations(chunk_id)
        for location in locations:
            if location.chunk.kind is not kind:
                continue
            try:
                plaintext = self._read_at(location)
            except Damaged as error:
                damage = damage or error
                continue
            self._plaintexts.put((chunk_id, kind), plaintext)
            return plaintext
        if damage is not None:
            raise damage
        raise Damaged(f"Chunk {chunk_id.hex()[:16]} is in no index that the history lists.", cure=_CURE)

    def _read_at(self, location: Location) -> bytes:
        name = pack_name(location.pack)
        try:
            key = self._pack_key(location.pack)
            ciphertext = self._ciphertext(name, key.family, location.chunk)
        except ObjectMissing as error:
            raise Damaged(f"{name} is gone from {self._store.url}.", cure=_CURE) from error
        return open_chunk(key, location.chunk, ciphertext, self._keys, self._codec, name)

    def _pack_key(self, pack_id: bytes) -> PackKey:
        with self._lock:
            key = self._pack_keys.get(pack_id)
            if key is not None:
                self._pack_keys.move_to_end(pack_id)
                return key
        key = open_prefix(self._store.get(pack_name(pack_id), 0, PREFIX_BYTES), pack_id, self._keys)
        with self._lock:
            self._pack_keys[pack_id] = key
            if len(self._pack_keys) > _KEYS_KEPT:
                self._pack_keys.popitem(last=False)
        return key

    def _ciphertext(self, name: str, family: Family, chunk: PackedChunk) -> bytes:
        """The stored bytes of a chunk. Small things are read with their neighbours, which are likely wanted next."""
        if family is Family.DATA or chunk.stored >= _WINDOW_BYTES // 2:
            return self._store.get(name, chunk.offset, chunk.stored)
        number, within = divmod(chunk.offset, _WINDOW_BYTES)
        data = self._window(name, number)[within : within + chunk.stored]
        if len(data) < chunk.stored:
            data += self._window(name, number + 1)[: chunk.stored - len(data)]
        return data

    def _window(self, name: str, number: int) -> bytes:
        data = self._windows.get((name, number))
        if data is None:
            data = self._store.get(name, number * _WINDOW_BYTES, _WINDOW_BYTES)
            self._windows.put((name, number), data)
        return data


def chunk_ids(ref: BlobRef, chunks: ChunkReader) -> Iterator[bytes]:
    """Every chunk id of a blob, tree nodes included. Raises Damaged where a node cannot be read."""
    for child, _ in walk(ref, lambda chunk_id: chunks.read(chunk_id, Kind.TREE)):
        yield child.chunk_id


class BlobFile(io.RawIOBase):
    """A blob as a seekable, read-only binary file. Reads are never short before its end."""

    def __init__(self, ref: BlobRef, chunks: ChunkReader) -> None:
        super().__init__()
        self._ref = ref
        self._chunks = chunks
        self._position = 0
        self._ids: list[bytes] | None = None
        self._starts = array("Q")

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move, as any file does."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._ref.size}[whence]
        if base + offset < 0:
            raise ValueError("negative seek position")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]
        """Fill the buffer as far as the blob goes. Raises Damaged when a chunk is not what was stored."""
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self._ref.size - self._position))
        filled = 0
        while filled < count:
            piece = self._piece_at(self._position)
            piece = piece[: count - filled]
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
            self._position += len(piece)
        return filled

    def _piece_at(self, position: int) -> memoryview:
        if self._ids is None:
            self._ids = []
            start = 0
            for leaf in leaves(self._ref, lambda chunk_id: self._chunks.read(chunk_id, Kind.TREE)):
                self._ids.append(leaf.chunk_id)
                self._starts.append(start)
                start += leaf.size
            self._starts.append(start)
        at = bisect_right(self._starts, position) - 1
        start, end = self._starts[at], self._starts[at + 1]
        plaintext = self._chunks.read(self._ids[at], self._ref.kind)
        if len(plaintext) != end - start:
            raise Damaged(f"Chunk {self._ids[at].hex()[:16]} is not as long as its blob says.", cure=_CURE)
        return memoryview(plaintext)[position - start :]
