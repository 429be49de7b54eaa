"""Meeting notes, tokens of applications, runs of views, dashboards: what most clients never ask for."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from notion_backup.sandbox import Sandbox, SandboxClock, generate, running
from notion_backup.sandbox.writes.oauth import CLIENT_ID, CLIENT_SECRET, CODE
from notion_backup_tests.sandbox.conftest import VERSION

Raw = dict[str, Any]


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(generate(pages=5, seed=3), clock=SandboxClock.manual(), personal=True)


@pytest.fixture
def raw(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with running(sandbox) as up:
        headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
        with httpx.Client(base_url=up.url, headers=headers) as plain:
            yield plain


def test_meeting_notes_are_found_by_title_time_and_people(raw: httpx.Client, sandbox: Sandbox) -> None:
    def found(*filters: Raw, **more: Any) -> list[str]:
        body = {"filter": {"operator": "and", "filters": list(filters)}, **more}
        answer = raw.post("/v1/blocks/meeting_notes/query", json=body)
        assert answer.status_code == 200, answer.text
        return [one["meeting_notes"]["title"][0]["plain_text"] for one in answer.json()["results"]]

    first = {"property": "title", "filter": {"operator": "string_ends_with", "value": {"type": "exact", "value": "1"}}}
    past = {"type": "relative", "value": "custom", "direction": "past", "unit": "year", "count": 2}
    recent = {"property": "created_time", "filter": {"operator": "date_is_within", "value": past}}
    by_title = [{"property": "title", "direction": "descending"}]
    assert found() and set(found(recent)) == {"Weekly sync 1", "Weekly sync 2"}
    assert found(first) == ["Weekly sync 1"]
    assert found(sort=by_title) == ["Weekly sync 2", "Weekly sync 1"]
    note = next(b for b in sandbox.workspace.all("block") if b["type"] == "meeting_notes")
    guest = note["meeting_notes"]["calendar_event"]["attendees"][0]
    person = [{"type": "exact", "value": {"table": "notion_user", "id": guest}}]
    there = {"property": "attendees", "filter": {"operator": "person_contains", "value": person}}
    away = {"property": "attendees", "filter": {"operator": "person_does_not_contain", "value": person}}
    assert len(found(there)) == 2 and found(away) == []
    either = {"operator": "or", "filters": [first, away]}
    assert found(either) == ["Weekly sync 1"]
    cut = raw.post("/v1/blocks/meeting_notes/query", json={"limit": 1}).json()
    assert (len(cut["results"]), cut["has_more"]) == (1, True)
    wrong = {"filter": {"operator": "and", "filters": [{"property": "mood", "filter": {"operator": "is_empty"}}]}}
    assert raw.post("/v1/blocks/meeting_notes/query", json=wrong).json()["code"] == "validation_error"


def test_a_recording_becomes_notes_in_time(raw: httpx.Client, sandbox: Sandbox) -> None:
    page = raw.post("/v1/pages", json={"parent": {"workspace": True}, "properties": {}}).json()
    upload = raw.post("/v1/file_uploads", json={"filename": "talk.mp3"}).json()
    raw.post(f"/v1/file_uploads/{upload['id']}/send", files={"file": ("talk.mp3", b"sound", "audio/mpeg")})
    source = {"type": "file_upload", "file_upload_id": upload["id"]}
    parent = {"type": "page_id", "page_id": page["id"]}
    notes = raw.post("/v1/blocks/meeting_notes", json={"title": "Talk", "source": source, "parent": parent}).json()
    assert (notes["type"], notes["meeting_notes"]["status"]) == ("meeting_notes", "transcription_in_progress")
    sandbox.clock.advance(10)
    again = raw.get(f"/v1/blocks/{notes['id']}").json()["meeting_notes"]
    assert again["status"] == "notes_ready"
    transcript = raw.get(f"/v1/blocks/{again['children']['transcript_block_id']}/children").json()["results"]
    assert len(transcript) == 1
    old = raw.get(f"/v1/blocks/{notes['id']}", headers={"Notion-Version": "2025-09-03"}).json()
    assert old["type"] == "transcription" and "meeting_notes" not in old
    bad = {"source": {"type": "block", "block_id": transcript[0]["id"]}}
    assert raw.post("/v1/blocks/meeting_notes", json=bad).status_code == 400


def test_an_application_gets_refreshes_and_gives_back_tokens(raw: httpx.Client) -> None:
    client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    basic = {"Authorization": f"Basic {client}"}

    def asked(what: str, **body: str) -> httpx.Response:
        return raw.post(f"/v1/oauth/{what}", json=body, headers=basic)

    def works(token: str) -> bool:
        return raw.get("/v1/users/me", headers={"Authorization": f"Bearer {token}"}).status_code == 200

    first = asked("token", grant_type="authorization_code", code=CODE).json()
    assert first["token_type"] == "bearer" and works(first["access_token"])
    spent = asked("token", grant_type="authorization_code", code=CODE)
    assert (spent.status_code, spent.json()["code"]) == (400, "invalid_grant")
    second = asked("token", grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert works(second["access_token"]) and not works(first["access_token"])
    assert asked("introspect", token=second["access_token"]).json()["active"] is True
    assert list(asked("revoke", token=second["access_token"]).json()) == ["request_id"]
    assert asked("introspect", token=second["access_token"]).json()["active"] is False
    assert not works(second["access_token"])
    stranger = raw.post("/v1/oauth/introspect", json={"token": "x"})
    assert (stranger.status_code, stranger.json()["code"]) == (401, "invalid_client")


def test_a_run_of_a_view_is_kept_for_a_quarter_of_an_hour(raw: httpx.Client, sandbox: Sandbox) -> None:
    space = sandbox.workspace
    table = next(v for v in space.all("view") if v["name"] == "Default view" and "Machines" in str(
        space.objects["data_source"][v["data_source_id"]]["title"]))  # fmt: skip
    run = raw.post(f"/v1/views/{table['id']}/queries", json={"page_size": 25}).json()
    assert (run["object"], run["view_id"], run["total_count"]) == ("view_query", table["id"], 40)
    assert len(run["results"]) == 25 and run["has_more"] is True
    address = f"/v1/views/{table['id']}/queries/{run['id']}"
    rest = raw.get(address, params={"start_cursor": run["next_cursor"]}).json()
    assert (rest["type"], rest["page"], len(rest["results"]), rest["has_more"]) == ("page", {}, 15, False)
    assert {one["object"] for one in rest["results"]} == {"page"}
    sandbox.clock.advance(901)
    assert raw.get(address).status_code == 404
    again = raw.post(f"/v1/views/{table['id']}/queries", json={}).json()
    gone = raw.delete(f"/v1/views/{table['id']}/queries/{again['id']}").json()
    assert (gone["object"], gone["deleted"]) == ("view_query", True)


def test_a_dashboard_is_built_of_widgets(raw: httpx.Client, sandbox: Sandbox) -> None:
    source = next(s for s in sandbox.workspace.all("data_source") if "Machines" in str(s["title"]))
    home = {"database_id": source["parent"]["database_id"]}
    board = raw.post("/v1/views", json={**home, "name": "Board", "type": "dashboard"}).json()

    def widget(name: str, placement: Raw | None = None) -> Raw:
        body: Raw = {"view_id": board["id"], "data_source_id": source["id"], "name": name, "type": "table"}
        return dict(raw.post("/v1/views", json={**body, **({"placement": placement} if placement else {})}).json())

    one, two = widget("One"), widget("Two")
    top = widget("Top", {"type": "new_row", "row_index": 0})
    beside = widget("Beside", {"type": "existing_row", "row_index": 1})
    assert one["dashboard_view_id"] == board["id"]

    def rows() -> list[list[str]]:
        shown = raw.get(f"/v1/views/{board['id']}").json()["configuration"]["rows"]
        assert [w["row_index"] for row in shown for w in row["widgets"]] == [
            n for n, row in enumerate(shown) for _ in row["widgets"]
        ]
        return [[w["view_id"] for w in row["widgets"]] for row in shown]

    assert rows() == [[top["id"]], [one["id"], beside["id"]], [two["id"]]]
    told = raw.delete(f"/v1/views/{two['id']}").json()
    assert set(told) == {"object", "id", "parent", "type", "request_id"}
    assert rows() == [[top["id"]], [one["id"], beside["id"]]]
    assert widget("Nowhere", {"type": "existing_row", "row_index": 9})["code"] == "validation_error"
    rows_told = {"configuration": {"type": "dashboard", "rows": []}}
    assert raw.patch(f"/v1/views/{board['id']}", json=rows_told).status_code == 400


@pytest.mark.parametrize(
    "told",
    [
        {"sorts": [{"timestamp": "created_time", "direction": "ascending"}]},
        {"sorts": [{"property": "Nothing", "direction": "ascending"}]},
        {"filter": {"property": "Nothing", "checkbox": {"equals": True}}},
        {"configuration": {"type": "board"}},
        {"type": "board"},
    ],
)
def test_what_a_view_cannot_be_made_is_refused(raw: httpx.Client, sandbox: Sandbox, told: Raw) -> None:
    table = next(v for v in sandbox.workspace.all("view") if v["type"] == "table")
    answer = raw.patch(f"/v1/views/{table['id']}", json=told)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


def test_a_linked_view_comes_after_the_block_it_is_put_after(raw: httpx.Client, sandbox: Sandbox) -> None:
    page = raw.post("/v1/pages", json={"parent": {"workspace": True}, "properties": {}, "markdown": "A\nB"}).json()
    blocks = [b["id"] for b in raw.get(f"/v1/blocks/{page['id']}/children").json()["results"]]
    source = next(s for s in sandbox.workspace.all("data_source") if "Machines" in str(s["title"]))
    place = {"parent": {"type": "page_id", "page_id": page["id"]},
             "position": {"type": "after_block", "block_id": blocks[0]}}  # fmt: skip
    body = {"data_source_id": source["id"], "name": "Here", "type": "table"}
    made = raw.post("/v1/views", json={**body, "create_database": place}).json()
    shown = raw.get(f"/v1/blocks/{page['id']}/children").json()["results"]
    assert shown[1]["child_database"] == {"title": "Untitled"}
    listed = [b["id"] for b in shown]
    assert listed == [blocks[0], made["parent"]["database_id"], blocks[1]]
    elsewhere = {**place, "position": {"type": "after_block", "block_id": source["id"]}}
    assert raw.post("/v1/views", json={**body, "create_database": elsewhere}).status_code == 400
    assert len(raw.get(f"/v1/blocks/{page['id']}/children").json()["results"]) == 3
    old = raw.get(f"/v1/databases/{made['parent']['database_id']}", headers={"Notion-Version": "2022-06-28"})
    assert (old.status_code, old.json()["code"]) == (404, "object_not_found")
    assert raw.get("/v1/views", headers={"Notion-Version": "2022-06-28"}).json()["code"] == "invalid_request_url"
