from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from notion_backup.capture.paging import Listing, batches, collect, get
from notion_backup.errors import NotionGarbled, NotionRefused
from notion_backup_tests.capture.standing_in import listing, reader_of, refusal

CHILDREN = get("blocks/{id}/children", id="b1")


def cursor_of(request: httpx.Request) -> str | None:
    return parse_qs(request.url.query.decode()).get("start_cursor", [None])[0]


def things(*names: str) -> list[dict[str, Any]]:
    return [{"id": name} for name in names]


def test_a_listing_is_read_to_its_end_however_small_its_pages() -> None:
    pages = {None: listing(things("a"), "1"), "1": listing([], "2"), "2": listing(things("b", "c"))}
    with reader_of(lambda request: pages[cursor_of(request)]) as reader:
        assert collect(reader, CHILDREN) == (things("a", "b", "c"), None)


def test_the_same_cursor_twice_is_an_error_and_not_an_endless_loop() -> None:
    with (
        reader_of(lambda _: listing(things("a"), "same")) as reader,
        pytest.raises(NotionGarbled, match="does not move on"),
    ):
        collect(reader, CHILDREN)


def test_more_without_a_cursor_is_an_error_and_not_an_end() -> None:
    answer = {"object": "list", "results": [], "has_more": True, "next_cursor": None}
    with (
        reader_of(lambda _: httpx.Response(200, json=answer)) as reader,
        pytest.raises(NotionGarbled, match="does not move on"),
    ):
        collect(reader, CHILDREN)


def test_an_item_that_comes_twice_because_the_listing_shifted_is_kept_once() -> None:
    pages = {None: listing(things("a", "b"), "1"), "1": listing(things("b", "c"))}
    with reader_of(lambda request: pages[cursor_of(request)]) as reader:
        assert [batch.items for batch in batches(reader, CHILDREN)] == [things("a", "b"), things("c")]


def test_items_without_an_identity_are_all_kept() -> None:
    same = [{"id": "p", "relation": {"id": "x"}}, {"id": "p", "relation": {"id": "x"}}]
    with reader_of(lambda _: listing(same)) as reader:
        assert collect(
            reader, Listing("GET", "pages/{id}/properties/{pid}", {"id": "1", "pid": "p"}, {}, named=False)
        ) == (
            same,
            None,
        )


def test_an_invalid_cursor_begins_the_listing_again_and_loses_nothing() -> None:
    asked: list[str | None] = []

    def handle(request: httpx.Request) -> httpx.Response:
        cursor = cursor_of(request)
        asked.append(cursor)
        if cursor is None:
            return listing(things("a", "b"), f"{len(asked)}")
        return refusal(400, "validation_error") if cursor == "1" else listing(things("c"))

    with reader_of(handle) as reader:
        assert collect(reader, CHILDREN)[0] == things("a", "b", "c")
    assert asked == [None, "1", None, "3"]


def test_a_cursor_that_is_invalid_again_and_again_is_an_error() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return listing(things("a"), "x") if cursor_of(request) is None else refusal(400, "validation_error")

    with reader_of(handle) as reader, pytest.raises(NotionRefused):
        collect(reader, CHILDREN)


def test_a_listing_that_says_it_is_incomplete_is_not_taken_for_whole() -> None:
    status = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
    with reader_of(lambda _: listing(things("a"), request_status=status)) as reader:
        assert collect(reader, CHILDREN) == (things("a"), "query_result_limit_reached")


@pytest.mark.parametrize("body", [{"results": []}, {"has_more": False}, {"results": [1], "has_more": False}, []])
def test_a_list_of_the_wrong_shape_is_tried_again_and_then_an_error(body: Any) -> None:
    with reader_of(lambda _: httpx.Response(200, json=body)) as reader:
        with pytest.raises(NotionGarbled):
            collect(reader, CHILDREN)
        assert reader.requests["GET blocks/{id}/children"] == 6
