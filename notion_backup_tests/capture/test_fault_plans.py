"""Whatever goes wrong while people work: what is held is true, or is said to be missing; nothing is ever written."""

from __future__ import annotations

import pytest

from notion_backup_tests.capture.stormy import Storm


@pytest.mark.parametrize("seed", [1, 27, 105, 125])
def test_through_faults_and_edits_everything_is_held_or_named(seed: int) -> None:
    storm = Storm(seed)
    storm.live()
    assert storm.complaints == []


@pytest.mark.campaign
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(1000, 1300))
def test_through_300_fault_plans_everything_is_held_or_named(seed: int) -> None:
    storm = Storm(seed)
    storm.live()
    assert storm.complaints == []
