from __future__ import annotations

import logging
from collections.abc import Callable

import httpx
import pytest

from notion_backup.capture import RetryPolicy
from notion_backup.capture.client import NotionReader, PageSize
from notion_backup.capture.problems import is_fatal
from notion_backup.errors import (
    NotionForbidden,
    NotionGarbled,
    NotionNotFound,
    NotionRefused,
    NotionUnauthorized,
    NotionUnavailable,
)
from notion_backup_tests.capture.standing_in import FakeTime, listing, reader_of, refusal, source

Handler = Callable[[httpx.Request], httpx.Response]
PAGE = {"object": "page", "id": "p1"}


def answering(*answers: httpx.Response | Exception) -> Handler:
    """Gives the answers in turn, the last one for ever."""
    left = list(answers)

    def handle(_: httpx.Request) -> httpx.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


def test_every_request_names_the_api_version_and_carries_the_token() -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=PAGE)

    with reader_of(handle) as reader:
        reader.get("pages/{id}", id="p1")
    assert seen[0].headers["Notion-Version"] == "2026-03-11"
    assert seen[0].headers["Authorization"] == "Bearer secret_token"
    assert seen[0].url.path == "/v1/pages/p1"


def test_an_encoded_property_id_reaches_the_wire_as_it_is() -> None:
    seen: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path)
        return httpx.Response(200, json={"object": "property_item", "id": "x"})

    ids = ["v_%5D%3C", "%3FB%3AW", "~ak%40", "a%25b", "title", "%3F~%5Cw"]
    with reader_of(handle) as reader:
        for pid in ids:
            reader.get("pages/{id}/properties/{pid}", id="p1", pid=pid)
    assert seen == [f"/v1/pages/p1/properties/{pid}".encode() for pid in ids]


@pytest.mark.parametrize(
    ("method", "template"),
    [("POST", "pages"), ("PATCH", "pages/{id}"), ("DELETE", "blocks/{id}"), ("PUT", "search"), ("POST", "comments")],
)
def test_a_write_is_refused_before_anything_is_sent(method: str, template: str) -> None:
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json=PAGE)

    with reader_of(handle) as reader:
        with pytest.raises(NotionRefused, match="only reads"):
            reader.ask(method, template, ids={"id": "p1"}, shape=lambda _: True)
        # Not even the client library underneath can be talked into one.
        with pytest.raises(NotionRefused, match="only reads"):
            reader._wires.client.pages.create(parent={"page_id": "p1"}, properties={})
        with pytest.raises(NotionRefused, match="only reads"):
            reader._wires.client.blocks.delete("b1")
    assert sent == []


@pytest.mark.parametrize("status", [429, 529])
def test_retry_after_is_honoured_even_when_it_is_minutes(status: int) -> None:
    time = FakeTime()
    answers = answering(refusal(status, "rate_limited", {"Retry-After": "240"}), httpx.Response(200, json=PAGE))
    with reader_of(answers, time) as reader:
        assert reader.get("pages/{id}", id="p1") == PAGE
    assert time.now - 1000 >= 240


def test_the_wait_may_stand_in_the_body_instead_of_the_header() -> None:
    time = FakeTime()
    limited = refusal(429, "rate_limited", additional_data={"retry_after": 17})
    with reader_of(answering(limited, httpx.Response(200, json=PAGE)), time) as reader:
        reader.get("pages/{id}", id="p1")
    assert time.now - 1000 >= 17


def test_being_limited_does_not_use_up_the_attempts() -> None:
    answers = [refusal(429, "rate_limited", {"Retry-After": "1"})] * 20
    with reader_of(answering(*answers, httpx.Response(200, json=PAGE))) as reader:
        assert reader.get("pages/{id}", id="p1") == PAGE
        assert reader.requests == {"GET pages/{id}": 21}


def test_a_server_that_limits_for_ever_is_given_up_within_the_patience() -> None:
    time = FakeTime()
    policy = RetryPolicy(patience=300.0)
    limiting = answering(refusal(429, "rate_limited", {"Retry-After": "50"}))
    with reader_of(limiting, time, retry=policy) as reader, pytest.raises(NotionUnavailable, match="slow down"):
        reader.get("pages/{id}", id="p1")
    assert time.now - 1000 <= 300


