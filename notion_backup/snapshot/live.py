"""Which rows of the segments are live in a snapshot, found from its catalog by columns and not object by object."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.snapshot.model import Table


@dataclass(frozen=True, slots=True)
class LiveRows:
    """The live rows of one segment, in their order.

    ``rows`` are row numbers in the segment; ``units`` says of each which row of the catalog it belongs to, and
    ``positions`` which row of its unit it is, from 0 (for blocks: its place in the body, in document order).
    """

    segment: int
    rows: pa.Array
    units: pa.Array
    positions: pa.Array

    def of(self, segment: pa.Table) -> pa.Table:
        """The live rows out of all rows of the segment."""
        everything = len(self.rows) == len(segment) and self.rows[0].as_py() == 0
        return segment if everything else segment.take(self.rows)


def live_rows(catalog: pa.Table, table: Table) -> Iterator[LiveRows]:
    """The live rows of a table, segment by segment. ``catalog`` is that of a snapshot, or some rows of it."""
    numbered = catalog.append_column("row", pa.array(range(len(catalog)), pa.int64()))
    wanted = pc.and_(pc.equal(catalog["table"], table.value), pc.greater(catalog["count"], 0))
    places = numbered.filter(wanted).select(["segment", "first", "count", "row"])
    places = places.sort_by([("segment", "ascending"), ("first", "ascending")])
    segments, firsts, counts, owners = (column.to_pylist() for column in places.columns)
    begin = 0
    for at in range(1, len(segments) + 1):
        if at == len(segments) or segments[at] != segments[begin]:
            stretch = slice(begin, at)
            yield _live(segments[begin], firsts[stretch], counts[stretch], owners[stretch])
            begin = at


def _live(segment: int, firsts: list[int], counts: list[int], owners: list[int]) -> LiveRows:
    rows, units, positions = array("q"), array("q"), array("q")
    for first, count, owner in zip(firsts, counts, owners, strict=True):
        rows.extend(range(first, first + count))
        units.extend([owner] * count)
        positions.extend(range(count))
    return LiveRows(segment, _int64(rows), _int64(units), _int64(positions))


def _int64(values: array[int]) -> pa.Array:
    return pa.Array.from_buffers(pa.int64(), len(values), [None, pa.py_buffer(values)])
