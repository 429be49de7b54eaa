from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterInstance

from notion_backup.pipeline import capturing
from notion_backup.pipeline.instance import open_instance
from notion_backup_tests.pipeline.world import ScriptedCapture, World, make_repository, make_settings


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings = make_settings(tmp_path)
    make_repository(settings)
    capture = ScriptedCapture()
    monkeypatch.setattr(capturing, "capture_workspace", capture)
    return World(settings, capture)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    """An instance in memory: three times as fast as one on disk."""
    with DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def home(world: World) -> Iterator[DagsterInstance]:
    """The instance of the world's home, on disk, with its pools and its configuration."""
    with open_instance(world.settings) as opened:
        yield opened
