"""A client that does everything once, at any version, so that there is traffic to put to the measure of likeness."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from notion_backup.sandbox import DEFAULT_TOKEN, Sandbox, SandboxClock, generate
from notion_backup.sandbox.conform import Exchange, read_traffic
from notion_backup.sandbox.writes.oauth import CLIENT_ID, CLIENT_SECRET, CODE

Raw = dict[str, Any]
OLDEST, MIDDLE, NEWEST = "2022-06-28", "2025-09-03", "2026-03-11"


@dataclass
class Driver:
    """Sends requests to a sandbox in one version's words."""

    sandbox: Sandbox
    version: str
    every: int = 1

    def __call__(self, method: str, path: str, body: Any = None, query: Raw | None = None, **more: str) -> Raw:
        headers = {"authorization": f"Bearer {DEFAULT_TOKEN}", "notion-version": self.version, **more}
        headers = {name: value for name, value in headers.items() if value}
        sent = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        headers.setdefault("content-type", "application/json")
        found = self.sandbox.answer(
            method, f"/v1/{path}", urlencode(query or {}, doseq=True), headers, sent, "https://api.sandbox.invalid"
        )
        answer: Raw = json.loads(found.text)
        return answer

    def pages(self, method: str, path: str, told: Raw | None = None, size: int = 100) -> Iterator[Raw]:
        """All of a list, part by part."""
        cursor = None
        while True:
            given = {**(told or {}), "page_size": size, **({"start_cursor": cursor} if cursor else {})}
            part = self(method, path, given) if method == "POST" else self(method, path, None, given)
            yield from part.get("results", part.get("templates", ()))
            cursor = part.get("next_cursor")
            if not cursor:
                return

    @property
    def old(self) -> bool:
        """Whether a database still is its data source."""
        return self.version == OLDEST


def traffic_of(version: str, log: Path, pages: int = 12, seed: int = 3, every: int = 1) -> list[Exchange]:
    """The session of a client against a generated workspace: much is read, everything written, much refused.

    Of what search finds, one in ``every`` is read.
    """
    sandbox = Sandbox(generate(pages=pages, seed=seed), clock=SandboxClock.manual(), seed=seed, log=log)
    driver = Driver(sandbox, version, every)
    for work in (
        read_everything,
        write_everything,
        write_data,
        write_texts,
        upload_files,
        work_with_views,
        be_refused,
        authorize,
    ):
        work(driver)
    assert sandbox.log is not None
    sandbox.log.close()
    return read_traffic(log)


def read_everything(ask: Driver) -> None:
    """Every object by every way that leads to it."""
    ask("GET", "users/me")
    for user in list(ask.pages("GET", "users", size=2)):
        ask("GET", f"users/{user['id']}")
    ask("GET", "custom_emojis")
    found = list(ask.pages("POST", "search", size=40))
    ask("POST", "search", {"query": "Team", "sort": {"timestamp": "last_edited_time", "direction": "ascending"}})
    for raw in found[:: ask.every]:
        if raw["object"] == "page":
            page = ask("GET", f"pages/{raw['id']}")
            for value in list(page.get("properties", {}).values())[:25]:
                list(ask.pages("GET", f"pages/{raw['id']}/properties/{value['id']}", size=20))
            _read_below(ask, raw["id"])
        elif raw["object"] == "data_source":
            _read_source(ask, ask("GET", f"data_sources/{raw['id']}"))
        else:
            _read_old(ask, ask("GET", f"databases/{raw['id']}"))


def _read_below(ask: Driver, block_id: str) -> None:
    ask("GET", "comments", None, {"block_id": block_id})
    for block in list(ask.pages("GET", f"blocks/{block_id}/children", size=30)):
        ask("GET", f"blocks/{block['id']}")
        if block["has_children"] and not block["type"].startswith("child_"):
            _read_below(ask, block["id"])
        if block["type"] == "child_database":
            ask("GET", f"databases/{block['id']}")


