"""Snapshots with pages, bodies and attachments, and the index over them."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from notion_backup.repository import Repository
from notion_backup.search import Extent, Filters, Hit, Searcher, attachments_read, index_path, reading, update_index
from notion_backup.snapshot import BlockNode, FileRef, Media, Partition, SnapshotWriter, Table
from notion_backup_tests.snapshot.building import NOON, facts, identity, paragraph, take


class World:
    """A repository with a snapshot a day, and its index."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self.repository = repository
        self.path = index_path(folder, repository, "notion")
        self.days = 0

    def day(
        self,
        pages: list[dict[str, Any]],
        bodies: dict[int, list[str]],
        files: dict[int, dict[str, bytes]] | None = None,
    ) -> str:
        start = (NOON + timedelta(days=self.days)).replace(hour=0)
        run = facts(partition=Partition(f"{start:%Y-%m-%d}", start, start + timedelta(days=1)), at=start)
        self.days += 1

        def fill(writer: SnapshotWriter) -> None:
            for raw in pages:
                writer.add(Table.PAGES, raw)
            for number, lines in bodies.items():
                nodes = [paragraph(number * 100 + at, line) for at, line in enumerate(lines)]
                writer.add_body(identity(number), [BlockNode(node, identity(number), 0) for node in nodes])
            writer.add(Table.USERS, {"object": "user", "id": identity(900), "name": "Ada Lovelace", "type": "person"})
            for number, contents in (files or {}).items():
                refs = []
                for name, content in contents.items():
                    media = Media(writer.store_media([content]), sha256(content).hexdigest(), len(content))
                    refs.append(FileRef(identity(number), f"file:{name}", name, f"https://f/{name}", True, media))
                writer.add_files(identity(number), refs)

        return take(self.repository, {}, run=run, fill=fill)[0].id

    def search(self, words: str, *, history: bool = False, limit: int = 20, at: int = -1, **filters: Any) -> list[Hit]:
        commits = self.repository.commits()
        update_index(self.path, self.repository, commits)
        with reading(self.path, self.repository) as index:
            slot = None if history else commits[at].slot
            return list(Searcher(index).search(words, slot=slot, filters=Filters(**filters), limit=limit))

    def read(self) -> tuple[int, int, int]:
        """How many attachments the index has in whole, cut, and not."""
        with reading(self.path, self.repository) as index:
            counts = attachments_read(index)
        return counts[Extent.WHOLE], counts[Extent.CUT], counts[Extent.UNREAD]
