"""Refusals of writes by limit and rule, what the connection may know, and what search learns late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from notion_backup.sandbox import (
    Sandbox,
    SandboxClock,
    Workspace,
    generate,
    load_workspace,
    running,
    save_workspace,
)
from notion_backup_tests.sandbox.conftest import VERSION

Raw = dict[str, Any]


@contextmanager
def opened(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with running(sandbox) as up:
        headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
        with httpx.Client(base_url=up.url, headers=headers) as plain:
            yield plain


@pytest.fixture(scope="module")
def raw() -> Iterator[httpx.Client]:
    with opened(Sandbox(Workspace(), clock=SandboxClock.manual(), personal=True)) as plain:
        yield plain


@pytest.fixture(scope="module")
def page(raw: httpx.Client) -> str:
    return str(raw.post("/v1/pages", json={"parent": {"workspace": True}, "properties": {}}).json()["id"])


def text(content: str) -> list[Raw]:
    return [{"text": {"content": content}}]


def block(kind: str, **inner: Any) -> Raw:
    return {"type": kind, kind: inner}


def line(content: str = "x", *children: Raw) -> Raw:
    return block("paragraph", rich_text=text(content), **({"children": list(children)} if children else {}))


TABLE_ROW = block("table_row", cells=[text("a"), text("b")])
COLUMN = block("column", children=[line()])


@pytest.mark.parametrize(
    ("children", "message"),
    [
        ([line()] * 101, "body.children.length should be ≤ `100`, instead was `101`"),
        ([line("🙂" * 1001)], "text.content.length should be ≤ `2000`, instead was `2002`"),
        ([block("paragraph", rich_text=text("x") * 101)], "rich_text.length should be ≤ `100`"),
        ([block("equation", expression="x" * 1001)], "expression.length should be ≤ `1000`"),
        ([block("bookmark", url="https://e.com/" + "x" * 2000)], "url.length should be ≤ `2000`"),
        ([line("a", line("b", line("c", line("d"))))], "children should be not present"),
        ([line("a", block("column_list", children=[COLUMN, COLUMN]))], "column_list should be not present"),
        ([block("column_list", children=[COLUMN])], "length should be ≥ `2`"),
        ([block("column_list", children=[line(), line()])], "should be columns"),
        ([block("table", table_width=2, children=[])], "length should be ≥ `1`"),
        ([block("table", table_width=3, children=[TABLE_ROW])], "must match the table width"),
        ([block("table", table_width=2, children=[TABLE_ROW] * 101)], "length should be ≤ `100`"),
        ([COLUMN], "can only be appended to a column list"),
        ([TABLE_ROW], "can only be appended to a table"),
        ([block("heading_1", rich_text=text("x"), children=[line()])], "children should be not present"),
        ([block("divider", children=[line()])], "children should be not present"),
        ([block("code", rich_text=text("x"), language="klingon")], "language should be"),
        ([block("template", rich_text=text("x"))], "not supported"),
        ([block("child_page", title="x")], "should be defined"),
        ([block("tab", children=[block("divider")])], "should be paragraphs"),
        ([line("x", *[line("y", *[line("z")] * 9)] * 99)], None),
        ([line("x", *[line("y", *[line("z")] * 10)] * 100)], "more than 1000"),
    ],
)
def test_blocks_are_held_to_their_limits(
    raw: httpx.Client, page: str, children: list[Raw], message: str | None
) -> None:
    answer = raw.patch(f"/v1/blocks/{page}/children", json={"children": children})
    if message is None:
        assert answer.status_code == 200
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
        assert message in answer.json()["message"]


def test_columns_may_hold_two_levels_and_a_body_half_a_megabyte(raw: httpx.Client, page: str) -> None:
    deep = block("column", children=[line("a", line("b"))])
    columns = [block("column_list", children=[deep, deep])]
    assert raw.patch(f"/v1/blocks/{page}/children", json={"children": columns}).status_code == 200
    big = [line("x" * 1990) for _ in range(100)]
    whole = [block("toggle", rich_text=text("t"), children=big)] * 3
    answer = raw.patch(f"/v1/blocks/{page}/children", json={"children": whole})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")


@pytest.fixture(scope="module")
def source(raw: httpx.Client, page: str) -> str:
    options = [{"name": "A", "color": "red"}]
    properties = {"Name": {"title": {}}, "Kind": {"select": {"options": options}}, "State": {"status": {}},
                  "Mail": {"email": {}}, "Phone": {"phone_number": {}}, "Site": {"url": {}}, "Files": {"files": {}},
                  "Made": {"created_time": {}}, "Tags": {"multi_select": {}}, "People": {"people": {}}}  # fmt: skip
    body = {"parent": {"type": "page_id", "page_id": page}, "initial_data_source": {"properties": properties}}
    return str(raw.post("/v1/databases", json=body).json()["data_sources"][0]["id"])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"Mail": {"email": "x" * 201}}, "length should be ≤ `200`"),
        ({"Phone": {"phone_number": "1" * 201}}, "length should be ≤ `200`"),
        ({"Site": {"url": "https://e.com/" + "x" * 2000}}, "length should be ≤ `2000`"),
        ({"Made": {"created_time": "2026-01-01"}}, "computed by Notion"),
        ({"Unknown": {"number": 1}}, "is not a property that exists"),
        ({"Kind": {"number": 1}}, "is expected to be select"),
        ({"Kind": {"select": {"name": "a, b"}}}, "commas not allowed"),
        ({"State": {"status": {"name": "Never"}}}, "does not exist"),
        ({"Tags": {"multi_select": [{"name": str(n)} for n in range(101)]}}, "length should be ≤ `100`"),
        ({"Files": {"files": [{"name": "x" * 101, "external": {"url": "https://e.com"}}]}}, "length should be ≤ `100`"),
        ({"People": {"people": [{"id": "no id"}]}}, "should be a valid uuid"),
    ],
)
def test_values_are_held_to_their_limits(raw: httpx.Client, source: str, values: Raw, message: str) -> None:
    answer = raw.post("/v1/pages", json={"parent": {"data_source_id": source}, "properties": values})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Second": {"title": {}}}, "exactly one"),
        ({"Name": None}, "Cannot delete the title"),
        ({"Kind": {"select": {"options": [{"name": "A", "color": "blue"}]}}}, "Cannot update color"),
        ({"Kind": {"select": {"options": [{"name": "B"}, {"name": "b"}]}}}, "not unique"),
        ({"Kind": {"select": {"options": [{"name": "B, C"}]}}}, "commas"),
        ({"Kind": {"name": "Mail"}}, "is the name of another one"),
        ({"Kind": {"description": "x" * 281}}, "length should be ≤ `280`"),
        ({"State": {"status": {"options": [{"name": "New", "group": "Someday"}]}}}, "group should be"),
        ({"Push": {"button": {}}}, "cannot be created"),
        ({"Roll": {"rollup": {"relation_property_name": "None", "rollup_property_name": "x", "function": "sum"}}},
         "is not a relation"),
        ({"Sum": {"formula": {"expression": 'prop("Nothing") + 1'}}}, "Undefined property"),
        ({f"P{n}": {"rich_text": {}, "description": "x" * 280} for n in range(180)}, "larger than"),
    ],
)  # fmt: skip
def test_schemas_are_held_to_their_rules(raw: httpx.Client, source: str, properties: Raw, message: str) -> None:
    answer = raw.patch(f"/v1/data_sources/{source}", json={"properties": properties})
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert message in answer.json()["message"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"filename": "a.zip"}, "not supported"),
        ({"filename": "a.png", "content_type": "application/pdf"}, "does not belong"),
        ({"filename": "é" * 451 + ".txt"}, "at most 900 bytes"),
        ({"mode": "multi_part", "filename": "a.mp4", "number_of_parts": 1001}, "number_of_parts"),
        ({"mode": "multi_part", "filename": "a.mp4"}, "number_of_parts"),
        ({"mode": "external_url", "filename": "a.png", "external_url": "http://e.com/a.png"}, "https"),
        ({"mode": "teleport"}, "mode should be"),
    ],
)
def test_uploads_are_held_to_their_rules(raw: httpx.Client, told: Raw, message: str) -> None:
    answer = raw.post("/v1/file_uploads", json=told)
    assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
    assert message in answer.json()["message"]


def test_an_upload_stands_only_where_its_kind_is_shown(raw: httpx.Client, page: str) -> None:
    upload = raw.post("/v1/file_uploads", json={"filename": "a.pdf"}).json()["id"]
    wrong = raw.post(f"/v1/file_uploads/{upload}/send", files={"file": ("a.pdf", b"%PDF", "text/plain")})
    assert "content type" in wrong.json()["message"]
    raw.post(f"/v1/file_uploads/{upload}/send", files={"file": ("a.pdf", b"%PDF", "application/pdf")})
    told = {"type": "file_upload", "file_upload": {"id": upload}}
    as_image = raw.patch(f"/v1/blocks/{page}/children", json={"children": [block("image", **told)]})
    assert (as_image.status_code, "does not show" in as_image.json()["message"]) == (400, True)
    assert raw.patch(f"/v1/blocks/{page}/children", json={"children": [block("pdf", **told)]}).status_code == 200
    named = raw.post("/v1/file_uploads", json={}).json()["id"]
    sent = raw.post(f"/v1/file_uploads/{named}/send", files={"file": ("b.txt", b"b", "text/plain")}).json()
    assert (sent["filename"], sent["content_type"], sent["status"]) == ("b.txt", "text/plain", "uploaded")


def test_an_import_ends_well_or_not(raw: httpx.Client) -> None:
    for host, status, outcome in (("example.com", "uploaded", "success"), ("nowhere.invalid", "failed", "error")):
        told = {"mode": "external_url", "filename": "a.png", "external_url": f"https://{host}/a.png"}
        made = raw.post("/v1/file_uploads", json=told).json()
        assert made["status"] == "pending" and "upload_url" not in made
        states = [raw.get(f"/v1/file_uploads/{made['id']}").json() for _ in range(3)]
        assert states[-1]["status"] == status
        assert states[-1]["file_import_result"]["type"] == outcome


def test_a_move_is_for_pages_to_pages_and_data_sources(raw: httpx.Client, page: str, source: str) -> None:
    child = raw.post("/v1/pages", json={"parent": {"page_id": page}, "properties": {}}).json()["id"]
    assert raw.post(f"/v1/pages/{child}/move", json={"parent": {"workspace": True}}).status_code == 400
    assert raw.post(f"/v1/pages/{page}/move", json={"parent": {"page_id": child}}).status_code == 400
    database = raw.get(f"/v1/data_sources/{source}").json()["parent"]["database_id"]
    assert raw.post(f"/v1/pages/{database}/move", json={"parent": {"page_id": page}}).status_code == 404
    assert raw.post(f"/v1/pages/{child}/move", json={"parent": {"data_source_id": source}}).status_code == 200


def test_a_free_workspace_comes_to_its_last_block() -> None:
    space = generate(pages=1, showcase=False)
    top = next(space.all("page"))["id"]
    told = {"parent": {"page_id": top}, "properties": {}}
    with opened(Sandbox(space, free_blocks=3, largest_upload=5 * 1024**2)) as raw:
        home = raw.post("/v1/pages", json=told).json()["id"]
        assert raw.patch(f"/v1/blocks/{home}/children", json={"children": [line()] * 2}).status_code == 200
        full = raw.patch(f"/v1/blocks/{home}/children", json={"children": [line()]})
        assert (full.status_code, full.json()["code"]) == (403, "restricted_resource")
        assert "block_limit" in full.json()["additional_data"]
        limits = raw.get("/v1/users/me").json()["bot"]["workspace_limits"]
        assert limits == {"max_file_upload_size_in_bytes": 5 * 1024**2}
        assert raw.post("/v1/pages", json=told).status_code == 403
    with opened(Sandbox(space, free_blocks=0, personal=True)) as raw:
        assert raw.post("/v1/pages", json=told).status_code == 200  # a person's token is not held to it


def test_what_a_connection_may_not_know_of_people_is_left_out() -> None:
    space = generate(pages=3, seed=2)
    page = next(p for p in space.all("page") if "Mower 1" in str(p["properties"].get("Name")))
    for options, keys in (({"emails": False}, "name"), ({"users": False}, "bare")):
        with opened(Sandbox(space, **options)) as raw:
            people = raw.get(f"/v1/pages/{page['id']}").json()["properties"]["People"]["people"]
            assert len(people) == 25
            for person in people:
                assert ("name" in person) == (keys == "name")
                assert "email" not in person.get("person", {})
            assert raw.get("/v1/users/me").json()["type"] == "bot"
    with opened(Sandbox(space, read=False)) as raw:
        assert raw.get(f"/v1/pages/{page['id']}").status_code == 403
        assert raw.post("/v1/search", json={}).status_code == 403
        assert raw.get("/v1/users").status_code == 200
    with opened(Sandbox(space, insert=False, update=False, comment_insert=False, views=False)) as raw:
        told = {"parent": {"page_id": page["id"]}, "properties": {}}
        assert raw.post("/v1/pages", json=told).json()["code"] == "restricted_resource"
        assert raw.patch(f"/v1/pages/{page['id']}", json={"is_locked": True}).status_code == 403
        said = {"parent": {"page_id": page["id"]}, "rich_text": text("x")}
        assert raw.post("/v1/comments", json=said).status_code == 403
        view = next(space.all("view"))["id"]
        assert raw.get(f"/v1/views/{view}").status_code == 403
        assert raw.post(f"/v1/views/{view}/queries", json={}).status_code == 403


def test_what_moves_an_edit_time_and_what_does_not() -> None:
    """The rules of recorded edits: a direct parent moves, what lies above it and what is only named does not."""
    sandbox = Sandbox(Workspace(), clock=SandboxClock.manual(), personal=True)
    with opened(sandbox) as raw:

        def made(parent: Raw) -> str:
            return str(raw.post("/v1/pages", json={"parent": parent, "properties": {}}).json()["id"])

        def times(*paths: str) -> list[str]:
            return [raw.get(f"/v1/{path}").json()["last_edited_time"] for path in paths]

        def after(method: str, path: str, told: Raw, *looked_at: str) -> list[bool]:
            """Which of the objects a request moves."""
            before = times(*looked_at)
            sandbox.clock.advance(61)
            assert raw.request(method, f"/v1/{path}", json=told).status_code == 200
            return [old != new for old, new in zip(before, times(*looked_at), strict=True)]

        home = made({"workspace": True})
        toggle = block("toggle", rich_text=text("t"), children=[line("in")])
        outer = raw.patch(f"/v1/blocks/{home}/children", json={"children": [toggle]}).json()["results"][0]["id"]
        inner = raw.get(f"/v1/blocks/{outer}/children").json()["results"][0]["id"]
        schema = {"initial_data_source": {"properties": {"Name": {"title": {}}}}}
        told = {"parent": {"type": "page_id", "page_id": home}, **schema}
        assert after("POST", "databases", told, f"pages/{home}") == [True]
        database = raw.get(f"/v1/blocks/{home}/children").json()["results"][-1]["id"]
        source = raw.get(f"/v1/databases/{database}").json()["data_sources"][0]["id"]
        page, nested = f"pages/{home}", f"blocks/{outer}"

        assert after("PATCH", f"blocks/{outer}/children", {"children": [line()]}, page, nested) == [False, True]
        assert after("PATCH", f"blocks/{home}/children", {"children": [line()]}, page, nested) == [True, False]
        assert after("PATCH", f"blocks/{inner}", line("new"), page, nested, f"blocks/{inner}") == [False, False, True]
        assert after("DELETE", f"blocks/{inner}", {}, page, nested) == [False, False]
        said = {"parent": {"page_id": home}, "rich_text": text("x")}
        assert after("POST", "comments", said, page) == [False]
        row = {"parent": {"data_source_id": source}, "properties": {}}
        assert after("POST", "pages", row, f"data_sources/{source}", f"databases/{database}") == [False, False]
        described = {"description": text("about")}
        assert after("PATCH", f"databases/{database}", described, f"databases/{database}") == [False]
        child = {"parent": {"page_id": home}, "properties": {}}
        assert after("POST", "pages", child, page) == [True]
        view = raw.get("/v1/views", params={"database_id": database}).json()["results"][0]["id"]
        looked_at = (page, f"databases/{database}", f"views/{view}")
        assert after("PATCH", f"views/{view}", {"name": "Another"}, *looked_at) == [False, False, True]
        assert times(page)[0].endswith(":00.000Z")


def test_search_learns_late_of_what_is_made_and_edited() -> None:
    sandbox = Sandbox(Workspace(), clock=SandboxClock.manual(), personal=True, search_lag=60)
    with opened(sandbox) as raw:

        def found() -> list[str]:
            order = {"timestamp": "last_edited_time", "direction": "descending"}
            return [one["id"] for one in raw.post("/v1/search", json={"sort": order}).json()["results"]]

        def made() -> str:
            told = {"parent": {"workspace": True}, "properties": {}}
            return str(raw.post("/v1/pages", json=told).json()["id"])

        first = made()
        assert found() == []
        sandbox.clock.advance(61)
        second = made()
        sandbox.clock.advance(120)
        assert found() == [second, first]
        raw.patch(f"/v1/pages/{first}", json={"is_locked": True})
        assert found() == [second, first]  # still where it was
        sandbox.clock.advance(61)
        assert found() == [first, second]


def test_mentions_are_cut_where_that_is_wished_and_rollups_counted_over_all() -> None:
    space = generate(pages=3, seed=2)
    page = next(p for p in space.all("page") if "Mower 1" in str(p["properties"].get("Name")))
    with opened(Sandbox(space, mention_cap=25)) as raw:
        shown = raw.get(f"/v1/pages/{page['id']}").json()["properties"]
        assert sum(span["type"] == "mention" for span in shown["Text"]["rich_text"]) == 25
        assert shown["Part count"]["rollup"]["number"] == 25
        items = raw.get(f"/v1/pages/{page['id']}/properties/{shown['Part count']['id']}").json()
        assert items["property_item"]["rollup"]["number"] == 130
        names = raw.get(f"/v1/pages/{page['id']}/properties/{shown['Part names']['id']}").json()
        assert (len(names["results"]), names["has_more"]) == (100, True)


def test_a_rollup_follows_the_rows_it_is_made_of(raw: httpx.Client, page: str) -> None:
    def table(properties: Raw) -> str:
        body = {"parent": {"type": "page_id", "page_id": page}, "initial_data_source": {"properties": properties}}
        return str(raw.post("/v1/databases", json=body).json()["data_sources"][0]["id"])

    parts = table({"Part": {"title": {}}, "Price": {"number": {}}})
    rollup = {"relation_property_name": "Parts", "rollup_property_name": "Price", "function": "sum"}
    relation = {"relation": {"data_source_id": parts, "single_property": {}}}
    twice = {"formula": {"expression": 'prop("Cost") * 2'}}
    machines = table({"Name": {"title": {}}, "Parts": relation, "Cost": {"rollup": rollup}, "Twice": twice})

    def priced(price: int) -> str:
        values = {"Price": {"number": price}}
        made = raw.post("/v1/pages", json={"parent": {"data_source_id": parts}, "properties": values})
        return str(made.json()["id"])

    blades = [priced(3), priced(4)]
    told = {"Parts": {"relation": [{"id": blade} for blade in blades]}}
    mower = raw.post("/v1/pages", json={"parent": {"data_source_id": machines}, "properties": told}).json()
    assert mower["properties"]["Cost"]["rollup"]["number"] == 7
    raw.patch(f"/v1/pages/{blades[0]}", json={"properties": {"Price": {"number": 10}}})
    now = raw.get(f"/v1/pages/{mower['id']}").json()
    assert now["properties"]["Cost"]["rollup"]["number"] == 14
    assert now["properties"]["Twice"]["formula"]["number"] == 28
    wrong = {"Parts": {"relation": [{"id": mower["id"]}]}}
    assert raw.patch(f"/v1/pages/{mower['id']}", json={"properties": wrong}).status_code == 400


def test_uploads_and_trash_outlive_a_save(tmp_path: Path) -> None:
    sandbox = Sandbox(Workspace(), personal=True, clock=SandboxClock.manual())
    with opened(sandbox) as raw:
        home = raw.post("/v1/pages", json={"parent": {"workspace": True}, "properties": {}, "markdown": "A\nB"}).json()
        first = raw.get(f"/v1/blocks/{home['id']}/children").json()["results"][0]["id"]
        raw.delete(f"/v1/blocks/{first}")
        upload = raw.post("/v1/file_uploads", json={"filename": "a.txt"}).json()["id"]
        raw.post(f"/v1/file_uploads/{upload}/send", files={"file": ("a.txt", b"\x00\xffbytes", "text/plain")})
        told = {"icon": {"type": "file_upload", "file_upload": {"id": upload}}}
        assert raw.patch(f"/v1/pages/{home['id']}", json=told).status_code == 200
    save_workspace(sandbox.workspace, tmp_path / "w.json")
    again = Sandbox(load_workspace(tmp_path / "w.json"), personal=True, clock=SandboxClock.manual())
    with opened(again) as raw:
        page = raw.get(f"/v1/pages/{home['id']}").json()
        assert httpx.get(page["icon"]["file"]["url"]).content == b"\x00\xffbytes"
        assert raw.patch(f"/v1/pages/{home['id']}", json={"cover": told["icon"]}).status_code == 200
        raw.patch(f"/v1/blocks/{first}", json={"in_trash": False})
        assert raw.get(f"/v1/pages/{home['id']}/markdown").json()["markdown"] == "A\nB"
