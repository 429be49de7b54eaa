"""What one snapshot says, the next one says as well, for as long as it is true: of what is carried on unread, too."""

from __future__ import annotations

from datetime import timedelta

import pytest

from notion_backup.sandbox import FaultRule
from notion_backup.sandbox.generator.builder import parent_of, text
from notion_backup.sandbox.generator.properties import row
from notion_backup.sandbox.workspace import Raw
from notion_backup.snapshot import DETACHED, ChangeKind, Severity, SnapshotReader, Table, diff_snapshots
from notion_backup_tests.capture.scene import Scene
from notion_backup_tests.capture.taking import Album, differing

HOUR = 3600


def test_blocks_and_properties_of_unknown_types_are_kept_raw_and_counted_by_name(album: Album, scene: Scene) -> None:
    strange = [scene.make.block(scene.home, "hologram", {"beams": n}) for n in range(3)]
    scene.make.block(scene.home, "\x1b[2J" + "x" * 500, {"rich_text": []})
    source = scene.source("Things", scene.make.property("Smell", "scent"), scene.make.property("Odd", "Not a type!"))
    row(scene.make, scene.source("Others"), "An ordinary row", 1)
    wanted = {"block hologram": 3, "block not_named": 1, "property scent": 1, "property not_named": 1}
    for _ in range(2):
        taken = album.take()
        assert taken.manifest.verdict.unknown_types == wanted
        assert taken.manifest.verdict.status == "complete"
        body = {node.raw["id"]: node.raw for node in taken.body(scene.home["id"]) or ()}
        assert [body[raw["id"]]["hologram"] for raw in strange] == [{"beams": n} for n in range(3)]
        kept = taken.object(Table.DATA_SOURCES, source["id"])
        assert kept is not None and kept["properties"]["Smell"]["type"] == "scent"
        album.server.sandbox.clock.advance(HOUR)
    assert album.asked("GET /v1/blocks/{id}/children") == 0
    told = [problem for problem in taken.problems() if problem.code.startswith("unknown-")]
    assert all(problem.severity is Severity.NOTICE and "\x1b" not in str(problem) for problem in told)


def test_a_long_value_that_cannot_be_had_is_missing_until_it_is_had(album: Album, scene: Scene) -> None:
    things = scene.source("Things")
    inner = {"data_source_id": things["id"], "type": "single_property", "single_property": {}}
    links = scene.make.property("Links", "relation", inner)
    holders = scene.source("Holders", links)
    targets = [row(scene.make, things, f"Thing {number}", number) for number in range(30)]
    value: Raw = {"id": links["id"], "type": "relation", "relation": [{"id": t["id"]} for t in targets]}
    holder = row(scene.make, holders, "Holder", 1, Links={**value, "has_more": False})
    path = f"/pages/{holder['id']}/properties/"
    album.server.sandbox.faults.add(FaultRule("status", path=path, status=404, times=None))
    for _ in range(3):
        assert _missing(album.take()) == {f"property-unreachable {holder['id']}/{links['id']}"}
        album.server.sandbox.clock.advance(HOUR)
    album.server.sandbox.faults.clear()
    whole = album.take()
    assert _missing(whole) == set()
    assert differing(whole, album.afresh()) == {}


