"""Databases, data sources, rows, views, comments and uploads, written as the official client does it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from notion_client import APIResponseError, Client

from notion_backup.sandbox import Sandbox, SandboxClock, Workspace, running
from notion_backup.sandbox.uploads import SMALLEST_PART
from notion_backup_tests.sandbox.conftest import client_of
from notion_backup_tests.sandbox.making import database_in, page_in, paragraph, row_in, said, span


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(Workspace(), clock=SandboxClock.manual(), personal=True)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    with running(sandbox) as server, client_of(server) as notion:
        yield notion


def _ids(answer: Any) -> list[str]:
    return [raw["id"] for raw in answer["results"]]


def test_a_database_comes_with_a_data_source_a_view_and_a_block(client: Client) -> None:
    page = page_in(client)
    database, source_id = database_in(client, page["id"], {"Cost": {"number": {"format": "euro"}}})
    source = client.data_sources.retrieve(source_id)
    assert source["properties"]["Cost"]["number"] == {"format": "euro"}
    [view] = client.request(path="views", method="GET", query={"database_id": database["id"]})["results"]
    shown = client.request(path=f"views/{view['id']}", method="GET")
    assert (shown["type"], shown["data_source_id"]) == ("table", source_id)
    [block] = client.blocks.children.list(page["id"])["results"]
    assert (block["type"], block["child_database"]) == ("child_database", {"title": "Fleet"})


def test_every_writable_value_is_kept_and_what_is_computed_follows(client: Client) -> None:
    page = page_in(client)
    _, source_id = database_in(
        client,
        page["id"],
        {
            "Text": {"rich_text": {}},
            "Number": {"number": {}},
            "Select": {"select": {"options": [{"name": "a", "color": "red"}]}},
            "Tags": {"multi_select": {}},
            "Status": {"status": {}},
            "When": {"date": {}},
            "Done": {"checkbox": {}},
            "Link": {"url": {}},
            "Twice": {"formula": {"expression": 'prop("Number") * 2'}},
            "Says": {"formula": {"expression": 'if(prop("Done"), "yes " + prop("Name"), "no")'}},
            "No": {"unique_id": {"prefix": "BOT"}},
            "By": {"created_by": {}},
        },
    )
    row = row_in(
        client,
        source_id,
        "Mower",
        Text={"rich_text": [span("green")]},
        Number={"number": 21},
        Select={"select": {"name": "a"}},
        Tags={"multi_select": [{"name": "new"}]},
        Status={"status": {"name": "In progress"}},
        When={"date": {"start": "2026-07-01T10:11:12", "time_zone": "Europe/Vienna"}},
        Done={"checkbox": True},
        Link={"url": "https://example.com"},
    )
    values = row["properties"]
    assert values["Select"]["select"]["color"] == "red"
    assert values["When"]["date"] == {"start": "2026-07-01T10:11:00.000+02:00", "end": None, "time_zone": None}
    assert values["Twice"]["formula"] == {"type": "number", "number": 42}
    assert values["Says"]["formula"] == {"type": "string", "string": "yes Mower"}
    assert values["No"]["unique_id"] == {"prefix": "BOT", "number": 1}
    options = client.data_sources.retrieve(source_id)["properties"]["Tags"]["multi_select"]["options"]
    assert [option["name"] for option in options] == ["new"]
    for name, value, says in (
        ("Twice", {"formula": {"number": 1}}, "computed"),
        ("Status", {"status": {"name": "Nowhere"}}, "does not exist"),
        ("Number", {"rich_text": []}, "is expected to be number"),
        ("Nothing", {"number": 1}, "is not a property that exists"),
        ("Link", {"url": "x" * 2001}, "should be ≤ `2000`"),
    ):
        with pytest.raises(APIResponseError, match=says):
            client.pages.update(row["id"], properties={name: value})


def test_a_dual_relation_makes_its_partner_and_both_sides_tell_the_same(client: Client) -> None:
    page = page_in(client)
    _, farms = database_in(client, page["id"], {}, "Farms")
    _, robots = database_in(
        client,
        page["id"],
        {"Farm": {"relation": {"data_source_id": farms, "dual_property": {}}}, "Cost": {"number": {}}},
        "Robots",
    )
    partner = client.data_sources.retrieve(farms)["properties"]["Related to Robots (Farm)"]
    client.data_sources.update(farms, properties={partner["id"]: {"name": "Robots"}})
    told = client.data_sources.retrieve(robots)["properties"]["Farm"]["relation"]["dual_property"]
    assert told["synced_property_name"] == "Robots"
    client.data_sources.update(
        farms,
        properties={
            "Total": {
                "rollup": {
                    "relation_property_name": "Robots",
                    "rollup_property_name": "Cost",
                    "function": "sum",
                }
            }
        },
    )
    farm = row_in(client, farms, "Hill")
    made = [
        row_in(client, robots, f"R{n}", Farm={"relation": [{"id": farm["id"]}]}, Cost={"number": n}) for n in (1, 2)
    ]
    shown = client.pages.update(farm["id"], properties={"Name": {"title": [span("Hill farm")]}})["properties"]
    assert {item["id"] for item in shown["Robots"]["relation"]} == {row["id"] for row in made}
    assert shown["Total"]["rollup"] == {"type": "number", "number": 3, "function": "sum"}
    client.pages.update(made[0]["id"], properties={"Farm": {"relation": []}})
    assert _ids({"results": client.pages.retrieve(farm["id"])["properties"]["Robots"]["relation"]}) == [made[1]["id"]]
    client.data_sources.update(robots, properties={"Farm": None})
    assert "Robots" not in client.data_sources.retrieve(farms)["properties"]


def test_a_schema_change_reaches_every_row(client: Client) -> None:
    page = page_in(client)
    _, source_id = database_in(client, page["id"], {"Old": {"rich_text": {}}, "Gone": {"number": {}}})
    row = row_in(client, source_id, "A", Old={"rich_text": [span("kept")]})
    client.data_sources.update(source_id, properties={"Old": {"name": "New"}, "Gone": None, "More": {"checkbox": {}}})
    values = client.pages.retrieve(row["id"])["properties"]
    assert set(values) == {"Name", "New", "More"}
    assert values["New"]["rich_text"][0]["plain_text"] == "kept"
    with pytest.raises(APIResponseError, match="title"):
        client.data_sources.update(source_id, properties={"Name": None})


def test_a_page_moves_trashes_and_comes_back(client: Client) -> None:
    page = page_in(client)
    one, two = page_in(client, page["id"], "One"), page_in(client, page["id"], "Two")
    client.request(path=f"pages/{two['id']}/move", method="POST", body={"parent": {"page_id": one["id"]}})
    assert _ids(client.blocks.children.list(page["id"])) == [one["id"]]
    assert _ids(client.blocks.children.list(one["id"])) == [two["id"]]
    client.pages.update(one["id"], in_trash=True)
    assert client.pages.retrieve(two["id"])["in_trash"]
    assert _ids(client.blocks.children.list(page["id"])) == []
    client.pages.update(one["id"], in_trash=False)
    assert not client.pages.retrieve(two["id"])["in_trash"]
    with pytest.raises(APIResponseError, match="into itself"):
        client.request(path=f"pages/{one['id']}/move", method="POST", body={"parent": {"page_id": two["id"]}})


def test_views_of_all_types_with_their_rules(client: Client) -> None:
    page = page_in(client)
    database, source_id = database_in(client, page["id"], {})
    kinds = ("table", "board", "list", "calendar", "timeline", "gallery", "form", "chart", "map", "dashboard")
    made = [
        client.request(
            path="views",
            method="POST",
            body={"database_id": database["id"], "data_source_id": source_id, "name": kind, "type": kind},
        )
        for kind in kinds
    ]
    assert [view["type"] for view in made] == list(kinds)
    with pytest.raises(APIResponseError, match="cannot be changed"):
        client.request(path=f"views/{made[0]['id']}", method="PATCH", body={"type": "board"})
    linked = client.request(
        path="views",
        method="POST",
        body={
            "create_database": {"parent": {"page_id": page["id"]}},
            "data_source_id": source_id,
            "name": "Elsewhere",
            "type": "table",
        },
    )
    assert client.databases.retrieve(linked["parent"]["database_id"])["data_sources"] == []
    with pytest.raises(APIResponseError, match="last view"):
        client.request(path=f"views/{linked['id']}", method="DELETE")
    row_in(client, source_id, "A")
    run = client.request(path=f"views/{made[0]['id']}/queries", method="POST", body={})
    assert len(run["results"]) == 1


def test_comments_open_and_continue_discussions(client: Client) -> None:
    page = page_in(client)
    [block] = client.blocks.children.append(page["id"], children=[paragraph("x")])["results"]
    first = client.comments.create(parent={"block_id": block["id"]}, rich_text=[span("one")])
    client.comments.create(discussion_id=first["discussion_id"], rich_text=[span("two")])
    found = client.comments.list(block_id=block["id"])["results"]
    assert [comment["rich_text"][0]["plain_text"] for comment in found] == ["one", "two"]
    assert len({comment["discussion_id"] for comment in found}) == 1
    named = client.comments.create(
        parent={"page_id": page["id"]},
        rich_text=[span("hello")],
        display_name={"type": "custom", "custom": {"name": "Ann (restored)"}},
    )
    assert named["display_name"] == {"type": "custom", "resolved_name": "Ann (restored)"}
    client.request(path=f"comments/{first['id']}", method="DELETE")
    assert len(client.comments.list(block_id=block["id"])["results"]) == 1


def test_an_upload_is_sent_attached_served_and_attached_again(client: Client, sandbox: Sandbox) -> None:
    page = page_in(client)
    upload = client.file_uploads.create(mode="single_part", filename="a.txt", content_type="text/plain")
    client.file_uploads.send(upload["id"], file=("a.txt", b"hello \r\n--x\r\n world", "text/plain"))
    attached = {"type": "file_upload", "file_upload": {"id": upload["id"]}}
    block = {"type": "file", "file": attached}
    made = client.blocks.children.append(page["id"], children=[block, block])["results"]
    assert [httpx.get(one["file"]["file"]["url"]).content for one in made] == [b"hello \r\n--x\r\n world"] * 2
    assert client.file_uploads.retrieve(upload["id"])["expiry_time"] is None
    sandbox.clock.advance(7200)
    client.pages.update(page["id"], icon=attached)
    late = client.file_uploads.create(mode="single_part", filename="b.txt")
    client.file_uploads.send(late["id"], file=("b.txt", b"b", "text/plain"))
    sandbox.clock.advance(3601)
    with pytest.raises(APIResponseError, match="expired"):
        client.pages.update(page["id"], icon={"type": "file_upload", "file_upload": {"id": late["id"]}})


def test_an_upload_in_parts_needs_all_of_them(client: Client) -> None:
    upload = client.file_uploads.create(mode="multi_part", filename="big.txt", number_of_parts=2)
    client.file_uploads.send(upload["id"], file=("big.txt", b"b" * 10, "text/plain"), part_number="2")
    with pytest.raises(APIResponseError, match="1 of 2 parts"):
        client.file_uploads.complete(upload["id"])
    with pytest.raises(APIResponseError, match="smaller than"):
        client.file_uploads.send(upload["id"], file=("big.txt", b"a" * 10, "text/plain"), part_number="1")
    first = b"a" * SMALLEST_PART
    client.file_uploads.send(upload["id"], file=("big.txt", first, "text/plain"), part_number="1")
    done = client.file_uploads.complete(upload["id"])
    assert (done["status"], done["content_length"]) == ("uploaded", SMALLEST_PART + 10)
    page = page_in(client)
    block = {"type": "file", "file": {"type": "file_upload", "file_upload": {"id": upload["id"]}}}
    [made] = client.blocks.children.append(page["id"], children=[block])["results"]
    sent = httpx.get(made["file"]["file"]["url"]).content
    assert (sent[:10], sent[-11:], len(sent)) == (b"a" * 10, b"a" + b"b" * 10, SMALLEST_PART + 10)


def test_synced_copies_and_links_name_what_is_there(client: Client) -> None:
    page = page_in(client)
    original = {"type": "synced_block", "synced_block": {"synced_from": None, "children": [paragraph("shared")]}}
    [made] = client.blocks.children.append(page["id"], children=[original])["results"]
    copy = {"type": "synced_block", "synced_block": {"synced_from": {"block_id": made["id"]}}}
    [shown] = client.blocks.children.append(page["id"], children=[copy])["results"]
    assert shown["synced_block"]["synced_from"] == {"type": "block_id", "block_id": made["id"]}
    assert [said(block) for block in client.blocks.children.list(shown["id"])["results"]] == ["shared"]


def test_an_internal_connection_makes_no_pages_at_the_top() -> None:
    with (
        running(Sandbox(Workspace())) as server,
        client_of(server) as client,
        pytest.raises(APIResponseError, match="workspace-level"),
    ):
        page_in(client)