def _read_source(ask: Driver, source: Raw) -> None:
    path = f"data_sources/{source['id']}"
    list(ask.pages("POST", f"{path}/query", size=30))
    ask("GET", f"{path}/templates")
    database = source["parent"]["database_id"]
    ask("GET", f"databases/{database}")
    for view in list(ask.pages("GET", "views", {"database_id": database})):
        ask("GET", f"views/{view['id']}")
        run = ask("POST", f"views/{view['id']}/queries", {"page_size": 5})
        if "results" in run:
            query_id = _run_id(run)
            ask("GET", f"views/{view['id']}/queries/{query_id}", None, {"page_size": 5})
            ask("DELETE", f"views/{view['id']}/queries/{query_id}")
    _filter(ask, path, source["properties"])


def _run_id(run: Raw) -> str:
    return str(run.get("id") or run["page"]["id"])


def _read_old(ask: Driver, database: Raw) -> None:
    if database["object"] == "error":  # several data sources
        return
    path = f"databases/{database['id']}"
    list(ask.pages("POST", f"{path}/query", size=30))
    _filter(ask, path, database.get("properties", {}))


_CONDITIONS: dict[str, list[Raw]] = {
    "title": [{"contains": "a"}, {"starts_with": "A"}, {"is_not_empty": True}],
    "rich_text": [{"does_not_contain": "zz"}, {"is_empty": True}],
    "number": [{"greater_than": 3}, {"less_than_or_equal_to": 10}],
    "checkbox": [{"equals": True}, {"does_not_equal": True}],
    "select": [{"is_not_empty": True}, {"is_empty": True}],
    "multi_select": [{"is_not_empty": True}, {"is_empty": True}],
    "status": [{"is_not_empty": True}],
    "date": [{"past_year": {}}, {"on_or_after": "2026-01-01"}, {"is_empty": True}],
    "people": [{"is_empty": True}, {"is_not_empty": True}],
    "files": [{"is_not_empty": True}],
    "url": [{"contains": "e"}],
    "email": [{"ends_with": "org"}],
    "phone_number": [{"is_not_empty": True}],
    "relation": [{"is_empty": True}],
    "formula": [{"string": {"is_not_empty": True}}],
    "unique_id": [{"greater_than": 2}],
}


def _filter(ask: Driver, path: str, schema: Raw) -> None:
    for name, definition in schema.items():
        kind = definition["type"]
        for condition in _CONDITIONS.get(kind, ()):
            ask("POST", f"{path}/query", {"filter": {"property": name, kind: condition}})
        if kind in ("number", "title", "date", "select"):
            ask("POST", f"{path}/query", {"sorts": [{"property": name, "direction": "descending"}], "page_size": 3})
    both = [{"timestamp": "created_time", "created_time": {"past_year": {}}}]
    ask(
        "POST",
        f"{path}/query",
        {"filter": {"or": both}, "sorts": [{"timestamp": "created_time", "direction": "ascending"}]},
    )


def span(content: str) -> Raw:
    return {"type": "text", "text": {"content": content}}


def _said(kind: str, content: str = "Words", **more: Any) -> Raw:
    return {"type": kind, kind: {"rich_text": [span(content)], **more}}


def home_of(ask: Driver) -> str:
    """A page at the top that pages can be put below."""
    space = ask.sandbox.workspace
    return next(str(p["id"]) for p in space.all("page") if p["parent"]["type"] == "workspace" and not p["in_trash"])


