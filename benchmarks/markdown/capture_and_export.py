"""This project's way: a snapshot, then the vault: ``python -m benchmarks.markdown.capture_and_export URL FOLDER``."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.snapshots import PASSPHRASE
from benchmarks.snapshots import main as take_snapshot
from notion_backup.export.markdown.vault_export import export_markdown
from notion_backup.repository import Repository, open_store
from notion_backup.snapshot import latest_snapshot


def main(url: str, folder: Path) -> int:
    """0 when all was written."""
    store = str(folder / "repository")
    take_snapshot(["--snapshot", url, store])
    snapshot = latest_snapshot(Repository.open(open_store(store), PASSPHRASE), "notion")
    assert snapshot is not None, "it was taken just now"
    return 0 if export_markdown(snapshot, folder / "vault").complete else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
