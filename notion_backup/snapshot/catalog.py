"""The catalog: one row per unit of a snapshot, saying what it is, when it was seen, and where its rows lie.

It is sorted by table and id, cut in key ranges and written so that an unchanged stretch gives the same bytes: only
what changed is stored anew. Two snapshots are compared by their catalogs alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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
        pa.field("verified_at", _TIME),  # when the content was last found to be the same
        pa.field("provable", pa.bool_()),  # not edited since the end of the snapshot's partition
        pa.field("seen_in", pa.string()),  # search, query, tree, reference: comma-separated
        pa.field("segment", pa.int32()),  # number in the manifest's list of segments
        pa.field("first", pa.int32()),
        pa.field("count", pa.int32()),
    ]
)

_PART_ROWS = 50_000
# Small pages re-synchronise soon after a change; dictionaries would spread one new value over a whole column.
_CUT = {"min_chunk_size": 32 * 1024, "max_chunk_size": 128 * 1024, "norm_level": 0}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalog; see ``CATALOG_SCHEMA`` for what each field means."""

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


_FIELDS = tuple(CATALOG_SCHEMA.names)


def encode_catalog(entries: Iterable[Entry]) -> Iterator[bytes]:
    """The catalog's parts as Parquet bytes, in order. Each part holds one key range of at most some 50,000 rows."""
    ordered = sorted(entries, key=lambda entry: (entry.table, entry.id))
    for part in _parts(ordered):
        columns = [
            pa.array([getattr(entry, name) for entry in part], type=CATALOG_SCHEMA.field(name).type) for name in _FIELDS
        ]
        sink = pa.BufferOutputStream()
        pq.write_table(
            pa.table(columns, schema=CATALOG_SCHEMA),
            sink,
            compression="zstd",
            use_dictionary=False,
            use_content_defined_chunking=_CUT,
            row_group_size=max(1, len(part)),
        )
        yield bytes(sink.getvalue())


def decode_catalog(parts: Iterable[bytes]) -> pa.Table:
    """All parts as one Arrow table, in the order written."""
    tables = [pq.read_table(pa.BufferReader(part)) for part in parts]
    return pa.concat_tables(tables) if tables else CATALOG_SCHEMA.empty_table()


def entry_at(catalog: pa.Table, row: int) -> Entry:
    """The entry in one row of a decoded catalog."""
    values: dict[str, Any] = {name: catalog.column(name)[row].as_py() for name in _FIELDS}
    return Entry(**{**values, "table": Table(values["table"])})


def entries_of(catalog: pa.Table) -> Iterator[Entry]:
    """Every entry, in order; only one batch of rows is in Python's form at a time."""
    for batch in catalog.to_batches(max_chunksize=4096):
        for values in batch.to_pylist():
            yield Entry(**{**values, "table": Table(values["table"])})


def _parts(ordered: list[Entry]) -> Iterator[list[Entry]]:
    """Cut by the beginning of the id, so that the same ranges come back however many rows are added."""
    width, count = 0, len(ordered)
    while count > _PART_ROWS:
        width, count = width + 1, count // 16
    if width == 0:
        if ordered:
            yield ordered
        return
    part: list[Entry] = []
    for entry in ordered:
        if part and (part[-1].table, part[-1].id[:width]) != (entry.table, entry.id[:width]):
            yield part
            part = []
        part.append(entry)
    yield part
