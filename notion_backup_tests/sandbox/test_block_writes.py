"""Appending, changing and deleting blocks, as the official client does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from notion_client import APIResponseError, Client

from notion_backup.sandbox import Sandbox, SandboxClock, Workspace, running
from notion_backup_tests.sandbox.conftest import client_of
from notion_backup_tests.sandbox.making import page_in, paragraph, said, span


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(Workspace(), clock=SandboxClock.manual(), personal=True)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    with running(sandbox) as server, client_of(server) as notion:
        yield notion


def _children(client: Client, block_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.blocks.children.list(block_id)["results"]
    return found


def test_blocks_are_appended_two_levels_deep_and_the_first_level_is_answered(client: Client) -> None:
    page = page_in(client)
    inner = {"type": "toggle", "toggle": {"rich_text": [span("b")], "children": [paragraph("c")]}}
    toggle = {"type": "toggle", "toggle": {"rich_text": [span("a")], "children": [inner]}}
    answer = client.blocks.children.append(page["id"], children=[toggle, paragraph("d")])
    assert [block["type"] for block in answer["results"]] == ["toggle", "paragraph"]
    assert answer["results"][0]["has_children"]
    [second] = _children(client, answer["results"][0]["id"])
    assert [said(block) for block in _children(client, second["id"])] == ["c"]
    too_deep = {"type": "toggle", "toggle": {"rich_text": [], "children": [toggle]}}
    with pytest.raises(APIResponseError, match="should be not present"):
        client.blocks.children.append(page["id"], children=[too_deep])


def test_after_a_block_the_answer_goes_on_with_what_was_there(client: Client) -> None:
    page = page_in(client)
    first = client.blocks.children.append(page["id"], children=[paragraph("a"), paragraph("d")])["results"]
    position = {"type": "after_block", "after_block": {"id": first[0]["id"]}}
    answer = client.blocks.children.append(page["id"], children=[paragraph("b")], position=position)
    assert [said(block) for block in answer["results"]] == ["b", "d"]
    client.blocks.children.append(page["id"], children=[paragraph("0")], position={"type": "start"})
    assert [said(block) for block in _children(client, page["id"])] == ["0", "a", "b", "d"]


def test_neighbouring_text_of_one_format_becomes_one(client: Client) -> None:
    page = page_in(client)
    spans = [span("one "), span("two"), {**span("three"), "annotations": {"bold": True}}]
    block = {"type": "paragraph", "paragraph": {"rich_text": spans}}
    [made] = client.blocks.children.append(page["id"], children=[block])["results"]
    assert [part["plain_text"] for part in made["paragraph"]["rich_text"]] == ["one two", "three"]


_NARROW = {"type": "table_row", "table_row": {"cells": [[]]}}


@pytest.mark.parametrize(
    ("children", "says"),
    [
        ([paragraph("x" * 2001)], "length should be ≤ `2000`, instead was `2001`"),
        ([paragraph("🐄" * 1001)], "instead was `2002`"),
        ([paragraph("x")] * 101, "length should be ≤ `100`, instead was `101`"),
        ([{"type": "child_page", "child_page": {"title": "x"}}], "should be defined, instead was `undefined`"),
        ([{"type": "equation", "equation": {"expression": "x" * 1001}}], "length should be ≤ `1000`"),
        ([{"type": "table", "table": {"table_width": 2, "children": []}}], "should be ≥ `1`"),
        ([{"type": "table", "table": {"table_width": 2, "children": [_NARROW]}}], "must match the table width"),
        ([{"type": "column_list", "column_list": {"children": [{"type": "column", "column": {}}]}}], "≥ `2`"),
        ([{"type": "paragraph", "paragraph": {"rich_text": [], "color": "teal"}}], "color should be"),
    ],
)  # fmt: skip
def test_what_breaks_a_limit_is_refused_and_nothing_is_made(client: Client, children: list[Any], says: str) -> None:
    page = page_in(client)
    with pytest.raises(APIResponseError) as refused:
        client.blocks.children.append(page["id"], children=children)
    assert refused.value.code == "validation_error"
    assert says in str(refused.value)
    assert _children(client, page["id"]) == []


def test_more_than_a_thousand_blocks_or_500_kilobytes_are_refused(client: Client) -> None:
    page = page_in(client)
    full = {"type": "toggle", "toggle": {"rich_text": [], "children": [paragraph("")] * 100}}
    with pytest.raises(APIResponseError, match="more than 1000"):
        client.blocks.children.append(page["id"], children=[full] * 11)
    heavy = {"type": "paragraph", "paragraph": {"rich_text": [span("x" * 2000)] * 100}}
    with pytest.raises(APIResponseError, match="more than 512000"):
        client.blocks.children.append(page["id"], children=[heavy] * 3)


def test_an_update_changes_what_it_names(client: Client) -> None:
    page = page_in(client)
    todo = {"type": "to_do", "to_do": {"rich_text": [span("milk")], "checked": True, "color": "red"}}
    [made] = client.blocks.children.append(page["id"], children=[todo])["results"]
    after = client.blocks.update(made["id"], to_do={"rich_text": [span("oats")]})
    assert (said(after), after["to_do"]["checked"], after["to_do"]["color"]) == ("oats", True, "red")


def test_deleted_is_in_the_trash_with_all_below_and_comes_back_to_its_place(client: Client) -> None:
    page = page_in(client)
    toggle = {"type": "toggle", "toggle": {"rich_text": [span("b")], "children": [paragraph("in b")]}}
    made = client.blocks.children.append(page["id"], children=[paragraph("a"), toggle, paragraph("c")])["results"]
    [inside] = _children(client, made[1]["id"])
    assert client.blocks.delete(made[1]["id"])["in_trash"]
    assert [said(block) for block in _children(client, page["id"])] == ["a", "c"]
    assert client.blocks.retrieve(inside["id"])["in_trash"]
    with pytest.raises(APIResponseError) as refused:
        client.blocks.update(made[1]["id"], toggle={"rich_text": []})
    assert refused.value.status == 404
    assert not client.blocks.update(made[1]["id"], in_trash=False)["in_trash"]
    assert [said(block) for block in _children(client, page["id"])] == ["a", "b", "c"]
    assert not client.blocks.retrieve(inside["id"])["in_trash"]


def test_only_the_direct_parent_of_an_append_tells_of_it(client: Client, sandbox: Sandbox) -> None:
    page = page_in(client)
    toggle = {"type": "toggle", "toggle": {"rich_text": [span("b")]}}
    [made] = client.blocks.children.append(page["id"], children=[toggle])["results"]
    before = client.pages.retrieve(page["id"])["last_edited_time"]
    sandbox.clock.advance(300)
    client.blocks.children.append(made["id"], children=[paragraph("below")])
    assert client.pages.retrieve(page["id"])["last_edited_time"] == before
    assert client.blocks.retrieve(made["id"])["last_edited_time"] > before
