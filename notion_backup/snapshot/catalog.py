"""The catalog: one row per unit of a snapshot, saying what it is, when it was seen, and where its rows lie.

It is sorted by id and table and cut in parts at ids that the ids themselves choose, so that an unchanged stretch
gives the same bytes and only the parts with a change are stored anew. What moves with every snapshot (when the content
was last found the same) lies in a file of its own. Two snapshots are compared by their catalogs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from notion_backup.errors import Damaged
from notion_backup.repository.parquet_read import read_parquet
from notion_backup.snapshot.model import Table

_TIME = pa.timestamp("ms", tz="UTC")

CATALOG_SCHEMA = pa.schema(
    [
        pa.field("table", pa.string()),
        pa.field("id", pa.string()),  # the object's own id, or its owner's (blocks, comments, properties, files)
        pa.field("parent_id", pa.string()),
        pa.field("title", pa.string()),
        pa.field("last_edited_time", _TIME),
        pa.field("in_trash", pa.bool_()),
        pa.field("digest", pa.binary(32)),  # of the normalised content of all its rows
        pa.field("captured_at", _TIME),  # when these rows were read from Notion
        pa.field("seen_in", pa.string()),  # search, query, tree, reference, asked, unshared: comma-separated
        pa.field("segment", pa.int32()),  # number in the manifest's list of segments
        pa.field("first", pa.int32()),
        pa.field("count", pa.int32()),
    ]
)

PROOF_SCHEMA = pa.schema(
    [
        pa.field("verified_at", _TIME),  # start of the capture that last found the content to be the same
        pa.field("provable", pa.bool_()),  # as it was at the end of the snapshot's partition
    ]
)

UNSHARED = "unshared"
"""The mark in ``seen_in`` of what was asked for and answered with 404."""

_LEAST_PART_ROWS = 64
_MOST_PARTS = 256


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit; see ``CATALOG_SCHEMA`` and ``PROOF_SCHEMA`` for what each field means."""

    table: Table
    id: str
    parent_id: str | None
    title: str
    last_edited_time: datetime | None
    in_trash: bool | None
    digest: bytes
    captured_at: datetime
    verified_at: datetime
    provable: bool
    seen_in: str
    segment: int
    first: int
    count: int

    @property
    def unshared(self) -> bool:
        """Whether Notion answered 404 for it: no longer shared, or deleted for good; kept as it was last seen."""
        return UNSHARED in self.seen_in.split(",")


_FIELDS = tuple(CATALOG_SCHEMA.names)
_SHARED = ("parent_id", "captured_at", "verified_at", "seen_in")


def encode_parts(ordered: Sequence[Entry]) -> Iterator[bytes]:
    """The catalog as Parquet, part by part, of entries by id and table. The same entries give the same bytes."""
    return (_parquet(part, CATALOG_SCHEMA) for part in _parts(ordered))


def encode_proof(ordered: Sequence[Entry]) -> bytes:
    """What moves with every snapshot, row by row beside the parts, as Parquet."""
    return _parquet(ordered, PROOF_SCHEMA)


def decode_catalog(parts: Iterable[bytes], proof: bytes) -> pa.Table:
    """One Arrow table of both schemas' columns, sorted by id and table. Raises Damaged when the two do not fit."""
    table = decode_parts(parts)
    proven = read_parquet(proof)
    if len(proven) != len(table):
        raise Damaged(
            f"A snapshot's catalog has {len(table)} units, but {len(proven)} are said to be proven.",
            cure="Run `notion-backup verify --level full`.",
        )
    for name in PROOF_SCHEMA.names:
        table = table.append_column(PROOF_SCHEMA.field(name), proven.column(name))
    return table


def decode_parts(parts: Iterable[bytes]) -> pa.Table:
    """Some parts of a catalog, sorted by id and table. What moves with every snapshot is not in them."""
    units = [read_parquet(part) for part in parts]
    return pa.concat_tables(units) if units else CATALOG_SCHEMA.empty_table()


def unshared_in(catalog: pa.Table) -> pa.ChunkedArray:
    """Of each unit whether Notion answered 404 for it (see ``Entry.unshared``)."""
    return pc.match_substring(catalog["seen_in"], UNSHARED)


def entry_of(values: dict[str, Any]) -> Entry:
    """The entry in a row of a part. When it was last verified is not known there: the time of its capture stands in."""
    return _entry({"verified_at": values["captured_at"], "provable": False, **values})


def entry_at(columns: Mapping[str, pa.Array], row: int) -> Entry:
    """The entry in one row of a decoded catalog, given by its columns."""
    return _entry({name: column[row].as_py() for name, column in columns.items()})


def entries_of(catalog: pa.Table) -> Iterator[Entry]:
    """Every entry, in order; only one batch of rows is in Python's form at a time.

    Parents and times are shared by many units: whoever keeps entries has each of them once.
    """
    same: dict[Any, Any] = {}
    for batch in catalog.to_batches(max_chunksize=4096):
        for values in batch.to_pylist():
            for name in _SHARED:
                values[name] = same.setdefault(values[name], values[name])
            yield _entry(values)


def _entry(values: dict[str, Any]) -> Entry:
    return Entry(**{**values, "table": Table(values["table"])})


def _parquet(entries: Sequence[Entry], schema: pa.Schema) -> bytes:
    columns = [pa.array([getattr(entry, field.name) for entry in entries], type=field.type) for field in schema]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns, schema=schema), sink, compression="zstd", row_group_size=max(1, len(entries)))
    return bytes(sink.getvalue())


def _parts(ordered: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Cut before ids whose checksum ends in enough zero bits: a row more or less moves no other cut.

    Ids themselves would not do: Notion's are made in order of time and begin alike.
    """
    wanted = max(_LEAST_PART_ROWS, len(ordered) // _MOST_PARTS)
    mask = (1 << (wanted.bit_length() - 1)) - 1
    part: list[Entry] = []
    for entry in ordered:
        if part and part[-1].id != entry.id and crc32(entry.id.encode()) & mask == 0:
            yield part
            part = []
        part.append(entry)
    if part:
        yield part
