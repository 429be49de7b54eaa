"""Targets that refuse, limits that are met, and what one restore in a hundred comes across."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from notion_backup.errors import Damaged, NotionForbidden, NotionUnauthorized, UsageError
from notion_backup.repository import Repository
from notion_backup.repository.journal import RESTORES, journals
from notion_backup.restore import SnapshotOrigin, chosen, prove
from notion_backup.restore.journal import Header, Journal, Record, remote_records, take_over
from notion_backup.restore.restores import Restores
from notion_backup.sandbox import FaultRule, Sandbox, generate, running
from notion_backup.sandbox.generator.builder import Builder
from notion_backup.sandbox.maker import mention, span, text
from notion_backup.snapshot import SnapshotReader
from notion_backup_tests.capture.standing_in import source
from notion_backup_tests.restore.notebook import Notebook
from notion_backup_tests.restore.restoring import (
    RESTORE,
    Killed,
    Mortal,
    Restoring,
    picture,
    snapshot_of,
    target_sandbox,
    top_of,
)


def restored(snapshot: SnapshotReader, page: Any, server: Any, folder: Path, **changes: Any) -> tuple[Restoring, Any]:
    """A restore of one page, and what its proof says."""
    restoring = Restoring(snapshot, server, folder, selection=chosen(SnapshotOrigin(snapshot), [page["id"]]), **changes)
    applied = restoring.go()
    return restoring, (applied, prove(source(server.url, server.token), applied.job))


def body_of(server: Any, page_id: str) -> list[Any]:
    space = server.sandbox.workspace
    return [space.objects["block"][child] for child in space.children.get(page_id, ())]


def test_the_guilty_block_alone_gives_way(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    for number in range(150):
        notebook.paragraph(f"Line {number}")
        if number == 77:
            guilty = notebook.paragraph([mention("date", {"start": "no date", "end": None, "time_zone": None}, "soon")])
    holder = notebook.maker.block(notebook.page, "toggle", {"rich_text": text("Holder"), "color": "default"})
    notebook.paragraph([mention("date", {"start": "never", "end": None, "time_zone": None}, "x")], holder)
    notebook.paragraph("Its neighbour", holder)
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox()) as server:
        _, (applied, proof) = restored(snapshot, notebook.page, server, tmp_path / "r")
        body = body_of(server, applied.job.names.ids[notebook.page["id"]])
    kinds = Counter(block["type"] for block in body)
    assert kinds == {"paragraph": 150, "callout": 1, "toggle": 1}
    assert body[78]["type"] == "callout"
    refused = {loss.id for loss in applied.job.losses if loss.code == "block-refused"}
    assert guilty["id"] in refused and len(refused) == 2
    assert {finding.old for finding in proof.unplanned} == refused


def test_a_full_plan_stops_it_and_room_lets_it_go_on(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    for number in range(250):
        notebook.paragraph(f"Line {number}")
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox(free_blocks=150)) as server:
        restoring = Restoring(
            snapshot, server, tmp_path / "r", selection=chosen(SnapshotOrigin(snapshot), [notebook.page["id"]])
        )
        with pytest.raises(NotionForbidden, match="plan takes no more blocks"):
            restoring.go()
        server.sandbox._families["blocks"].free_blocks = None
        applied = restoring.go()
        assert prove(source(server.url, server.token), applied.job).score == 1
        assert len(body_of(server, applied.job.names.ids[notebook.page["id"]])) == 250


def test_comments_that_may_not_be_written_are_told_and_stop_nothing(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    line = notebook.paragraph("Discussed")
    notebook.maker.comment(line, text("What about it?"))
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox(comment_insert=False)) as server:
        _, (applied, proof) = restored(snapshot, notebook.page, server, tmp_path / "r")
    assert [loss.code for loss in applied.job.losses if not loss.planned] == ["comment-refused"]
    assert [(finding.kind, finding.outcome) for finding in proof.unplanned] == [("comment", "missing")]


def test_a_discussion_stands_on_its_block_in_order_with_author_and_time(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    line = notebook.paragraph("Discussed")
    notebook.paragraph("Not discussed")
    notebook.maker.author = {"object": "user", "id": next(u["id"] for u in notebook.space.all("user"))}
    name = notebook.space.get("user", notebook.maker.author["id"])["name"]  # type: ignore[index]
    first = notebook.maker.comment(line, text("First"))
    notebook.maker.comment(line, text("Second"), first["discussion_id"])
    notebook.maker.comment(line, text("Another"))
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox()) as server:
        _, (applied, _) = restored(snapshot, notebook.page, server, tmp_path / "r")
        made = server.sandbox.workspace.comments_on(applied.job.names.ids[line["id"]])
    assert [comment["rich_text"][0]["plain_text"].partition("] ")[2] for comment in made] == [
        "First",
        "Second",
        "Another",
    ]
    assert made[0]["rich_text"][0]["plain_text"].startswith(f"[{first['created_time'][:10]}")
    assert {comment["display_name"]["resolved_name"] for comment in made} == {f"{name} (restored)"}
    assert made[0]["discussion_id"] == made[1]["discussion_id"] != made[2]["discussion_id"]


def test_pages_that_point_forward_and_to_themselves_keep_their_order(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    for number in range(3):
        notebook.paragraph(f"Before {number}")
    early = notebook.child("Early")
    notebook.paragraph([mention("page", {"id": notebook.page["id"]}, "Notes")])
    notebook.paragraph("Between")
    late = notebook.child("Late")
    notebook.paragraph([span("See "), mention("page", {"id": late["id"]}, "Late")], early)
    url = f"https://www.notion.so/Late-{str(late['id']).replace('-', '')}?pvs=4"
    notebook.paragraph([span("or here", link=url)], early)
    notebook.paragraph("After")
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox()) as server:
        _, (applied, proof) = restored(snapshot, notebook.page, server, tmp_path / "r")
        ids = applied.job.names.ids
        body = body_of(server, ids[notebook.page["id"]])
        inside = body_of(server, ids[early["id"]])
    assert proof.unplanned == []
    assert [b["type"] for b in body] == [
        *["paragraph"] * 3,
        "child_page",
        "paragraph",
        "paragraph",
        "child_page",
        "paragraph",
    ]
    assert inside[0]["paragraph"]["rich_text"][1]["mention"]["page"]["id"] == ids[late["id"]]
    assert inside[1]["paragraph"]["rich_text"][0]["text"]["link"]["url"] == (
        f"https://www.notion.so/Late-{ids[late['id']].replace('-', '')}?pvs=4"
    )


def test_a_large_file_goes_in_parts_and_comes_back_the_same(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    builder = Builder(notebook.space, random.Random(1), notebook.maker.now)
    for name, size in (("film.mp4", 21_000_000), ("film again.mp4", 21_000_000), ("empty.txt", 0), ("data.csv", 10)):
        kind = "video" if name.endswith("mp4") else "file"
        inner = {"caption": [], "type": "file", "file": builder.hosted(name, size)}
        notebook.maker.block(notebook.page, kind, {**inner, "name": name} if kind == "file" else inner)
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox()) as server:
        _, (applied, proof) = restored(snapshot, notebook.page, server, tmp_path / "r")
        sends = server.stats.endpoints["POST /v1/file_uploads/{id}/send"]
    assert proof.unplanned == []
    assert proof.files == 4
    assert sends >= 3 + 2
    assert [loss.code for loss in applied.job.losses] == ["file-renamed"]


def test_a_file_too_large_for_the_plan_is_named_in_its_place(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    builder = Builder(notebook.space, random.Random(1), notebook.maker.now)
    notebook.maker.block(
        notebook.page, "image", {"caption": [], "type": "file", "file": builder.hosted("big.png", 6_000_000)}
    )
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox(largest_upload=5 * 1024 * 1024)) as server:
        _, (applied, proof) = restored(snapshot, notebook.page, server, tmp_path / "r")
        (block,) = body_of(server, applied.job.names.ids[notebook.page["id"]])
    assert [loss.code for loss in applied.job.losses] == ["file-too-big"]
    assert block["callout"]["rich_text"][0]["plain_text"] == "big.png"
    assert proof.unplanned == []


def test_another_machine_goes_on_from_the_repository_alone(repository: Repository, tmp_path: Path) -> None:
    snapshot = snapshot_of(
        repository, Sandbox(generate(pages=5, seed=3, blocks_per_page=8, media_bytes=300, showcase=False, rows=6))
    )
    with running(target_sandbox(3)) as server:
        Restoring(snapshot, server, tmp_path / "undisturbed").go()
        wanted = picture(server.sandbox, top_of(server.sandbox))
    with running(target_sandbox(3)) as server:
        folder = tmp_path / "here"
        restoring = Restoring(snapshot, server, folder, repository)
        with pytest.raises(Killed):
            restoring.go(http=httpx.Client(transport=Mortal(3, sent=True)))
        # The repository's copy is older than what was done: a first part, and nothing after it.
        first = Journal(folder, _record(restoring), repository, 0)
        first.close()
        shutil.rmtree(folder)
        record, series = remote_records(repository)[0][RESTORE]
        folder.mkdir()
        take_over(folder, record)
        applied = restoring.go(behind=True, series=series)
        assert [loss for loss in applied.job.losses if not loss.planned] == []
        assert picture(server.sandbox, top_of(server.sandbox)) == wanted


def _record(restoring: Restoring) -> Any:
    return Record(restoring.header())


def test_a_damaged_journal_is_never_taken_for_none(repository: Repository, tmp_path: Path) -> None:
    header = Header("0123", "line", "commit", "http://127.0.0.1", "page", "2026-11-25", {}, {})
    Journal(tmp_path / "there", Record(header), repository, 0).close()
    elsewhere = Restores(tmp_path / "elsewhere", repository)
    found = elsewhere.find("line")
    assert found is not None and found.record.header == header
    ((part,),) = (place.parts for place in journals(repository.store, RESTORES))
    repository.store.delete(part)
    repository.store.put(part, b"\0" * 99)
    with pytest.raises(Damaged, match="Whether this restore was begun"):
        elsewhere.find("line")
    assert elsewhere.all() == [] and len(elsewhere.unreadable) == 1
    # Where it was begun the journal is whole, and it can be gone on with.
    there = Restores(tmp_path / "there", repository).find("line")
    assert there is not None and not there.behind


def test_two_processes_do_not_work_at_one_restore(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    with running(target_sandbox()) as server:
        restoring = Restoring(notebook.snapshot(repository), server, tmp_path / "r")
        held = Journal(restoring.folder, _record(restoring), None, 0)
        with pytest.raises(UsageError, match="at work already"):
            restoring.go()
        held.close()


def test_a_revoked_token_stops_it_at_once(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    with running(target_sandbox()) as server:
        restoring = Restoring(notebook.snapshot(repository), server, tmp_path / "r")
        server.sandbox.faults.add(FaultRule("revoke", path="^/v1/pages$", method="POST"))
        with pytest.raises(NotionUnauthorized, match="token of the restore"):
            restoring.go()


def test_a_refused_upload_costs_the_file_and_nothing_else(repository: Repository, tmp_path: Path) -> None:
    notebook = Notebook()
    builder = Builder(notebook.space, random.Random(1), notebook.maker.now)
    icon = {"type": "file", "file": builder.hosted("icon.png", 50)}
    notebook.child("With an icon", icon=icon)
    image = notebook.maker.block(
        notebook.page, "image", {"caption": [], "type": "file", "file": builder.hosted("photo.png", 60)}
    )
    notebook.paragraph("Below")
    snapshot = notebook.snapshot(repository)
    with running(target_sandbox(largest_upload=40)) as server:
        restoring = Restoring(
            snapshot, server, tmp_path / "r", selection=chosen(SnapshotOrigin(snapshot), [notebook.page["id"]])
        )
        # The plan believed in more room than there is.
        restoring.facts = replace(restoring.facts, largest_upload=1_000_000)
        applied = restoring.go()
        kinds = [block["type"] for block in body_of(server, applied.job.names.ids[notebook.page["id"]])]
    refused = {loss.id for loss in applied.job.losses if loss.code == "file-refused"}
    assert image["id"] in refused and len(refused) == 2
    assert kinds == ["child_page", "callout", "paragraph"]
