"""Segments: Parquet files of whole units. A segment is written once and never rewritten by a later snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from notion_backup.repository.parquet_read import read_parquet
from notion_backup.snapshot.model import Table
from notion_backup.snapshot.rows import SCHEMAS, Row


def encode_segment(table: Table, rows: Sequence[Row]) -> bytes:
    """The Parquet bytes of ``rows``: one row group, zstd, the table's schema."""
    schema = SCHEMAS[table]
    try:
        data = pa.Table.from_pylist(list(rows), schema=schema)
    except UnicodeEncodeError:
        data = pa.Table.from_pylist([storable(row) for row in rows], schema=schema)
    sink = pa.BufferOutputStream()
    pq.write_table(data, sink, compression="zstd", row_group_size=max(1, len(rows)), store_schema=False)
    return bytes(sink.getvalue())


def decode_segment(table: Table, data: bytes, names: Sequence[str] | None = None) -> pa.Table:
    """The rows of a segment, in the table's schema or some columns of it; columns added since are null."""
    schema = SCHEMAS[table] if names is None else pa.schema([SCHEMAS[table].field(name) for name in names])
    found = read_parquet(data, names)
    if found.schema.equals(schema):
        return found
    columns = [
        found[field.name].cast(field.type) if field.name in found.column_names else pa.nulls(len(found), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def storable(value: Any) -> Any:
    """A lone surrogate (half a character, which JSON can carry) has no UTF-8: in columns other than ``raw``,
    where it is kept escaped, a question mark stands for it. ``value`` is a row, or what lies in one."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {key: storable(one) for key, one in value.items()}
    return [storable(one) for one in value] if isinstance(value, list) else value
