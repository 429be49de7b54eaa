from __future__ import annotations

from typing import Any

import pytest

from notion_backup.errors import UsageError
from notion_backup.repository import Repository
from notion_backup.snapshot import SnapshotReader, SnapshotWriter, Table, find
from notion_backup_tests.snapshot.building import identity, page, take, text

DATABASE, SOURCE, ROW = 20, 21, 22


@pytest.fixture
def snapshot(repository: Repository) -> SnapshotReader:
    """A page with a database whose one data source has its title."""

    def fill(writer: SnapshotWriter) -> None:
        writer.add(Table.DATABASES, _container("database", DATABASE, {"type": "page_id", "page_id": identity(1)}))
        parent = {"type": "database_id", "database_id": identity(DATABASE)}
        writer.add(Table.DATA_SOURCES, _container("data_source", SOURCE, parent))
        parent = {"type": "data_source_id", "data_source_id": identity(SOURCE)}
        writer.add(Table.PAGES, {**page(ROW, "Mower 1"), "parent": parent})

    return take(repository, {1: "Top", 2: "Other"}, fill=fill)[1]


def _container(kind: str, number: int, parent: dict[str, Any]) -> dict[str, Any]:
    return {"object": kind, "id": identity(number), "title": text("Machines"), "parent": parent, "in_trash": False}


def test_a_title_that_a_database_shares_with_its_data_source_means_the_database(snapshot: SnapshotReader) -> None:
    assert find(snapshot, "Machines").id == identity(DATABASE)
    assert find(snapshot, "Top/Machines").id == identity(DATABASE)
    assert find(snapshot, "Top/Machines/Machines").id == identity(SOURCE)


def test_a_path_may_leave_out_the_data_source(snapshot: SnapshotReader) -> None:
    assert find(snapshot, "Top/Machines/Mower 1").id == identity(ROW)
    assert find(snapshot, "Top/Machines/Machines/Mower 1").id == identity(ROW)


def test_a_title_of_several_is_refused_with_what_they_are_and_where(repository: Repository) -> None:
    _, snapshot = take(repository, {1: "Notes", 2: "Notes"})
    with pytest.raises(UsageError, match="2 objects are called 'Notes'") as refused:
        find(snapshot, "Notes")
    assert f"{identity(1)} (page 'Notes')" in str(refused.value.cure)
