"""What a restore writes to: the few things it asks for, each named by a key that stays the same when it is begun again.

:class:`~notion_backup.restore.notion.NotionTarget` does them at a server and keeps a journal;
:class:`~notion_backup.restore.planning.PlanTarget` only counts. ``key`` says which step of the restore it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from notion_backup.snapshot import Raw

START = "start"
"""In place of a block to append after: before all others."""


class TargetRefused(Exception):
    """The target will not take a request, ever: the request itself is to blame. ``why`` is its own word for it."""

    def __init__(self, why: str, *, code: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.code = code


class UploadRefused(TargetRefused):
    """The target will not take a file. ``upload`` is the key of the wish it was for."""

    def __init__(self, why: str, upload: str) -> None:
        super().__init__(why)
        self.upload = upload


@dataclass(frozen=True, slots=True)
class Schema:
    """A data source as it is after a write: property ids by name (encoded as answered), partners of dual relations.

    ``partners`` maps the name of a dual relation to the id and name of the property at its other end.
    """

    properties: dict[str, str]
    partners: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class MadeSource:
    """A data source that was made."""

    id: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class MadeDatabase:
    """A database that was made, with its first data source."""

    id: str
    source: MadeSource


@dataclass(frozen=True, slots=True)
class MadeView:
    """A view that was made, and the database it is in."""

    id: str
    database_id: str


@dataclass(frozen=True, slots=True)
class MadeComment:
    """A comment that was made, and the discussion it is in."""

    id: str
    discussion_id: str


class Target(Protocol):
    """Where a restore writes. Every method raises TargetRefused for what the target will never take."""

    def append(self, key: str, parent: str, blocks: Sequence[Raw], after: str | None) -> list[str]:
        """Put blocks below a page or block: at the end, at :data:`START`, or after one. Gives the first level's ids."""
        ...

    def learn(self, key: str, parent: str, count: int) -> list[str]:
        """The ids of the first ``count`` children of a block."""
        ...

    def create_page(self, key: str, parent: Raw, body: Raw, title: str) -> str:
        """Make a page or row; ``title`` is its plain title."""
        ...

    def update_page(self, key: str, page_id: str, body: Raw) -> None:
        """Change a page."""
        ...

    def create_database(self, key: str, page_id: str, body: Raw, title: str) -> MadeDatabase:
        """Make a database with its first data source; ``title`` is its plain title."""
        ...

    def update_database(self, key: str, database_id: str, body: Raw) -> None:
        """Change a database."""
        ...

    def create_source(self, key: str, database_id: str, body: Raw) -> MadeSource:
        """Make another data source in a database."""
        ...

    def update_source(self, key: str, source_id: str, body: Raw) -> Schema:
        """Change a data source."""
        ...

    def views_of(self, key: str, database_id: str) -> list[str]:
        """The ids of a database's views as they are now."""
        ...

    def create_view(self, key: str, body: Raw, page_id: str | None) -> MadeView:
        """Make a view; ``page_id`` is the page of the linked database that comes with it."""
        ...

    def update_view(self, key: str, view_id: str, body: Raw) -> None:
        """Change a view."""
        ...

    def delete_view(self, key: str, view_id: str) -> None:
        """Delete a view."""
        ...

    def comment(self, key: str, target_id: str, body: Raw) -> MadeComment:
        """Make a comment on a page or block (``target_id``), or in a discussion that ``body`` names."""
        ...
