from __future__ import annotations

from typing import Any

import httpx
import pytest
from notion_client import APIResponseError, Client
from notion_client.helpers import collect_paginated_api

from notion_backup.sandbox import RunningSandbox, Sandbox, SandboxClock, generate, running
from notion_backup_tests.sandbox.conftest import client_of


def _one(client: Client, kind: str, title: str) -> dict[str, Any]:
    found = client.search(query=title, filter={"property": "object", "value": kind})["results"]
    return next(hit for hit in found if _title(hit) == title)


def _title(raw: dict[str, Any]) -> str:
    spans = raw.get("title")
    if spans is None:
        spans = next(p["title"] for p in raw["properties"].values() if p["type"] == "title")
    return "".join(span["plain_text"] for span in spans)


def test_search_pages_through_every_live_object_and_never_a_database(client: Client, server: RunningSandbox) -> None:
    found = collect_paginated_api(client.search, page_size=37)
    truth = server.sandbox.truth()["ids"]
    # Data sources in the trash are found without asking for trash (recorded).
    ids = [hit["id"] for hit in found if not (hit["object"] == "data_source" and hit["in_trash"])]
    assert len(ids) == len(set(ids))
    assert {hit["object"] for hit in found} == {"page", "data_source"}
    assert set(ids) == (set(truth["page"]) | set(truth["data_source"])) - set(truth["archived"])
    assert not set(ids) & set(truth["template"])


def test_search_shows_trash_only_when_asked_for_it(client: Client, server: RunningSandbox) -> None:
    found = collect_paginated_api(client.search, filter={"in_trash": True})
    assert {hit["id"] for hit in found} == set(server.sandbox.truth()["ids"]["trashed"])
    assert all(hit["in_trash"] for hit in found)


def test_search_sorts_by_last_edit_both_ways(client: Client) -> None:
    for direction, reverse in (("ascending", False), ("descending", True)):
        sort = {"timestamp": "last_edited_time", "direction": direction}
        times = [hit["last_edited_time"] for hit in collect_paginated_api(client.search, sort=sort)]
        assert times == sorted(times, reverse=reverse)


def test_a_page_shows_25_relations_and_the_property_endpoint_all_of_them(client: Client) -> None:
    mower = _one(client, "page", "Mower 1")
    shown = mower["properties"]["Parts"]
    assert len(shown["relation"]) == 25
    assert shown["has_more"] is True
    items = collect_paginated_api(client.pages.properties.retrieve, page_id=mower["id"], property_id=shown["id"])
    assert len({item["relation"]["id"] for item in items}) == 130
    exact = _one(client, "page", "Mower 3")["properties"]["Parts"]
    assert (len(exact["relation"]), exact["has_more"]) == (25, False)


def test_people_are_cut_at_25_without_a_flag(client: Client) -> None:
    mower = _one(client, "page", "Mower 1")
    shown = mower["properties"]["People"]
    assert len(shown["people"]) == 25
    assert "has_more" not in shown
    items = collect_paginated_api(client.pages.properties.retrieve, page_id=mower["id"], property_id=shown["id"])
    assert len(items) == 31


def test_rollups_and_mentions_are_whole_behind_the_property_endpoint(client: Client) -> None:
    mower = _one(client, "page", "Mower 1")
    for name, count in (("Part names", 130), ("Text", 124)):
        items = collect_paginated_api(
            client.pages.properties.retrieve, page_id=mower["id"], property_id=mower["properties"][name]["id"]
        )
        assert len(items) == count, name


def test_single_properties_answer_as_items_and_encoded_ids_work(client: Client) -> None:
    mower = _one(client, "page", "Mower 2")
    for name, value in mower["properties"].items():
        answer = client.pages.properties.retrieve(page_id=mower["id"], property_id=value["id"])
        if value["type"] in ("title", "rich_text", "people", "relation", "rollup"):
            assert answer["object"] == "list", name
            assert answer["property_item"]["type"] == value["type"]
        else:
            assert answer["object"] == "property_item", name
            assert answer[value["type"]] == value[value["type"]] or value["type"] == "files"


def test_archived_rows_come_only_when_asked_for(client: Client, server: RunningSandbox) -> None:
    source = _one(client, "data_source", "Machines")
    path = f"data_sources/{source['id']}/query"
    plain = client.request(path=path, method="POST", body={})
    archived = client.request(path=path, method="POST", body={"is_archived": True})
    assert len(plain["results"]) == 40
    assert [row["is_archived"] for row in archived["results"]] == [True] * 7


