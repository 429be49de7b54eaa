from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from notion_backup.export.spreadsheet import without_formula
from notion_backup.export.tables import export_tables
from notion_backup.snapshot import SnapshotReader, Table
from notion_backup_tests.export.conftest import every_file


def test_every_data_source_is_one_typed_table(showcase: SnapshotReader, tmp_path: Path) -> None:
    report = export_tables(showcase, tmp_path / "out", "parquet")
    tables = {}
    for path in (tmp_path / "out").glob("*.parquet"):
        table = pq.read_table(path)
        tables[table.schema.metadata[b"notion_data_source_id"].decode()] = table
    assert set(tables) == {entry.id for entry in showcase.entries(Table.DATA_SOURCES)}
    rows = [entry for entry in showcase.entries(Table.PAGES) if entry.parent_id in tables]
    assert {row["page_id"] for table in tables.values() for row in table.to_pylist()} == {entry.id for entry in rows}
    assert report.counts == {"data_sources": len(tables), "rows": len(rows)}
    [machines] = [entry.id for entry in showcase.entries(Table.DATA_SOURCES) if entry.title == "Machines"]
    [first] = [row for row in tables[machines].to_pylist() if row["Name"] == "Mower 1"]
    assert len(first["Parts"]) == len(first["Parts ids"]) == 130
    assert first["Parts"][0] == "Part 1"
    assert isinstance(first["Number"], float)
    assert first["Date"]["start"] is not None


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_same_snapshot_gives_the_same_bytes(showcase: SnapshotReader, tmp_path: Path, form: str) -> None:
    for name in ("one", "two"):
        export_tables(showcase, tmp_path / name, form)
    assert every_file(tmp_path / "one") == every_file(tmp_path / "two")
    assert export_tables(showcase, tmp_path / "one", form, prune=True).changes.written == 0


def test_no_cell_is_a_formula(hostile: SnapshotReader, tmp_path: Path) -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert without_formula(text) == "'" + text
    assert without_formula("a=1") == "a=1"
    export_tables(hostile, tmp_path / "out", "csv")
    for path, data in every_file(tmp_path / "out").items():
        if not path.endswith(".csv"):
            continue
        for row in csv.reader(io.StringIO(data.decode("utf-8"), newline="")):
            for cell in row:
                assert not cell.startswith(("=", "+", "@", "\t", "\r")), cell
                assert not cell.startswith("-") or cell[1:].replace(".", "", 1).isdigit(), cell


def test_a_part_has_only_its_tables(showcase: SnapshotReader, tmp_path: Path) -> None:
    [root] = [entry.id for entry in showcase.entries(Table.DATABASES) if entry.title == "Parts"]
    export_tables(showcase, tmp_path / "out", "csv", root=root)
    assert sorted(path.name.split()[0] for path in (tmp_path / "out").glob("*.csv")) == ["Checks", "Parts"]
