"""The words of a snapshot: its tables, and what capture hands over to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from notion_backup.repository import BlobRef

Raw = dict[str, Any]
"""One object of Notion's API, as the API gave it."""


class Table(StrEnum):
    """The tables of a snapshot. Each is kept in *units*: rows that are captured, compared and carried together."""

    PAGES = "pages"
    BLOCKS = "blocks"
    DATABASES = "databases"
    DATA_SOURCES = "data_sources"
    VIEWS = "views"
    TEMPLATES = "templates"
    COMMENTS = "comments"
    USERS = "users"
    CUSTOM_EMOJIS = "custom_emojis"
    PROPERTIES = "properties"
    FILES = "files"
    PROBLEMS = "problems"


OBJECT_TABLES = (
    Table.PAGES,
    Table.DATABASES,
    Table.DATA_SOURCES,
    Table.VIEWS,
    Table.TEMPLATES,
    Table.USERS,
    Table.CUSTOM_EMOJIS,
)
"""Tables whose unit is one object, under its own id. In the others a unit belongs to an owner."""

DETACHED = "detached:"
"""Owner prefix of a block that is known by itself but was met in no listing (a trashed child page, for one)."""


UNKNOWN_TYPE = "unknown-"
"""Codes of problems with what this version does not know the type of go on with the kind and the type:
``unknown-block:hologram``. The verdict counts by code, and so by type."""


class Severity(StrEnum):
    """How much a problem takes away from a snapshot."""

    MISSING = "missing"
    """Something that belongs to the workspace is not in the snapshot: it makes the snapshot incomplete."""

    OUTSIDE = "outside"
    """Referred to, but not shared with the connection or left out by the settings: the reference is kept."""

    NOTICE = "notice"
    """Worth knowing; nothing is missing that the API could have given."""


@dataclass(frozen=True, slots=True)
class BlockNode:
    """A block in its place: ``parent_id`` is the page or block that lists it; ``depth`` 0 is right below the page."""

    raw: Raw
    parent_id: str
    depth: int


@dataclass(frozen=True, slots=True)
class Media:
    """The content of a file: where its bytes lie, the SHA-256 of all of them (hex), and how many they are."""

    blob: BlobRef
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class FileRef:
    """One reference to a file: ``slot`` says where in its ``owner`` it stands (``icon``, ``image``, ``property:x:0``).

    ``url`` has neither query nor fragment for hosted files, so it names the file and never carries a signature.
    ``media`` is None for a file that is not kept: hosted elsewhere, left out by the settings, or not to be had (a
    problem says why); ``size`` is then how many bytes it is said to have, if that is known.
    """

    owner: str
    slot: str
    name: str
    url: str
    hosted: bool
    media: Media | None
    content_type: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not in the snapshot, or not as it should be.

    ``code`` groups problems of one kind; ``where`` is the id of the object in which this one was met (or the kind of
    listing), for files with ``/`` and the place in their owner; ``status`` is the HTTP status that was answered.
    Neither ``why`` nor ``cure`` holds titles or text.
    """

    code: str
    severity: Severity
    object_kind: str
    object_id: str
    where: str
    why: str
    cure: str
    status: int | None = None
    since: datetime | None = None

    @property
    def inside(self) -> str:
        """The id of the object in which this one was met (or the kind of listing)."""
        return self.where.partition("/")[0]

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with all fields; ``since`` in ISO 8601."""
        since = self.since.isoformat() if self.since else None
        return {**asdict(self), "severity": self.severity.value, "since": since}


@dataclass(frozen=True, slots=True)
class Partition:
    """A stretch of time whose state a snapshot stands for: from ``start`` to just before ``end`` (both aware)."""

    key: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class WorkspaceIdentity:
    """Who Notion says we are and whose workspace it is (``GET /v1/users/me``); None where it does not say."""

    bot_id: str
    workspace_id: str | None
    workspace_name: str | None


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What only the capture knows about itself: for the manifest."""

    workspace: str
    identity: WorkspaceIdentity
    partition: Partition | None
    started: datetime
    finished: datetime
    requests: Mapping[str, int]
    downloads: int = 0
    downloaded_bytes: int = 0
