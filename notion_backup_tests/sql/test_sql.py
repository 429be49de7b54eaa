from __future__ import annotations

import csv
import io
import json
import sqlite3
import stat
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.errors import Damaged, UsageError
from notion_backup.export.spreadsheet import without_formula
from notion_backup.repository import Repository
from notion_backup.snapshot import SnapshotReader, SnapshotWriter, Table
from notion_backup.sql import Sql, connect, streams, write_csv, write_json_lines
from notion_backup.sql.document import document
from notion_backup.sql.file import quoted, write_database
from notion_backup.sql.views import view_names
from notion_backup_tests.cli.world import Program
from notion_backup_tests.snapshot.building import identity, page, take, text

PAGE = Path(__file__).parents[2] / "docs" / "sql.md"
HOSTILE = (
    '"; DROP TABLE pages; --',
    "pages",
    "\x1b[31mred\x00",
    "'); ATTACH 'x",
    "x" * 300,
    "",
    "  ",
    "Ta\u202esks",
    "tasks",
)


def _rows(snapshots: list[SnapshotReader], query: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in Sql(snapshots).query(query).to_table().to_pylist()]


def test_the_page_about_sql_is_that_of_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == document()


def test_every_row_of_the_snapshot_is_in_sql(showcase: SnapshotReader) -> None:
    for table, facts in showcase.manifest.tables.items():
        assert _rows([showcase], f"SELECT count(*) FROM {table.value}") == [(facts.rows,)], table
    for source in showcase.entries(Table.DATA_SOURCES):
        view = _rows([showcase], f"SELECT view FROM data_sources WHERE id = '{source.id}'")[0][0]
        (found,) = _rows([showcase], f"SELECT count(*), count(DISTINCT page_id) FROM {quoted(str(view))}")
        (pages,) = _rows([showcase], f"SELECT count(*) FROM pages WHERE parent_id = '{source.id}'")
        assert found == (pages[0], pages[0])
    bodies = {owner: [node.raw["id"] for node in nodes] for owner, nodes in showcase.bodies() if nodes}
    ordered: dict[str, list[str]] = {}
    for owner, block in _rows([showcase], "SELECT owner_id, id FROM blocks ORDER BY owner_id, position"):
        ordered.setdefault(str(owner), []).append(str(block))
    assert ordered == bodies


def test_columns_are_typed_by_property(showcase: SnapshotReader) -> None:
    described = {name: kind for name, kind, *_ in _rows([showcase], 'DESCRIBE "Machines"')}
    time = "TIMESTAMP WITH TIME ZONE"
    ranged = f'STRUCT("start" {time}, "end" {time}, has_time BOOLEAN, time_zone VARCHAR)'
    assert described["Number"] == "DOUBLE"
    assert described["Checkbox"] == described["Formula yes"] == "BOOLEAN"
    for name in ("Multi-select", "People", "People ids", "Parts", "Parts ids"):
        assert described[name] == "VARCHAR[]", name
    assert described["Date"] == described["Last delivery"] == ranged
    assert described["Formula number"] == described["Part count"] == "DOUBLE"
    assert described["URL"] == described["ID"] == described["Formula text"] == "VARCHAR"
    assert described["Created time"] == time
    joined = """
        SELECT count(*) FROM (SELECT unnest("Parts") AS title, unnest("Parts ids") AS id FROM "Machines") m
        JOIN pages p USING (id) WHERE p.title = m.title
    """
    ((linked,),) = _rows([showcase], joined)
    # More than the 25 that a page object holds are there, read in full.
    ((longest,),) = _rows([showcase], 'SELECT max(len("Parts ids")) FROM "Machines"')
    assert linked > 25
    assert longest > 25


