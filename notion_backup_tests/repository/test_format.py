"""Format 1 stays readable: by every later version of the product, and by somebody who has the document only."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from notion_backup.repository import LocalStore, RecoverySheet, Repository
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import blobs_of, export, store_commit
from notion_backup_tests.repository.golden.make_format_1 import PASSPHRASE as GOLDEN
from notion_backup_tests.repository.golden.make_format_1 import RECORD, media
from notion_backup_tests.repository.golden.make_format_1 import make as make_golden
from notion_backup_tests.repository.stranger import StrangersReader

FORMAT_1 = Path(__file__).parent / "golden" / "format-1"
SHEET = """
    1:  596H8-NMBPY-ZDP5X
    2:  39ZX0-SWEEP-594HW
    3:  3TMGV-34HPH-BRWTF
    4:  EC4WX-V7BKY-Q1QE2
    5:  BGZ79
"""


def _root(repository: Repository, commit: object) -> list[bytes]:
    return list(repository.chunk_ids(commit.root))  # type: ignore[attr-defined]


def test_the_golden_repository_of_format_1_opens_reads_and_verifies() -> None:
    for repository in (
        Repository.open(LocalStore(FORMAT_1), GOLDEN),
        Repository.open(LocalStore(FORMAT_1), recovery=RecoverySheet.parse(SHEET)),
    ):
        first, second = repository.commits()
        assert repository.read(first.root) == RECORD
        assert repository.read(second.root) == media()
        assert second.root.depth == 1
        assert (first.summary, first.committed_at) == ({"n": 1}, "2026-11-22T12:00:00Z")
        assert repository.verify("full", references=partial(_root, repository)).ok


def test_clear_files_and_log_headers_of_format_1_are_written_as_ever(tmp_path: Path) -> None:
    # Ciphertext may follow the versions of zstd and Parquet; what is clear or signed first may not change at all.
    make_golden(tmp_path)
    for name in ("repo.json", "trust/1.json", "log/0000000000000001"):
        assert (tmp_path / name).read_bytes() == (FORMAT_1 / name).read_bytes(), name
    written = {path.name for path in (tmp_path / "keys").iterdir()}
    assert written == {path.name for path in (FORMAT_1 / "keys").iterdir()}


def test_a_reader_made_from_the_document_alone_reads_the_golden_repository() -> None:
    reader = StrangersReader(FORMAT_1, GOLDEN)
    first, second = reader.commits()
    assert reader.blob(first["root"]) == RECORD
    assert reader.blob(second["root"]) == media()


def test_a_reader_made_from_the_document_alone_reads_what_is_written_today(tmp_path: Path) -> None:
    repository = make(LocalStore(tmp_path))
    for seed in range(3):
        store_commit(repository, seed, media=700_000)
    reader = StrangersReader(tmp_path, PASSPHRASE)
    mine = export(repository)
    for commit, told in zip(repository.commits(), reader.commits(), strict=True):
        assert reader.blob(told["root"]) == repository.read(commit.root)
        assert [reader.blob(ref.to_json()) for ref in blobs_of(repository, commit)] == mine[commit.id]
