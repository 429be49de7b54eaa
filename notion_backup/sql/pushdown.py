"""What the condition of a query leaves of a table, so that the rest is not even read.

DuckDB gives a pyarrow dataset the columns and the condition it needs, and relies on both being heeded. A condition is
an expression that cannot be looked into; but Arrow can tell that it holds for no row of which something is known, as it
does to leave out the files of a partitioned dataset. So ids are guessed from how the expression is printed, and taken
only when it is certain that no other id fulfils it: a wrong guess costs time, never a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
from pyarrow.fs import LocalFileSystem

from notion_backup.sql.streamed import Streamed

_QUOTED = re.compile(r'"([^"]*)"')


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a query asks of a table: ``columns`` by name (None: all), and rows that fulfil a condition (None: all)."""

    schema: pa.Schema
    columns: frozenset[str] | None = None
    condition: pc.Expression | None = None

    def uses(self, column: str) -> bool:
        """Whether the column is asked for, or may be looked at by the condition."""
        return self.columns is None or column in self.columns or column in str(self.condition)

    def values(self, column: str) -> list[str] | None:
        """The only texts that a column without nulls can have in the rows that are wanted; None for any."""
        if self.condition is None:
            return None
        known, field = sorted(set(_QUOTED.findall(str(self.condition)))), pc.field(column)
        if not known:
            return None
        between = [(field > low) & (field < high) for low, high in pairwise(known)]
        elsewhere = [field < known[0], *between, field > known[-1]]
        return None if self._possible(elsewhere) else known

    def possible(self, column: str, values: Iterable[str]) -> set[str]:
        """Those of some values of a column for which there can be rows that are wanted."""
        values = list(values)
        return {values[at] for at in self._possible([pc.field(column) == value for value in values])}

    def _possible(self, known: Sequence[pc.Expression]) -> list[int]:
        """Which of some facts about a row do not rule out the condition: as of files that are never opened."""
        files, of_parquet = LocalFileSystem(), ds.ParquetFileFormat()
        fragments = [
            of_parquet.make_fragment(str(at), files, partition_expression=fact) for at, fact in enumerate(known)
        ]
        found = ds.FileSystemDataset(fragments, self.schema, of_parquet, files).get_fragments(self.condition)
        return [int(fragment.path) for fragment in found]


class Scanned(Streamed, ds.InMemoryDataset):  # type: ignore[misc]
    """A stream that DuckDB takes for a dataset, and so says what it needs of it.

    ``batches`` may give less than everything, but nothing of what is wanted may be missing. The dataset itself is
    empty: DuckDB only calls ``scanner``.
    """

    def __init__(self, schema: pa.Schema, batches: Callable[[Wanted], Iterator[pa.RecordBatch]]) -> None:
        Streamed.__init__(self, lambda: schema, lambda: batches(Wanted(schema)))
        ds.InMemoryDataset.__init__(self, [], schema=schema)
        self._wanted_batches = batches

    def scanner(
        self, columns: list[str] | None = None, filter: pc.Expression | None = None, **_more: Any
    ) -> ds.Scanner:
        """The rows that fulfil ``filter``, in some columns (None: all)."""
        wanted = Wanted(self.schema, None if columns is None else frozenset(columns), filter)
        batches = self.noting(lambda: self._wanted_batches(wanted))
        return ds.Scanner.from_batches(batches, schema=self.schema, columns=columns, filter=filter)
