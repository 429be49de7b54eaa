"""Restores that die, and servers that fail: in the end the target is what an undisturbed restore makes of it."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from notion_backup.errors import NotionError
from notion_backup.repository import Repository
from notion_backup.sandbox import FaultRule, Sandbox, generate, running
from notion_backup.snapshot import SnapshotReader
from notion_backup_tests.restore.restoring import (
    Killed,
    Mortal,
    Restoring,
    picture,
    snapshot_of,
    target_sandbox,
    top_of,
)

Made = tuple[SnapshotReader, Any, int]


def _undisturbed(repository: Repository, folder: Path, workspace: Sandbox) -> Made:
    """A snapshot, what a restore of it looks like, and how many writes it takes."""
    snapshot = snapshot_of(repository, workspace)
    with running(target_sandbox(3)) as server:
        applied = Restoring(snapshot, server, folder / "undisturbed").go()
        assert [loss for loss in applied.job.losses if not loss.planned] == []
        return snapshot, picture(server.sandbox, top_of(server.sandbox)), server.stats.writes


@pytest.fixture
def small(repository: Repository, tmp_path: Path) -> Made:
    workspace = generate(pages=5, seed=3, blocks_per_page=8, media_bytes=300, showcase=False, rows=6)
    return _undisturbed(repository, tmp_path, Sandbox(workspace))


def _killed(made: Made, folder: Path, rng: random.Random, kills: int) -> None:
    snapshot, wanted, writes = made
    with running(target_sandbox(3)) as server:
        restoring = Restoring(snapshot, server, folder)
        for _ in range(kills):
            mortal = Mortal(rng.randint(1, max(2, writes // kills)), sent=rng.random() < 0.5)
            try:
                restoring.go(http=httpx.Client(transport=mortal))
            except Killed:
                continue
        restoring.go()
        assert picture(server.sandbox, top_of(server.sandbox)) == wanted


def _faulty(made: Made, folder: Path, rng: random.Random) -> None:
    snapshot, wanted, _ = made
    with running(target_sandbox(3)) as server:
        restoring = Restoring(snapshot, server, folder)
        server.sandbox.faults.add(*(_rule(rng) for _ in range(rng.randint(1, 5))))
        for _ in range(12):
            try:
                restoring.go()
            except NotionError:
                continue
            break
        assert picture(server.sandbox, top_of(server.sandbox)) == wanted


def _rule(rng: random.Random) -> FaultRule:
    effect = rng.choice(("committed", "lost", "committed", "lost", "status", "drop", "cut", "html"))
    path = rng.choice(("/children$", "^/v1/pages$", "^/v1/databases$", "^/v1/comments$", "^/v1/views", "^/v1/"))
    return FaultRule(
        effect,
        path=path,
        method=rng.choice(("POST", "PATCH", "*")),
        status=rng.choice((409, 429, 500, 502, 503, 504, 529)) if effect == "status" else 0,
        retry_after=rng.choice((None, 1, 30)) if effect == "status" else None,
        after=rng.randint(0, 12),
        every=rng.choice((1, 2, 3, 7)),
        times=rng.choice((1, 2, 4)),
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_killed_at_random_moments_it_ends_as_an_undisturbed_one(small: Made, tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    _killed(small, tmp_path / "killed", rng, kills=4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_no_fault_makes_a_second_copy_or_leaves_a_gap(small: Made, tmp_path: Path, seed: int) -> None:
    _faulty(small, tmp_path / "faulty", random.Random(seed))


def _campaign(run: Callable[[random.Random, Path], None], folder: Path, number: int) -> None:
    for seed in range(number):
        run(random.Random(1000 + seed), folder / str(seed))


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_a_hundred_restores_are_killed(small: Made, tmp_path: Path) -> None:
    _campaign(lambda rng, folder: _killed(small, folder, rng, kills=rng.randint(1, 5)), tmp_path / "k", 100)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
def test_two_hundred_plans_of_faults(small: Made, tmp_path: Path) -> None:
    _campaign(lambda rng, folder: _faulty(small, folder, rng), tmp_path / "f", 200)
