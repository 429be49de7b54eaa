"""What of a snapshot is restored: pages, rows, blocks; what changed; what was deleted; databases inside rows."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from notion_backup.repository import Repository
from notion_backup.restore import Selection, SnapshotOrigin, chosen, only, prove
from notion_backup.sandbox import Sandbox, running
from notion_backup.sandbox.generator.builder import Builder
from notion_backup.sandbox.generator.properties import row, schema
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.maker import mention, parent_of
from notion_backup_tests.capture.standing_in import source
from notion_backup_tests.restore.notebook import Notebook
from notion_backup_tests.restore.restoring import Restoring, snapshot_of, target_sandbox
from notion_backup_tests.restore.test_hard_cases import body_of


def _database(builder: Builder, title: str, page: Any, **columns: Any) -> Any:
    database = builder.database(title, parent_of("page_id", str(page["id"])))
    made = builder.data_source(database, title, schema(builder.property("Name", "title"), *columns.values()))
    default_view(builder, database, made)
    return made


def _relation(builder: Builder, name: str, target: Any) -> Any:
    told = {"database_id": target["parent"]["database_id"], "data_source_id": target["id"]}
    return builder.property(name, "relation", {**told, "type": "single_property", "single_property": {}})


def test_databases_inside_rows_and_relations_that_lead_there(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    builder = Builder(notebook.space, random.Random(4), notebook.maker.now)
    outer = _database(builder, "Outer", notebook.page)
    first = row(builder, outer, "First", 0)
    notebook.paragraph("Above", first)
    inner = _database(builder, "Inner", first)
    notebook.paragraph("Below", first)
    target = row(builder, inner, "Inside", 0)
    outer["properties"]["To inner"] = _relation(builder, "To inner", inner)
    prop = outer["properties"]["To inner"]
    first["properties"]["To inner"] = {
        "id": prop["id"], "type": "relation", "relation": [{"id": target["id"]}], "has_more": False,
    }  # fmt: skip
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox()) as server:
        chosen_page = chosen(SnapshotOrigin(snapshot), [notebook.page["id"]])
        restoring = Restoring(snapshot, server, tmp_path / "r", selection=chosen_page)
        applied = restoring.go()
        proof = prove(source(server.url, server.token), applied.job)
        ids = applied.job.names.ids
        made = server.sandbox.workspace.objects["page"][ids[first["id"]]]
        inside = [block["type"] for block in body_of(server, ids[first["id"]])]
    assert proof.unplanned == []
    assert made["properties"]["To inner"]["relation"] == [{"id": ids[target["id"]]}]
    assert inside == ["paragraph", "child_database", "paragraph"]


def test_a_row_comes_in_its_database_without_the_others(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    builder = Builder(notebook.space, random.Random(4), notebook.maker.now)
    table = _database(builder, "Table", notebook.page)
    rows = [row(builder, table, f"Row {number}", number) for number in range(4)]
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox()) as server:
        wanted = chosen(SnapshotOrigin(snapshot), [rows[1]["id"], rows[3]["id"]])
        applied = Restoring(snapshot, server, tmp_path / "r", selection=wanted).go()
        made = server.sandbox.workspace.rows(applied.job.names.ids[table["id"]])
    assert sorted(one["properties"]["Name"]["title"][0]["plain_text"] for one in made) == ["Row 1", "Row 3"]
    assert notebook.page["id"] not in applied.job.made


def test_one_block_is_put_at_the_end_of_the_target(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    notebook.paragraph("Not this")
    holder = notebook.maker.block(notebook.page, "toggle", {"rich_text": [], "color": "default"})
    notebook.paragraph("Inside", holder)
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox()) as server:
        wanted = Selection((("page", notebook.page["id"]),), block=holder["id"])
        restoring = Restoring(snapshot, server, tmp_path / "r", selection=wanted)
        restoring.go()
        last = body_of(server, restoring.into)[-1]
        assert last["type"] == "toggle"
        assert [block["type"] for block in body_of(server, last["id"])] == ["paragraph"]


def test_what_vanished_is_brought_back_alone(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    kept, gone = notebook.child("Kept"), notebook.child("Gone")
    notebook.paragraph("In it", gone)
    deeper = notebook.maker.page("Deeper", parent_of("page_id", str(gone["id"])))
    snapshot = notebook.snapshot(repository)
    origin = SnapshotOrigin(snapshot)
    with running(target_sandbox()) as server:
        applied = Restoring(snapshot, server, tmp_path / "r", selection=only(origin, [gone["id"], deeper["id"]])).go()
    assert {made.old for made in applied.job.made.values()} == {gone["id"], deeper["id"]}
    assert kept["id"] not in applied.job.made
    assert applied.job.made[deeper["id"]].parent == applied.job.names.ids[gone["id"]]


def test_in_the_same_workspace_what_is_outside_keeps_its_id(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    other = notebook.child("Other")
    pointing = notebook.child("Pointing")
    notebook.paragraph([mention("page", {"id": other["id"]}, "Other")], pointing)
    sandbox = Sandbox(notebook.space)
    snapshot = snapshot_of(repository, sandbox)
    with running(sandbox) as server:
        wanted = chosen(SnapshotOrigin(snapshot), [pointing["id"]])
        restoring = Restoring(snapshot, server, tmp_path / "r", selection=wanted)
        assert restoring.facts.same_workspace
        applied = restoring.go()
        (block,) = body_of(server, applied.job.names.ids[pointing["id"]])
    assert block["paragraph"]["rich_text"][0]["mention"]["page"]["id"] == other["id"]
    assert list(applied.job.losses) == []
