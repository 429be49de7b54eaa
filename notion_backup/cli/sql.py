"""``sql``: ask a snapshot, or all of history, in SQL."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.guard import wrong_use
from notion_backup.cli.options import AtOption, WorkspaceOption
from notion_backup.cli.output import count, note, say, say_json, say_table
from notion_backup.cli.safetext import safe

if TYPE_CHECKING:
    from notion_backup.repository import Commit
    from notion_backup.snapshot import SnapshotReader
    from notion_backup.sql import Rows


class Format(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def sql(
    ctx: typer.Context,
    query: Annotated[str | None, typer.Argument(metavar="QUERY", help="One query.", show_default=False)] = None,
    at: AtOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="Ask all snapshots at once; the column `snapshot` tells them apart.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="How rows are printed.")] = Format.TABLE,
    database: Annotated[
        Path | None,
        typer.Option("--database", metavar="FILE", help="Write everything to a new .duckdb or .sqlite file instead."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Ask a snapshot, or all of history, in SQL.

    DuckDB's dialect. Tables: pages, blocks, databases, data_sources, views, templates, comments, users,
    custom_emojis, properties, files, problems, snapshots; and one view a data source, named by its title, with a
    column a property: SELECT * FROM "Tasks". `SHOW TABLES` lists them, `DESCRIBE pages` shows columns; docs/sql.md
    tells what they mean.

    Nothing can be changed, no file and no network be reached from a query. json: one object a line. csv: cells that
    a spreadsheet would take for a formula begin with an apostrophe. parquet: to a pipe or a file.
    """
    if (query is None) == (database is None):
        wrong_use("Give a query, or --database FILE.")
    form = Format.JSON if as_json else form
    if form is Format.PARQUET and sys.stdout.isatty():
        wrong_use("Parquet is not for a terminal: send it to a file with > rows.parquet.")
    begun = session(ctx)
    snapshots, commits = _opened(begun, at, history, workspace)
    if database is not None:
        _write(snapshots, commits, database, as_json)
        return
    from notion_backup.sql import Sql, write_csv, write_json_lines, write_parquet

    rows = Sql(snapshots, commits).query(query or "")
    if form is Format.PARQUET:
        write_parquet(rows, sys.stdout.buffer)
    elif form is Format.TABLE:
        _say(rows)
    else:
        {Format.CSV: write_csv, Format.JSON: write_json_lines}[form](rows, sys.stdout)


def _opened(
    begun: Session, at: str | None, history: bool, workspace: str | None
) -> tuple[list[SnapshotReader], list[Commit]]:
    from notion_backup.snapshot import open_snapshot, snapshots_of

    one = begun.snapshot(None, workspace, at)
    name = str(one.commit.summary.get("workspace"))
    commits = snapshots_of(begun.repository(), name)
    if not history:
        return [one], commits
    until = one.commit.slot if at is not None else commits[-1].slot
    return [open_snapshot(begun.repository(), commit) for commit in commits if commit.slot <= until], commits


def _write(snapshots: list[SnapshotReader], commits: list[Commit], path: Path, as_json: bool) -> None:
    from notion_backup.sql import streams
    from notion_backup.sql.file import write_database

    counts = write_database(streams(snapshots, commits), path)
    note(f"{safe(str(path))} is not encrypted: keep it as safe as what it holds.")
    if as_json:
        say_json({"database": str(path), "snapshots": [one.commit.id for one in snapshots], "rows": counts})
        return
    for name, number in counts.items():
        say(f"{number:>10,}  {safe(name, 80)}")


def _say(rows: Rows) -> None:
    from notion_backup.sql.results import text_of

    cells = [
        [text_of(value) for value in row]
        for batch in rows.batches
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True)
    ]
    say_table([safe(name) for name in rows.schema.names], cells)
    note(count(len(cells), "row"))
