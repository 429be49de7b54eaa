"""What every endpoint works with: the workspace, who asks, what time it is, and how objects are found and marked."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from notion_backup.sandbox.access import Access
from notion_backup.sandbox.clock import SandboxClock, to_millisecond, to_minute
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.maker import Maker
from notion_backup.sandbox.rendering import Renderer
from notion_backup.sandbox.replies import bad_uuid, not_found
from notion_backup.sandbox.storage import child_block
from notion_backup.sandbox.workspace import Raw, Workspace


@dataclass
class Room:
    """Shared by all endpoints of one sandbox."""

    workspace: Workspace
    access: Access
    clock: SandboxClock
    rng: random.Random = field(default_factory=random.SystemRandom)

    def __post_init__(self) -> None:
        self.renderer = Renderer(self.workspace)

    # --- finding -----------------------------------------------------------------------------------------------

    def id(self, given: object, name: str, where: str = "path") -> str:
        """The dashed form of an id. Raises a 400 refusal for what is none."""
        found = normalise(given) if isinstance(given, str) else None
        if found is None:
            raise bad_uuid(name, given, where)
        return found

    def missing(self, kind: str, object_id: str) -> Exception:
        """The 404 refusal for an object that is absent or not shared."""
        return not_found(kind, object_id, self.workspace.bot_name, self.workspace.bot_id)

    def object(self, kind: str, object_id: str) -> Raw:
        """An object that the connection sees. Raises a 404 refusal."""
        raw = self.workspace.get(kind, object_id)
        if raw is None or not self.access.sees(object_id):
            raise self.missing(kind, object_id)
        return raw

    def block(self, object_id: str) -> Raw:
        """A block, or the block as which a page or database shows in its parent. Raises a 404 refusal."""
        block = self.workspace.get("block", object_id)
        if block is None:
            for kind, block_type in (("page", "child_page"), ("database", "child_database")):
                raw = self.workspace.get(kind, object_id)
                if raw is not None:
                    block = child_block(self.workspace, kind, block_type, raw)
        if block is None or not self.access.sees(object_id):
            raise self.missing("block", object_id)
        return block

    # --- making and marking ------------------------------------------------------------------------------------

    @property
    def author(self) -> Raw:
        """The connection, as the author of what it writes."""
        return {"object": "user", "id": self.workspace.bot_id}

    def maker(self) -> Maker:
        """Makes objects now, in the connection's name."""
        maker = Maker(self.workspace, self.rng, self.clock.now())
        maker.author = self.author
        return maker

    def stamp(self, raw: Raw) -> None:
        """Note that an object was edited now: to the minute, databases and views to the millisecond (recorded)."""
        fine = raw.get("object") in ("database", "view")
        self.workspace.index_later(str(raw["id"]), self.clock.now(), str(raw["last_edited_time"]))
        raw["last_edited_time"] = to_millisecond(self.clock.now()) if fine else to_minute(self.clock.now())
        if "last_edited_by" in raw:
            raw["last_edited_by"] = self.author
        self.workspace.touch(str(raw["id"]))

    def answer(self, kind: str, raw: Raw) -> str:
        """An object as the API answers it."""
        return self.renderer.text(kind, raw)
