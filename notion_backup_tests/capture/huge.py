"""A capture in a process of its own that tells how much memory it took: ``huge.py URL TOKEN FOLDER``."""

from __future__ import annotations

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

from notion_backup.capture import RetryPolicy, capture_workspace
from notion_backup.repository import Repository, open_store
from notion_backup.snapshot import SnapshotWriter, open_snapshot
from notion_backup_tests.capture.standing_in import source
from notion_backup_tests.conftest import CHEAP


def main(url: str, token: str, folder: str) -> None:
    repository, _ = Repository.init(open_store(str(Path(folder) / "repository")), "passphrase", kdf=CHEAP)
    with repository.session() as session:
        writer = SnapshotWriter(session, None, clock=lambda: datetime.now(UTC))
        report = capture_workspace(source(url, token, retry=RetryPolicy()), writer)
        sealed = writer.seal(report.facts("notion"))
    taken = open_snapshot(repository, repository.commit(sealed.draft_id))
    files = [file.media for file in taken.files() if file.media is not None]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = {"peak": peak, "files": [[media.sha256, media.bytes] for media in files]}
    print(json.dumps({**told, "verdict": taken.manifest.verdict.status}))


if __name__ == "__main__":
    main(*sys.argv[1:])
