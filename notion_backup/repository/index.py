"""index/<sha256>: which chunk lies in which pack, as encrypted Parquet; and the same in memory, compactly.

A fragment counts only when a log entry names it, and its name is the digest of its bytes.
"""

from __future__ import annotations

import io
import struct
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from notion_backup.errors import Damaged
from notion_backup.repository.blob import CHUNK_ID_BYTES, Kind
from notion_backup.repository.crypto.sealed import seal, unseal
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.pack import PACK_ID_BYTES, PackedChunk
from notion_backup.repository.parquet_read import read_parquet
from notion_backup.repository.ports import Entropy

FOLDER = "index/"
MAGIC = b"NBINDX\x00\x01"
_LABEL = b"index"
_CURE = "Restore this object from a copy of the repository; chunks listed elsewhere are not affected."

SCHEMA = pa.schema(
    [
        pa.field("chunk_id", pa.binary(CHUNK_ID_BYTES), nullable=False),
        pa.field("pack", pa.binary(PACK_ID_BYTES), nullable=False),
        pa.field("pack_size", pa.uint64(), nullable=False),
        pa.field("ordinal", pa.uint32(), nullable=False),
        pa.field("offset", pa.uint64(), nullable=False),
        pa.field("stored", pa.uint32(), nullable=False),
        pa.field("raw", pa.uint32(), nullable=False),
        pa.field("kind", pa.uint8(), nullable=False),
    ]
)


@dataclass(frozen=True, slots=True)
class FilledPack:
    """A durable pack: its id, its exact size in bytes, and what lies in it in order."""

    id: bytes
    size: int
    chunks: tuple[PackedChunk, ...]


@dataclass(frozen=True, slots=True)
class Location:
    """Where a chunk can be read."""

    pack: bytes
    chunk: PackedChunk


