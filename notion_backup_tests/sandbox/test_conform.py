"""The measure of likeness: what the sandbox itself answered agrees, what was tampered with does not."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from notion_client import Client
from typer.testing import CliRunner

from notion_backup.cli.main import app
from notion_backup.sandbox import Sandbox, SandboxClock, Workspace, running
from notion_backup.sandbox.conform import Exchange, TrafficError, conform, read_traffic
from notion_backup_tests.sandbox.conftest import client_of
from notion_backup_tests.sandbox.making import database_in, page_in, paragraph, row_in, span

Raw = dict[str, Any]


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A session of reads and writes against a sandbox, as it logged them."""
    log = tmp_path_factory.mktemp("traffic") / "own.jsonl"
    sandbox = Sandbox(Workspace(), clock=SandboxClock.manual(), log=log)
    with running(sandbox) as server, client_of(server) as client:
        sandbox.access.personal = True
        home = page_in(client)
        sandbox.access.personal = False
        log.write_text("")
        _work(client, home["id"])
    return log


def _work(client: Client, home: str) -> None:
    page = page_in(client, home, "Sub")
    made = client.blocks.children.append(page["id"], children=[paragraph("a"), paragraph("b")])["results"]
    client.blocks.children.list(page["id"])
    client.blocks.update(made[0]["id"], paragraph={"rich_text": [span("A")]})
    client.blocks.delete(made[1]["id"])
    _, source = database_in(client, page["id"], {"Cost": {"number": {}}, "Tag": {"select": {}}})
    row = row_in(client, source, "One", Cost={"number": 1}, Tag={"select": {"name": "x"}})
    client.data_sources.query(source, filter={"property": "Cost", "number": {"equals": 1}})
    client.pages.update(row["id"], properties={"Cost": {"number": 2}})
    client.comments.create(parent={"page_id": page["id"]}, rich_text=[span("hm")])
    client.comments.list(block_id=page["id"])
    client.search(query="Sub")
    client.pages.retrieve(home)


def _tampered(traffic: Path, tmp_path: Path, change: Any) -> Path:
    lines = [json.loads(line) for line in traffic.read_text().splitlines()]
    for line in lines:
        change(line)
    out = tmp_path / "tampered.jsonl"
    out.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return out


def test_what_the_sandbox_answered_agrees_with_it_wholly(traffic: Path) -> None:
    likeness = conform(read_traffic(traffic))
    assert likeness.total > 10
    assert {name: t.differences for name, t in likeness.endpoints.items() if t.differences} == {}


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a key more", lambda line: line["response"].update(novelty=1)),
        ("another type", lambda line: line["response"].update(object=7)),
        ("another status", lambda line: line.update(status=409)),
    ],
)
def test_what_was_tampered_with_differs(traffic: Path, tmp_path: Path, name: str, change: Any) -> None:
    likeness = conform(read_traffic(_tampered(traffic, tmp_path, change)))
    assert likeness.agreed == 0


def test_another_id_in_one_place_is_seen(traffic: Path, tmp_path: Path) -> None:
    def change(line: Raw) -> None:
        if line["method"] == "GET" and line["path"].endswith("/children"):
            line["response"]["results"][0]["id"] = line["response"]["results"][1]["id"]

    likeness = conform(read_traffic(_tampered(traffic, tmp_path, change)))
    assert likeness.total - likeness.agreed >= 1


def test_any_single_exchange_is_put_to_it_without_a_crash(traffic: Path, recordings: Path) -> None:
    exchanges = read_traffic(recordings / "traffic.jsonl.gz")[::9]
    alone = [conform([exchange]) for exchange in exchanges]
    crashes = [
        found["where"]
        for likeness in alone
        for tally in likeness.endpoints.values()
        for found in tally.differences
        if "the sandbox failed" in found["where"][0]
    ]
    assert crashes == []
    assert sum(likeness.agreed for likeness in alone) >= 0.98 * len(alone)


def test_the_second_half_of_a_session_presupposes_what_the_first_one_made(recordings: Path) -> None:
    sessions: dict[tuple[str, str], list[Exchange]] = {}
    for exchange in read_traffic(recordings / "traffic.jsonl.gz"):
        sessions.setdefault((exchange.session, exchange.version), []).append(exchange)
    halves = [conform(session[len(session) // 2 :]) for session in sessions.values()]
    assert sum(half.agreed for half in halves) >= 0.92 * sum(half.total for half in halves)


def test_recorded_traffic_agrees_to_98_in_100(recordings: Path) -> None:
    likeness = conform(read_traffic(recordings / "traffic.jsonl.gz"))
    assert likeness.total == 1499
    assert likeness.agreed >= 0.98 * likeness.total, likeness.to_json()


def test_a_line_that_is_no_exchange_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"session": "a", "method": "GET"}\n')
    with pytest.raises(TrafficError, match="line 1"):
        read_traffic(broken)
    done = CliRunner().invoke(app, ["sandbox", "conform", str(broken)])
    assert done.exit_code == 2


def test_the_command_tells_it_in_words_and_as_json(traffic: Path, tmp_path: Path) -> None:
    packed = tmp_path / "own.jsonl.gz"
    packed.write_bytes(gzip.compress(traffic.read_bytes()))
    told = CliRunner().invoke(app, ["sandbox", "conform", str(packed)])
    assert "exchanges agree (100.0 %)" in told.stdout
    found = json.loads(CliRunner().invoke(app, ["sandbox", "conform", str(packed), "--json"]).stdout)
    assert set(found) == {"agreed", "total", "endpoints"}
    assert found["agreed"] == found["total"]
    assert all(set(one) == {"agreed", "total", "differences"} for one in found["endpoints"].values())