def write_everything(ask: Driver) -> None:
    """Pages and blocks: made, changed, moved, put away and taken back, talked about."""
    away = "in_trash" if ask.version == NEWEST else "archived"
    home = home_of(ask)
    first = {"properties": {"title": [span("Made")]}, "icon": {"type": "emoji", "emoji": "🚀"}}
    page = ask("POST", "pages", {"parent": {"page_id": home}, **first, "children": [_said("paragraph")]})
    path = f"blocks/{page['id']}/children"
    kinds = ("heading_1", "heading_2", "heading_3", "bulleted_list_item", "numbered_list_item", "toggle", "quote")
    made = ask("PATCH", path, {"children": [_said(kind) for kind in kinds]})["results"]
    ask("PATCH", path, {"children": [
        _said("to_do", checked=True),
        _said("callout", icon={"type": "emoji", "emoji": "💡"}),
        _said("code", "x = 1", language="python"),
        {"type": "equation", "equation": {"expression": "e=mc^2"}},
        {"type": "divider", "divider": {}},
        {"type": "bookmark", "bookmark": {"url": "https://example.org"}},
        {"type": "image", "image": {"type": "external", "external": {"url": "https://example.org/a.png"}}},
        {"type": "table_of_contents", "table_of_contents": {}},
        {"type": "table", "table": {"table_width": 2, "has_column_header": True, "has_row_header": False, "children": [
            {"type": "table_row", "table_row": {"cells": [[span("a")], [span("b")]]}}]}},
        {"type": "column_list", "column_list": {"children": [
            {"type": "column", "column": {"children": [_said("paragraph")]}},
            {"type": "column", "column": {"children": [_said("paragraph")]}}]}},
        {"type": "synced_block", "synced_block": {"synced_from": None, "children": [_said("paragraph")]}},
        {"type": "link_to_page", "link_to_page": {"type": "page_id", "page_id": home}},
    ]})  # fmt: skip
    toggle = next(block for block in made if block["type"] == "toggle")
    inner = ask("PATCH", f"blocks/{toggle['id']}/children", {"children": [_said("paragraph"), _said("quote")]})[
        "results"
    ]
    after: Raw = {"position": {"type": "after_block", "after_block": {"id": made[0]["id"]}}}
    if ask.version != NEWEST:
        after = {"after": made[0]["id"]}
    ask("PATCH", path, {"children": [_said("paragraph", "Between")], **after})
    ask("PATCH", f"blocks/{made[3]['id']}", {"bulleted_list_item": {"rich_text": [span("Changed")]}})
    ask("PATCH", f"blocks/{inner[0]['id']}", {away: True})
    ask("GET", path)
    ask("GET", f"blocks/{toggle['id']}/children")
    ask("DELETE", f"blocks/{made[1]['id']}")
    ask("GET", f"blocks/{made[1]['id']}")
    ask("PATCH", f"blocks/{made[1]['id']}", {away: False})
    comment = ask("POST", "comments", {"parent": {"page_id": page["id"]}, "rich_text": [span("Hm")]})
    ask("POST", "comments", {"discussion_id": comment["discussion_id"], "rich_text": [span("Yes")]})
    ask("POST", "comments", {"parent": {"block_id": made[0]["id"]}, "rich_text": [span("Here")]})
    ask("GET", "comments", None, {"block_id": page["id"]})
    ask("GET", f"comments/{comment['id']}")
    ask("PATCH", f"comments/{comment['id']}", {"rich_text": [span("Hm, well")]})
    ask("DELETE", f"comments/{comment['id']}")
    sub = ask("POST", "pages", {"parent": {"page_id": page["id"]}, "properties": {"title": [span("Sub")]}})
    ask("POST", f"pages/{sub['id']}/move", {"parent": {"type": "page_id", "page_id": home}})
    cover = {"type": "external", "external": {"url": "https://example.org/c.png"}}
    ask("PATCH", f"pages/{sub['id']}", {"properties": {"title": [span("Renamed")]}, "icon": None, "cover": cover})
    ask("GET", f"pages/{sub['id']}", None, {"filter_properties": "title"})
    ask("PATCH", f"pages/{sub['id']}", {away: True})
    ask("GET", f"pages/{sub['id']}")
    ask("PATCH", f"pages/{sub['id']}", {away: False})
    ask("POST", "search", {"query": "Renamed"})
    ask("DELETE", f"blocks/{page['id']}")


