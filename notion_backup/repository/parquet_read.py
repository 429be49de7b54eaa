"""Reading Parquet bytes without a thread pool."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.parquet as pq


def read_parquet(data: bytes, columns: Sequence[str] | None = None) -> pa.Table:
    """The table in ``data``, or those of the named columns that it has.

    Raises what pyarrow raises for bytes that are no Parquet.

    ``pyarrow.parquet.read_table`` hands even the smallest table to Arrow's thread pool, and a thread of that pool
    that lets go of Python's bytes while the interpreter ends aborts the process, exit status and all
    (apache/arrow#34314). Read like this, Arrow starts no thread.
    """
    file = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False)
    wanted = None if columns is None else [name for name in columns if name in file.schema_arrow.names]
    return file.read(columns=wanted, use_threads=False)
