"""Into a real snapshot in a real repository: what was captured is read back, and a second time costs nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from notion_backup.capture import CaptureReport, capture_workspace
from notion_backup.repository import KdfParameters, Repository, open_store
from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running
from notion_backup.snapshot import (
    DETACHED,
    RunFacts,
    SnapshotReader,
    SnapshotWriter,
    Table,
    diff_snapshots,
    open_snapshot,
)
from notion_backup_tests.capture.standing_in import source

CHEAP = KdfParameters(iterations=1, memory_kib=64, lanes=1)


def backup(repo: Repository, server: RunningSandbox, previous: SnapshotReader | None) -> tuple[SnapshotReader, int]:
    """One snapshot; how many bytes it added."""
    with repo.session() as session:
        writer = SnapshotWriter(session, previous, clock=lambda: datetime.now(UTC))
        report = capture_workspace(source(server.url, server.token), writer)
        sealed = writer.seal(facts(report))
        stored = session.stats.stored_bytes
    return open_snapshot(repo, repo.commit(sealed.draft_id)), stored


def facts(report: CaptureReport) -> RunFacts:
    return RunFacts(
        workspace="notion",
        identity=report.identity,
        partition=None,
        started=report.started,
        finished=report.finished,
        requests=report.requests,
        downloads=report.downloads,
        downloaded_bytes=report.downloaded_bytes,
    )


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
