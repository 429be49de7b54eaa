"""The sandbox against real traffic: what was recorded is served as recorded, and answers have the recorded shapes."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from notion_client import Client
from notion_client.helpers import collect_paginated_api

from notion_backup.sandbox import RunningSandbox, Sandbox, SandboxClock, load_workspace, running, save_workspace
from notion_backup.sandbox.rendering import shown_page
from notion_backup_tests.sandbox.conftest import RECORDINGS, VERSION, client_of

pytestmark = pytest.mark.skipif(not RECORDINGS.exists(), reason="the recordings are not on this machine")

KINDS = {"page": "pages", "database": "databases", "data_source": "data_sources", "block": "blocks",
         "comment": "comments", "user": "users"}  # fmt: skip


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((RECORDINGS / "workspace.json").read_text())
    return document


@pytest.fixture(scope="module")
def traffic() -> list[dict[str, Any]]:
    with gzip.open(RECORDINGS / "traffic.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def up() -> Iterator[RunningSandbox]:
    space = load_workspace(RECORDINGS / "workspace.json")
    with running(Sandbox(space, clock=SandboxClock.manual())) as server:
        yield server


@pytest.fixture(scope="module")
def client(up: RunningSandbox) -> Iterator[Client]:
    with client_of(up) as notion:
        yield notion


def _stable(raw: Any) -> Any:
    """An answer without what changes from answer to answer: request ids, hosts and signatures of hosted files."""
    if isinstance(raw, list):
        return [_stable(item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    kept = {key: _stable(value) for key, value in raw.items() if key not in ("request_id", "expiry_time")}
    if "expiry_time" in raw:
        kept["url"] = re.sub(r"^https?://[^/]+/(files/)?|\?.*$", "", raw["url"])
    return kept


def test_every_recorded_object_is_served_as_recorded(recorded: dict[str, Any], client: Client) -> None:
    for kind, path in KINDS.items():
        for raw in recorded["objects"][kind]:
            served, wanted = _stable(client.request(path=f"{path}/{raw['id']}", method="GET")), _stable(raw)
            if served.get("has_children") and not wanted["has_children"]:
                # Recorded when the block was made; what was put into it later is part of the fold too.
                wanted["has_children"] = bool(client.blocks.children.list(raw["id"])["results"])
            assert served == wanted, raw["id"]


def test_listings_show_every_recorded_page_source_and_row(recorded: dict[str, Any], client: Client) -> None:
    found = collect_paginated_api(client.search)
    found += collect_paginated_api(client.search, filter={"in_trash": True})
    by_id = {hit["id"]: hit for hit in found}
    for kind in ("page", "data_source"):
        for raw in recorded["objects"][kind]:
            assert _stable(by_id.pop(raw["id"])) == _stable(raw)
    assert not by_id
    rows = Counter(
        row["id"]
        for raw in recorded["objects"]["data_source"]
        for row in collect_paginated_api(client.data_sources.query, data_source_id=raw["id"])
    )
    wanted = [p["id"] for p in recorded["objects"]["page"] if p["parent"]["type"] == "data_source_id"]
    assert rows == Counter(wanted)


def test_every_recorded_block_hangs_in_the_list_of_its_parent(recorded: dict[str, Any], client: Client) -> None:
    holders = {raw["parent"].get("page_id") or raw["parent"].get("block_id") for raw in recorded["objects"]["block"]}
    lists = [collect_paginated_api(client.blocks.children.list, block_id=holder) for holder in holders]
    listed = [block for blocks in lists for block in blocks]
    ids = Counter(block["id"] for block in listed)
    assert set(ids.values()) == {1}
    assert {raw["id"] for raw in recorded["objects"]["block"]} <= set(ids)
    extra = [block for block in listed if block["id"] not in {raw["id"] for raw in recorded["objects"]["block"]}]
    assert {block["type"] for block in extra} <= {"child_page", "child_database"}
    for holder, children in recorded["children"].items():
        blocks = collect_paginated_api(client.blocks.children.list, block_id=holder)
        assert [block["id"] for block in blocks][: len(children)] == children


def test_recorded_property_items_come_back(recorded: dict[str, Any], client: Client) -> None:
    for page_id, properties in recorded["property_items"].items():
        for property_id, answers in properties.items():
            answer = client.pages.properties.retrieve(page_id=page_id, property_id=property_id)
            assert _stable(answer) == _stable(answers[0])


def test_nine_databases_were_never_read_and_answer_404(recorded: dict[str, Any], up: RunningSandbox) -> None:
    headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
    missing = set()
    with httpx.Client(base_url=up.url, headers=headers) as plain:
        for raw in recorded["objects"]["data_source"]:
            database_id = raw["parent"]["database_id"]
            if plain.get(f"/v1/databases/{database_id}").status_code == 404:
                missing.add(database_id)
    assert len(missing) == 9


def test_cutting_leaves_recorded_pages_alone(recorded: dict[str, Any]) -> None:
    assert all(shown_page(page) == page for page in recorded["objects"]["page"])


def test_a_recording_saved_and_loaded_again_is_the_same(up: RunningSandbox, tmp_path: Any) -> None:
    space = up.sandbox.workspace
    save_workspace(space, tmp_path / "w.json")
    again = load_workspace(tmp_path / "w.json")
    assert (again.objects, again.children) == (space.objects, space.children)


def test_recorded_reads_have_the_same_shape_here(traffic: list[dict[str, Any]], up: RunningSandbox) -> None:
    """Replays every recorded read at 2026-03-11 and compares statuses, envelopes and the shape of each object."""
    agreed, differences = Counter[str](), []
    headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
    with httpx.Client(base_url=up.url, headers=headers) as plain:
        for exchange in traffic:
            is_read = exchange["method"] == "GET" or exchange["path"].endswith(("/search", "/query"))
            body = dict(exchange["request"] or {})
            # A cursor belongs to the moment it was recorded in.
            if exchange["version"] != VERSION or not is_read or "start_cursor" in body:
                continue
            answer = plain.request(
                exchange["method"],
                exchange["path"],
                params=exchange["query"],
                json=body if exchange["method"] == "POST" else None,
            )
            found = _unlike(exchange["response"], answer.json())
            if answer.status_code != exchange["status"]:
                found.append(f"status {answer.status_code}")
            if found:
                differences.append((exchange["method"], exchange["path"], body, found[:3]))
            else:
                agreed[exchange["method"]] += 1
    assert len(differences) / (agreed.total() + len(differences)) < 0.02, differences[:20]


def _unlike(theirs: Any, ours: Any, where: str = "") -> list[str]:
    """Where two answers differ in keys or types. Lists are compared by their first items; empty ones fit any."""
    if theirs is None or ours is None:
        return []
    if isinstance(theirs, dict) and isinstance(ours, dict):
        # Properties are named by people, and the fold holds their last state only.
        if where.endswith("/properties"):
            return []
        if where.endswith("results/"):
            theirs, ours = ({k: v for k, v in raw.items() if k != "request_id"} for raw in (theirs, ours))
        if theirs.get("type") != ours.get("type"):
            return []
        found = [f"{where}/{key}" for key in set(theirs) ^ set(ours)]
        for key in set(theirs) & set(ours):
            found += _unlike(theirs[key], ours[key], f"{where}/{key}")
        return found
    if isinstance(theirs, list) and isinstance(ours, list):
        return _unlike(theirs[0], ours[0], f"{where}/") if theirs and ours else []
    same = type(theirs) is type(ours) or {type(theirs), type(ours)} <= {int, float}
    return [] if same else [f"{where}: {type(theirs).__name__} here {type(ours).__name__}"]
