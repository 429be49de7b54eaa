"""The state of one workspace: raw objects by kind, ordered children, and what the API derives from them.

Objects are kept as plain dictionaries in the shape of the API (version 2026-03-11), except that relations and people
are kept whole: cutting them at 25 is the answer's business. Whoever changes an object in place says so with
``touch``; whoever adds or moves one uses ``put``. Both keep the indexes and the version number right, and the
version number is what every cache hangs on.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notion_backup.sandbox.uploads import Upload

Raw = dict[str, Any]

KINDS = ("page", "database", "data_source", "block", "view", "comment", "user", "custom_emoji")

DEFAULT_WORKSPACE_ID = "3c9e57b0-40a2-8d11-a6f4-5b07c1d2e3f4"
DEFAULT_BOT_ID = "3c9e57b0-40a2-8d11-a6f4-00000000b070"


@dataclass
class HostedFile:
    """What the file server knows of one hosted file beyond its path."""

    size: int
    """Length in bytes."""
    content_type: str | None = None
    """MIME type; None lets the name decide."""
    generation: int = 0
    """Mixed into the bytes, so that a file can be made to differ from another of the same path."""
    data: bytes | None = None
    """The bytes themselves, of what was uploaded; None: made from the path."""


@dataclass
class Workspace:
    """Everything one Notion workspace holds, as the sandbox knows it."""

    name: str = "Sandbox"
    id: str = DEFAULT_WORKSPACE_ID
    bot_id: str = DEFAULT_BOT_ID
    bot_name: str = "Backup"
    objects: dict[str, dict[str, Raw]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    children: dict[str, list[str]] = field(default_factory=dict)
    """Page or block id -> ids of its child blocks in order. A container without an entry has no children."""
    property_items: dict[str, dict[str, list[Raw]]] = field(default_factory=dict)
    """Page id -> encoded property id -> recorded answers of the property endpoint, served instead of derived ones."""
    templates: dict[str, list[Raw]] = field(default_factory=dict)
    """Data source id -> its templates ``{id, name, is_default}``; each id is that of a page."""
    unlisted_users: set[str] = field(default_factory=set)
    """Users that exist but that the list leaves out: guests, and the connection itself."""
    resolved_discussions: set[str] = field(default_factory=set)
    """Discussions that were resolved: their comments are no longer readable."""
    files: dict[str, HostedFile] = field(default_factory=dict)
    """Path of a hosted file (``space/uuid/name``, percent-encoded as in its URL) -> its size and type."""
    last_edit: str = "2026-09-01T08:00:00.000Z"
    """When the workspace was last worked on: the editor's next day starts after it."""

    def __post_init__(self) -> None:
        self.uploads: dict[str, Upload] = {}
        self.view_runs: dict[str, tuple[datetime, list[str]]] = {}
        """Run of a view -> when it was begun, and the pages it showed."""
        self.trash_roots: dict[str, tuple[str | None, int]] = {}
        """What was put into the trash itself -> what listed it, and in which place."""
        self.search_lag = 0.0
        """Seconds until search knows of what was made or edited."""
        self._late: dict[str, tuple[datetime, str | None]] = {}
        self.lock = threading.RLock()
        self.version = 0
        self._rows: dict[str, dict[str, None]] = {}
        self._views: dict[str, dict[str, None]] = {}
        self._comments: dict[str, dict[str, None]] = {}
        self._where: dict[str, tuple[str, str]] = {}
        for kind in KINDS:
            for object_id, raw in self.objects.setdefault(kind, {}).items():
                self._index(kind, object_id, raw)

    # --- reading -----------------------------------------------------------------------------------------------

    def get(self, kind: str, object_id: str) -> Raw | None:
        """The object as kept (not a copy), or None."""
        return self.objects[kind].get(object_id)

    def all(self, kind: str) -> Iterator[Raw]:
        """Every object of a kind, in the order they were added."""
        return iter(self.objects[kind].values())

    def rows(self, data_source_id: str) -> list[Raw]:
        """The pages of a data source in the order they were added; templates, trash and archive included."""
        pages = self.objects["page"]
        return [pages[row] for row in self._rows.get(data_source_id, ())]

    def view_ids(self, owner_id: str) -> list[str]:
        """Ids of the views of a database, or of those showing a data source anywhere."""
        return list(self._views.get(owner_id, ()))

    def order_views(self, owner_id: str, ids: list[str]) -> None:
        """Give the views of a database another order."""
        self._views[owner_id] = dict.fromkeys(ids)
        self.version += 1

    def comments_on(self, target_id: str) -> list[Raw]:
        """Open comments of exactly this page or block, oldest first."""
        found = [self.objects["comment"][c] for c in self._comments.get(target_id, ())]
        open_ones = [c for c in found if c.get("discussion_id") not in self.resolved_discussions]
        return sorted(open_ones, key=lambda c: str(c["created_time"]))

    def template_page_ids(self) -> set[str]:
        """Ids of pages that are templates: no query and no search shows them."""
        return {str(t["id"]) for templates in self.templates.values() for t in templates}

    def parent_of(self, object_id: str) -> str | None:
        """The id of what an object of any kind lies in, or None for workspace-level and unknown ones."""
        for kind in ("page", "block", "database", "data_source", "view"):
            raw = self.objects[kind].get(object_id)
            if raw is not None:
                parent = raw.get("parent") or {}
                value = parent.get(str(parent.get("type", "")))
                return value if isinstance(value, str) else None
        return None

    # --- changing ----------------------------------------------------------------------------------------------

    def put(self, kind: str, raw: Raw) -> Raw:
        """Add an object, or file it anew after its parent changed. Its id is ``raw["id"]``."""
        object_id = str(raw["id"])
        self._forget(object_id)
        self.objects[kind][object_id] = raw
        self._index(kind, object_id, raw)
        self.version += 1
        return raw

    def touch(self, object_id: str) -> None:
        """Say that an object was changed in place (its parent is still the same)."""
        self.version += 1

    def index_later(self, object_id: str, now: datetime, before: str | None) -> None:
        """Note that search learns later of an edit made now; ``before`` is the edit time it knows (None: unmade)."""
        if not self.search_lag:
            return
        known = self._late.get(object_id)
        if known is None or (now - known[0]).total_seconds() >= self.search_lag:
            self._late[object_id] = (now, before)

    def indexed_time(self, raw: Raw, now: datetime) -> str | None:
        """The edit time of a page or data source as search knows it; None when it does not know of it yet."""
        late = self._late.get(str(raw["id"])) if self.search_lag else None
        if late is None or (now - late[0]).total_seconds() >= self.search_lag:
            return str(raw["last_edited_time"])
        return late[1]

    def remove(self, kind: str, object_id: str) -> None:
        """Take an object out for good, as if it had been purged. Children lists naming it lose it too."""
        self._forget(object_id)
        self.objects[kind].pop(object_id, None)
        for ids in self.children.values():
            if object_id in ids:
                ids.remove(object_id)
        self.version += 1

    def _index(self, kind: str, object_id: str, raw: Raw) -> None:
        parent = raw.get("parent") or {}
        if kind == "page" and parent.get("type") == "data_source_id":
            self._file(self._rows, str(parent["data_source_id"]), object_id, "rows")
        elif kind == "comment":
            target = str(parent.get(str(parent.get("type"))))
            self._file(self._comments, target, object_id, "comments")
        elif kind == "view":
            self._views.setdefault(str(parent.get("database_id")), {})[object_id] = None
            if raw.get("data_source_id"):
                self._views.setdefault(str(raw["data_source_id"]), {})[object_id] = None

    def _file(self, index: dict[str, dict[str, None]], key: str, object_id: str, name: str) -> None:
        index.setdefault(key, {})[object_id] = None
        self._where[object_id] = (name, key)

    def _forget(self, object_id: str) -> None:
        name, key = self._where.pop(object_id, ("", ""))
        if name == "rows":
            self._rows[key].pop(object_id, None)
        elif name == "comments":
            self._comments[key].pop(object_id, None)
        elif object_id in self.objects["view"]:
            for ids in self._views.values():
                ids.pop(object_id, None)
