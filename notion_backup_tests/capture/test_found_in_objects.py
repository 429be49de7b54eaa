"""What is found in an object's JSON: references, files, values that are cut short."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.capture.files import files_in
from notion_backup.capture.properties import cut_properties, read_property, rollups_of
from notion_backup.capture.references import Reference, parent_in, references_in
from notion_backup_tests.capture.standing_in import listing, reader_of

A, B, C = (f"11111111-1111-4111-8111-11111111111{n}" for n in (1, 2, 3))


def mention(kind: str, name: str) -> dict[str, Any]:
    return {"type": "mention", "mention": {"type": kind, kind: {"id": name}}}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"properties": {"x": {"type": "relation", "relation": [{"id": A}, {"id": B}]}}}, {("page", A), ("page", B)}),
        ({"type": "link_to_page", "link_to_page": {"type": "page_id", "page_id": A}}, {("page", A)}),
        ({"type": "link_to_page", "link_to_page": {"type": "database_id", "database_id": A}}, {("database", A)}),
        ({"paragraph": {"rich_text": [mention("page", A), mention("database", B)]}}, {("page", A), ("database", B)}),
        ({"table_row": {"cells": [[mention("data_source", C)]]}}, {("data_source", C)}),
        ({"created_by": {"object": "user", "id": A}}, {("user", A)}),
        ({"properties": {"r": {"relation": {"data_source_id": A, "database_id": B}}}}, {("data_source", A)}),
        ({"object": "property_item", "type": "relation", "relation": {"id": A}}, {("page", A)}),
        ({"object": "view", "data_source_id": A}, {("data_source", A)}),
        ({"unheard_of": {"deep": [{"rich_text": [mention("page", A)]}]}}, {("page", A)}),
        # A property that a person called "relation" is not a relation.
        ({"properties": {"relation": {"id": "title", "type": "title"}, "mention": {"page": {"id": "ab"}}}}, set()),
    ],
)
def test_references_are_found_wherever_they_stand(raw: dict[str, Any], expected: set[tuple[str, str]]) -> None:
    assert {(reference.kind, reference.id) for reference in references_in(raw)} == expected


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just(A),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["relation", "mention", "page", "link_to_page", "id", "object", "type", "file", "icon", "url"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(
    st.dictionaries(st.sampled_from(["relation", "mention", "icon", "properties", "id", "type", "image"]), json_values)
)
def test_no_shape_of_an_object_breaks_the_search(raw: dict[str, Any]) -> None:
    list(references_in(raw))
    parent_in(raw)
    cut_properties(raw)
    rollups_of(raw)
    for kind in ("page", "block", "comment", "custom_emoji", "database"):
        files_in(kind, raw)


@pytest.mark.parametrize(
    ("parent", "expected"),
    [
        ({"type": "workspace", "workspace": True}, None),
        ({"type": "page_id", "page_id": A}, Reference("page", A)),
        ({"type": "block_id", "block_id": A}, Reference("block", A)),
        ({"type": "data_source_id", "data_source_id": A, "database_id": B}, Reference("data_source", A)),
        (None, None),
    ],
)
def test_the_nearest_parent_is_the_one_that_counts(parent: Any, expected: Reference | None) -> None:
    assert parent_in({"parent": parent}) == expected


HOSTED = {"type": "file", "file": {"url": "https://files.test/space/id/plan%20b.pdf?signature=s"}}
EXTERNAL = {"type": "external", "external": {"url": "https://elsewhere.test/x.png"}}
EMOJI = {"type": "custom_emoji", "custom_emoji": {"id": B, "name": "duck", "url": "https://files.test/duck.png"}}


def slots(kind: str, raw: dict[str, Any]) -> list[tuple[str, str, bool]]:
    return [(file.slot, file.name, file.hosted) for file in files_in(kind, {"id": A, **raw})]


def test_files_are_found_in_every_place() -> None:
    assert slots("page", {"icon": EMOJI, "cover": EXTERNAL}) == [("icon", "duck.png", True), ("cover", "x.png", False)]
    assert slots("database", {"icon": HOSTED}) == [("icon", "plan b.pdf", True)]
    files = {"Name": {"id": "a%5D", "type": "files", "files": [{"name": "n", **EXTERNAL}, {"name": "m", **HOSTED}]}}
    assert slots("page", {"properties": files}) == [("property:a%5D:0", "n", False), ("property:a%5D:1", "m", True)]
    for kind in ("image", "video", "pdf", "audio", "file", "hologram"):
        assert slots("block", {"type": kind, kind: HOSTED}) == [(kind, "plan b.pdf", True)]
    assert slots("block", {"type": "file", "file": {**HOSTED, "name": "report"}}) == [("file", "report", True)]
    assert slots("block", {"type": "callout", "callout": {"icon": HOSTED}}) == [("icon", "plan b.pdf", True)]
    attachment = {"category": "image", "file": HOSTED["file"]}
    assert slots("comment", {"attachments": [attachment, attachment]}) == [
        ("attachment:0", "plan b.pdf", True),
        ("attachment:1", "plan b.pdf", True),
    ]
    assert slots("custom_emoji", {"name": "duck", "url": "https://files.test/duck.png"}) == [
        ("emoji", "duck.png", True)
    ]


def test_emojis_colours_and_plain_text_are_no_files() -> None:
    assert slots("page", {"icon": {"type": "emoji", "emoji": "🦆"}, "cover": None}) == []
    assert slots("page", {"icon": {"type": "icon", "icon": {"name": "pizza", "color": "blue"}}}) == []
    assert slots("block", {"type": "bookmark", "bookmark": {"url": "https://elsewhere.test"}}) == []


def ids(count: int) -> list[dict[str, str]]:
    return [{"id": str(number)} for number in range(count)]


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        ({"type": "relation", "relation": ids(25), "has_more": True}, True),
        ({"type": "relation", "relation": ids(25), "has_more": False}, False),
        ({"type": "relation", "relation": ids(25)}, True),
        ({"type": "relation", "relation": ids(24), "has_more": False}, False),
        ({"type": "people", "people": ids(25)}, True),
        ({"type": "people", "people": ids(24)}, False),
        ({"type": "rich_text", "rich_text": [mention("page", A)] * 25}, True),
        ({"type": "title", "title": [mention("page", A)] * 25}, True),
        ({"type": "rich_text", "rich_text": [{"type": "text"}] * 80}, False),
        ({"type": "rollup", "rollup": {"type": "array", "array": ids(25)}}, True),
        ({"type": "rollup", "rollup": {"type": "incomplete"}}, True),
        ({"type": "rollup", "rollup": {"type": "number", "number": 3}}, False),
        ({"type": "hologram", "hologram": ids(99)}, False),
    ],
)
def test_values_that_may_be_cut_are_known_by_their_marks(value: dict[str, Any], cut: bool) -> None:
    assert cut_properties({"properties": {"x": {"id": "v_%5D", **value}}}) == (["v_%5D"] if cut else [])


def test_a_rollup_over_a_cut_relation_is_cut_and_one_over_another_is_not() -> None:
    page = {
        "properties": {
            "long": {"id": "%3AJ", "type": "relation", "relation": ids(25), "has_more": True},
            "short": {"id": "s", "type": "relation", "relation": ids(2), "has_more": False},
            "over long": {"id": "r1", "type": "rollup", "rollup": {"type": "number", "number": 25}},
            "over short": {"id": "r2", "type": "rollup", "rollup": {"type": "number", "number": 2}},
        }
    }
    schema = {
        "properties": {
            "over long": {"id": "r1", "rollup": {"relation_property_id": ":J"}},
            "over short": {"id": "r2", "rollup": {"relation_property_id": "s"}},
        }
    }
    assert cut_properties(page, rollups_of(schema)) == ["%3AJ", "r1"]
    assert cut_properties(page) == ["%3AJ", "r1", "r2"]


def test_a_long_value_is_read_to_its_end_with_one_request_a_page() -> None:
    items = [{"object": "property_item", "id": "p", "relation": {"id": str(number)}} for number in range(230)]

    def handle(request: httpx.Request) -> httpx.Response:
        start = int(request.url.params.get("start_cursor", "0"))
        return listing(items[start : start + 100], str(start + 100) if start + 100 < 230 else None)

    with reader_of(handle) as reader:
        assert read_property(reader, "page", "p") == items
        assert reader.total_requests == 3


def test_a_value_that_is_no_list_is_its_one_item() -> None:
    answer = {"object": "property_item", "id": "p", "type": "rollup", "rollup": {"number": 3}, "request_id": "r"}
    with reader_of(lambda _: httpx.Response(200, json=answer)) as reader:
        assert read_property(reader, "page", "p") == [{k: v for k, v in answer.items() if k != "request_id"}]
