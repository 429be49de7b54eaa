from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from notion_backup.sandbox import Sandbox, SandboxClock, generate, running, serve
from notion_backup.sandbox.conform import conform, read_traffic
from notion_backup_tests.sandbox.conftest import VERSION

HEADERS = {"Authorization": "Bearer secret-token", "Notion-Version": VERSION}


def test_the_command_lines_server_runs_until_interrupted(tmp_path: Path) -> None:
    code = (
        "from notion_backup.sandbox import Sandbox, generate, serve; "
        "serve(Sandbox(generate(pages=3), token='secret-token'), port=0)"
    )
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/v1/users/me", headers=HEADERS).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_taken_port_is_an_error_not_a_hang() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            serve(Sandbox(generate(pages=1)), port=taken.getsockname()[1])


def test_every_exchange_is_logged_in_the_format_of_recorded_traffic(tmp_path: Path) -> None:
    log = tmp_path / "traffic.jsonl"
    space = generate(pages=2, showcase=False)
    sandbox = Sandbox(space, token="secret-token", log=log, clock=SandboxClock.manual())
    with running(sandbox) as up, httpx.Client(base_url=up.url, headers=HEADERS) as plain:
        first = plain.post("/v1/search", json={"page_size": 1}).json()
        plain.get("/v1/pages/none", params={"filter_properties": "title"})
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [list(line) for line in lines] == [
        ["session", "step", "method", "path", "query", "version", "request", "status", "response"]
    ] * 2
    assert lines[0]["response"] == first
    assert (lines[0]["request"], lines[0]["version"]) == ({"page_size": 1}, VERSION)
    assert (lines[1]["step"], lines[1]["status"]) == (1, 400)
    assert "secret-token" not in log.read_text()


def test_requests_are_counted_by_endpoint_and_downloads_apart() -> None:
    space = generate(pages=2, seed=1)
    page_id = next(space.all("page"))["id"]
    with running(Sandbox(space, token="secret-token")) as up, httpx.Client(base_url=up.url, headers=HEADERS) as plain:
        for path in ("users/me", f"pages/{page_id}", f"pages/{page_id.replace('-', '')}", f"blocks/{page_id}/children"):
            assert plain.get(f"/v1/{path}").status_code == 200
        assert plain.get(plain.get("/v1/custom_emojis").json()["results"][0]["url"]).status_code == 200
        stats = plain.get("/_sandbox/stats").json()
    assert stats["endpoints"] == {
        "GET /v1/blocks/{id}/children": 1,
        "GET /v1/custom_emojis": 1,
        "GET /v1/pages/{id}": 2,
        "GET /v1/users/me": 1,
    }
    assert (stats["reads"], stats["writes"], stats["total"], stats["downloads"]) == (5, 0, 5, 1)


def test_answers_may_hold_fewer_items_than_asked_for() -> None:
    sandbox = Sandbox(generate(pages=30, seed=1), token="secret-token", page_cap=7)
    with running(sandbox) as up, httpx.Client(base_url=up.url, headers=HEADERS) as plain:
        ids: list[str] = []
        body: dict[str, object] = {"page_size": 100}
        while True:
            answer = plain.post("/v1/search", json=body).json()
            ids += [hit["id"] for hit in answer["results"]]
            assert len(answer["results"]) <= 7
            if not answer["has_more"]:
                break
            body["start_cursor"] = answer["next_cursor"]
    truth = sandbox.truth()["ids"]
    assert set(ids) - set(truth["trashed"]) == (set(truth["page"]) | set(truth["data_source"])) - set(truth["archived"])


def test_people_may_edit_while_others_read() -> None:
    sandbox = Sandbox(generate(pages=30, seed=1), token="secret-token", clock=SandboxClock.manual())
    with running(sandbox) as up, httpx.Client(base_url=up.url, headers=HEADERS) as plain:
        editing = threading.Thread(target=sandbox.live, kwargs={"days": 8, "seed": 1})
        editing.start()
        statuses = set()
        pages = list(sandbox.workspace.objects["page"])
        for page_id in pages[:120]:
            statuses.add(plain.get(f"/v1/blocks/{page_id}/children").status_code)
            statuses.add(plain.get(f"/v1/pages/{page_id}").status_code)
        editing.join()
    assert statuses == {200}


def test_a_log_of_ours_conforms_to_us(tmp_path: Path) -> None:
    log = tmp_path / "traffic.jsonl"
    sandbox = Sandbox(generate(pages=5, seed=2), token="secret-token", log=log, clock=SandboxClock.manual())
    with running(sandbox) as up, httpx.Client(base_url=up.url, headers=HEADERS) as plain:
        for page in plain.post("/v1/search", json={"page_size": 20}).json()["results"]:
            if page["object"] == "page":
                plain.get(f"/v1/pages/{page['id']}")
                made = plain.post("/v1/pages", json={"parent": {"page_id": page["id"]}, "properties": {}}).json()
                plain.patch(f"/v1/blocks/{made['id']}/children", json={"children": [{"divider": {}}]})
                plain.get(f"/v1/blocks/{made['id']}/children")
    likeness = conform(read_traffic(log))
    assert likeness.total > 40
    assert likeness.agreed == likeness.total, likeness.to_json()


def test_a_generated_file_is_served_by_the_command_line(tmp_path: Path) -> None:
    program = [sys.executable, "-m", "notion_backup.cli.main", "sandbox"]
    told = [*program, "generate", str(tmp_path / "w.json"), "--pages", "5", "--rows", "30", "--days", "1"]
    subprocess.run(told, check=True, capture_output=True)
    options = ["--port", "0", "--row-cap", "20", "--other-token", "second", "--token", "secret-token", "--speed", "60"]
    process = subprocess.Popen(
        [*program, "serve", "--workspace", str(tmp_path / "w.json"), *options], stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stderr is not None
        url = process.stderr.readline().partition(" is at ")[2].split()[0]
        other = {**HEADERS, "Authorization": "Bearer second"}
        with httpx.Client(base_url=url, headers=other) as plain:
            hits = plain.post("/v1/search", json={"filter": {"property": "object", "value": "data_source"}}).json()
            sizes = [len(plain.post(f"/v1/data_sources/{hit['id']}/query", json={}).json()["results"])
                     for hit in hits["results"] if not hit["in_trash"]]  # fmt: skip
            assert max(sizes) == 20
            assert plain.get("/_sandbox/clock").json()["speed"] == 60
    finally:
        process.kill()
        process.communicate()
