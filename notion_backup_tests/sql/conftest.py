from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import Sandbox, generate, running
from notion_backup.snapshot import SnapshotReader, latest_snapshot
from notion_backup_tests.cli.conftest import program, world
from notion_backup_tests.cli.world import TOKEN, take
from notion_backup_tests.conftest import CHEAP, PASSPHRASE


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    """A snapshot of the generated workspace that has everything: each type of block, property and object."""
    folder = tmp_path_factory.mktemp("showcase")
    repository, _ = Repository.init(open_store(str(folder / "repository")), PASSPHRASE, kdf=CHEAP)
    with running(Sandbox(generate(pages=6, rows=30, seed=11, showcase=True), token=TOKEN)) as server:
        take(repository, server.url, datetime(2026, 11, 20, tzinfo=UTC))
    found = latest_snapshot(repository, "notion")
    assert found is not None
    return found


__all__ = ["program", "showcase", "world"]
