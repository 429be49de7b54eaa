"""Trees of blocks of any shape, spread over requests: nothing lost, nothing out of order, no limit broken."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from notion_backup.restore import Facts, Selection
from notion_backup.restore.blocks import BlockEncoder
from notion_backup.restore.bodies import BodyWriter
from notion_backup.restore.files import FileEncoder
from notion_backup.restore.job import Job
from notion_backup.restore.planning import PlanTarget
from notion_backup.restore.tree import Node
from notion_backup.restore.wants import Want
from notion_backup.snapshot import Raw


class StrictTarget(PlanTarget):
    """Keeps what it is sent, under Notion's own limits."""

    def __init__(self) -> None:
        super().__init__()
        self.children: dict[str, list[str]] = {}
        self.words: dict[str, str] = {}
        self.calls = 0
        self._count = 0

    def append(self, key: str, parent: str, blocks: Sequence[Raw], after: str | None) -> list[str]:
        self.calls += 1
        assert 1 <= len(blocks) <= 100
        assert len(json.dumps({"children": list(blocks)}).encode()) <= 500 * 1024
        assert sum(_size(block) for block in blocks) <= 1000
        assert all(_depth(block) <= 2 for block in blocks)
        assert after is None
        return [self._put(parent, block, 0) for block in blocks]

    def learn(self, key: str, parent: str, count: int) -> list[str]:
        self.calls += 1
        return self.children[parent][:count]

    def _put(self, parent: str, block: Raw, level: int) -> str:
        kind = block["type"]
        inner = block[kind]
        below = inner.get("children", [])
        assert len(below) <= 100
        assert kind not in ("column_list", "tab") or level == 0
        assert kind != "column_list" or len(below) >= 2
        assert kind != "table" or below
        self._count += 1
        made = f"{self._count}"
        self.words[made] = kind + "".join(span["text"]["content"] for span in inner.get("rich_text", ()))
        self.children.setdefault(parent, []).append(made)
        for child in below:
            self._put(made, child, level + 1)
        return made

    def shape(self, parent: str) -> Any:
        return [[self.words[one], self.shape(one)] for one in self.children.get(parent, ())]


def _size(block: Raw) -> int:
    return 1 + sum(_size(child) for child in block[block["type"]].get("children", ()))


def _depth(block: Raw) -> int:
    below = block[block["type"]].get("children", ())
    return 1 + max(map(_depth, below)) if below else 0


def _want(kind: str, children: list[Want], words: str = "") -> Want:
    if kind == "table_row":
        return Want(None, kind, {"cells": [[]]})
    if kind == "table":
        return Want(None, kind, {"table_width": 1}, children)
    inner: Raw = (
        {}
        if kind in ("column", "column_list", "tab")
        else {"rich_text": [{"type": "text", "text": {"content": words}}]}
    )
    return Want(None, kind, inner, children)


def _trees() -> st.SearchStrategy[Want]:
    def grow(inner: st.SearchStrategy[Want]) -> st.SearchStrategy[Want]:
        lists = st.lists(inner, max_size=4)
        column = lists.map(lambda below: _want("column", below))
        return st.one_of(
            lists.map(lambda below: _want("toggle", below, "t")),
            lists.map(lambda below: _want("bulleted_list_item", below, "b")),
            st.lists(column, min_size=2, max_size=4).map(lambda columns: _want("column_list", columns)),
            st.lists(lists.map(lambda below: _want("paragraph", below, "tab")), min_size=1, max_size=3).map(
                lambda items: _want("tab", items)
            ),
            st.integers(1, 230).map(lambda rows: _want("table", [_want("table_row", []) for _ in range(rows)])),
            st.integers(90, 130).map(
                lambda n: _want("toggle", [_want("paragraph", [], "x") for _ in range(n)], "many")
            ),
        )

    leaf = st.text(max_size=3).map(lambda words: _want("paragraph", [], words))
    return st.recursive(leaf, grow, max_leaves=25)


def _expected(wants: Sequence[Want]) -> Any:
    return [
        [want.kind + "".join(s["text"]["content"] for s in want.inner.get("rich_text", ())), _expected(want.children)]
        for want in wants
    ]


