from __future__ import annotations

from collections.abc import Iterator

import pytest

from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import running
from notion_backup_tests.capture.scene import Scene
from notion_backup_tests.capture.taking import Album
from notion_backup_tests.conftest import CHEAP


@pytest.fixture
def scene() -> Scene:
    """A workspace with one page, to be added to."""
    return Scene()


@pytest.fixture
def album(scene: Scene, request: pytest.FixtureRequest) -> Iterator[Album]:
    """Snapshots of the scene, one on top of the other."""
    name = request.node.nodeid.rpartition("/")[2].replace("[", "-").replace("]", "").replace("::", "-")
    repository, _ = Repository.init(open_store(f"memory://{name}"), "passphrase", kdf=CHEAP)
    sandbox = scene.sandbox()
    sandbox.clock.advance(24 * 3600)
    with running(sandbox) as server:
        yield Album(repository, server)
