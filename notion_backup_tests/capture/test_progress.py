"""What a capture tells while it runs: what is happening, and when it will end."""

from __future__ import annotations

from itertools import pairwise

from notion_backup.capture import Progress
from notion_backup.capture.report import Pace, Phase, Tally
from notion_backup_tests.capture.standing_in import FakeTime


def test_a_steady_pace_foretells_the_end() -> None:
    pace = Pace()
    for second in range(100):
        foretold = pace.seconds_for(200, float(second), 2 * second)
    assert foretold == 100
    assert pace.seconds_for(0, 99.0, 198) == 0


def test_nothing_is_foretold_from_nothing() -> None:
    pace = Pace()
    assert [pace.seconds_for(10, float(second), 0) for second in range(600)] == [None] * 600
    assert pace.seconds_for(10, 600.0, 1) is None


def test_a_pace_follows_a_change_within_minutes_and_does_not_jump() -> None:
    pace, done = Pace(), 0
    foretold = []
    for second in range(600):
        done += 10 if second < 300 else 1
        foretold.append(pace.seconds_for(1000, float(second), done) or 0.0)
    assert round(foretold[299]) == 100
    assert foretold[310] < 130
    assert 700 < foretold[599] <= 1000
    assert all(later >= earlier for earlier, later in pairwise(foretold[300:]))


def test_a_pause_makes_the_end_later_and_is_forgotten_afterwards() -> None:
    pace = Pace()
    before = [pace.seconds_for(300, float(second), 3 * second) for second in range(300)][-1]
    paused = pace.seconds_for(300, 420.0, 3 * 300)
    after = [pace.seconds_for(300, 420.0 + second, 3 * (300 + second)) for second in range(1, 600)][-1]
    assert before is not None and paused is not None and after is not None
    assert round(before) == 100 and paused > 200 and 100 <= after < 110


def work(tally: Tally, time: FakeTime, *, seconds: int, pages: int = 0, files: int = 0) -> None:
    for _ in range(seconds):
        time.now += 1
        for name, many in (("pages_read", pages), ("files_done", files)):
            if many:
                tally.count(name, many)


def test_the_slower_of_pages_and_files_decides() -> None:
    time, told = FakeTime(), list[Progress]()
    tally = Tally(told.append, lambda: 7, time.monotonic, every=0)
    tally.discovery(lambda: False)
    tally.count("pages_known", 500)
    tally.count("files_known", 900)
    work(tally, time, seconds=50, pages=2, files=1)
    last = tally.progress()
    assert last.seconds_left is not None and 800 < last.seconds_left < 900
    # Pages still to be read may show more of what is waited for.
    assert last.at_least
    assert last.in_words() == (
        f"connecting, at least {_minutes(last.seconds_left)} left, pages 100 of at least 500, 0 blocks, "
        "files 50 of 900 (0 B), 7 requests"
    )


def test_what_is_carried_on_tells_nothing_of_what_has_to_be_read() -> None:
    time = FakeTime()
    tally = Tally(lambda _: None, lambda: 0, time.monotonic, every=0)
    tally.discovery(lambda: False)
    tally.phase(Phase.READ)
    tally.count("pages_known", 10_060)
    tally.count("pages_carried", 10_000)
    work(tally, time, seconds=30, pages=1)
    last = tally.progress()
    assert last.seconds_left is not None and 29 <= last.seconds_left <= 32
    assert not last.at_least
    assert "pages 10,030 of 10,060 (10,000 unchanged)" in last.in_words()
    assert last.in_words().startswith("reading, about ")


def test_while_pages_are_still_being_found_the_end_is_a_least() -> None:
    time, listing = FakeTime(), [True]
    tally = Tally(lambda _: None, lambda: 0, time.monotonic, every=0)
    tally.discovery(lambda: listing[0])
    tally.count("pages_known", 100)
    work(tally, time, seconds=20, pages=1)
    assert tally.progress().at_least
    assert "of at least 100" in tally.progress().in_words()
    listing[0] = False
    assert not tally.progress().at_least


def test_before_anything_is_done_no_end_is_told() -> None:
    tally = Tally(lambda _: None, lambda: 0, FakeTime().monotonic, every=0)
    tally.count("pages_known", 5)
    assert tally.progress().seconds_left is None
    assert "left" not in tally.progress().in_words()


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"