def test_history_has_a_page_once_in_each_snapshot(repository: Repository) -> None:
    _, first = take(repository, {1: "one", 2: "two"})
    _, second = take(repository, {1: "one", 2: "changed"})
    both = connect([first, second], repository.commits())
    assert both.execute("SELECT count(*), count(DISTINCT snapshot) FROM pages").fetchall() == [(4, 2)]
    titles = "SELECT p.title FROM pages p JOIN snapshots s USING (snapshot) WHERE id = ? ORDER BY s.captured_from"
    found = both.execute(titles, [identity(2)]).fetchall()
    assert sorted(found) == [("changed",), ("two",)]
    assert _rows([first], "SELECT count(*) FROM pages a JOIN pages b USING (id)") == [(2,)]
    ((texts,),) = _rows([second], "SELECT count(*) FROM blocks WHERE text LIKE 'changed%'")
    assert texts == 3


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM read_csv('https://example.com/x.csv')",
        "COPY (SELECT 1) TO 'out.csv'",
        "ATTACH 'other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '1TB'",
        "SET temp_directory = '/tmp'",
        "CREATE TABLE mine AS SELECT 1",
        "DROP VIEW pages",
        "SELECT 1; SELECT 2",
        "EXPORT DATABASE 'x'",
        "SELECT * FROM snapshots_of",
        "SELECT getenv('HOME')",
        "PRAGMA enable_profiling",
        "",
        "SELEC",
    ],
)
def test_a_query_reaches_nothing_but_the_snapshot(
    repository: Repository, query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, snapshot = take(repository, {1: "one"})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError):
        Sql([snapshot]).query(query).to_table()
    assert not [left for left in tmp_path.iterdir() if left.name != "repository"]


def test_a_query_that_needs_more_memory_than_it_may_have_fails_and_leaves_no_file(repository: Repository) -> None:
    _, snapshot = take(repository, {1: "one"})
    before = set(Path.cwd().iterdir())
    with pytest.raises(UsageError, match="memory"):
        Sql([snapshot], memory_limit="30MB").query(
            "SELECT count(DISTINCT a.range * 7919 + b.range) FROM range(10000) a, range(2000) b"
        ).to_table()
    assert set(Path.cwd().iterdir()) == before


def test_damage_is_said_as_damage_and_not_as_a_wrong_query(repository: Repository) -> None:
    class Broken(SnapshotReader):
        def segment(self, number: int) -> pa.Table:
            raise Damaged(f"Segment {number} is gone.")

    commit, _ = take(repository, {1: "one"})
    with pytest.raises(Damaged, match="is gone"):
        Sql([Broken(repository, commit)]).query("SELECT * FROM pages").to_table()


@pytest.fixture
def hostile(repository: Repository) -> SnapshotReader:
    def fill(writer: SnapshotWriter) -> None:
        for number, title in enumerate(HOSTILE):
            source = identity(500 + number)
            columns = {title: "number", "Snapshot": "rich_text", "snapshot": "checkbox", "=1+1": "rich_text"}
            properties = {
                name: {"id": f"p{at}", "name": name, "type": kind} for at, (name, kind) in enumerate(columns.items())
            }
            writer.add(
                Table.DATA_SOURCES,
                {"object": "data_source", "id": source, "title": text(title), "properties": properties},
            )
            row = page(600 + number, "=HYPERLINK(1)")
            row["parent"] = {"type": "data_source_id", "data_source_id": source}
            row["properties"] = {
                **row["properties"],
                title: {"id": "p0", "type": "number", "number": 7},
                "=1+1": {"id": "p3", "type": "rich_text", "rich_text": text("@SUM(A1)")},
            }
            writer.add(Table.PAGES, row)

    return take(repository, {1: "x"}, fill=fill)[1]


def test_a_data_source_with_any_title_has_a_view_and_hurts_nothing(hostile: SnapshotReader) -> None:
    connection = connect([hostile])
    views = connection.execute("SELECT id, title, view FROM data_sources").fetchall()
    assert len({view.casefold() for _, _, view in views}) == len(HOSTILE)
    for source_id, title, view in views:
        rows = connection.execute(f"SELECT * FROM {quoted(view)}")
        names = [column[0] for column in rows.description]
        assert len({name.casefold() for name in names}) == len(names)
        assert 7.0 in rows.fetchone()
        assert source_id[:8] in view or title not in ("pages", "", "tasks")
    assert connection.execute("SELECT count(*) FROM pages").fetchall() == [(1 + len(HOSTILE),)]


