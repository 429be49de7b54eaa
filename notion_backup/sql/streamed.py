"""Batches that are made anew for every reader, as DuckDB and other readers of Arrow take them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from notion_backup.errors import NotionBackupError


class Streamed:
    """Batches of one schema, made anew for every reader: Arrow's C stream interface, as DuckDB and others take it.

    ``schema`` is a function because it may have to look at the rows first; it is asked once. Whoever reads through
    the C interface sees no Python exception: the last one that ended a stream is kept in ``failure``.
    """

    def __init__(self, schema: Callable[[], pa.Schema], batches: Callable[[], Iterator[pa.RecordBatch]]) -> None:
        self._make_schema = schema
        self._batches = batches
        self._schema: pa.Schema | None = None
        self.failure: NotionBackupError | None = None

    @property
    def schema(self) -> pa.Schema:
        """The columns and their types."""
        if self._schema is None:
            with self._noted():
                self._schema = self._make_schema()
        return self._schema

    def reader(self) -> pa.RecordBatchReader:
        """A new reader at the beginning."""
        return pa.RecordBatchReader.from_batches(self.schema, self.noting(self._batches))

    def noting(self, batches: Callable[[], Iterator[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
        """The batches; what ends them is kept in ``failure``."""
        with self._noted():
            yield from batches()

    @contextmanager
    def _noted(self) -> Iterator[None]:
        try:
            yield
        except NotionBackupError as error:
            self.failure = error
            raise

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """A new reader at the beginning, as a capsule."""
        return self.reader().__arrow_c_stream__(requested_schema)