def test_queries_filter_by_time_and_value_and_sort(client: Client) -> None:
    source = _one(client, "data_source", "Machines")
    rows = collect_paginated_api(client.data_sources.query, data_source_id=source["id"])
    assert [row["created_time"] for row in rows] == sorted((r["created_time"] for r in rows), reverse=True)
    middle = sorted(row["created_time"] for row in rows)[20]
    after = {"timestamp": "created_time", "created_time": {"on_or_after": middle}}
    before = {"timestamp": "created_time", "created_time": {"before": middle}}
    halves = [client.data_sources.query(source["id"], filter=f)["results"] for f in (after, before)]
    assert {row["id"] for half in halves for row in half} == {row["id"] for row in rows}
    assert not {row["id"] for row in halves[0]} & {row["id"] for row in halves[1]}
    number = {"property": "Number", "number": {"greater_than": 50}}
    checked = {"property": "Checkbox", "checkbox": {"equals": True}}
    found = client.data_sources.query(source["id"], filter={"and": [number, checked]})["results"]
    wanted = [
        r for r in rows if (r["properties"]["Number"]["number"] or 0) > 50 and r["properties"]["Checkbox"]["checkbox"]
    ]
    assert {row["id"] for row in found} == {row["id"] for row in wanted}
    sorts = [{"property": "Number", "direction": "ascending"}]
    ordered = client.data_sources.query(source["id"], sorts=sorts)["results"]
    numbers = [row["properties"]["Number"]["number"] for row in ordered]
    filled = [n for n in numbers if n is not None]
    assert filled == sorted(filled)
    assert numbers[len(filled) :] == [None] * (len(numbers) - len(filled))


def test_a_query_stops_at_the_cap_and_says_so() -> None:
    space = generate(pages=12, rows=230, seed=3, showcase=False)
    with running(Sandbox(space, row_cap=120)) as up, client_of(up) as client:
        source = client.search(filter={"property": "object", "value": "data_source"})["results"][0]
        first = client.data_sources.query(source["id"])
        second = client.data_sources.query(source["id"], start_cursor=first["next_cursor"])
        assert (len(first["results"]), len(second["results"])) == (100, 20)
        assert "request_status" not in first
        assert second["has_more"] is False
        assert second["request_status"] == {
            "type": "incomplete",
            "incomplete_reason": "query_result_limit_reached",
        }
        oldest = second["results"][-1]["created_time"]
        older = {"timestamp": "created_time", "created_time": {"on_or_before": oldest}}
        rest = collect_paginated_api(client.data_sources.query, data_source_id=source["id"], filter=older)
        seen = {row["id"] for row in [*first["results"], *second["results"], *rest]}
        assert len(seen) == 230


def test_blocks_come_in_order_in_pages_of_100(client: Client) -> None:
    long = _one(client, "page", "Long")
    first = client.blocks.children.list(long["id"])
    assert (len(first["results"]), first["has_more"], first["type"], first["block"]) == (100, True, "block", {})
    lines = collect_paginated_api(client.blocks.children.list, block_id=long["id"])
    assert [b["paragraph"]["rich_text"][0]["plain_text"] for b in lines] == [f"Line {n + 1}" for n in range(230)]


def test_a_synced_reference_lists_its_original(client: Client) -> None:
    page = _one(client, "page", "Every block")
    blocks = collect_paginated_api(client.blocks.children.list, block_id=page["id"])
    synced = [block for block in blocks if block["type"] == "synced_block"]
    original = next(b for b in synced if b["synced_block"]["synced_from"] is None)
    known = [b for b in synced if (b["synced_block"]["synced_from"] or {}).get("block_id") == original["id"]]
    children = client.blocks.children.list(original["id"])["results"]
    assert known
    assert all(client.blocks.children.list(b["id"])["results"] == children for b in known)


def test_views_are_listed_as_references_and_read_one_by_one(client: Client) -> None:
    source = _one(client, "data_source", "Machines")
    listed = client.request(path="views", method="GET", query={"database_id": source["parent"]["database_id"]})
    assert all(set(ref) == {"object", "id"} for ref in listed["results"])
    views = [client.request(path=f"views/{ref['id']}", method="GET") for ref in listed["results"]]
    assert {view["type"] for view in views} == {
        "table", "board", "list", "calendar", "timeline", "gallery", "form", "map", "chart", "dashboard",
    }  # fmt: skip
    anywhere = client.request(path="views", method="GET", query={"data_source_id": source["id"]})
    elsewhere = {ref["id"] for ref in anywhere["results"]} - {view["id"] for view in views}
    linked = client.request(path=f"views/{elsewhere.pop()}", method="GET")
    assert client.databases.retrieve(linked["parent"]["database_id"])["data_sources"] == []


