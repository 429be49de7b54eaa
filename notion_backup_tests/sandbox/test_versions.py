"""What a client of an older version sends and sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from notion_backup.sandbox import RunningSandbox, Sandbox, SandboxClock, generate, running

Raw = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    with running(Sandbox(generate(pages=20, seed=7), clock=SandboxClock.manual())) as up:
        yield up


def _ask(server: RunningSandbox, version: str, method: str, path: str, body: Raw | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {server.token}", "Notion-Version": version}
    return httpx.request(method, f"{server.url}/v1/{path}", json=body, headers=headers)


def _page(server: RunningSandbox) -> str:
    space = server.sandbox.workspace
    return next(p["id"] for p in space.all("page") if p["parent"]["type"] == "page_id" and not p["in_trash"])


@pytest.mark.parametrize(("version", "there"), [("2022-06-28", True), ("2025-09-03", True), ("2026-03-11", False)])
def test_archived_is_beside_in_trash_before_2026(server: RunningSandbox, version: str, there: bool) -> None:
    page = _ask(server, version, "GET", f"pages/{_page(server)}").json()
    assert ("archived" in page) is there
    assert page.get("archived", False) == page["in_trash"]


def test_before_2025_a_database_is_its_data_source(server: RunningSandbox) -> None:
    space = server.sandbox.workspace
    database = next(d for d in space.all("database") if len(d["data_sources"]) == 1 and not d["in_trash"])
    old = _ask(server, "2022-06-28", "GET", f"databases/{database['id']}").json()
    assert (old["object"], old["id"]) == ("database", database["id"])
    assert "data_sources" not in old
    assert any(definition["type"] == "title" for definition in old["properties"].values())
    rows = _ask(server, "2022-06-28", "POST", f"databases/{database['id']}/query", {}).json()
    assert rows["type"] == "page_or_database"
    assert {row["parent"]["type"] for row in rows["results"]} <= {"database_id"}
    search = {"filter": {"property": "object", "value": "database"}}
    found = _ask(server, "2022-06-28", "POST", "search", search).json()["results"]
    assert {one["object"] for one in found} == {"database"}


def test_a_database_of_several_data_sources_is_refused_to_the_oldest(server: RunningSandbox) -> None:
    space = server.sandbox.workspace
    several = next(d for d in space.all("database") if len(d["data_sources"]) > 1)
    answer = _ask(server, "2022-06-28", "GET", f"databases/{several['id']}")
    assert answer.status_code == 400
    assert "multiple data sources" in answer.json()["message"]


def test_old_words_in_requests_are_understood(server: RunningSandbox) -> None:
    page = _page(server)
    block = {"type": "paragraph", "paragraph": {"rich_text": []}}
    [first] = _ask(server, "2025-09-03", "PATCH", f"blocks/{page}/children", {"children": [block]}).json()["results"]
    body = {"children": [block], "after": first["id"]}
    after = _ask(server, "2025-09-03", "PATCH", f"blocks/{page}/children", body).json()["results"]
    assert len(after) == 1
    gone = _ask(server, "2025-09-03", "PATCH", f"blocks/{first['id']}", {"archived": True}).json()
    assert gone["archived"] and gone["in_trash"]
    made = _ask(
        server,
        "2022-06-28",
        "POST",
        "databases",
        {"parent": {"page_id": page}, "title": [], "properties": {"Name": {"title": {}}, "N": {"number": {}}}},
    ).json()
    assert set(made["properties"]) == {"Name", "N"}
    changed = _ask(server, "2022-06-28", "PATCH", f"databases/{made['id']}", {"properties": {"N": None}}).json()
    assert set(changed["properties"]) == {"Name"}


def test_a_version_nobody_knows_is_refused(server: RunningSandbox) -> None:
    assert _ask(server, "2026-04-01", "GET", "users/me").status_code == 400