@pytest.mark.parametrize("suffix", [".duckdb", ".sqlite"])
def test_a_database_file_holds_everything_and_is_the_owners_alone(
    hostile: SnapshotReader, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"all{suffix}"
    counts = write_database(streams([hostile]), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [left.name for left in tmp_path.iterdir() if "all" in left.name] == [path.name]
    opened = duckdb.connect(str(path), read_only=True) if suffix == ".duckdb" else sqlite3.connect(path)
    for name, number in counts.items():
        assert opened.execute(f"SELECT count(*) FROM {quoted(name)}").fetchall() == [(number,)]
    opened.close()
    assert counts["pages"] == 1 + len(HOSTILE)
    with pytest.raises(UsageError, match="exists"):
        write_database(streams([hostile]), path)
    with pytest.raises(UsageError, match="neither"):
        write_database(streams([hostile]), tmp_path / "all.xlsx")


def test_csv_holds_no_formula_and_json_no_control_character(hostile: SnapshotReader) -> None:
    ((view,),) = _rows([hostile], "SELECT view FROM data_sources WHERE title = 'tasks'")
    out = io.StringIO()
    write_csv(Sql([hostile]).query(f"SELECT *, -5 AS below FROM {quoted(str(view))}"), out)
    header, row = csv.reader(io.StringIO(out.getvalue()))
    cells = dict(zip(header, row, strict=True))
    assert cells["'=1+1"] == "'@SUM(A1)"
    assert cells["below"] == "-5"
    lines = io.StringIO()
    write_json_lines(Sql([hostile]).query("SELECT title, raw FROM data_sources"), lines)
    assert all(character.isprintable() or character == "\n" for character in lines.getvalue())
    assert {json.loads(line)["title"] for line in lines.getvalue().splitlines()} == set(HOSTILE)


@given(st.text(max_size=20))
def test_no_text_is_left_that_a_spreadsheet_would_run(value: str) -> None:
    made = without_formula(value)
    assert made.removeprefix("'") in (value, value.removeprefix("'"))
    assert made.lstrip()[:1] not in ("=", "+", "-", "@") or not made.lstrip()
    assert made[:1] not in ("\t", "\r")


@given(st.lists(st.text(max_size=12), max_size=12))
def test_views_of_any_titles_have_names_of_their_own(titles: list[str]) -> None:
    names = view_names((identity(number), title) for number, title in enumerate(titles))
    assert len({name.casefold() for name in names.values()}) == len(titles)
    assert all(name.isprintable() and name for name in names.values())


def test_the_command_prints_every_format(program: Program, tmp_path: Path) -> None:
    query = "SELECT title, in_trash, last_edited_time FROM pages ORDER BY id"
    lines = program("sql", query, "--json").json_lines
    assert len(lines) == int(program("sql", "SELECT count(*) AS n FROM pages", "--format", "json").json["n"])
    table = program("sql", query)
    assert table.status == 0
    assert len(table.stdout.splitlines()) == len(lines) + 1
    assert "\x1b" not in table.stdout
    assert len(list(csv.reader(io.StringIO(program("sql", query, "--format", "csv").stdout)))) == len(lines) + 1
    done = program.process("sql", query, "--at", "2026-11-20", "--format", "csv")
    assert (done.status, done.stdout.count("\n") > 20) == (0, True)
    file = tmp_path / "out.duckdb"
    assert program("sql", "--database", str(file), "--json").json["rows"]["pages"] == len(lines)
    history = program("sql", "SELECT count(DISTINCT snapshot) AS n FROM pages", "--history", "--json")
    assert history.json == {"n": 2}
    assert program("sql", "SELECT 1", "--database", str(file)).status == 2
    assert program("sql").status == 2
    assert program("sql", "DROP VIEW pages").status == 2
    assert program("sql", "SELECT nothing FROM pages").status == 2


def test_parquet_goes_to_a_pipe(program: Program, tmp_path: Path) -> None:
    import subprocess

    command = [*program.command, "sql", "SELECT * FROM blocks", "--format", "parquet"]
    done = subprocess.run(command, env=program.process_environment(), capture_output=True, check=True)
    assert len(pq.read_table(io.BytesIO(done.stdout))) > 100