def test_templates_have_pages_that_no_listing_shows(client: Client) -> None:
    source = _one(client, "data_source", "Machines")
    answer = client.data_sources.list_templates(source["id"])
    assert [(t["name"], t["is_default"]) for t in answer["templates"]] == [
        ("New mower", True),
        ("Returned mower", False),
    ]
    template = client.pages.retrieve(answer["templates"][0]["id"])
    assert client.blocks.children.list(template["id"])["results"]


def test_comments_are_those_of_exactly_one_target_and_open(client: Client, server: RunningSandbox) -> None:
    space = server.sandbox.workspace
    targets = {c["parent"][c["parent"]["type"]] for c in space.all("comment")}
    seen = []
    for target in targets:
        listed = collect_paginated_api(client.comments.list, block_id=target)
        assert all(c["parent"][c["parent"]["type"]] == target for c in listed)
        seen += [c["id"] for c in listed]
    assert sorted(seen) == server.sandbox.truth()["ids"]["comment"]
    assert len(seen) < len(space.objects["comment"])
    assert any(c.get("attachments") for c in space.all("comment"))


def test_the_user_list_leaves_out_guests_and_me_tells_the_workspace(client: Client, server: RunningSandbox) -> None:
    listed = collect_paginated_api(client.users.list)
    everyone = server.sandbox.workspace.objects["user"]
    guests = set(everyone) - {user["id"] for user in listed}
    assert len(guests) > 1
    assert all(client.users.retrieve(guest)["id"] == guest for guest in guests)
    me = client.users.me()
    assert me["bot"]["workspace_name"] == "Greenfield Robotics"
    assert set(me["bot"]) == {"owner", "workspace_name", "workspace_id", "workspace_limits"}


def test_custom_emojis_are_listed_with_a_url_that_opens(client: Client) -> None:
    emojis = client.request(path="custom_emojis", method="GET")["results"]
    assert [e["name"] for e in emojis] == ["mower", "party-robot", "approved"]
    assert httpx.get(emojis[0]["url"]).headers["content-type"] == "image/png"


def test_only_the_wanted_properties_are_answered(client: Client) -> None:
    mower = _one(client, "page", "Mower 1")
    some = client.pages.retrieve(mower["id"], filter_properties=["title", mower["properties"]["Number"]["id"]])
    assert set(some["properties"]) <= {"Name", "Number"}
    assert "Name" in some["properties"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "pages", {}), ("PATCH", "blocks/{id}/children", {}), ("DELETE", "blocks/{id}", None)],
)
def test_writes_of_a_connection_that_may_only_read_are_refused_and_counted(
    raw: httpx.Client,
    server: RunningSandbox,
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    path: str,
    body: dict[str, Any] | None,
) -> None:
    monkeypatch.setattr(server.sandbox.access, "insert", False)
    monkeypatch.setattr(server.sandbox.access, "update", False)
    page_id = next(server.sandbox.workspace.all("page"))["id"]
    before = server.stats.writes
    answer = raw.request(method, f"/v1/{path.format(id=page_id)}", json=body)
    assert answer.status_code == 403
    assert answer.json()["code"] == "restricted_resource"
    assert server.stats.writes == before + 1


def test_times_are_rounded_to_minutes_except_on_databases_and_views(server: RunningSandbox) -> None:
    space = server.sandbox.workspace
    for kind in ("page", "block", "data_source"):
        assert all(raw["last_edited_time"].endswith(":00.000Z") for raw in space.all(kind))
    for kind in ("database", "view"):
        assert any(not raw["created_time"].endswith(":00.000+00:00") for raw in space.all(kind))


def test_two_clients_see_unshared_subtrees_as_absent() -> None:
    space = generate(pages=10, seed=5)
    root = next(p for p in space.all("page") if p["parent"]["type"] == "page_id" and space.children.get(p["id"]))
    with running(Sandbox(space, unshared=[root["id"]], clock=SandboxClock.manual())) as up, client_of(up) as client:
        for call in (client.pages.retrieve, client.blocks.retrieve, client.blocks.children.list):
            with pytest.raises(APIResponseError) as refused:
                call(root["id"])
            assert (refused.value.status, refused.value.code) == (404, "object_not_found")
        ids = {hit["id"] for hit in collect_paginated_api(client.search)}
        assert root["id"] not in ids
        assert not ids & set(up.sandbox.truth()["ids"]["unshared"])
