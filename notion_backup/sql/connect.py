"""DuckDB over snapshots: read only, without files, network or extensions; data is read as it is asked for.

The statements a person types are hostile input too, and so is every name and value in them: DuckDB is locked before
the first of them runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from notion_backup.errors import UsageError
from notion_backup.repository import Commit
from notion_backup.snapshot import SnapshotReader, instant, names_in, partition_key
from notion_backup.sql.columns import SNAPSHOTS, SNAPSHOTS_SCHEMA, TABLES
from notion_backup.sql.streamed import Streamed
from notion_backup.sql.streams import BATCH_ROWS, table_stream
from notion_backup.sql.views import tidy_names, tidy_stream

MEMORY_LIMIT = "2GB"
_QUERIES = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN)
_LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    # Nothing decrypted goes to disk: what does not fit in memory fails.
    "temp_directory": "",
    "max_temp_directory_size": "0KB",
}


def connect(
    snapshots: Sequence[SnapshotReader], commits: Iterable[Commit] = (), *, memory_limit: str = MEMORY_LIMIT
) -> duckdb.DuckDBPyConnection:
    """A locked DuckDB connection with the fixed tables and a tidy view a data source over ``snapshots``.

    Give one snapshot, or several for history: every table says in ``snapshot`` which one a row is of. ``commits``
    fill the table ``snapshots``. The connection is in memory and may be used by one thread at a time.
    """
    return _connected(streams(snapshots, commits), memory_limit)


def _connected(tables: dict[str, Streamed], memory_limit: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={**_LOCKED, "memory_limit": memory_limit})
    connection.execute("SET TimeZone = 'UTC'")
    for name, stream in tables.items():
        connection.register(name, stream)
    connection.execute("SET lock_configuration = true")
    return connection


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one query: their schema, and their batches, computed while they are read (once)."""

    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]

    def to_table(self) -> pa.Table:
        """All of them."""
        return pa.Table.from_batches(list(self.batches), schema=self.schema)


class Sql:
    """Queries over snapshots, one after the other, with errors in the words of this package."""

    def __init__(
        self,
        snapshots: Sequence[SnapshotReader],
        commits: Iterable[Commit] = (),
        *,
        memory_limit: str = MEMORY_LIMIT,
    ) -> None:
        self._tables = streams(snapshots, commits)
        self._connection = _connected(self._tables, memory_limit)

    def query(self, sql: str) -> Rows:
        """The rows of the one query in ``sql``.

        Raises UsageError for what is no query or fails, here or while rows are read; Damaged and the like when the
        snapshot cannot be read.
        """
        with self._explained():
            statements = self._connection.extract_statements(sql)
            if len(statements) != 1 or statements[0].type not in _QUERIES:
                raise UsageError("Give one query, such as SELECT … or DESCRIBE …: snapshots can be read, not changed.")
            reader = self._connection.sql(statements[0]).to_arrow_reader(BATCH_ROWS)
        return Rows(reader.schema, self._read(reader))

    def _read(self, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        with self._explained():
            yield from reader

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            for stream in self._tables.values():
                if stream.failure is not None:
                    raise stream.failure from error
            why = " ".join(str(error).split())  # DuckDB explains over several lines
            raise UsageError(
                f"The query failed: {why}", cure="`SHOW TABLES` lists the tables, `DESCRIBE pages` shows columns."
            ) from error


def streams(snapshots: Sequence[SnapshotReader], commits: Iterable[Commit] = ()) -> dict[str, Streamed]:
    """Everything SQL has, by name: the fixed tables and the tidy views, as streams that any Arrow reader takes."""
    names = tidy_names(snapshots)
    titles = names_in(snapshots)
    found: dict[str, Streamed] = {table.value: table_stream(snapshots, table, names) for table in TABLES}
    rows = [_snapshot_row(commit) for commit in commits]
    found[SNAPSHOTS] = Streamed(lambda: SNAPSHOTS_SCHEMA, lambda: _batches_of(rows))
    for source_id, name in names.items():
        found[name] = tidy_stream(snapshots, source_id, titles)
    return found


def _snapshot_row(commit: Commit) -> dict[str, object]:
    summary = commit.summary
    return {
        "snapshot": commit.id,
        "workspace": summary.get("workspace"),
        "partition": partition_key(commit),
        "captured_from": instant(summary.get("captured_from")),
        "captured_to": instant(summary.get("captured_to")),
        "late": summary.get("late"),
        "verdict": summary.get("verdict"),
        "missing": summary.get("missing"),
    }


def _batches_of(rows: list[dict[str, object]]) -> Iterator[pa.RecordBatch]:
    yield pa.RecordBatch.from_pylist(rows, schema=SNAPSHOTS_SCHEMA)
