from __future__ import annotations

import json
import time
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
    random_plan,
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


def test_the_budget_of_a_workspace_may_keep_everybody_waiting_for_minutes() -> None:
    with _up(workspace_limit=4, workspace_window=300, other_tokens=["second"]) as (up, plain):
        second = {"Authorization": "Bearer second"}
        answers = [plain.get("/v1/users/me", headers=who).status_code for who in ({}, second) * 2]
        assert answers == [200] * 4
        up.sandbox.clock.advance(30)
        refused = plain.get("/v1/users/me", headers=second)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "270")
        assert refused.json()["additional_data"]["rate_limit_reason"] == "public_api_space_request_rate_limit"
        up.sandbox.clock.advance(270)
        assert plain.get("/v1/users/me").status_code == 200


def test_an_endpoint_is_down_for_an_hour_and_no_longer() -> None:
    down = FaultRule("status", path="^/v1/search", status=502, begins=60, lasts=3600, times=None)
    with _up(faults=[down]) as (up, plain):
        seen = []
        for minutes in (0, 1, 30, 29, 2):
            up.sandbox.clock.advance(minutes * 60)
            seen.append((plain.post("/v1/search", json={}).status_code, plain.get("/v1/users/me").status_code))
        assert seen == [(200, 200), (502, 200), (502, 200), (502, 200), (200, 200)]


def test_a_rule_may_have_a_code_or_reason_of_its_own(tmp_path: Path) -> None:
    gone = FaultRule("status", path="/users", status=503, code="database_connection_unavailable")
    blocked = FaultRule("status", path="/search", status=429, rate_limit_reason="public_api_request_blocked")
    log = tmp_path / "traffic.jsonl"
    with _up(faults=[gone, blocked], log=log) as (_, plain):
        assert plain.get("/v1/users/me").json()["code"] == "database_connection_unavailable"
        told = plain.post("/v1/search", json={"page_size": 3}).json()["additional_data"]
        assert told["rate_limit_reason"] == "public_api_request_blocked"
    first, second = (json.loads(line) for line in log.read_text().splitlines())
    assert (first["status"], first["response"]["code"]) == (503, "database_connection_unavailable")
    assert (second["status"], second["request"]) == (429, {"page_size": 3})


def test_time_runs_at_any_speed() -> None:
    fast = SandboxClock(speed=3600)
    begun = fast.now()
    time.sleep(0.2)
    assert 600 < (fast.now() - begun).total_seconds() < 36_000
    with _up(rate_limit=1) as (up, plain):
        assert [plain.get("/v1/users/me").status_code for _ in range(2)] == [200, 429]
        told = httpx.post(f"{up.url}/_sandbox/clock", json={"speed": 6000}).json()
        assert told["speed"] == 6000
        time.sleep(0.05)
        assert plain.get("/v1/users/me").status_code == 200
        stopped = httpx.post(f"{up.url}/_sandbox/clock", json={"speed": 0, "advance_seconds": 5}).json()["now"]
        assert httpx.get(f"{up.url}/_sandbox/clock").json()["now"] == stopped


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


def test_an_answer_trickles() -> None:
    with _up(faults=[FaultRule("slow", path="/users", size=20, seconds=0.05)]) as (_, plain):
        began = time.monotonic()
        answer = plain.get("/v1/users/me")
        assert time.monotonic() - began > 0.3
        assert answer.json()["object"] == "user"


@pytest.mark.parametrize(("wrong_by", "error"), [(30, httpx.RemoteProtocolError), (-30, json.JSONDecodeError)])
def test_a_length_is_wrong_either_way(wrong_by: int, error: type[Exception]) -> None:
    with _up(faults=[FaultRule("length", path="/users", size=wrong_by)]) as (_, plain):
        with pytest.raises(error):
            plain.get("/v1/users/me").json()
        assert plain.get("/v1/users/me").json()["object"] == "user"


def test_work_is_done_and_the_answer_is_an_error_that_names_it() -> None:
    with _up(faults=[FaultRule("committed", path="/children$", method="PATCH")]) as (up, plain):
        page_id = next(up.sandbox.workspace.all("page"))["id"]
        children = [{"paragraph": {"rich_text": []}}, {"divider": {}}]
        answer = plain.patch(f"/v1/blocks/{page_id}/children", json={"children": children})
        assert answer.status_code == 503
        told = answer.json()["additional_data"]
        after = plain.get(f"/v1/blocks/{page_id}/children").json()["results"]
        assert told["committed_child_ids"] == [block["id"] for block in after[-2:]]


