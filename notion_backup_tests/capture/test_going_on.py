"""Killed at any moment, a capture is gone on with: little is asked twice, and the end is the same."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from notion_backup.capture.journal import Header, Journal, Memory, request_key
from notion_backup.errors import ObjectMissing
from notion_backup.repository import Repository, open_store
from notion_backup.repository.journal import journals
from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running
from notion_backup.snapshot import SnapshotReader, Table, WorkspaceIdentity, open_snapshot, references
from notion_backup_tests.capture.interrupted import go_on
from notion_backup_tests.conftest import PASSPHRASE

PER_MINUTE = 2400
TEN_SECONDS = PER_MINUTE // 6
"""What is not yet durable at any moment is at most this; the rest is in flight."""


def _killed(place: Path, server: RunningSandbox, after: int, token: str) -> None:
    """Start a capture in another process and kill it when it has sent so many requests."""
    reached = server.stats.total + after
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "notion_backup_tests.capture.interrupted",
            str(place),
            server.url,
            token,
            str(PER_MINUTE),
        ]
    ) as process:
        while server.stats.total < reached and process.poll() is None:
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL, "it ended before it was killed"


def _digests(snapshot: SnapshotReader) -> dict[Table, str]:
    return {table: facts.digest for table, facts in snapshot.manifest.tables.items() if table is not Table.PROBLEMS}


def test_killed_twice_it_ends_as_if_undisturbed_and_repeats_little(tmp_path: Path, repository: Repository) -> None:
    place = tmp_path / "repository"
    with running(Sandbox(generate(pages=60, seed=21), other_tokens=["ntn_renewed"])) as server:
        commit, _ = go_on(repository, server.url, server.token, None, "undisturbed")
        undisturbed = open_snapshot(repository, commit)
        alone, downloads = server.stats.total, server.stats.downloads
        server.stats.reset()
        _killed(place, server, alone // 3, server.token)
        # Somebody has given it another token meanwhile.
        _killed(place, server, alone // 3, "ntn_renewed")
        repository = Repository.open(open_store(str(place)), PASSPHRASE)
        assert journals(repository.store)
        commit, report = go_on(repository, server.url, server.token, None)
        assert server.stats.total - alone <= 2 * (TEN_SECONDS + 50)
        assert server.stats.downloads <= 3 * downloads
    snapshot = open_snapshot(repository, commit)
    assert _digests(snapshot) == _digests(undisturbed)
    assert snapshot.manifest.verdict == undisturbed.manifest.verdict
    assert snapshot.manifest.captured_from == report.started
    assert journals(repository.store) == []
    for file in snapshot.files():
        if file.media is not None:
            assert len(snapshot.open_media(file.media).read()) == file.media.bytes
    assert repository.verify("full", references=partial(references, repository)).findings == []


def test_an_answer_is_recalled_once_in_the_order_it_came_and_only_for_the_same_workspace() -> None:
    parts: list[bytes] = []
    header = Header("notion", None, None, datetime(2026, 11, 1, tzinfo=UTC), "settings")
    key = request_key("GET", "pages/1", {"page_size": 100}, None)
    assert key == request_key("GET", "pages/1", {"page_size": 50}, None)
    with Journal(header, append=parts.append) as first:
        first.admit(WorkspaceIdentity("bot", "workspace", None))
        first.keep(key, b"one")
        first.keep(key, b"two", refused=True)

    def memory() -> Memory:
        return Memory([str(n) for n in range(len(parts))], lambda name: parts[int(name)])

    again = Journal(header, memory=memory())
    again.admit(WorkspaceIdentity("other bot", "workspace", "renamed"))
    told = [again.recall(key) for _ in range(3)]
    assert [(each.body, each.refused) if each else None for each in told] == [(b"one", False), (b"two", True), None]
    foreign = Journal(header, memory=memory())
    foreign.admit(WorkspaceIdentity("bot", "another workspace", None))
    assert foreign.recall(key) is None


def test_a_journal_taken_away_meanwhile_is_no_error() -> None:
    parts: list[bytes] = []
    header = Header("notion", None, None, datetime(2026, 11, 1, tzinfo=UTC), "settings")
    with Journal(header, append=parts.append) as journal:
        journal.admit(WorkspaceIdentity("bot", None, None))
        journal.keep(bytes(16), b"one")
    reads = iter(parts)

    def read(name: str) -> bytes:
        try:
            return next(reads)
        except StopIteration:
            raise ObjectMissing("gone") from None

    memory = Memory(["0"], read)
    memory.forget()
    assert Journal(header, memory=memory).recall(bytes(16)) is None