SCHEMA: Raw = {
    "Name": {"title": {}},
    "Text": {"rich_text": {}},
    "Cost": {"number": {"format": "euro"}},
    "Tag": {"select": {"options": [{"name": "x", "color": "red"}, {"name": "y"}]}},
    "Tags": {"multi_select": {"options": [{"name": "p"}, {"name": "q"}]}},
    "Day": {"date": {}},
    "Who": {"people": {}},
    "Docs": {"files": {}},
    "Done": {"checkbox": {}},
    "Site": {"url": {}},
    "Mail": {"email": {}},
    "Phone": {"phone_number": {}},
    "Twice": {"formula": {"expression": 'prop("Cost") * 2'}},
    "Made": {"created_time": {}},
    "Maker": {"created_by": {}},
    "Changed": {"last_edited_time": {}},
    "Number": {"unique_id": {"prefix": "T"}},
}


def write_data(ask: Driver) -> None:
    """A database with a property of every kind, rows in it, queries of them, and a schema that changes."""
    away = "in_trash" if ask.version == NEWEST else "archived"
    home = home_of(ask)
    schema: Raw = {"properties": SCHEMA} if ask.old else {"initial_data_source": {"properties": SCHEMA}}
    made = ask(
        "POST", "databases", {"parent": {"type": "page_id", "page_id": home}, "title": [span("Fleet")], **schema}
    )
    source = made["id"] if ask.old else made["data_sources"][0]["id"]
    family, parent = ("databases", "database_id") if ask.old else ("data_sources", "data_source_id")
    rows = []
    for number, name in enumerate(("One", "Two", "Three")):
        values = {
            "Name": {"title": [span(name)]},
            "Text": {"rich_text": [span("some words")]},
            "Cost": {"number": number},
            "Tag": {"select": {"name": "xy"[number % 2]}},
            "Tags": {"multi_select": [{"name": "p"}, {"name": "new"}]},
            "Day": {"date": {"start": f"2026-08-0{number + 1}"}},
            "Docs": {"files": [{"name": "a", "type": "external", "external": {"url": "https://example.org/a.pdf"}}]},
            "Done": {"checkbox": number == 1},
            "Site": {"url": "https://example.org"},
            "Mail": {"email": "a@example.org"},
            "Phone": {"phone_number": "1"},
        }
        rows.append(ask("POST", "pages", {"parent": {parent: source}, "properties": values}))
    query = f"{family}/{source}/query"
    ask("POST", query, {})
    words = [
        {"property": "Name", "title": {"contains": "T"}},
        {"property": "Text", "rich_text": {"contains": "words"}},
    ]
    nobody = [
        {"property": "Mail", "email": {"equals": "a@example.org"}},
        {"property": "Who", "people": {"is_empty": True}},
    ]
    filters: list[Raw] = [
        {"property": "Cost", "number": {"greater_than": 0}},
        {"property": "Tag", "select": {"equals": "x"}},
        {"property": "Tags", "multi_select": {"contains": "new"}},
        {"property": "Done", "checkbox": {"equals": True}},
        {"property": "Day", "date": {"on_or_after": "2026-08-02"}},
        {"property": "Twice", "formula": {"number": {"greater_than": 2}}},
        {"and": words},
        {"or": nobody},
    ]
    for one in filters:
        ask("POST", query, {"filter": one, "sorts": [{"property": "Cost", "direction": "descending"}]})
    ask("PATCH", f"pages/{rows[0]['id']}", {"properties": {"Cost": {"number": 9}, "Tag": {"select": None}}})
    ask("GET", f"pages/{rows[0]['id']}")
    ask("GET", f"pages/{rows[0]['id']}/properties/{rows[0]['properties']['Tags']['id']}")
    ask("GET", f"pages/{rows[0]['id']}/properties/title")
    ask(
        "PATCH", f"{family}/{source}", {"properties": {"Text": {"name": "Words"}, "Phone": None, "New": {"number": {}}}}
    )
    ask("PATCH", f"databases/{made['id']}", {"title": [span("Ships")], "description": [span("All of them")]})
    if not ask.old:
        other = ask("POST", "data_sources", {"parent": {"type": "database_id", "database_id": made["id"]},
                    "title": [span("More")], "properties": {"Name": {"title": {}}, "To": {"relation": {
                        "data_source_id": source, "type": "dual_property", "dual_property": {}}}}})  # fmt: skip
        values = {"Name": {"title": [span("R")]}, "To": {"relation": [{"id": rows[0]["id"]}, {"id": rows[1]["id"]}]}}
        row = ask("POST", "pages", {"parent": {"data_source_id": other["id"]}, "properties": values})
        ask(
            "POST",
            f"data_sources/{other['id']}/query",
            {"filter": {"property": "To", "relation": {"contains": rows[1]["id"]}}},
        )
        ask("GET", f"pages/{row['id']}/properties/{row['properties']['To']['id']}")
        ask("GET", f"pages/{rows[0]['id']}")
        ask("GET", f"data_sources/{source}")
        ask("GET", f"data_sources/{source}/templates")
        ask("GET", f"databases/{made['id']}")
    ask("PATCH", f"pages/{rows[2]['id']}", {away: True})
    ask("POST", query, {"page_size": 1})
    ask("PATCH", f"databases/{made['id']}", {away: True})
    ask("GET", f"databases/{made['id']}")


