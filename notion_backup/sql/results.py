"""The rows of a query as text for people, as CSV and JSON lines, and as Parquet; batch by batch."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from notion_backup.export.spreadsheet import without_formula

if TYPE_CHECKING:
    from notion_backup.sql.connect import Rows


def write_csv(rows: Rows, out: TextIO) -> None:
    """CSV with a header (RFC 4180). Lists and structs are JSON; text that a spreadsheet would run is made plain."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([without_formula(name) for name in rows.schema.names])
    for batch in rows.batches:
        writer.writerows([_cell(value) for value in row] for row in zip(*map(_values, batch.columns), strict=True))


def write_json_lines(rows: Rows, out: TextIO) -> None:
    """One JSON object a line, in ASCII. Times are ISO 8601, bytes hex, 64-bit numbers as they are."""
    for batch in rows.batches:
        for row in zip(*map(_values, batch.columns), strict=True):
            record = dict(zip(rows.schema.names, row, strict=True))
            out.write(json.dumps(record, default=_plain, ensure_ascii=True).replace("\x7f", "\\u007f") + "\n")


def write_parquet(rows: Rows, out: BinaryIO) -> None:
    """Parquet with the query's own types, zstd."""
    with pq.ParquetWriter(out, rows.schema, compression="zstd") as writer:
        for batch in rows.batches:
            writer.write_batch(batch)


def text_of(value: Any) -> str:
    """One value on one line; "" for null. Text is as it is: whoever prints it makes it safe."""
    if value is None:
        return ""
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=_plain, ensure_ascii=False)
    return str(_plain(value)) if not isinstance(value, (str, int, float, bool)) else str(value)


def _values(column: pa.Array) -> list[Any]:
    values: list[Any] = column.to_pylist()
    return values


def _cell(value: Any) -> Any:
    text = text_of(value)
    return without_formula(text) if isinstance(value, (str, list, dict)) else text


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value)
