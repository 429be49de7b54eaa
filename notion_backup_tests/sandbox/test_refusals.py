from __future__ import annotations

from typing import Any

import httpx
import pytest

from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running
from notion_backup_tests.sandbox.conftest import VERSION


def test_a_malformed_id_is_refused_word_for_word(raw: httpx.Client) -> None:
    answer = raw.get("/v1/pages/12345678-1234-1234-1234-123456789abc")
    assert answer.status_code == 400
    assert answer.json()["code"] == "validation_error"
    assert answer.json()["message"] == (
        "path failed validation: path.page_id should be a valid uuid, instead was "
        '`"12345678-1234-1234-1234-123456789abc"`.'
    )


def test_an_unknown_page_is_refused_word_for_word(raw: httpx.Client) -> None:
    answer = raw.get("/v1/pages/7855b161-f63e-4683-b7c7-8ca6e97ee266")
    body = answer.json()
    assert answer.status_code == 404
    assert list(body) == ["object", "status", "code", "message", "additional_data", "request_id"]
    assert body["message"] == (
        "Could not find page with ID: 7855b161-f63e-4683-b7c7-8ca6e97ee266. Make sure the relevant pages and "
        'databases are shared with your integration "Backup".'
    )
    assert answer.headers["x-notion-request-id"] == body["request_id"]


def test_token_and_version_are_checked(server: RunningSandbox) -> None:
    with httpx.Client(base_url=server.url) as bare:
        wrong = bare.get("/v1/users/me", headers={"Authorization": "Bearer no", "Notion-Version": VERSION})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "unauthorized")
        missing = bare.get("/v1/users/me", headers={"Authorization": f"Bearer {server.token}"})
        assert (missing.status_code, missing.json()["code"]) == (400, "missing_version")


@pytest.mark.parametrize("size", ["101", "0", "many"])
def test_page_sizes_outside_1_to_100_are_refused(raw: httpx.Client, size: str) -> None:
    answer = raw.get("/v1/users", params={"page_size": size})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert "page_size" in answer.json()["message"]


def test_cursors_urls_and_bodies_that_mean_nothing_are_refused(raw: httpx.Client) -> None:
    cursor = raw.post("/v1/search", json={"start_cursor": "s:nothing"})
    assert cursor.json()["message"] == "The start_cursor provided is invalid: s:nothing"
    assert raw.get("/v1/nothing").json()["code"] == "invalid_request_url"
    assert raw.post("/v1/search", content=b"{").json()["code"] == "invalid_json"
    databases = raw.post("/v1/search", json={"filter": {"property": "object", "value": "database"}})
    assert databases.json()["code"] == "validation_error"


@pytest.mark.parametrize(
    "body",
    [
        {"filter": ["Name"]},
        {"sorts": {"property": "Name"}},
        {"filter": {"property": "Name"}},
        {"filter": {"property": "Name", "title": {}}},
        {"filter": {"property": "Nothing", "title": {"equals": "x"}}},
        {"filter": {"property": "Name", "title": {"resembles": "x"}}},
        {"filter": {"and": {}}},
        {"filter": {"and": [{"or": [{"and": []}]}]}},
        {"filter": {"timestamp": "read_time", "read_time": {"before": "2026-01-01"}}},
        {"filter": {"timestamp": "created_time", "created_time": {"before": "someday"}}},
        {"sorts": [{"property": "Nothing", "direction": "ascending"}]},
    ],
)
def test_queries_that_mean_nothing_are_refused(raw: httpx.Client, server: RunningSandbox, body: dict[str, Any]) -> None:
    source = next(s for s in server.sandbox.workspace.all("data_source") if "Name" in s["properties"])
    answer = raw.post(f"/v1/data_sources/{source['id']}/query", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_capabilities_are_refused_one_by_one() -> None:
    space = generate(pages=3, seed=1, showcase=False)
    page_id = next(space.all("page"))["id"]
    for options, closed in (
        ({"comments": False}, "/v1/comments"),
        ({"users": False}, "/v1/users"),
        ({"personal": True}, "/v1/users"),
    ):
        with running(Sandbox(space, **options)) as up, httpx.Client(base_url=up.url) as bare:
            headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
            query = {"block_id": page_id} if closed == "/v1/comments" else {}
            answer = bare.get(closed, headers=headers, params=query)
            assert (answer.status_code, answer.json()["code"]) == (403, "restricted_resource")
            assert bare.get("/v1/users/me", headers=headers).status_code == 200