def write_texts(ask: Driver) -> None:
    """A page read and written as Markdown, at once and in the background."""
    page = ask("POST", "pages", {"parent": {"page_id": home_of(ask)}, "properties": {"title": [span("Text")]}})
    path = f"pages/{page['id']}/markdown"
    first = "# Head\n- one\n- two\nThe end"
    update = {"content_updates": [{"old_str": "two", "new_str": "three"}]}
    ask("PATCH", path, {"type": "replace_content", "replace_content": {"new_str": first}})
    ask("GET", path)
    ask("PATCH", path, {"type": "update_content", "update_content": update})
    ask("PATCH", path, {"type": "insert_content", "insert_content": {"content": "More", "after": "# He...three"}})
    ask("PATCH", path, {"type": "replace_content_range",
                        "replace_content_range": {"content": "- last", "content_range": "The...end"}})  # fmt: skip
    ask("GET", f"blocks/{page['id']}/children")
    ask(
        "PATCH",
        path,
        {"type": "update_content", "update_content": {"content_updates": [{"old_str": "no", "new_str": ""}]}},
    )
    task = ask("PATCH", path, {"type": "replace_content", "replace_content": {"new_str": "Last"}, "allow_async": True})
    for _ in range(3):
        ask("GET", f"async_tasks/{task['id']}")
    task = ask("POST", "pages", {"parent": {"page_id": page["id"]}, "markdown": "# Later", "allow_async": True})
    done = [ask("GET", f"async_tasks/{task['id']}") for _ in range(3)][-1]
    ask("GET", f"pages/{done['result']['id']}")
    ask("GET", path)


def _upload(name: str, content: bytes, number: int | None = None) -> bytes:
    """A body in parts, as an upload sends it."""
    head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/plain\r\n\r\n'
    place = f'\r\n--x\r\nContent-Disposition: form-data; name="part_number"\r\n\r\n{number}' if number else ""
    return head.encode() + content + place.encode() + b"\r\n--x--\r\n"


def upload_files(ask: Driver) -> None:
    """Uploads in one part, in many, and by address; attached to a block, a page and a comment."""
    home = home_of(ask)
    form = {"content-type": "multipart/form-data; boundary=x"}
    one = ask("POST", "file_uploads", {"filename": "a.txt", "content_type": "text/plain"})
    ask("POST", f"file_uploads/{one['id']}/send", _upload("a.txt", b"hello"), **form)
    ask("GET", f"file_uploads/{one['id']}")
    many = ask("POST", "file_uploads", {"mode": "multi_part", "filename": "b.txt", "number_of_parts": 2})
    for number, size in ((1, 5 * 1024 * 1024), (2, 5)):
        ask("POST", f"file_uploads/{many['id']}/send", _upload("b.txt", b"b" * size, number), **form)
    ask("POST", f"file_uploads/{many['id']}/complete")
    ask(
        "POST",
        "file_uploads",
        {"mode": "external_url", "filename": "c.png", "external_url": "https://example.org/c.png"},
    )
    block = {"type": "file", "file": {"type": "file_upload", "file_upload": {"id": one["id"]}, "caption": []}}
    ask("PATCH", f"blocks/{home}/children", {"children": [block]})
    attached = [{"file_upload_id": many["id"], "type": "file_upload"}]
    ask("POST", "comments", {"parent": {"page_id": home}, "rich_text": [span("See")], "attachments": attached})
    ask("GET", "file_uploads", None, {"status": "uploaded"})