@pytest.mark.parametrize("path", ["comments$", "/views$", "/templates$", "/query$", "/blocks/[^/]+/children$"])
def test_what_a_server_fails_to_give_is_missing_until_it_is_given(album: Album, scene: Scene, path: str) -> None:
    source = scene.source("Things")
    row(scene.make, source, "A row", 1)
    scene.line(scene.home)
    rule = FaultRule("status", path=path, status=404, times=None)
    album.server.sandbox.faults.add(rule)
    first = album.take()
    assert _missing(first)
    for _ in range(2):
        album.server.sandbox.clock.advance(HOUR)
        assert _missing(album.take()) == _missing(first)
    album.server.sandbox.faults.clear()
    whole = album.take()
    assert _missing(whole) == set()
    left = differing(whole, album.afresh())
    # A block that was asked for by itself while no body could be read is kept beside the body.
    assert {unit for units in left.values() for unit in units if not unit.startswith(DETACHED)} == set()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/views", "views-forbidden"),
        ("/templates$", "templates-unreachable"),
        ("/custom_emojis", "custom-emojis-unreachable"),
        ("/comments", "comments-forbidden"),
    ],
)
def test_what_may_not_be_read_any_more_is_held_as_it_was_and_said_with_a_cure(
    album: Album, scene: Scene, path: str, code: str
) -> None:
    source = scene.source("Things")
    template = row(scene.make, source, "A new thing", 9)
    scene.space.templates[source["id"]] = [{"id": template["id"], "name": "A new thing", "is_default": True}]
    scene.make.custom_emoji("duck")
    scene.make.comment(scene.home, text("Read while that was allowed"))
    whole = album.take()
    album.server.sandbox.faults.add(FaultRule("status", path=path, status=403, times=None))
    album.server.sandbox.clock.advance(HOUR)
    taken = album.take(verify_within=timedelta())
    assert differing(whole, taken) == {}
    (problem,) = [problem for problem in taken.problems() if problem.severity is not Severity.OUTSIDE]
    assert problem.code == code and problem.cure
    assert (problem.severity is Severity.NOTICE) == (code == "custom-emojis-unreachable")


def test_the_place_of_a_page_that_could_not_be_read_is_asked_for_again(album: Album, scene: Scene) -> None:
    toggle = scene.line(scene.home, kind="toggle")
    page = scene.make.page("Below a toggle", parent_of("block_id", str(toggle["id"])))
    faults = album.server.sandbox.faults
    faults.add(FaultRule("status", path=f"/{toggle['id']}/children$", status=404, times=None))
    faults.add(FaultRule("status", path=f"/blocks/{page['id']}$", status=500, times=None))
    for _ in range(3):
        assert f"block-unreachable {page['id']}" in _missing(album.take())
        album.server.sandbox.clock.advance(HOUR)
    faults.clear()
    assert _missing(album.take()) == set()


def test_moves_and_renames_are_moves_and_renames(album: Album, scene: Scene) -> None:
    here = parent_of("page_id", str(scene.home["id"]))
    old, new, moved, renamed = (scene.make.page(name, here) for name in ("Old", "New", "Moved", "Before"))
    things, others = scene.source("Things"), scene.source("Others")
    row_moved = row(scene.make, things, "A row", 1)
    scene.line(moved, "Its body goes with it")
    before = album.take()
    album.server.sandbox.clock.advance(HOUR)
    _move(scene, moved, parent_of("page_id", str(new["id"])))
    row_moved["parent"] = {"type": "data_source_id", "data_source_id": others["id"],
                           "database_id": others["parent"]["database_id"]}  # fmt: skip
    title = next(value for value in renamed["properties"].values() if value["type"] == "title")
    title["title"][0]["plain_text"] = "After"
    for raw in (old, new, moved, renamed, row_moved):
        scene.space.touch(str(raw["id"]))
    after = album.take()
    changes = {(change.kind, change.id) for change in diff_snapshots(before, after)}
    assert {(ChangeKind.MOVED, moved["id"]), (ChangeKind.MOVED, row_moved["id"])} <= changes
    assert (ChangeKind.CHANGED, renamed["id"]) in changes
    assert not {kind for kind, _ in changes} & {ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.UNSHARED}
    assert after.body(moved["id"]) == before.body(moved["id"])


def _move(scene: Scene, page: Raw, parent: Raw) -> None:
    space, page_id = scene.space, str(page["id"])
    for children in space.children.values():
        if page_id in children:
            children.remove(page_id)
    space.children.setdefault(parent["page_id"], []).append(page_id)
    for raw in (page, space.objects["block"][page_id]):
        raw["parent"] = parent


def _missing(taken: SnapshotReader) -> set[str]:
    return {f"{p.code} {p.object_id}" for p in taken.problems() if p.severity is Severity.MISSING}
