from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from notion_backup.capture.pacing import WINDOW_SECONDS, Pacing
from notion_backup_tests.capture.standing_in import FakeTime


def paced(per_minute: int | None) -> tuple[Pacing, FakeTime]:
    time = FakeTime()
    return Pacing(per_minute, monotonic=time.monotonic, sleep=time.sleep), time


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