def write_fragment(packs: Iterable[FilledPack], keys: Keys, entropy: Entropy) -> tuple[str, bytes]:
    """Name and bytes of the index fragment that lists these packs. Rows are sorted by chunk id."""
    rows = sorted(
        (c.chunk_id, pack.id, pack.size, c.ordinal, c.offset, c.stored, c.raw, int(c.kind))
        for pack in packs
        for c in pack.chunks
    )
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    table = pa.Table.from_arrays(
        [pa.array(column, type=field.type) for column, field in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", write_statistics=False)
    data = MAGIC + seal(keys.index, _LABEL, MAGIC + keys.repository_id, sink.getvalue(), entropy)
    return f"{FOLDER}{sha256(data).hexdigest()}", data


def read_fragment(name: str, data: bytes, keys: Keys) -> list[FilledPack]:
    """The packs a fragment lists. Raises Damaged, naming it, when any byte is not what was written."""
    if name != f"{FOLDER}{sha256(data).hexdigest()}":
        raise Damaged(f"{name} was changed or cut after it was written.", cure=_CURE)
    if not data.startswith(MAGIC):
        raise Damaged(f"{name} is no index fragment.", cure=_CURE)
    plaintext = unseal(keys.index, _LABEL, MAGIC + keys.repository_id, data[len(MAGIC) :], name)
    try:
        table = read_parquet(plaintext).select(SCHEMA.names).cast(SCHEMA)
        columns = [table.column(field.name).to_pylist() for field in SCHEMA]
        chunks: dict[tuple[bytes, int], list[PackedChunk]] = {}
        for chunk_id, pack, size, ordinal, offset, stored, raw, kind in zip(*columns, strict=True):
            chunk = PackedChunk(chunk_id, Kind(kind), ordinal, offset, stored, raw)
            chunks.setdefault((pack, size), []).append(chunk)
    except (pa.ArrowException, ValueError, KeyError) as error:
        raise Damaged(f"{name} is malformed.", cure=_CURE) from error
    return [
        FilledPack(pack, size, tuple(sorted(listed, key=lambda chunk: chunk.ordinal)))
        for (pack, size), listed in chunks.items()
    ]


class ChunkIndex:
    """Chunk id to locations, in sorted runs of fixed-size records: some 60 bytes an entry.

    Runs are merged when two neighbours are alike in length, so there are few of them. A chunk stored twice keeps
    both places; the one committed first comes first. Readers need no lock: a merge replaces the tuple of runs.
    """

    _RECORD = struct.Struct(">32sIIQIIB")

    def __init__(self) -> None:
        self._packs: list[bytes] = []
        self._sizes: dict[bytes, int] = {}
        self._counts: dict[bytes, int] = {}
        self._numbers: dict[bytes, int] = {}
        self._runs: tuple[bytes, ...] = ()

    def __len__(self) -> int:
        return sum(len(run) for run in self._runs) // self._RECORD.size

    def add(self, packs: Iterable[FilledPack]) -> None:
        """List more packs, all of them later than those listed before."""
        records = []
        for pack in packs:
            number = self._numbers.setdefault(pack.id, len(self._packs))
            if number == len(self._packs):
                self._packs.append(pack.id)
                self._sizes[pack.id] = pack.size
            self._counts[pack.id] = self._counts.get(pack.id, 0) + len(pack.chunks)
            records += [
                self._RECORD.pack(c.chunk_id, number, c.ordinal, c.offset, c.stored, c.raw, c.kind) for c in pack.chunks
            ]
        if not records:
            return
        runs = [*self._runs, b"".join(sorted(records))]
        while len(runs) > 1 and len(runs[-2]) < 2 * len(runs[-1]):
            later, earlier = runs.pop(), runs.pop()
            runs.append(b"".join(sorted([*self._records(earlier), *self._records(later)])))
        self._runs = tuple(runs)

    def locations(self, chunk_id: bytes) -> list[Location]:
        """Every place the chunk is stored at, the one committed first in front; empty when there is none."""
        found = []
        size = self._RECORD.size
        for run in self._runs:
            at = bisect_left(_Ids(run, size), chunk_id)
            while run[at * size : at * size + CHUNK_ID_BYTES] == chunk_id:
                found.append(self._RECORD.unpack_from(run, at * size))
                at += 1
        found.sort(key=lambda record: record[1])
        return [
            Location(self._packs[number], PackedChunk(chunk_id, Kind(kind), ordinal, offset, stored, raw))
            for _, number, ordinal, offset, stored, raw, kind in found
        ]

    def __contains__(self, chunk_id: bytes) -> bool:
        size = self._RECORD.size
        for run in self._runs:
            at = bisect_left(_Ids(run, size), chunk_id) * size
            if run[at : at + CHUNK_ID_BYTES] == chunk_id:
                return True
        return False

    def packs(self) -> dict[bytes, int]:
        """Every listed pack id and the pack's exact size in bytes."""
        return dict(self._sizes)

    def count_of(self, pack: bytes) -> int:
        """How many chunks are listed in a pack."""
        return self._counts.get(pack, 0)

    def chunks_of(self, pack: bytes) -> list[PackedChunk]:
        """Every chunk listed in a pack, in order. Goes through the whole index: for damaged packs only."""
        number = self._numbers.get(pack)
        found = []
        for run in self._runs:
            for chunk_id, where, ordinal, offset, stored, raw, kind in self._RECORD.iter_unpack(run):
                if where == number:
                    found.append(PackedChunk(chunk_id, Kind(kind), ordinal, offset, stored, raw))
        return sorted(found, key=lambda chunk: chunk.ordinal)

    def _records(self, run: bytes) -> Iterator[bytes]:
        size = self._RECORD.size
        return (run[at : at + size] for at in range(0, len(run), size))


class _Ids:
    """The chunk ids of a sorted run, as the sequence that bisect wants."""

    __slots__ = ("_run", "_size")

    def __init__(self, run: bytes, size: int) -> None:
        self._run = run
        self._size = size

    def __len__(self) -> int:
        return len(self._run) // self._size

    def __getitem__(self, at: int) -> bytes:
        return self._run[at * self._size : at * self._size + CHUNK_ID_BYTES]
