"""One wrong bit anywhere in a repository is noticed by full verification, or does no harm to an export."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notion_backup.capture import Source, capture_workspace
from notion_backup.errors import NotionBackupError
from notion_backup.export.json_export import export_json
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import Sandbox, generate, running
from notion_backup.snapshot import (
    SnapshotWriter,
    latest_snapshot,
    open_snapshot,
    prove_tables,
    references,
    snapshots_of,
)
from notion_backup_tests.conftest import CHEAP, PASSPHRASE

FLIPS = 40


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, bytes]]]:
    """A repository with two snapshots of a generated workspace, and the export of the second."""
    folder = tmp_path_factory.mktemp("intact")
    repository, _ = Repository.init(open_store(str(folder / "repository")), PASSPHRASE, kdf=CHEAP)
    sandbox = Sandbox(generate(pages=8, seed=3, media_bytes=2_000))
    with running(sandbox) as server:
        for _ in range(2):
            with repository.session() as session:
                writer = SnapshotWriter(session, latest_snapshot(repository, "notion"), clock=_now)
                source = Source(token=server.token, base_url=server.url, requests_per_minute=None)
                report = capture_workspace(source, writer, progress=lambda _: None, clock=_now)
                sealed = writer.seal(report.facts("notion"))
            repository.commit(sealed.draft_id)
            sandbox.live(days=1)
    yield folder / "repository", _export(repository, folder / "export")


def _flip(path: Path, chance: random.Random) -> str:
    """Flip one bit of one object: every object is as likely as any other, so that small ones get their share."""
    target = chance.choice(sorted(file for file in path.rglob("*") if file.is_file()))
    data = bytearray(target.read_bytes())
    position = chance.randrange(len(data) * 8)
    data[position // 8] ^= 1 << (position % 8)
    target.chmod(0o600)
    target.write_bytes(data)
    return f"bit {position} of {target.relative_to(path)}"


def _survives(folder: Path, seed: int, intact: tuple[Path, dict[str, bytes]]) -> str | None:
    """None when the flip was noticed or harmless; otherwise what went unnoticed."""
    original, expected = intact
    copy = folder / f"copy-{seed}"
    shutil.copytree(original, copy)
    flipped = _flip(copy, random.Random(seed))
    try:
        repository = Repository.open(open_store(str(copy)), PASSPHRASE)
        report = repository.verify("full", references=lambda commit: references(repository, commit))
        if not report.ok:
            return None
        for commit in snapshots_of(repository):
            if list(prove_tables(open_snapshot(repository, commit))):
                return None
        same = _export(repository, folder / f"export-{seed}") == expected
    except NotionBackupError:
        return None  # refused with a clear error: noticed
    finally:
        shutil.rmtree(copy)
    return None if same else f"{flipped} changed the export and was not noticed"


def test_forty_flipped_bits_are_noticed_or_harmless(tmp_path: Path, intact: tuple[Path, dict[str, bytes]]) -> None:
    assert [lost for seed in range(FLIPS) if (lost := _survives(tmp_path, seed, intact))] == []


@pytest.mark.campaign
def test_a_thousand_flipped_bits_are_noticed_or_harmless(tmp_path: Path, intact: tuple[Path, dict[str, bytes]]) -> None:
    assert [lost for seed in range(1_000, 2_000) if (lost := _survives(tmp_path, seed, intact))] == []


def _export(repository: Repository, folder: Path) -> dict[str, bytes]:
    [*_, commit] = snapshots_of(repository)
    export_json(open_snapshot(repository, commit), folder)
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def _now() -> datetime:
    return datetime.now(UTC)