def work_with_views(ask: Driver) -> None:
    """Views: made, listed, changed, run, taken away."""
    if ask.old:
        return
    home = home_of(ask)
    schema = {"Name": {"title": {}}, "Tag": {"select": {}}}
    made = ask("POST", "databases", {"parent": {"type": "page_id", "page_id": home}, "title": [span("Seen")],
                                     "initial_data_source": {"properties": schema}})  # fmt: skip
    source = made["data_sources"][0]["id"]
    ask("POST", "pages", {"parent": {"data_source_id": source}, "properties": {"Name": {"title": [span("A")]}}})
    view = ask("POST", "views", {"database_id": made["id"], "data_source_id": source, "name": "Board", "type": "list"})
    ask("GET", "views", None, {"database_id": made["id"]})
    ask("GET", "views", None, {"data_source_id": source})
    ask("PATCH", f"views/{view['id']}", {"name": "Other", "filter": {"property": "Tag", "select": {"is_empty": True}}})
    run = ask("POST", f"views/{view['id']}/queries", {})
    ask("GET", f"views/{view['id']}/queries/{_run_id(run)}")
    ask("DELETE", f"views/{view['id']}/queries/{_run_id(run)}")
    ask("POST", "views", {"create_database": {"parent": {"type": "page_id", "page_id": home}}, "data_source_id": source,
                          "name": "Linked", "type": "table"})  # fmt: skip
    ask("DELETE", f"views/{view['id']}")


def be_refused(ask: Driver) -> None:
    """What Notion says no to."""
    home = home_of(ask)
    nowhere = "0a1b2c3d-0000-8000-8000-00000000dead"
    for path in ("pages", "blocks", "databases", "users", "comments"):
        ask("GET", f"{path}/{nowhere}")
    ask("GET", f"blocks/{nowhere}/children")
    ask("GET", "pages/not-an-id")
    ask("GET", "users/me", **{"notion-version": ""})
    ask("GET", "users/me", authorization="Bearer wrong")
    ask("GET", "nothing/here")
    ask("POST", "pages", {"properties": {}})
    ask("POST", "pages", {"parent": {"page_id": nowhere}, "properties": {"title": [span("X")]}})
    ask("PATCH", f"blocks/{home}/children", {"children": [{"type": "novelty", "novelty": {}}]})
    ask("PATCH", f"blocks/{home}/children", {"children": "no list"})
    ask("PATCH", f"blocks/{home}/children", {"children": [_said("paragraph", "x" * 2001)]})
    ask("PATCH", f"blocks/{home}/children", {"children": [_said("paragraph")] * 101})
    ask("GET", f"blocks/{home}/children", None, {"page_size": "500"})
    ask("POST", "search", {"filter": {"property": "object", "value": "novelty"}})
    ask("POST", "search", {"start_cursor": "nonsense"})
    ask("POST", "comments", {"rich_text": [span("x")]})
    ask("POST", "file_uploads", {"mode": "novelty"})
    ask("GET", f"file_uploads/{nowhere}")
    ask("POST", "pages", b"{no json")


def authorize(ask: Driver) -> None:
    """Tokens of a public connection: issued, looked at, taken back."""
    client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
    basic = {"authorization": f"Basic {client}"}
    token = ask("POST", "oauth/token", {"grant_type": "authorization_code", "code": CODE}, **basic)["access_token"]
    ask("POST", "oauth/introspect", {"token": token}, **basic)
    ask("POST", "oauth/revoke", {"token": token}, **basic)
    ask("POST", "oauth/introspect", {"token": token}, **basic)
    ask("POST", "oauth/token", {"grant_type": "authorization_code", "code": "spent"}, **basic)
    ask("POST", "oauth/token", {"grant_type": "authorization_code", "code": "spent"}, authorization="Basic wrong")
