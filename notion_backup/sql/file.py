"""A DuckDB or SQLite file of everything SQL has, for people who ask for one. It is not encrypted."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from notion_backup.errors import ExportError, UsageError
from notion_backup.sql.results import text_of
from notion_backup.sql.streamed import Streamed

DUCKDB_SUFFIXES = (".duckdb", ".ddb")
SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db")


def write_database(tables: Mapping[str, Streamed], path: Path) -> dict[str, int]:
    """Write every stream as a table of a new file that only its owner may read: table -> rows.

    The suffix says which: ``.duckdb``, or ``.sqlite`` and ``.db``, where lists and structs become JSON and times ISO
    8601. The file appears when it is whole. Raises UsageError for another suffix or a file that exists, ExportError
    when it cannot be written.
    """
    write = _writer(path)
    if path.exists():
        raise UsageError(f"{path} exists already.", cure="Name a file that does not exist yet.")
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        before = os.umask(0o077)
        try:
            counts = write(tables, unfinished)
        finally:
            os.umask(before)
        os.link(unfinished, path)
    except (OSError, sqlite3.Error, duckdb.Error) as error:
        raise ExportError(f"The database {path} could not be written: {error}.") from error
    finally:
        for left in (unfinished, unfinished.with_name(unfinished.name + ".wal")):
            with suppress(FileNotFoundError):
                left.unlink()
    return counts


def _writer(path: Path) -> Callable[[Mapping[str, Streamed], Path], dict[str, int]]:
    suffix = path.suffix.lower()
    if suffix in DUCKDB_SUFFIXES:
        return _duckdb
    if suffix in SQLITE_SUFFIXES:
        return _sqlite
    known = ", ".join((*DUCKDB_SUFFIXES, *SQLITE_SUFFIXES))
    raise UsageError(f"{path.name} says neither DuckDB nor SQLite.", cure=f"End its name in one of {known}.")


def _duckdb(tables: Mapping[str, Streamed], path: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for name, stream in tables.items():
            connection.register("notion_backup_stream", stream)
            create = f"CREATE TABLE {quoted(name)} AS SELECT * FROM notion_backup_stream"
            ((counts[name],),) = connection.execute(create).fetchall()
            connection.unregister("notion_backup_stream")
    return counts


def _sqlite(tables: Mapping[str, Streamed], path: Path) -> dict[str, int]:
    counts: dict[str, int] = {}
    with closing(sqlite3.connect(path)) as connection:
        for name, stream in tables.items():
            columns = ", ".join(f"{quoted(field.name)} {_affinity(field.type)}" for field in stream.schema)
            connection.execute(f"CREATE TABLE {quoted(name)} ({columns})")
            insert = f"INSERT INTO {quoted(name)} VALUES ({', '.join('?' * len(stream.schema))})"
            counts[name] = 0
            for batch in stream.reader():
                rows = zip(*(map(_storable, column.to_pylist()) for column in batch.columns), strict=True)
                connection.executemany(insert, rows)
                counts[name] += len(batch)
        connection.commit()
    return counts


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def _affinity(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return "INTEGER"
    return "REAL" if pa.types.is_floating(kind) else "TEXT"


def _storable(value: Any) -> Any:
    return value if value is None or isinstance(value, (str, int, float, bool)) else text_of(value)
