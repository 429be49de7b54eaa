"""A capture in a process of its own, to be killed: ``python -m … REPOSITORY BASE_URL TOKEN REQUESTS_PER_MINUTE``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

from notion_backup.capture import CaptureReport, capture_workspace, open_journal, tidy
from notion_backup.repository import Commit, Repository, open_store
from notion_backup.snapshot import SnapshotWriter, latest_snapshot
from notion_backup_tests.capture.standing_in import source
from notion_backup_tests.conftest import PASSPHRASE


def go_on(
    repository: Repository, url: str, token: str, per_minute: int | None, name: str = "notion"
) -> tuple[Commit, CaptureReport]:
    """Capture into a repository as the pipeline does, going on with what was interrupted."""
    previous = latest_snapshot(repository, name)
    asked = source(url, token, requests_per_minute=per_minute)
    now = datetime.now(UTC)
    with repository.session() as session:
        journal = open_journal(
            repository,
            session,
            asked,
            workspace=name,
            partition=None,
            previous=previous.commit.id if previous else None,
            now=now,
        )
        writer = SnapshotWriter(session, previous, clock=lambda: datetime.now(UTC), begun=journal.began)
        with journal:
            report = capture_workspace(asked, writer, journal=journal)
        sealed = writer.seal(report.facts(name))
    commit = repository.commit(sealed.draft_id)
    tidy(repository, name, commit.id, now)
    return commit, report


if __name__ == "__main__":
    place, base_url, secret, pace = sys.argv[1:]
    go_on(Repository.open(open_store(place), PASSPHRASE), base_url, secret, int(pace))
