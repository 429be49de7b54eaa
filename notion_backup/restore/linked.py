"""Linked databases: blocks that show views of data sources which stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from notion_backup.restore.job import Job
from notion_backup.restore.sources import Source
from notion_backup.restore.viewing import ViewEncoder
from notion_backup.snapshot import Raw


class LinkedDatabases:
    """Makes linked databases, once the data source of their first view is there."""

    def __init__(self, job: Job, sources: Mapping[str, Source]) -> None:
        self._job = job
        self._sources = sources

    def is_linked(self, old: str) -> bool:
        """Whether a database has no data source of its own."""
        raw = self._job.origin.database(old)
        return raw is not None and not raw.get("data_sources")

    def can_link(self, old: str) -> bool | None:
        """Whether the first view's data source is there already; None when it never will be."""
        views = self._job.origin.views(old)
        shown = str(views[0].get("data_source_id")) if views else ""
        if self._job.names.find(shown) is not None:
            return True
        return False if shown in self._job.names.coming else None

    def make(self, old: str, page_id: str, after: str | None) -> str | None:
        """A linked database on a page, with its views."""
        first, *others = self._job.origin.views(old)
        home: Raw = {"parent": {"type": "page_id", "page_id": page_id}}
        if after is not None:
            home["position"] = {"type": "after_block", "block_id": after}
        made = ViewEncoder(self._job, self._sources).create(first, {"create_database": home}, page_id)
        if made is None:
            self._job.note("view-impossible", "view", str(first["id"]))
            self._job.names.give_up(old)
            return None
        self._job.create("database", old, made.database_id, page_id)
        for view in others:
            ViewEncoder(self._job, self._sources).create(view, {"database_id": made.database_id}, None)
        return made.database_id
