"""A person at work: picks things, changes them, and leaves the right times on them.

What moves ``last_edited_time`` follows recorded traffic: an edit below a block moves that block's parent only, comments
and views move no page, a new child page moves its parent, a new row does not move its data source.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from notion_backup.sandbox.clock import to_minute
from notion_backup.sandbox.generator.builder import Builder
from notion_backup.sandbox.workspace import Raw, Workspace

Done = tuple[str, str, str | None, bool]
"""Kind, id, the page it belongs to, and whether that page's time moved."""
Action = tuple[str, float, Callable[["Desk"], Done | None]]
"""What people do, how often compared with other things, and how; it gives None when there was nothing to do it to."""


class Desk:
    """A person at work: picks things and changes them."""

    def __init__(self, workspace: Workspace, rng: random.Random, start: datetime) -> None:
        self.space = workspace
        self.rng = rng
        self.builder = Builder(workspace, rng, start)
        templates = workspace.template_page_ids()
        self._pages = [str(p["id"]) for p in workspace.all("page") if p["id"] not in templates]

    # --- picking -----------------------------------------------------------------------------------------------

    def page(self, *, is_row: bool | None = None, with_body: bool = False) -> Raw | None:
        """A live page at random; rows only, or no rows, or with blocks in it, if asked."""
        for _ in range(200):
            if not self._pages:
                return None
            page = self.space.get("page", self.rng.choice(self._pages))
            if page is None or page["in_trash"] or page["is_archived"]:
                continue
            if is_row is not None and (page["parent"]["type"] == "data_source_id") != is_row:
                continue
            if with_body and not self.space.children.get(str(page["id"])):
                continue
            return page
        return None

    def block(self, *, nested: bool = False, of_types: tuple[str, ...] = ()) -> tuple[Raw, Raw] | None:
        """A live block with the page it lies on: directly on it, or deeper when ``nested``."""
        for _ in range(400):
            page = self.page(with_body=True)
            if page is None:
                return None
            block = self.space.objects["block"][self.rng.choice(self.space.children[str(page["id"])])]
            for _ in range(self.rng.randint(1, 6) if nested else 0):
                below = self.space.children.get(str(block["id"]))
                if not below or block["type"] in ("child_page", "child_database"):
                    break
                block = self.space.objects["block"][self.rng.choice(below)]
            if block["in_trash"] or (block["parent"]["type"] == "block_id") != nested:
                continue
            if of_types and block["type"] not in of_types:
                continue
            return block, page
        return None

    def source(self) -> Raw | None:
        """A live data source with rows at random."""
        found = [s for s in self.space.all("data_source") if not s["in_trash"] and self.space.rows(str(s["id"]))]
        return self.rng.choice(found) if found else None

    # --- marking -----------------------------------------------------------------------------------------------

    def stamp(self, raw: Raw) -> None:
        """Note that an object was edited now, and by whom. A page's child block shows the same time."""
        now = to_minute(self.builder.now)
        self.space.index_later(str(raw["id"]), self.builder.now, str(raw["last_edited_time"]))
        for target in (raw, self.space.get("block", str(raw["id"])) or raw):
            target["last_edited_time"] = now
            target["last_edited_by"] = self.builder.author
        self.space.touch(str(raw["id"]))

    def rename_child(self, raw: Raw, block_type: str, title: str) -> None:
        """Keep the block by which a page or database shows in its parent in step with its title."""
        block = self.space.get("block", str(raw["id"]))
        if block is not None:
            block[block_type] = {"title": title}
