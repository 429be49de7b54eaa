from __future__ import annotations

from typing import Any

import httpx

from notion_backup.capture.problems import Problems
from notion_backup.capture.report import Tally
from notion_backup.capture.walk import Body, walk, walk_copy
from notion_backup.snapshot import Severity
from notion_backup_tests.capture.standing_in import Remembering, listing, reader_of, refusal

Raw = dict[str, Any]
Tree = dict[str, list[Raw]]


def block(name: str, kind: str = "toggle", *, children: bool = False, **content: Any) -> Raw:
    return {"object": "block", "id": name, "type": kind, "has_children": children, kind: content}


class World:
    """Answers for blocks from a dictionary, and counts what was asked."""

    def __init__(self, tree: Tree, blocks: list[Raw] | None = None) -> None:
        self.tree = tree
        self.blocks = {raw["id"]: raw for raw in blocks or []}
        self.asked: list[str] = []
        self.kept = Remembering()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        parts = request.url.path.split("/")
        self.asked.append(parts[3])
        if parts[-1] == "children":
            return listing(self.tree[parts[3]]) if parts[3] in self.tree else refusal(404, "object_not_found")
        raw = self.blocks.get(parts[3])
        return httpx.Response(200, json=raw) if raw else refusal(404, "object_not_found")

    def walk(self, page: str = "page", **options: Any) -> Body | None:
        with reader_of(self) as reader:
            return walk(reader, self.problems(), page, **options)

    def problems(self) -> Problems:
        return Problems(self.kept.writer, Tally(lambda _: None, lambda: 0, lambda: 0.0))

    def told(self) -> list[tuple[str, Severity, str, str]]:
        return [(p.code, p.severity, p.object_id, p.where) for p in self.kept.problems.values()]


def shape(body: Body | None) -> list[tuple[str, str, int]]:
    assert body is not None
    return [(node.raw["id"], node.parent_id, node.depth) for node in body.nodes]


def test_blocks_come_in_document_order_with_parent_and_depth() -> None:
    world = World(
        {
            "page": [block("a", children=True), block("d")],
            "a": [block("b", children=True)],
            "b": [block("c")],
        }
    )
    assert shape(world.walk()) == [("a", "page", 0), ("b", "a", 1), ("c", "b", 2), ("d", "page", 0)]


def test_any_depth_is_walked() -> None:
    depth = 5000
    tree: Tree = {"page": [block("0", children=True)]}
    for level in range(depth):
        tree[str(level)] = [block(str(level + 1), children=level + 1 < depth)]
    assert shape(World(tree).walk())[-1] == (str(depth), str(depth - 1), depth)


def test_thirty_one_containers_are_not_too_many() -> None:
    names = [f"t{number}" for number in range(80)]
    tree: Tree = {"page": [block(name, children=True) for name in names]}
    tree.update({name: [block(f"{name}-child")] for name in names})
    assert len(shape(World(tree).walk())) == 160


def test_only_containers_with_children_are_listed() -> None:
    world = World({"page": [block("a"), block("p", "child_page", children=True), block("d", "child_database")]})
    world.walk()
    assert world.asked == ["page"]


def test_a_circle_of_blocks_ends() -> None:
    world = World(
        {"page": [block("a", children=True)], "a": [block("b", children=True)], "b": [block("a", children=True)]}
    )
    assert shape(world.walk()) == [("a", "page", 0), ("b", "a", 1)]


def test_a_container_that_cannot_be_listed_is_missing_and_its_siblings_are_kept() -> None:
    world = World({"page": [block("a", children=True), block("b")]})
    assert shape(world.walk()) == [("a", "page", 0), ("b", "page", 0)]
    assert world.told() == [("children-unreachable", Severity.MISSING, "a", "page")]


def test_a_page_that_cannot_be_listed_has_no_body_and_a_problem() -> None:
    world = World({})
    assert world.walk() is None
    assert world.told() == [("body-unreachable", Severity.MISSING, "page", "page")]