@pytest.mark.parametrize(
    "trouble",
    [
        refusal(500, "internal_server_error"),
        refusal(502, "bad_gateway"),
        refusal(503, "service_unavailable"),
        refusal(504, "gateway_timeout"),
        refusal(409, "conflict_error"),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        httpx.Response(200, text="<html>hello</html>", headers={"content-type": "text/html"}),
        httpx.Response(502, text="<html>bad gateway</html>"),
        httpx.Response(404, text="<html>a proxy's page, not Notion's</html>"),
        httpx.Response(200, text='{"object": "page", "id'),
        httpx.Response(200, json={"results": 5}),
        httpx.Response(200, json=None),
        httpx.Response(302, headers={"location": "https://login.example/"}),
    ],
)
def test_every_transient_trouble_is_tried_again(trouble: httpx.Response | Exception) -> None:
    with reader_of(answering(trouble, trouble, httpx.Response(200, json=PAGE))) as reader:
        assert reader.get("pages/{id}", id="p1") == PAGE
        assert reader.requests == {"GET pages/{id}": 3}


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (refusal(500, "internal_server_error"), NotionUnavailable),
        (httpx.ConnectError("refused"), NotionUnavailable),
        (httpx.Response(200, text="<html>hello</html>"), NotionGarbled),
        (httpx.Response(200, json={"object": "list"}), NotionGarbled),
    ],
)
def test_trouble_without_end_is_given_up_after_the_attempts(
    trouble: httpx.Response | Exception, kind: type[Exception]
) -> None:
    with reader_of(answering(trouble)) as reader:
        with pytest.raises(kind, match="GET blocks/b1/children"):
            reader.ask(
                "GET", "blocks/{id}/children", ids={"id": "b1"}, shape=lambda a: isinstance(a, dict) and "results" in a
            )
        assert reader.requests["GET blocks/{id}/children"] == 6


def test_an_object_that_fails_for_ever_is_told_from_a_server_that_is_out() -> None:
    def only_blocks_fail(request: httpx.Request) -> httpx.Response:
        me = {"object": "user", "id": "u1"}
        return httpx.Response(200, json=me) if "users/me" in request.url.path else refusal(500, "internal_server_error")

    with reader_of(only_blocks_fail) as reader, pytest.raises(NotionUnavailable) as one:
        reader.get("blocks/{id}", id="b1")
    with (
        reader_of(answering(refusal(500, "internal_server_error"))) as reader,
        pytest.raises(NotionUnavailable) as all_,
    ):
        reader.get("blocks/{id}", id="b1")
    assert not is_fatal(one.value)
    assert is_fatal(all_.value)
    assert "nothing else was answered" in str(all_.value)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "validation_error", NotionRefused),
        (401, "unauthorized", NotionUnauthorized),
        (403, "restricted_resource", NotionForbidden),
        (404, "object_not_found", NotionNotFound),
        (400, "a_code_nobody_knows_yet", NotionRefused),
    ],
)
def test_a_refusal_is_final_and_named(status: int, code: str, kind: type[Exception]) -> None:
    with reader_of(answering(refusal(status, code))) as reader:
        with pytest.raises(kind) as caught:
            reader.get("pages/{id}", id="p1")
        assert reader.total_requests == 1
    error = caught.value
    assert isinstance(error, NotionRefused | NotionUnauthorized | NotionForbidden | NotionNotFound)
    assert (error.status, error.code) == (status, code)
    assert "p1" in error.what
    assert error.cure
    assert "private words" not in str(error)


def test_a_blocked_connection_is_not_tried_again() -> None:
    blocked = refusal(429, "rate_limited", additional_data={"rate_limit_reason": "public_api_request_blocked"})
    with reader_of(answering(blocked)) as reader:
        with pytest.raises(NotionForbidden, match="blocked"):
            reader.get("pages/{id}", id="p1")
        assert reader.total_requests == 1


def test_a_query_that_fails_under_its_load_is_asked_in_smaller_pages() -> None:
    sizes: list[bytes] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sizes.append(request.content)
        return listing([]) if len(sizes) == 3 else refusal(503, "service_unavailable")

    size = PageSize()
    with reader_of(handle) as reader:
        reader.ask(
            "POST",
            "data_sources/{id}/query",
            ids={"id": "d1"},
            body={},
            size=size,
            shape=lambda answer: "results" in answer,
        )
    assert [b'"page_size":%d' % n in text for n, text in zip((100, 50, 25), sizes, strict=True)] == [True] * 3
    assert size.value == 25


def test_the_request_id_of_an_answer_is_not_part_of_the_object() -> None:
    with reader_of(answering(httpx.Response(200, json={**PAGE, "request_id": "r1", "new_field": 1}))) as reader:
        assert reader.get("pages/{id}", id="p1") == {**PAGE, "new_field": 1}


def test_neither_token_nor_answer_reaches_logs_messages_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with reader_of(answering(refusal(404, "object_not_found"))) as reader:
        with pytest.raises(NotionNotFound) as caught:
            reader.get("pages/{id}", id="p1")
        said = caplog.text + str(caught.value) + repr(caught.value) + repr(source()) + repr(reader)
    assert "secret_token" not in said
    assert "private words" not in said


def test_nothing_is_printed_to_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    with reader_of(answering(refusal(404, "object_not_found"))) as reader, pytest.raises(NotionNotFound):
        reader.get("pages/{id}", id="p1")
    assert capfd.readouterr() == ("", "")


def test_a_server_that_is_not_there_is_unreachable_by_name() -> None:
    with (
        NotionReader(source("http://127.0.0.1:9", retry=RetryPolicy(attempts=2, first_delay=0.0))) as reader,
        pytest.raises(NotionUnavailable, match="cannot be reached") as caught,
    ):
        reader.get("users/me")
    assert caught.value.code == "unreachable"