def _written(wants: list[Want]) -> StrictTarget:
    target = StrictTarget()
    job = Job(origin=None, target=target, facts=Facts("p"), selection=Selection(()))  # type: ignore[arg-type]
    BodyWriter(job).write("p", "p", wants, None)
    return target


@settings(max_examples=60)
@given(st.lists(_trees(), min_size=1, max_size=6))
def test_any_tree_arrives_whole_and_in_order(wants: list[Want]) -> None:
    expected = _expected(wants)
    assert _written(wants).shape("p") == expected


def test_a_flat_page_takes_a_request_for_each_hundred_blocks() -> None:
    assert _written([_want("paragraph", [], "x") for _ in range(1_000)]).calls == 10


def test_two_levels_below_go_along_and_a_third_costs_one_request_each() -> None:
    def toggles(depth: int) -> Want:
        return _want("toggle", [toggles(depth - 1)] if depth else [], "t")

    assert _written([toggles(2) for _ in range(50)]).calls == 1
    # The first level is sent alone, and each of the ten with all three levels below it.
    assert _written([toggles(3) for _ in range(10)]).calls == 11


def test_what_is_too_long_for_one_request_is_sent_in_several() -> None:
    long = [_want("paragraph", [_want("paragraph", [], "y" * 1_900) for _ in range(60)], "x") for _ in range(9)]
    target = _written(long)
    assert len(target.shape("p")) == 9
    assert target.calls == 3


def encoder(names: Any) -> BlockEncoder:
    return BlockEncoder(names, FileEncoder(names, {}, set()))


def _paragraph(spans: list[Raw], kind: str = "paragraph", **more: Any) -> Node:
    return Node({"id": "b", "type": kind, kind: {"rich_text": spans, "color": "default", **more}})


def _span(words: str, **form: Any) -> Raw:
    return {"type": "text", "text": {"content": words, "link": None}, "annotations": form, "plain_text": words}


def _encoded(node: Node) -> list[Want]:
    from notion_backup.restore.facts import Names

    return [item for item in encoder(Names(Facts("p"))).body([node]) if isinstance(item, Want)]


@given(st.text(alphabet="a🙂é\ud800", min_size=1, max_size=50).map(lambda part: part * 120))
def test_long_text_is_cut_where_no_character_breaks(words: str) -> None:
    (want,) = _encoded(_paragraph([_span(words)]))
    pieces = [span["text"]["content"] for span in want.inner["rich_text"]]
    assert "".join(pieces) == words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert all(len(piece.encode("utf-16-le")) // 2 <= 2000 for piece in pieces)


def test_code_of_a_hundred_thousand_characters_is_one_block() -> None:
    (want,) = _encoded(_paragraph([_span("x" * 150_000)], "code", language="python", caption=[]))
    assert len(want.inner["rich_text"]) == 75
    assert want.inner["language"] == "python"
    assert "caption" not in want.inner


def test_more_than_a_hundred_pieces_of_text_go_on_in_a_second_block() -> None:
    spans = [_span(str(number), bold=number % 2 == 0) for number in range(130)]
    first, second = _encoded(_paragraph(spans))
    assert (len(first.inner["rich_text"]), len(second.inner["rich_text"])) == (100, 30)
    assert [loss.code for loss in first.notes.losses] == ["text-continued"]
    (heading,) = _encoded(_paragraph(spans, "heading_1"))
    assert len(heading.inner["rich_text"]) == 100
    assert "".join(span["text"]["content"] for span in heading.inner["rich_text"]) == "".join(map(str, range(130)))


def test_nothing_that_is_read_only_or_empty_is_sent() -> None:
    (want,) = _encoded(
        Node(
            {
                "id": "b",
                "object": "block",
                "type": "paragraph",
                "has_children": False,
                "in_trash": False,
                "created_time": "x",
                "paragraph": {"rich_text": [_span("a", bold=False, color="default")], "icon": None, "color": "default"},
            }
        )
    )
    assert want.inner == {"rich_text": [{"type": "text", "text": {"content": "a"}}]}