def test_what_the_api_hides_in_the_trash_is_a_notice() -> None:
    world = World({})
    assert world.walk(in_trash=True) is None
    assert world.told() == [("body-unreachable", Severity.NOTICE, "page", "page")]


def test_an_unsupported_block_is_kept_and_named() -> None:
    world = World({"page": [block("a", "unsupported", block_type="button"), block("b")]})
    assert len(shape(world.walk())) == 2
    [problem] = world.kept.problems.values()
    assert (problem.code, problem.severity) == ("unsupported-block", Severity.NOTICE)
    assert "button" in problem.why


def test_hostile_words_of_an_answer_do_not_reach_the_problem() -> None:
    world = World({"page": [block("a", "unsupported", block_type="\x1b[2J secret words")]})
    world.walk()
    [problem] = world.kept.problems.values()
    assert "secret" not in problem.why


def test_a_block_type_nobody_knows_is_kept_and_entered() -> None:
    world = World({"page": [block("a", "hologram", children=True, beams=3)], "a": [block("b")]})
    assert shape(world.walk()) == [("a", "page", 0), ("b", "a", 1)]


def test_children_that_were_promised_and_are_not_there_are_noticed() -> None:
    world = World({"page": [block("a", children=True)], "a": []})
    world.walk()
    assert world.told() == [("children-vanished", Severity.NOTICE, "a", "page")]


def test_a_synced_copy_is_a_pointer_and_not_listed() -> None:
    copy = block("copy", "synced_block", children=True, synced_from={"type": "block_id", "block_id": "original"})
    world = World(
        {"page": [copy, block("original", "synced_block", children=True, synced_from=None)], "original": [block("x")]}
    )
    body = world.walk()
    assert body is not None
    assert body.copies == [("copy", "original")]
    assert world.asked == ["page", "original"]


def test_a_copy_that_cannot_be_listed_belongs_outside() -> None:
    world = World({})
    with reader_of(world) as reader:
        assert walk_copy(reader, world.problems(), "page", "copy", 1) == []
    assert world.told() == [("children-unreachable", Severity.OUTSIDE, "copy", "page")]


def test_meeting_notes_are_walked_by_the_three_ids_they_name() -> None:
    for kind in ("meeting_notes", "transcription"):
        named = {"summary_block_id": "s", "notes_block_id": "n", "transcript_block_id": "t"}
        parts = [block(name, children=name != "n") for name in "snt"]
        world = World(
            {"page": [block("m", kind, children=True, children_=0)], "s": [block("s1")], "t": [block("t1")]}, parts
        )
        world.tree["page"][0][kind] = {"children": named}
        assert shape(world.walk()) == [
            ("m", "page", 0), ("s", "m", 1), ("s1", "s", 2), ("n", "m", 1), ("t", "m", 1), ("t1", "t", 2),
        ]  # fmt: skip
        assert world.told() == []


def test_a_part_of_meeting_notes_that_is_gone_is_missing() -> None:
    meeting = block("m", "meeting_notes", children=True)
    meeting["meeting_notes"] = {"children": {"summary_block_id": "s", "notes_block_id": "n"}}
    world = World({"page": [meeting], "n": []}, [block("n")])
    assert shape(world.walk()) == [("m", "page", 0), ("n", "m", 1)]
    assert world.told() == [("children-unreachable", Severity.MISSING, "s", "page")]


def test_a_block_that_moved_while_we_read_is_kept_once() -> None:
    world = World({"page": [block("a", children=True), block("b")], "a": [block("b")]})
    assert shape(world.walk()) == [("a", "page", 0), ("b", "a", 1)]


def test_a_stub_of_a_block_is_asked_for_and_stays_a_stub_where_that_fails() -> None:
    world = World({"page": [{"object": "block", "id": "a"}, {"object": "block", "id": "b"}]}, [block("a")])
    body = world.walk()
    assert body is not None
    assert [node.raw for node in body.nodes] == [block("a"), {"object": "block", "id": "b"}]
    assert world.told() == [("block-unreachable", Severity.MISSING, "b", "page")]
