"""What other extractors were found to lose without a word: each test is named for what is lost there and held here."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from notion_backup.capture import capture_workspace
from notion_backup.capture.resuming import open_journal
from notion_backup.errors import NotionUnauthorized
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import FaultRule, running
from notion_backup.sandbox.clock import to_minute
from notion_backup.sandbox.generator.builder import parent_of, text
from notion_backup.sandbox.generator.properties import row
from notion_backup.sandbox.workspace import Raw
from notion_backup.snapshot import Severity, SnapshotReader, SnapshotWriter, Table
from notion_backup_tests.capture.scene import TOP, Scene
from notion_backup_tests.capture.standing_in import Remembering, source
from notion_backup_tests.capture.taking import Album, differing
from notion_backup_tests.capture.whole import Captured, capture_all
from notion_backup_tests.conftest import CHEAP

LONG_AGO = datetime(2019, 3, 1, 9, 0, tzinfo=UTC)


def whole(captured: Captured) -> None:
    """Nothing is missing, and nothing is said to be."""
    assert captured.missing() == {}
    assert captured.problems(Severity.MISSING) == []


def complete(taken: SnapshotReader, album: Album) -> None:
    """The snapshot holds what one that owes nothing to the past holds."""
    assert taken.manifest.verdict.status == "complete"
    assert differing(taken, album.afresh()) == {}


def test_01_blocks_below_the_thirty_first_container_are_not_lost(scene: Scene) -> None:
    for _ in range(40):
        toggle = scene.line(scene.home, kind="toggle")
        scene.line(scene.line(toggle, kind="toggle"), "Deep")
    captured = capture_all(scene.sandbox())
    whole(captured)
    assert sum(raw["paragraph"]["rich_text"][0]["plain_text"] == "Deep" for raw in _paragraphs(captured)) == 40


def test_02_what_was_last_edited_years_ago_is_not_lost() -> None:
    scene = Scene(LONG_AGO)
    scene.line(scene.home, "Old")
    row(scene.make, scene.source(), "Old row", 1)
    whole(capture_all(scene.sandbox()))


def test_03_unchanged_blocks_are_neither_sent_again_nor_lost(album: Album, scene: Scene) -> None:
    for _ in range(120):
        scene.line(scene.home)
    first = album.take()
    album.server.sandbox.clock.advance(60)
    second = album.take()
    assert album.asked("GET /v1/blocks/{id}/children") <= 2
    assert second.body(scene.home["id"]) == first.body(scene.home["id"])
    complete(second, album)


def test_04_comments_on_blocks_and_later_comments_are_not_lost(album: Album, scene: Scene) -> None:
    block = scene.line(scene.home)
    scene.make.comment(block, text("On the block"))
    first = album.take()
    assert [c["rich_text"][0]["plain_text"] for c in first.comments(scene.home["id"])] == ["On the block"]
    scene.make.comment(scene.home, text("Later, and the page's time does not tell"))
    for _ in range(8):
        album.server.sandbox.clock.advance(24 * 3600)
        last = album.take()
    complete(last, album)


@pytest.mark.parametrize("rule", ["absent", "cursor"])
def test_05_content_behind_a_404_or_a_bad_cursor_is_not_lost_in_silence(scene: Scene, rule: str) -> None:
    for _ in range(250):
        scene.line(scene.home)
    path = f"{scene.home['id']}/children"
    if rule == "absent":
        captured = capture_all(scene.sandbox(faults=[FaultRule("status", path=path, status=404, times=None)]))
        assert captured.problems(Severity.MISSING) == [f"body-unreachable {scene.home['id']}"]
    else:
        whole(capture_all(scene.sandbox(faults=[FaultRule("cursor", path=path, after=1)])))


def test_06_pages_too_heavy_for_one_answer_are_not_lost(scene: Scene) -> None:
    for _ in range(30):
        scene.line(scene.home)
    asked: list[int] = []
    sandbox = scene.sandbox()
    sandbox.faults.add(FaultRule("status", path="/children$", status=504, times=3))
    with running(sandbox) as server:
        kept = Remembering()
        capture_workspace(source(server.url, server.token), kept.writer)
        asked.append(server.stats.endpoints["GET /v1/blocks/{id}/children"])
    assert len(kept.bodies[scene.home["id"]]) == 30
    # Three failures halve the page size three times: 100, 50, 25, 12.
    assert asked == [3 + 3]


def test_07_what_a_broken_off_capture_had_read_is_not_asked_for_again(scene: Scene, tmp_path: Path) -> None:
    for number in range(60):
        scene.line(scene.make.page(f"Page {number}", parent_of("page_id", str(scene.home["id"]))))
    repository, _ = Repository.init(open_store(str(tmp_path / "repository")), "passphrase", kdf=CHEAP)
    sandbox = scene.sandbox(faults=[FaultRule("status", path="^/v1/", status=401, after=120)])
    with running(sandbox) as server:
        where = source(server.url, server.token)
        asked = []
        for refused in (True, False):
            server.stats.reset()
            now = sandbox.clock.now()
            with repository.session() as session:
                writer = SnapshotWriter(session, None, clock=sandbox.clock.now)
                journal = open_journal(
                    repository, session, where, workspace="notion", partition=None, previous=None, now=now
                )
                with journal, pytest.raises(NotionUnauthorized) if refused else nullcontext():
                    capture_workspace(where, writer, clock=sandbox.clock.now, journal=journal)
            asked.append(server.stats.total)
            sandbox.clock.advance(60)
    least = 60 * 3  # for each page its body, its comments and those of its line
    assert asked[0] + asked[1] <= least + 40


def test_08_pages_that_move_in_the_search_while_it_is_read_are_not_lost(scene: Scene) -> None:
    for number in range(230):
        scene.make.page(f"Page {number}", parent_of("page_id", str(scene.home["id"])))
    sandbox = scene.sandbox()
    sandbox.edit_while_read(every=1, edits=60, seed=3)
    captured = capture_all(sandbox, block_comments=False)
    assert "page" not in captured.missing()


def test_09_an_edit_in_the_minute_of_the_reading_is_not_lost(album: Album, scene: Scene) -> None:
    block = scene.line(scene.home, "Before")
    clock = album.server.sandbox.clock
    scene.space.objects["page"][scene.home["id"]]["last_edited_time"] = to_minute(clock.now())
    album.take()
    block["paragraph"]["rich_text"] = text("After, in the same minute")
    scene.space.touch(str(block["id"]))
    clock.advance(3600)
    complete(album.take(), album)


def test_10_a_nested_edit_that_moves_only_the_page_is_not_lost(album: Album, scene: Scene) -> None:
    toggle = scene.line(scene.home, kind="toggle")
    child = scene.line(toggle, "Before")
    album.take()
    clock = album.server.sandbox.clock
    clock.advance(3600)
    child["paragraph"]["rich_text"] = text("After")
    for raw in (child, scene.space.objects["page"][scene.home["id"]]):
        raw["last_edited_time"] = to_minute(clock.now())
        scene.space.touch(str(raw["id"]))
    clock.advance(3600)
    complete(album.take(), album)


def test_11_no_request_leaves_the_version_to_the_library() -> None:
    from notion_backup.capture.source import NOTION_VERSION
    from notion_backup_tests.capture.standing_in import reader_of

    versions = []

    def answer(request: httpx.Request) -> httpx.Response:
        versions.append(request.headers["notion-version"])
        return httpx.Response(200, json={"object": "user", "id": "me"})

    with reader_of(answer) as reader:
        reader.get("users/me")
    assert versions == [NOTION_VERSION] == ["2026-03-11"]


def test_12_properties_of_no_type_break_the_capture_and_none_is_lost(scene: Scene) -> None:
    from notion_backup.sandbox.generator.properties import every_schema

    home = scene.make.database("Everything", TOP)
    made = scene.make.data_source(home, "Everything", every_schema(scene.make))
    for number in range(3):
        row(scene.make, made, f"Row {number}", number)
    made["properties"]["Strange"] = scene.make.property("Strange", "hologram")
    captured = capture_all(scene.sandbox())
    whole(captured)
    assert captured.kept.objects[Table.DATA_SOURCES, made["id"]]["properties"].keys() == made["properties"].keys()


def test_13_without_leave_to_read_comments_the_pages_are_not_lost(scene: Scene) -> None:
    for number in range(12):
        scene.line(scene.make.page(f"Page {number}", parent_of("page_id", str(scene.home["id"]))))
    captured = capture_all(scene.sandbox(comments=False))
    assert captured.missing() == {}
    assert captured.problems(Severity.MISSING) == ["comments-forbidden read comments"]


def test_14_what_follows_an_unreadable_synced_copy_is_not_lost(scene: Scene) -> None:
    gone = {"type": "block_id", "block_id": scene.make.new_id()}
    copy = scene.make.block(scene.home, "synced_block", {"synced_from": gone})
    copy["has_children"] = True
    scene.line(scene.home, "After the copy")
    sandbox = scene.sandbox(faults=[FaultRule("status", path=f"{copy['id']}/children", status=404, times=None)])
    captured = capture_all(sandbox)
    assert captured.missing() == {}
    assert any(str(copy["id"]) in problem.object_id for problem in captured.kept.problems.values())


def test_15_blocks_that_refuse_their_children_take_nothing_with_them(scene: Scene) -> None:
    odd = scene.make.block(scene.home, "unsupported", {"block_type": "external_object_instance_page"})
    odd["has_children"] = True
    scene.line(scene.home, "After the odd one")
    sandbox = scene.sandbox(faults=[FaultRule("status", path=f"{odd['id']}/children", status=400, times=None)])
    captured = capture_all(sandbox)
    assert captured.missing() == {}
    assert any(problem.object_id == odd["id"] for problem in captured.kept.problems.values())


def test_16_a_listing_that_does_not_move_on_ends_and_is_said(scene: Scene) -> None:
    from notion_backup.capture.paging import collect, get
    from notion_backup.errors import NotionGarbled
    from notion_backup_tests.capture.standing_in import reader_of

    def same_again(_: httpx.Request) -> httpx.Response:
        users = [{"object": "user", "id": "bot", "type": "bot"}]
        return httpx.Response(200, json={"object": "list", "results": users, "has_more": True, "next_cursor": "x"})

    with reader_of(same_again) as reader, pytest.raises(NotionGarbled, match="does not move on"):
        collect(reader, get("users"))


def test_17_a_page_missing_from_search_is_neither_dead_nor_alive_for_ever(album: Album, scene: Scene) -> None:
    pages = [scene.make.page(f"Page {n}", parent_of("page_id", str(scene.home["id"]))) for n in range(3)]
    omitted, trashed, unshared = (str(page["id"]) for page in pages)
    album.take()
    sandbox = album.server.sandbox
    sandbox.access.search_omits |= {omitted, trashed}
    scene.space.objects["page"][trashed]["in_trash"] = True
    sandbox.access.unshared.add(unshared)
    for page_id in (omitted, trashed, unshared):
        scene.space.touch(page_id)
    sandbox.clock.advance(3600)
    taken = album.take()
    entries = {page_id: taken.entry(Table.PAGES, page_id) for page_id in (omitted, trashed, unshared)}
    assert [(bool(e.in_trash), e.unshared) for e in entries.values() if e is not None] == [
        (False, False),
        (True, False),
        (False, True),
    ]


def test_18_no_data_source_of_a_database_with_several_is_lost(scene: Scene) -> None:
    first = scene.source("First")
    database = scene.space.objects["database"][first["parent"]["database_id"]]
    second = scene.source("Second", database=database)
    for made in (first, second):
        row(scene.make, made, "A row", 1)
    captured = capture_all(scene.sandbox())
    whole(captured)
    assert captured.kept.ids(Table.DATA_SOURCES) == {first["id"], second["id"]}


def test_19_nothing_behind_the_first_hundred_is_lost(scene: Scene) -> None:
    made = scene.source()
    for number in range(130):
        row(scene.make, made, f"Row {number}", number)
        scene.line(scene.home)
        scene.make.comment(scene.home, text(f"Comment {number}"))
    captured = capture_all(scene.sandbox(), block_comments=False)
    whole(captured)
    assert len(captured.kept.comments[scene.home["id"]]) == 130


def test_20_relations_past_twenty_five_rows_past_the_cap_and_linked_views_are_not_lost(scene: Scene) -> None:
    things = scene.source("Things")
    links = scene.make.property(
        "Links", "relation", {"data_source_id": things["id"], "type": "single_property", "single_property": {}}
    )
    holders = scene.source("Holders", links)
    targets = [row(scene.make, things, f"Thing {number}", number) for number in range(60)]
    for number, target in enumerate(targets):
        # No two in a minute, so that the cap can be passed by time.
        target["created_time"] = f"2026-07-01T{number // 60:02}:{number % 60:02}:00.000Z"
    value = {"id": links["id"], "type": "relation", "relation": [{"id": t["id"]} for t in targets], "has_more": False}
    holder = row(scene.make, holders, "Holder", 1, Links=value)
    captured = capture_all(scene.sandbox(row_cap=25))
    whole(captured)
    items = captured.kept.properties[holder["id"]][links["id"]]
    assert [item["relation"]["id"] for item in items] == [target["id"] for target in targets]


def test_21_a_file_is_not_replaced_by_the_page_that_says_it_is_denied(scene: Scene) -> None:
    inner = {"type": "file", "file": scene.make.hosted("plan.zip", 5000), "caption": [], "name": "plan.zip"}
    block = scene.make.block(scene.home, "file", inner)
    captured = capture_all(scene.sandbox(faults=[FaultRule("html", path="^/files/", times=None)]))
    assert captured.problems(Severity.MISSING) == [f"media-not-a-file {block['id']}"]
    assert [file.media for file in captured.kept.file_refs()] == [None]


def _paragraphs(captured: Captured) -> list[Raw]:
    return [raw for raw in captured.kept.blocks().values() if raw["type"] == "paragraph"]
