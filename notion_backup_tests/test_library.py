from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import fsspec
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from notion_backup import Snapshot, open_snapshot
from notion_backup.errors import SnapshotNotFound, UsageError
from notion_backup.filesystem import SnapshotFileSystem
from notion_backup.search import Filters
from notion_backup.snapshot import Table
from notion_backup_tests.cli.conftest import program, world
from notion_backup_tests.cli.world import Program, World

__all__ = ["program", "world"]


@pytest.fixture(scope="module")
def snapshot(world: World) -> Snapshot:
    return open_snapshot("2026-11-21", environ=world.program.environment, repository=world.repository)


@pytest.fixture(scope="module")
def files(world: World) -> SnapshotFileSystem:
    return SnapshotFileSystem(environ=world.program.environment, repository=world.repository, skip_instance_cache=True)


def test_a_snapshot_opens_by_name_and_by_time(world: World) -> None:
    environ = world.program.environment
    latest = open_snapshot(environ=environ)
    assert latest.id == world.repository.commits()[-1].id
    assert not latest.complete
    assert open_snapshot("2026-11-21 12:00", environ=environ, repository=world.repository).complete
    with pytest.raises(SnapshotNotFound):
        open_snapshot("2020-01-01", environ=environ, repository=world.repository)


def test_objects_are_found_listed_and_read_by_every_name(snapshot: Snapshot, world: World) -> None:
    page_id = world.changed["renamed"]
    url = f"https://www.notion.so/A-better-name-{page_id.replace('-', '')}"
    for name in (page_id, url, "Plans/2026/Q4/A better name", "A better name"):
        assert snapshot.find(name).id == page_id
    assert page_id in {item.id for item in snapshot.ls("Plans/2026/Q4")}
    tree = list(snapshot.tree())
    assert len(tree) == len(snapshot.outline.places)
    assert [item.id for item in tree if item.depth == 0] == [item.id for item in snapshot.ls()]
    read = snapshot.read(page_id)
    assert read["blocks"]
    assert read["object"] == snapshot.find(page_id).raw
    with pytest.raises(UsageError):
        snapshot.find("no such page")
    assert snapshot.sql(f"SELECT title FROM pages WHERE id = '{page_id}'")["title"].to_pylist() == ["A better name"]
    assert snapshot.connect(history=True).execute("SELECT count(DISTINCT snapshot) FROM pages").fetchall() == [(2,)]


def test_words_are_searched(snapshot: Snapshot, world: World) -> None:
    (hit,) = snapshot.search('"better name"', filters=Filters(columns=("title",)))
    assert (hit.id, hit.snapshot) == (world.changed["renamed"], snapshot.id)
    assert snapshot.search('"better name"', history=True, limit=1)[0].first_seen is not None


def test_media_are_read_and_saved(snapshot: Snapshot, tmp_path: Path) -> None:
    (owner,) = snapshot.sql("SELECT DISTINCT owner_id FROM files WHERE sha256 IS NOT NULL LIMIT 1")[
        "owner_id"
    ].to_pylist()
    file = next(file for file in snapshot.media(owner) if file.kept)
    assert file.file.media is not None
    file.save(tmp_path / "out")
    assert (tmp_path / "out").stat().st_size == file.file.media.bytes


def test_arrow_duckdb_and_fsspec_open_tables_and_media_in_place(files: SnapshotFileSystem, snapshot: Snapshot) -> None:
    total = snapshot.reader.manifest.tables[Table.BLOCKS].rows
    assert len(ds.dataset("2026-11-21/tables/blocks", filesystem=files).to_table(columns=["id"])) == total
    connection = duckdb.connect()
    connection.register_filesystem(files)
    found = connection.sql("SELECT count(*) FROM 'notionbackup://2026-11-21/tables/blocks/*.parquet'").fetchall()
    assert found == [(total,)]
    (view,) = files.ls("2026-11-21/views", detail=False)
    by_id, by_name = (pq.read_table(files.open(path)) for path in (view, "2026-11-21/views/Product tasks.parquet"))
    assert by_id.equals(by_name)
    assert len(by_id) == snapshot.sql('SELECT count(*) AS n FROM "Product tasks"')["n"][0].as_py()
    for entry in files.ls("latest/media"):
        with files.open(entry["name"]) as content:
            assert len(content.read()) == entry["size"]
    assert files.cat_file("latest/media/" + entry["name"][-64:], 1, 5) == files.cat(entry["name"])[1:5]


@pytest.mark.parametrize(
    "path",
    ["nowhere", "latest/other", "latest/tables/secrets", "latest/tables/pages/99.parquet", "latest/media/../../etc"],
)
def test_what_is_not_there_is_said_to_be_missing(files: SnapshotFileSystem, path: str) -> None:
    assert not files.exists(path)
    with pytest.raises(FileNotFoundError):
        files.open(path)
    with pytest.raises(FileNotFoundError):
        files.info(path)


def test_nothing_can_be_written(files: SnapshotFileSystem) -> None:
    with pytest.raises(PermissionError):
        files.open("latest/media/x", "wb")


def test_fsspec_knows_the_protocol_by_name(program: Program) -> None:
    assert fsspec.get_filesystem_class("notionbackup") is SnapshotFileSystem
    code = "import fsspec; print(len(fsspec.open_files('notionbackup://latest/tables/pages/*.parquet')))"
    done = subprocess.run(
        [sys.executable, "-c", code], env=program.process_environment(), capture_output=True, text=True, check=True
    )
    assert int(done.stdout) >= 1