def test_work_is_done_and_the_answer_is_lost() -> None:
    with _up(faults=[FaultRule("lost", path="/comments", method="POST")]) as (up, plain):
        page_id = next(up.sandbox.workspace.all("page"))["id"]
        told = {"parent": {"page_id": page_id}, "rich_text": [{"text": {"content": "Lost"}}]}
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            plain.post("/v1/comments", json=told)
        kept = plain.get("/v1/comments", params={"block_id": page_id}).json()["results"]
        assert [comment["rich_text"][0]["plain_text"] for comment in kept][-1:] == ["Lost"]


def test_a_cursor_becomes_invalid_and_a_request_without_one_is_let_through() -> None:
    with _up(faults=[FaultRule("cursor", path="/search")]) as (_, plain):
        first = plain.post("/v1/search", json={"page_size": 1}).json()
        following = {"page_size": 1, "start_cursor": first["next_cursor"]}
        refused = plain.post("/v1/search", json=following)
        assert (refused.status_code, refused.json()["code"]) == (400, "validation_error")
        assert plain.post("/v1/search", json=following).status_code == 200


def test_an_endpoint_is_down_for_an_hour_of_the_sandboxs_time() -> None:
    rule = FaultRule("status", path="/search", status=503, begins=60, lasts=3600, times=None)
    with _up(faults=[rule]) as (up, plain):
        seen = []
        for seconds in (0, 60, 3599, 1):
            up.sandbox.clock.advance(seconds)
            seen.append(plain.post("/v1/search", json={}).status_code)
        assert seen == [200, 503, 503, 200]


def test_tokens_have_budgets_of_their_own_and_the_workspace_one_for_all() -> None:
    with _up(rate_limit=3, workspace_limit=5, other_tokens=["ntn_other"]) as (up, plain):
        other = {"Authorization": "Bearer ntn_other"}
        assert [plain.get("/v1/users/me").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert [plain.get("/v1/users/me", headers=other).status_code for _ in range(2)] == [200, 200]
        refused = plain.get("/v1/users/me", headers=other)
        assert refused.json()["additional_data"]["rate_limit_reason"] == "public_api_space_request_rate_limit"
        assert plain.get("/v1/users/me", headers={"Authorization": "Bearer ntn_third"}).status_code == 401
        up.sandbox.clock.advance(60)
        assert plain.get("/v1/users/me", headers=other).status_code == 200


def test_a_mixture_is_the_same_for_the_same_seed_and_fits_in_a_file(tmp_path: Path) -> None:
    for seed in range(50):
        plan = random_plan(seed, ["a", "b", "c"])
        assert plan == random_plan(seed, ["a", "b", "c"])
        (tmp_path / "plan.json").write_text(json.dumps(plan.to_json()))
        assert load_plan(tmp_path / "plan.json") == plan
    assert len({str(random_plan(seed)) for seed in range(50)}) == 50


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
        "capabilities": {"comments": False, "emails": False}, "revoke_after": 6, "search_lag": 30, "row_cap": 7,
        "rate_limit": 90, "workspace_limit": 100, "workspace_window": 240,
    }))  # fmt: skip
    with _up() as (up, plain):
        up.sandbox.apply_plan(load_plan(plan))
        assert [plain.get("/v1/users/me").status_code for _ in range(7)] == [529, 200, 529, 200, 529, 200, 529]
        assert plain.post("/v1/search", json={}).status_code == 401
        assert (up.sandbox.access.comments, up.sandbox.access.emails) == (False, False)
        assert (up.sandbox.workspace.search_lag, up.sandbox.reads.row_cap) == (30, 7)
        budget = up.sandbox.budget
        assert (budget.per_minute, budget.workspace, budget.workspace_window) == (90, 100, 240)


@pytest.mark.parametrize(
    "given", ["no json", '{"rules": [{"effect": "melt"}]}', '{"rulez": []}', '[{"effect": "status", "status": 200}]',
              '[{"effect": "drop", "path": "("}]']
)  # fmt: skip
def test_a_plan_that_means_nothing_is_refused(tmp_path: Path, given: str) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(given)
    with pytest.raises(FaultPlanError):
        load_plan(plan)
