"""A workspace with one page, to write on: the smallest scene for whatever a test is about."""

from __future__ import annotations

import random
from typing import Any

from notion_backup.repository import Repository
from notion_backup.sandbox import FaultRule, Sandbox, Workspace, generate
from notion_backup.sandbox.generator.builder import Builder
from notion_backup.sandbox.generator.properties import schema
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.maker import Maker, parent_of, text
from notion_backup.snapshot import SnapshotReader
from notion_backup_tests.restore.restoring import snapshot_of


class Notebook:
    """A workspace with one page, to write on."""

    def __init__(self) -> None:
        self.space: Workspace = generate(pages=1, seed=1, showcase=False, rows=0, databases=0)
        self.maker = Maker(self.space, random.Random(0))
        self.maker.author = {"object": "user", "id": self.space.bot_id}
        self.builder = Builder(self.space, random.Random(1), self.maker.now)
        self.page = self.maker.page("Notes", {"type": "workspace", "workspace": True})
        self.unshared: list[str] = []
        """Ids of what the backup's connection does not see."""

    def paragraph(self, words: str | list[Any], holder: Any = None) -> Any:
        spans = text(words) if isinstance(words, str) else words
        return self.block("paragraph", {"rich_text": spans, "icon": None, "color": "default"}, holder)

    def block(self, kind: str, inner: Any, holder: Any = None) -> Any:
        return self.maker.block(holder or self.page, kind, inner)

    def child(self, title: str, **changes: Any) -> Any:
        return self.maker.page(title, parent_of("page_id", str(self.page["id"])), **changes)

    def another(self, title: str) -> Any:
        """One more page at the top."""
        return self.maker.page(title, {"type": "workspace", "workspace": True})

    def database(
        self, title: str, *columns: Any, page: Any = None, parent: Any = None, source: str | None = None
    ) -> Any:
        """A database with one data source (given back) and one view."""
        where = parent or parent_of("page_id", str((page or self.page)["id"]))
        database = self.builder.database(title, where)
        name = title if source is None else source
        made = self.builder.data_source(database, name, schema(self.builder.property("Name", "title"), *columns))
        default_view(self.builder, database, made)
        return made

    def relation(self, name: str, target: Any) -> Any:
        """A relation that shows on its own side only."""
        told = {"database_id": target["parent"]["database_id"], "data_source_id": target["id"]}
        return self.builder.property(name, "relation", {**told, "type": "single_property", "single_property": {}})

    def lost(self, name: str) -> Any:
        """A hosted file whose content the backup does not get."""
        return self.builder.hosted(f"gone-{name}", 100)

    def snapshot(self, repository: Repository) -> SnapshotReader:
        gone = FaultRule("status", path="/gone-", status=404, times=None)
        return snapshot_of(repository, Sandbox(self.space, unshared=self.unshared, faults=[gone]))


def value(source: Any, name: str, inner: Any) -> dict[str, Any]:
    """A row's value of one property, by the property's name."""
    definition = source["properties"][name]
    kind = definition["type"]
    more = {"has_more": False} if kind == "relation" else {}
    return {name: {"id": definition["id"], "type": kind, kind: inner, **more}}
