"""Writes the golden repository of format 1, the same bytes each time. Run it only to look how it was made:

python -m notion_backup_tests.repository.golden.make_format_1 DIRECTORY
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from notion_backup.repository import KdfParameters, Kind, LocalStore, RecoverySheet, Repository

PASSPHRASE = "golden passphrase"
RECORD = b'{"object": "page", "title": "Golden"}'


def media() -> bytes:
    """Content that is cut into several chunks below one node."""
    return b"golden media\n" * 400_000


def make(folder: Path) -> RecoverySheet:
    """Make the repository with two commits in it."""
    entropy = random.Random("golden").randbytes

    def clock() -> datetime:
        return datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

    repository, sheet = Repository.init(
        LocalStore(folder), PASSPHRASE, kdf=KdfParameters.cheap(), clock=clock, random=entropy
    )
    for summary, kind, content in (({"n": 1}, Kind.RECORD, RECORD), ({"n": 2}, Kind.MEDIA, media())):
        with repository.session() as session:
            draft = session.seal(session.put_bytes(kind, content), summary)
        repository.commit(draft.id)
    return sheet


if __name__ == "__main__":
    print(make(Path(sys.argv[1])).text)
