"""``docs/sql.md`` from the code: run ``python -m notion_backup.sql.document`` and put its output there."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from notion_backup.snapshot import IDS, PAGE_COLUMNS
from notion_backup.snapshot.tidy_values import DATE, PLACE, SHAPES, WITH_IDS, WITHOUT_VALUE
from notion_backup.sql.columns import SNAPSHOTS, SNAPSHOTS_MEANING, SNAPSHOTS_SCHEMA, TABLES, meaning_of, schema_of

_TYPES = {
    pa.string(): "VARCHAR",
    pa.bool_(): "BOOLEAN",
    pa.int32(): "INTEGER",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.timestamp("ms", tz="UTC"): "TIMESTAMPTZ",
    pa.list_(pa.string()): "VARCHAR[]",
    DATE: "STRUCT(start TIMESTAMPTZ, end TIMESTAMPTZ, has_time BOOLEAN, time_zone VARCHAR)",
    PLACE: "STRUCT(name VARCHAR, address VARCHAR, lat DOUBLE, lon DOUBLE)",
}

_HEAD = """\
# SQL

<!-- Made by `python -m notion_backup.sql.document`: change the code, not this page. -->

```sh
notion-backup sql "SELECT title, last_edited_time FROM pages ORDER BY 2 DESC LIMIT 20"
notion-backup sql 'SELECT "Status", count(*) FROM "Tasks" GROUP BY ALL' --at "last Friday" --format csv
notion-backup sql "SELECT snapshot, title FROM pages WHERE id = '…'" --history --json
notion-backup sql --database workspace.duckdb
```

The dialect is DuckDB's. A query sees one snapshot (`--at`, or the latest), or all of them with `--history`; the column
`snapshot` says which a row is of. Queries cannot change anything, reach files or the network, or load extensions, and
nothing decrypted is written to disk. Times are UTC.

What a query names with `=` or `IN` (up to twenty values) is all that is read: `snapshot` in every table; the `id` of
pages, databases and the like; the `owner_id` of blocks, comments, properties and files. One page's history over many
snapshots is cheap that way, unless `verified_at` is asked for (as by `SELECT *`): that needs every catalog whole. The
view of a data source reads all of its rows.

In Python: `notion_backup.open_snapshot(…).sql("SELECT …")` gives Arrow, and `.connect()` a DuckDB connection.

## One view a data source

Its name is the data source's title (`SELECT view FROM data_sources` lists them). Where two have the same title, or a
title is a fixed table's name, the beginning of the id follows: `"Tasks (1a2b3c4d)"`. A row is a page.
"""


_FOOT = """\
People are named as the snapshot's users are, relations by the titles of its pages; what the snapshot does not know is
named by its id. A date without a time begins at midnight UTC. The same columns, without `snapshot`, are in the
[CSV and Parquet exports](export.md#csv-and-parquet)."""


def document() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield from _table((name, _TYPES[kind], meaning) for name, kind, meaning in PAGE_COLUMNS)
    yield ""
    yield "Then the title and the other properties by name, each under its name in one printable line (a number follows"
    yield "where two are alike), by the property's type:"
    yield ""
    yield "| property | type |"
    yield "| --- | --- |"
    for name, shape in SHAPES.items():
        if name not in ("string", "boolean", "array"):
            more = f", and VARCHAR[] of ids in a second column `<name>{IDS}`" if name in WITH_IDS else ""
            yield f"| {name} | {_TYPES[shape.type]}{more} |"
    yield "| formula, rollup | by what they compute: VARCHAR[] where any result is a list, VARCHAR where they differ |"
    yield f"| {', '.join(WITHOUT_VALUE)} | no column |"
    yield "| any other | VARCHAR: JSON |"
    yield ""
    yield _FOOT
    for table, meaning in TABLES.items():
        yield from _described(table.value, meaning, [(f.name, f.type) for f in schema_of(table)])
    yield from _described(SNAPSHOTS, SNAPSHOTS_MEANING, [(f.name, f.type) for f in SNAPSHOTS_SCHEMA])


def _described(name: str, meaning: str, columns: list[tuple[str, pa.DataType]]) -> Iterator[str]:
    yield f"\n## `{name}`\n\n{meaning}\n"
    yield from _table((column, _TYPES[kind], meaning_of(column)) for column, kind in columns)


def _table(rows: Iterator[tuple[str, str, str]]) -> Iterator[str]:
    yield "| column | type | meaning |"
    yield "| --- | --- | --- |"
    for name, kind, meaning in rows:
        yield f"| `{name}` | {kind} | {meaning} |"


if __name__ == "__main__":
    print(document(), end="")
