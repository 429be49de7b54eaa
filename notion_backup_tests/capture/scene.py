"""Workspaces made by hand, small enough to know everything in them."""

from __future__ import annotations

import random
from datetime import UTC, datetime

from notion_backup.sandbox import Sandbox, SandboxClock, Workspace
from notion_backup.sandbox.generator.builder import Builder, parent_of, text
from notion_backup.sandbox.generator.properties import schema
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.workspace import Raw

TOP: Raw = {"type": "workspace", "workspace": True}


class Scene:
    """One workspace with a page called Home at its top."""

    def __init__(self, now: datetime = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)) -> None:
        self.space = Workspace(name="Scene")
        self.make = Builder(self.space, random.Random(1), now)
        bot: Raw = {
            "object": "user",
            "id": self.space.bot_id,
            "name": "Bot",
            "avatar_url": None,
            "type": "bot",
            "bot": {},
        }
        self.space.put("user", bot)
        self.home = self.make.page("Home", TOP)

    def line(self, holder: Raw, words: str = "A line", kind: str = "paragraph") -> Raw:
        return self.make.block(holder, kind, {"rich_text": text(words), "color": "default"})

    def source(self, title: str = "Things", *properties: Raw, database: Raw | None = None) -> Raw:
        home = database or self.make.database(title, parent_of("page_id", str(self.home["id"])))
        made = self.make.data_source(home, title, schema(self.make.property("Name", "title"), *properties))
        default_view(self.make, home, made)
        return made

    def sandbox(self, **options: object) -> Sandbox:
        return Sandbox(self.space, clock=SandboxClock.manual(), **options)  # type: ignore[arg-type]
