from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.export.plain_text import block_line, body_lines, property_text
from notion_backup.sandbox import generate
from notion_backup.snapshot import BlockNode

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _text(content: str) -> list[dict[str, Any]]:
    return [{"type": "text", "plain_text": content}]


def _block(kind: str, **fields: Any) -> dict[str, Any]:
    return {"object": "block", "id": "b", "type": kind, kind: fields}


@pytest.mark.parametrize(
    ("block", "line"),
    [
        (_block("paragraph", rich_text=_text("Hello")), "Hello"),
        (_block("heading_2", rich_text=_text("Plan")), "## Plan"),
        (_block("to_do", rich_text=_text("buy"), checked=True), "[x] buy"),
        (_block("to_do", rich_text=_text("buy"), checked=False), "[ ] buy"),
        (_block("code", rich_text=_text("a\nb"), language="python"), "```python\na\nb\n```"),
        (_block("divider"), "---"),
        (_block("table_row", cells=[_text("a"), _text("b")]), "| a | b |"),
        (_block("child_page", title="Sub"), "[page: Sub] b"),
        (
            _block("image", type="external", external={"url": "https://x.example/a.png"}),
            "[image: https://x.example/a.png]",
        ),
        (_block("unsupported", block_type="button"), "[unsupported: button]"),
        (_block("bookmark", url="https://x.example"), "[bookmark: https://x.example]"),
        (_block("from_the_future", anything=1), "[from_the_future]"),
        ({}, "[None]"),
    ],
)
def test_a_block_reads_as_a_person_would_write_it(block: dict[str, Any], line: str) -> None:
    assert block_line(block) == line


def test_lists_are_numbered_per_level_and_children_are_indented() -> None:
    def item(text: str, depth: int, kind: str = "numbered_list_item") -> BlockNode:
        return BlockNode(_block(kind, rich_text=_text(text)), "p", depth)

    nodes = [item("a", 0), item("a1", 1), item("a2", 1), item("b", 0), item("x", 0, "paragraph"), item("c", 0)]
    assert list(body_lines(nodes)) == ["1. a", "  1. a1", "  2. a2", "2. b", "x", "1. c"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"type": "number", "number": 0}, "0"),
        ({"type": "number", "number": None}, ""),
        ({"type": "checkbox", "checkbox": False}, "no"),
        ({"type": "select", "select": {"id": "x", "name": "Red", "color": "red"}}, "Red"),
        ({"type": "multi_select", "multi_select": [{"name": "a"}, {"name": "b"}]}, "a, b"),
        (
            {"type": "date", "date": {"start": "2026-11-01", "end": "2026-11-02", "time_zone": None}},
            "2026-11-01 → 2026-11-02",
        ),
        (
            {
                "type": "people",
                "people": [{"object": "user", "id": "u1", "name": "Ann"}, {"object": "user", "id": "u2"}],
            },
            "Ann, u2",
        ),
        ({"type": "relation", "relation": [{"id": "p1"}], "has_more": True}, "p1, …"),
        ({"type": "formula", "formula": {"type": "string", "string": "sum"}}, "sum"),
        ({"type": "rollup", "rollup": {"type": "array", "array": [{"type": "number", "number": 2}]}}, "2"),
        ({"type": "unique_id", "unique_id": {"prefix": "T", "number": 7}}, "T-7"),
        ({"type": "files", "files": [{"name": "a.pdf", "type": "file"}]}, "a.pdf"),
        ({"type": "url", "url": None}, ""),
        ("nonsense", ""),
    ],
)
def test_a_property_reads_on_one_line(value: Any, text: str) -> None:
    assert property_text(value) == text


@given(JSON, st.sampled_from(["paragraph", "image", "code", "link_to_page", "numbered_list_item", "unheard_of"]))
def test_no_shape_of_a_block_or_property_is_an_error(content: Any, kind: str) -> None:
    assert isinstance(block_line({"type": kind, kind: content}), str)
    assert isinstance(property_text({"type": kind, kind: content}), str)
    assert isinstance(property_text(content), str)


def test_every_block_and_property_of_a_generated_workspace_has_a_text() -> None:
    workspace = generate(pages=5, seed=2)
    for block in workspace.all("block"):
        assert block_line(block) is not None
    for page in workspace.all("page"):
        for value in page["properties"].values():
            assert "{'" not in property_text(value)
