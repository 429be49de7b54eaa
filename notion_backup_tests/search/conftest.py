from __future__ import annotations

from pathlib import Path

import pytest

from notion_backup.repository import Repository
from notion_backup_tests.search.world import World
from notion_backup_tests.sql.conftest import showcase

__all__ = ["showcase"]


@pytest.fixture
def world(repository: Repository, tmp_path: Path) -> World:
    return World(repository, tmp_path)
