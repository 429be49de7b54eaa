"""Into a real snapshot in a real repository: what was captured is read back, and a second time costs nothing."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from notion_backup.capture import capture_workspace
from notion_backup.repository import KdfParameters, Repository, open_store
from notion_backup.sandbox import FaultRule, RunningSandbox, Sandbox, generate, running
from notion_backup.snapshot import (
    DETACHED,
    Severity,
    SnapshotReader,
    SnapshotWriter,
    Table,
    diff_snapshots,
    open_snapshot,
)
from notion_backup_tests.capture.standing_in import source

CHEAP = KdfParameters(iterations=1, memory_kib=64, lanes=1)


def backup(
    repo: Repository, server: RunningSandbox, previous: SnapshotReader | None, **changes: Any
) -> tuple[SnapshotReader, int]:
    """One snapshot; how many bytes it added."""
    with repo.session() as session:
        writer = SnapshotWriter(session, previous, clock=lambda: datetime.now(UTC))
        report = capture_workspace(source(server.url, server.token, **changes), writer)
        sealed = writer.seal(report.facts("notion"))
        stored = session.stats.stored_bytes
    return open_snapshot(repo, repo.commit(sealed.draft_id)), stored


def test_files_that_were_cut_on_the_way_are_whole_in_the_repository() -> None:
    cuts = [
        FaultRule("cut", path="^/files/", every=2, times=None),
        FaultRule("status", path="^/files/", status=404, after=4),
    ]
    sandbox = Sandbox(generate(pages=10, seed=9, media_bytes=300_000), faults=cuts)
    repo, _ = Repository.init(open_store("memory://capture-cut-files"), "passphrase", kdf=CHEAP)
    with running(sandbox) as server:
        snapshot, _ = backup(repo, server, None, block_comments=False)
    kept = [file.media for file in snapshot.files() if file.media is not None]
    assert len(kept) > 5
    for media in kept:
        with snapshot.open_media(media) as stream:
            data = stream.read()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (media.sha256, media.bytes)
    assert snapshot.manifest.verdict.status == "incomplete"
    # One file answered 404; every place that shows it is told.
    assert {p.code for p in snapshot.problems() if p.severity is Severity.MISSING} == {"media-unreachable"}
    assert len({file.url for file in snapshot.files() if file.hosted and file.media is None}) == 1


def test_a_capture_is_read_back_whole_and_a_second_one_of_the_same_adds_next_to_nothing() -> None:
    sandbox = Sandbox(generate(pages=20, seed=9))
    repo, _ = Repository.init(open_store("memory://capture-real-writer"), "passphrase", kdf=CHEAP)
    with running(sandbox) as server:
        first, first_bytes = backup(repo, server, None)
        second, second_bytes = backup(repo, server, first)
        assert server.stats.writes == 0
        downloads = dict(server.stats.download_paths)
    truth = sandbox.truth()["ids"]
    pages = {raw["id"] for raw in first.objects(Table.PAGES)}
    assert pages >= set(truth["page"]) | set(truth["template"])
    blocks = {node.raw["id"] for owner, nodes in first.bodies() for node in nodes if not owner.startswith(DETACHED)}
    assert blocks >= set(truth["block"])
    assert first.manifest.verdict.status == "complete"
    assert second_bytes < first_bytes / 50
    assert set(downloads.values()) == {1}
    assert list(diff_snapshots(first, second)) == []
