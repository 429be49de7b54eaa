"""The comparison with other extractors measures what it says, and finds everything in our own output."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.peers.arena import Scene, contest
from benchmarks.peers.ours import Ours
from benchmarks.peers.truth import Held, truth_of

SCENE = Scene(
    key="test",
    title="everything at once",
    pages=9,
    rows=3,
    blocks_per_page=6,
    crowd=40,
    longest=28,
    row_cap=30,
    faults=0.04,
    omissions=True,
)


def test_nothing_held_is_nothing_counted() -> None:
    counted = truth_of(SCENE.sandbox(), SCENE.row_cap).count(Held())
    assert all(held == 0 and wanted > 0 for held, wanted in counted.values()), counted


@pytest.mark.slow
def test_our_own_capture_holds_every_class_in_both_runs(tmp_path: Path) -> None:
    first, second = contest(Ours(), SCENE, tmp_path / "ours")
    for outcome in (first, second):
        assert outcome.status == "ended"
        assert {name for name, (held, wanted) in outcome.classes.items() if held != wanted} == set()
    assert first.failed > 0
    assert second.requests < first.requests / 10
