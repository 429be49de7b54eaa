"""Tables of snapshots as streams of Arrow batches: read from the segments as they are asked for, and let go again.

A stream can be read any number of times, as SQL does when a table is named twice; each time begins anew. Only one
segment's rows are in memory at a time, and nothing is written to disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from notion_backup.errors import NotionBackupError
from notion_backup.snapshot import OBJECT_TABLES, LiveRows, SnapshotReader, Table, unshared_in
from notion_backup.sql.columns import FROM_CATALOG, schema_of

BATCH_ROWS = 4096


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
        return pa.RecordBatchReader.from_batches(self.schema, self._noting())

    def _noting(self) -> Iterator[pa.RecordBatch]:
        with self._noted():
            yield from self._batches()

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


def table_stream(snapshots: Sequence[SnapshotReader], table: Table, views: dict[str, str] | None = None) -> Streamed:
    """One table of one or several snapshots, with a column that names the snapshot.

    A segment that several snapshots share is read once. ``views`` names the tidy view of each data source.
    """
    schema = schema_of(table)

    def batches() -> Iterator[pa.RecordBatch]:
        for segment, shares in _by_segment(snapshots, table):
            for snapshot, live in shares:
                rows = _with_more(table, live.of(segment), snapshot, live, views or {})
                yield from rows.select(schema.names).cast(schema).to_batches(max_chunksize=BATCH_ROWS)

    return Streamed(lambda: schema, batches)


_Shares = list[tuple[SnapshotReader, LiveRows]]


def _by_segment(snapshots: Sequence[SnapshotReader], table: Table) -> Iterator[tuple[pa.Table, _Shares]]:
    """Every segment of a table, with the snapshots that have live rows in it and which."""
    shares: defaultdict[bytes, _Shares] = defaultdict(list)
    for snapshot in snapshots:
        for live in snapshot.live(table):
            shares[snapshot.manifest.segments[live.segment].ref.root].append((snapshot, live))
    for found in shares.values():
        snapshot, live = found[0]
        yield snapshot.segment(live.segment), found


def _with_more(
    table: Table, rows: pa.Table, snapshot: SnapshotReader, live: LiveRows, views: dict[str, str]
) -> pa.Table:
    """The rows with what the segment itself does not say."""
    more: dict[str, Any] = {"snapshot": pa.repeat(snapshot.commit.id, len(rows))}
    if table is Table.BLOCKS:
        more["position"] = live.positions
    if table in OBJECT_TABLES:
        units = snapshot.catalog().select([*FROM_CATALOG, "seen_in"]).take(live.units)
        more |= {name: units[name] for name in FROM_CATALOG}
        more["unshared"] = unshared_in(units)
    if table is Table.DATA_SOURCES:
        more["view"] = pa.array([views.get(one) for one in rows["id"].to_pylist()], pa.string())
    for name, column in more.items():
        rows = rows.append_column(name, column)
    return rows
