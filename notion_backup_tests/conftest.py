"""Fixtures for every room: a cheap repository, and where the recorded traffic lies when it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from notion_backup.repository import KdfParameters, Repository, open_store

# How fast a loaded machine makes examples says nothing about what is tested.
settings.register_profile("any-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-machine")

PASSPHRASE = "correct horse battery staple"
# The least that Argon2id takes: key stretching is tested where it belongs and only costs time elsewhere.
CHEAP = KdfParameters(iterations=1, memory_kib=64, lanes=1)
RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[[str], Repository]:
    """Makes an empty local repository of that name in the test's folder."""

    def make(name: str = "repository") -> Repository:
        repository, _ = Repository.init(open_store(str(tmp_path / name)), PASSPHRASE, kdf=CHEAP)
        return repository

    return make


@pytest.fixture
def repository(make_repository: Callable[[str], Repository]) -> Repository:
    """An empty local repository."""
    return make_repository("repository")


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded Notion traffic; the test is skipped where there is none."""
    if not RECORDINGS.is_dir():
        pytest.skip("no recorded traffic beside the project")
    return RECORDINGS
