"""A plain crawler, written against the API alone, must find exactly what the sandbox calls its truth."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from notion_backup.sandbox import Sandbox, SandboxClock, generate
from notion_backup.sandbox.truth import hosted_paths
from notion_backup_tests.sandbox.conftest import VERSION


class Crawler:
    """Reads everything, caring for nothing but completeness."""

    def __init__(self, http: httpx.Client) -> None:
        self.http = http
        self.found: dict[str, dict[str, Any]] = {
            kind: {}
            for kind in ("page", "database", "data_source", "block", "view", "comment", "custom_emoji", "template")
        }

    def get(self, path: str) -> Any:
        answer = self.http.get(f"/v1/{path}")
        return answer.json() if answer.status_code == 200 else None

    def listed(self, path: str, body: dict[str, Any] | None = None, under: str = "results") -> Iterator[Any]:
        cursor: dict[str, str] = {}
        while True:
            if body is None:
                answer = self.http.get(httpx.URL(f"/v1/{path}").copy_merge_params(cursor))
            else:
                answer = self.http.post(f"/v1/{path}", json={**body, **cursor})
            assert answer.status_code == 200, (path, answer.text)
            document = answer.json()
            yield from document[under]
            if not document["has_more"]:
                return
            cursor = {"start_cursor": document["next_cursor"]}

    def keep(self, kind: str, raw: Any) -> bool:
        known = raw["id"] in self.found[kind]
        self.found[kind][raw["id"]] = raw
        return not known

    def crawl(self) -> None:
        for hit in self.listed("search", {}):
            self.page(hit) if hit["object"] == "page" else self.data_source(hit)
        for emoji in self.listed("custom_emojis"):
            self.keep("custom_emoji", emoji)
        for kind in ("page", "template", "block"):
            for object_id in list(self.found[kind]):
                for comment in self.listed(f"comments?block_id={object_id}"):
                    self.keep("comment", comment)

    def page(self, raw: Any, kind: str = "page") -> None:
        if not raw["in_trash"] and self.keep(kind, raw):
            self.walk(raw["id"])

    def walk(self, holder: str) -> None:
        for block in self.listed(f"blocks/{holder}/children"):
            if not self.keep("block", block):
                continue
            if block["type"] == "child_page":
                self.page(self.get(f"pages/{block['id']}"))
            elif block["type"] == "child_database":
                self.database(block["id"])
            elif block["type"] == "meeting_notes":
                for section in block["meeting_notes"]["children"].values():
                    self.walk(section)
            if block["has_children"] and not block["type"].startswith("child_"):
                self.walk(block["id"])

    def database(self, database_id: str) -> None:
        raw = self.get(f"databases/{database_id}")
        if raw is None or raw["in_trash"] or not self.keep("database", raw):
            return
        for reference in self.listed(f"views?database_id={database_id}"):
            self.keep("view", self.get(f"views/{reference['id']}"))
        for source in raw["data_sources"]:
            self.data_source(self.get(f"data_sources/{source['id']}"))

    def data_source(self, raw: Any) -> None:
        if raw["in_trash"] or not self.keep("data_source", raw):
            return
        self.database(raw["parent"]["database_id"])
        for body in ({}, {"is_archived": True}):
            for row in self.listed(f"data_sources/{raw['id']}/query", body):
                self.page(row) if row["object"] == "page" else self.data_source(row)
        for template in self.listed(f"data_sources/{raw['id']}/templates", under="templates"):
            self.page(self.get(f"pages/{template['id']}"), "template")


def test_a_plain_crawler_finds_exactly_the_truth() -> None:
    space = generate(pages=30, seed=21)
    sandbox = Sandbox(space, clock=SandboxClock.manual())
    sandbox.live(days=2, seed=3)
    headers = {"Authorization": f"Bearer {sandbox.token}", "Notion-Version": VERSION}

    def answer(request: httpx.Request) -> httpx.Response:
        path, _, query = request.url.raw_path.decode().partition("?")
        names = {name.lower(): value for name, value in request.headers.items()}
        given = sandbox.answer(request.method, path, query, names, request.content, "http://sandbox")
        return httpx.Response(given.status, text=given.text)

    # Thousands of requests: without sockets this takes a moment.
    with httpx.Client(transport=httpx.MockTransport(answer), base_url="http://sandbox", headers=headers) as plain:
        crawler = Crawler(plain)
        crawler.crawl()
    truth = sandbox.truth()["ids"]
    for kind, found in crawler.found.items():
        missing, extra = set(truth[kind]) - set(found), set(found) - set(truth[kind])
        assert (kind, missing, extra) == (kind, set(), set())
    named = set()
    for kind in ("page", "database", "data_source", "block", "comment", "custom_emoji"):
        kept = [space.objects[kind][object_id] for object_id in crawler.found[kind]]
        named |= set().union(*(hosted_paths(raw) for raw in kept))
    templates = [space.objects["page"][object_id] for object_id in crawler.found["template"]]
    assert named | set().union(*(hosted_paths(raw) for raw in templates)) == set(truth["file"])
