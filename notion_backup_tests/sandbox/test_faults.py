from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from notion_backup.sandbox import (
    FaultPlanError,
    FaultRule,
    RunningSandbox,
    Sandbox,
    SandboxClock,
    generate,
    load_plan,
    running,
)
from notion_backup_tests.sandbox.conftest import VERSION


@contextmanager
def _up(**options: Any) -> Iterator[tuple[RunningSandbox, httpx.Client]]:
    space = generate(pages=3, seed=1, showcase=False)
    with running(Sandbox(space, clock=SandboxClock.manual(), **options)) as up:
        headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
        with httpx.Client(base_url=up.url, headers=headers) as plain:
            yield up, plain


def test_the_budget_is_per_window_and_names_the_wait() -> None:
    with _up(rate_limit=5) as (up, plain):
        assert [plain.get("/v1/users/me").status_code for _ in range(5)] == [200] * 5
        up.sandbox.clock.advance(12.5)
        refused = plain.get("/v1/users/me")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "48"
        assert refused.json()["additional_data"] == {
            "retry_after": 48,
            "rate_limit_reason": "public_api_request_rate_limit",
        }
        up.sandbox.clock.advance(48)
        assert plain.get("/v1/users/me").status_code == 200


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 529])
def test_a_rule_answers_with_an_error_of_its_own(status: int) -> None:
    rule = FaultRule("status", path="/users", status=status, retry_after=7, after=1, times=2)
    with _up(faults=[rule]) as (up, plain):
        answers = [plain.get("/v1/users/me") for _ in range(4)]
        assert [a.status_code for a in answers] == [200, status, status, 200]
        assert answers[1].headers["retry-after"] == "7"
        assert answers[1].json()["object"] == "error"
        assert up.stats.total == 4


def test_html_comes_instead_of_json() -> None:
    with _up(faults=[FaultRule("html", path="/search", method="POST")]) as (_, plain):
        answer = plain.post("/v1/search", json={})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")


def test_an_answer_is_cut_in_the_middle() -> None:
    with _up(faults=[FaultRule("cut", path="/search")]) as (_, plain):
        with pytest.raises(httpx.RemoteProtocolError):
            plain.post("/v1/search", json={})
        assert plain.post("/v1/search", json={}).status_code == 200


def test_a_connection_is_dropped() -> None:
    with _up(faults=[FaultRule("drop", path="/search", times=2)]) as (up, plain):
        for _ in range(2):
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                plain.post("/v1/search", json={})
        assert plain.post("/v1/search", json={}).status_code == 200
        assert up.stats.statuses == {0: 2, 200: 1}


def test_an_answer_is_late() -> None:
    with _up(faults=[FaultRule("delay", path="/users", seconds=0.3)]) as (_, plain):
        with pytest.raises(httpx.ReadTimeout):
            plain.get("/v1/users/me", timeout=0.1)
        assert plain.get("/v1/users/me").status_code == 200


def test_a_token_is_revoked_half_way() -> None:
    with _up(revoke_after=2) as (_, plain):
        assert [plain.get("/v1/users/me").status_code for _ in range(4)] == [200, 200, 401, 401]
    with _up(faults=[FaultRule("revoke", path="/search")]) as (_, plain):
        assert plain.get("/v1/users/me").status_code == 200
        assert plain.post("/v1/search", json={}).status_code == 401
        assert plain.get("/v1/users/me").status_code == 401


def test_search_omits_what_it_is_told_to() -> None:
    with _up() as (up, plain):
        page_id = next(up.sandbox.workspace.all("page"))["id"]
        up.sandbox.access.search_omits.add(page_id)
        assert page_id not in {hit["id"] for hit in plain.post("/v1/search", json={}).json()["results"]}
        assert plain.get(f"/v1/pages/{page_id}").status_code == 200


def test_chance_is_reproducible_from_the_seed() -> None:
    def outcome() -> list[int]:
        rule = FaultRule("status", status=503, times=None, probability=0.4)
        with _up(faults=[rule], fault_seed=9) as (_, plain):
            return [plain.get("/v1/users/me").status_code for _ in range(30)]

    first = outcome()
    assert first == outcome()
    assert 0 < first.count(503) < 30


def test_a_plan_is_a_small_json_file(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({
        "rules": [{"effect": "status", "status": 529, "path": "/users", "every": 2, "times": None}],
        "capabilities": {"comments": False}, "revoke_after": 6,
    }))  # fmt: skip
    with _up() as (up, plain):
        up.sandbox.apply_plan(load_plan(plan))
        assert [plain.get("/v1/users/me").status_code for _ in range(7)] == [529, 200, 529, 200, 529, 200, 529]
        assert plain.post("/v1/search", json={}).status_code == 401
        assert up.sandbox.access.comments is False


@pytest.mark.parametrize(
    "given", ["no json", '{"rules": [{"effect": "melt"}]}', '{"rulez": []}', '[{"effect": "status", "status": 200}]',
              '[{"effect": "drop", "path": "("}]']
)  # fmt: skip
def test_a_plan_that_means_nothing_is_refused(tmp_path: Path, given: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(given)
    with pytest.raises(FaultPlanError):
        load_plan(plan)
