from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notion_backup_tests.cli.world import Program, World, environment_for, world_in


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Two snapshots of a workspace with hostile titles. Tests only read it."""
    with world_in(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture
def program(world: World) -> Program:
    """The program on that repository."""
    return world.program


@pytest.fixture
def fresh(tmp_path: Path, world: World) -> Program:
    """The program where nothing was made yet, pointed at the same server."""
    return Program(environment_for(tmp_path, world.server.url), tmp_path)
