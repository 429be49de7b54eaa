from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.capture import capture_workspace
from notion_backup.capture.ledger import OwnLedger, SharedLedger
from notion_backup.capture.pacing import WINDOW_SECONDS, Pacing
from notion_backup.errors import NotionUnauthorized
from notion_backup.sandbox import FaultRule, Sandbox, SandboxClock, generate, running
from notion_backup_tests.capture.standing_in import FakeTime, Remembering, SandboxTime, reader_of, source


def paced(per_minute: int | None) -> tuple[Pacing, FakeTime]:
    time = FakeTime()
    return Pacing(per_minute, sleep=time.sleep, ledger=OwnLedger(time.monotonic)), time


def test_a_whole_budget_may_be_spent_at_once() -> None:
    pacing, time = paced(180)
    for _ in range(180):
        pacing.acquire()
    assert time.slept == []


def test_the_request_after_a_spent_budget_waits_for_the_window_to_move() -> None:
    pacing, time = paced(3)
    began = time.now
    for _ in range(4):
        pacing.acquire()
    assert WINDOW_SECONDS <= time.now - began <= WINDOW_SECONDS + 1


@given(budget=st.integers(1, 20), gaps=st.lists(st.floats(0, 30), min_size=1, max_size=80))
def test_no_window_of_sixty_seconds_ever_holds_more_than_the_budget(budget: int, gaps: list[float]) -> None:
    pacing, time = paced(budget)
    sent = []
    for gap in gaps:
        time.now += gap
        pacing.acquire()
        sent.append(time.now)
    assert all(sum(1 for other in sent if at - WINDOW_SECONDS < other <= at) <= budget for at in sent)


def test_ninety_seven_percent_of_the_budget_are_used_when_there_is_work() -> None:
    pacing, time = paced(180)
    began, sent = time.now, 0
    while time.now - began < 3600:
        pacing.acquire()
        sent += 1
    assert sent >= 0.97 * 180 * 60


def test_a_pause_the_server_asks_for_holds_up_everybody_even_without_a_budget() -> None:
    pacing, time = paced(None)
    pacing.acquire()
    pacing.limited(120)
    began = time.now
    pacing.acquire()
    assert time.now - began >= 120


def test_many_answers_of_one_pause_shrink_the_budget_once_and_it_grows_back() -> None:
    pacing, time = paced(100)
    for _ in range(8):
        pacing.limited(10)
    assert pacing.budget == 90
    for _ in range(400):
        pacing.acquire()
        time.now += 1
    assert pacing.budget == 100


def test_a_shorter_pause_does_not_cut_a_longer_one() -> None:
    pacing, time = paced(None)
    pacing.limited(60)
    pacing.limited(1)
    began = time.now
    pacing.acquire()
    assert time.now - began >= 60


def test_two_captures_of_one_token_share_its_budget_through_a_file(tmp_path: Path) -> None:
    time = FakeTime()
    one, other = (
        Pacing(10, sleep=time.sleep, ledger=SharedLedger(tmp_path / "a.pace", now=time.monotonic)) for _ in range(2)
    )
    for _ in range(5):
        one.acquire()
        other.acquire()
    assert time.slept == []
    other.acquire()
    assert time.now >= 1060
    one.limited(120)
    began = time.now
    other.acquire()
    assert time.now - began >= 120
    assert other.budget == 9


def test_books_of_another_time_or_of_no_meaning_stop_nobody(tmp_path: Path) -> None:
    time = FakeTime()
    path = tmp_path / "a.pace"
    ahead = FakeTime()
    ahead.now += 1e6
    busy = Pacing(2, sleep=ahead.sleep, ledger=SharedLedger(path, now=ahead.monotonic))
    busy.acquire()
    busy.limited(1000)
    pacing = Pacing(2, sleep=time.sleep, ledger=SharedLedger(path, now=time.monotonic))
    pacing.acquire()
    assert time.slept == []
    path.write_bytes(b"no book")
    pacing.acquire()
    assert time.slept == []


def test_processes_that_share_a_token_keep_within_its_budget(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path;"
        "from notion_backup.capture.ledger import SharedLedger; from notion_backup.capture.pacing import Pacing;"
        "pacing = Pacing(40, ledger=SharedLedger(Path(sys.argv[1])));"
        "end = time.time() + 1.5; sent = 0\n"
        "while time.time() < end:\n    sent += pacing.try_acquire() <= 0\n"
        "print(sent)"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "a.pace")]
    runs = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert sum(int(run.communicate(timeout=60)[0]) for run in runs) == 40


@pytest.mark.parametrize(("budget", "pages"), [(180, 30), (600, 110)])
def test_a_capture_uses_its_budget_and_is_never_told_to_slow_down(budget: int, pages: int) -> None:
    space = generate(pages=pages, seed=4, showcase=False)
    sandbox = Sandbox(space, clock=SandboxClock.manual(), rate_limit=budget)
    with running(sandbox) as server:
        time = SandboxTime(sandbox.clock, under_way=0.2)
        where = source(server.url, server.token, requests_per_minute=budget)
        report = capture_workspace(where, Remembering().writer, waiting=time.waiting(), clock=sandbox.clock.now)
        assert 429 not in server.stats.statuses
        # The last window is seldom full; all before it have to be.
        windows = math.ceil(sum(report.requests.values()) / budget) - 1
        assert windows >= 2
        assert windows * budget >= 0.97 * budget * time.monotonic() / 60


def test_tokens_of_one_workspace_add_up_and_what_one_is_refused_the_first_is_asked() -> None:
    sandbox = Sandbox(
        generate(pages=40, seed=4, showcase=False),
        clock=SandboxClock.manual(),
        rate_limit=100,
        other_tokens=["ntn_b", "ntn_c"],
        faults=[FaultRule("status", path="/comments", status=404, every=3, times=20)],
    )
    alone, together = Remembering(), Remembering()
    seconds = []
    with running(sandbox) as server:
        for kept, more in ((alone, ()), (together, ("ntn_b", "ntn_c"))):
            time = SandboxTime(sandbox.clock)
            where = source(server.url, server.token, requests_per_minute=100, more_tokens=more)
            capture_workspace(where, kept.writer, waiting=time.waiting(), clock=sandbox.clock.now)
            seconds.append(time.monotonic())
            sandbox.clock.advance(120)
    assert together.objects.keys() >= alone.objects.keys()
    assert seconds[1] < 0.6 * seconds[0]


def test_a_token_of_another_workspace_is_refused() -> None:
    answers = iter(["one", "one", "two"])

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"object": "user", "id": "x", "bot": {"workspace_id": next(answers)}})

    with reader_of(answer, more_tokens=("b", "c")) as reader, pytest.raises(NotionUnauthorized, match="Token 3"):
        reader.same_workspace()
