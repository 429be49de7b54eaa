"""Everything a document shows, read from the snapshot: its object, blocks, discussions and files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from typing import Any, TypeVar

from notion_backup.errors import Damaged
from notion_backup.export.asked import Asked
from notion_backup.export.block_tree import Branch, grow
from notion_backup.export.report import Losses
from notion_backup.snapshot import (
    NODE_COLUMNS,
    Entry,
    FileRef,
    Place,
    Raw,
    SnapshotReader,
    Table,
    file_from_row,
    names_in,
    node_from_row,
    whole_page,
)

T = TypeVar("T")


@dataclass(slots=True)
class Discussion:
    """Comments that answer one another, oldest first, and the page or block they are about."""

    about: str
    comments: list[Raw]


@dataclass(slots=True)
class Content:
    """What a document shows. Where something could not be read back, it is empty here and told among the losses."""

    raw: Raw = field(default_factory=dict)
    branches: list[Branch] = field(default_factory=list)
    discussions: list[Discussion] = field(default_factory=list)
    files: dict[tuple[str, str], FileRef] = field(default_factory=dict)

    def file(self, owner: str, slot: str) -> FileRef | None:
        """The file that stands in one slot of an object; None where the snapshot has no reference to it."""
        return self.files.get((owner, slot))


class ContentReader:
    """Reads documents one at a time, and the people and emojis that all of them share."""

    def __init__(self, snapshot: SnapshotReader, losses: Losses, asked: Asked) -> None:
        self.snapshot = snapshot
        self.asked = asked
        self.losses = losses
        self._names = names_in([snapshot])
        self._owner = ""
        self._units: dict[Table, Entry] = {}
        self.users: dict[str, Raw] = {raw["id"]: raw for raw in self._shared(Table.USERS)}
        self.emojis: dict[str, Raw] = {raw["id"]: raw for raw in self._shared(Table.CUSTOM_EMOJIS)}
        self.views: dict[str, list[Raw]] = {}
        for raw in sorted(self._shared(Table.VIEWS), key=lambda raw: (str(raw.get("created_time")), str(raw["id"]))):
            parent = raw.get("parent")
            database_id = parent.get("database_id") if isinstance(parent, dict) else None
            self.views.setdefault(str(database_id), []).append(raw)
        self._templates: dict[str, list[Raw]] = {}
        for entry in snapshot.entries(Table.TEMPLATES):
            template = self._try(entry, self._object)
            if template:
                self._templates.setdefault(str(entry.parent_id), []).append(template)

    def read(self, place: Place) -> Content:
        """All that the document of ``place`` shows, data sources' rows left out."""
        return Content(
            raw=self.raw(place),
            branches=self.body(place.id),
            discussions=self.discussions(place.id),
            files=self.files(place.id),
        )

    def raw(self, place: Place) -> Raw:
        """The object itself; a page with its long property values in full."""
        self.asked.content(place.id)
        return self._try(place.entry, self._page if place.table is Table.PAGES else self._object) or {}

    def body(self, owner_id: str) -> list[Branch]:
        """The blocks of a page, or those known by themselves under that owner."""
        return grow(node_from_row(row) for row in self._rows(Table.BLOCKS, owner_id, NODE_COLUMNS))

    def discussions(self, owner_id: str) -> list[Discussion]:
        """What people say about a page and its blocks, in the order in which it was begun."""
        found: list[Raw] = [json.loads(row["raw"]) for row in self._rows(Table.COMMENTS, owner_id, ["raw"])]
        threads: dict[str, Discussion] = {}
        for raw in sorted(found, key=lambda raw: (str(raw.get("created_time")), str(raw.get("id")))):
            thread = str(raw.get("discussion_id") or raw.get("id"))
            threads.setdefault(thread, Discussion(_about(raw, owner_id), [])).comments.append(raw)
        return list(threads.values())

    def files(self, owner_id: str) -> dict[tuple[str, str], FileRef]:
        """The files met with a page or database, by the object that shows them and the slot in it."""
        found = map(file_from_row, self._rows(Table.FILES, owner_id))
        return {(file.owner, file.slot): file for file in found}

    def templates(self, source_id: str) -> list[Raw]:
        """The templates of a data source, by name."""
        self.asked.content(source_id)
        return self._templates.get(source_id, [])

    def attached(self) -> Iterator[tuple[str, list[Raw]]]:
        """The views of each database, the templates of each data source: by its id."""
        yield from self.views.items()
        yield from self._templates.items()

    def title_elsewhere(self, object_id: str) -> str:
        """The title of a page that the snapshot has but this export has not; "" when it has none."""
        self.asked.name(object_id)
        entry = self.snapshot.entry(Table.PAGES, object_id)
        return entry.title if entry else ""

    @property
    def day(self) -> date:
        """The day of the capture, in UTC."""
        self.asked.day()
        return self.snapshot.manifest.captured_from.astimezone(UTC).date()

    def name(self, object_id: str) -> str | None:
        """The title of a page or the name of a user, as tables have them; None for what the snapshot has not."""
        self.asked.name(object_id)
        return self._names(object_id)

    def user_name(self, user: Any) -> str:
        """What a user is called; the id of one whom nobody named, "" for none."""
        user_id = user.get("id") if isinstance(user, dict) else None
        if not isinstance(user_id, str):
            return ""
        self.asked.name(user_id)
        return str(user.get("name") or self.users.get(user_id, {}).get("name") or user_id)

    def author(self, comment: Raw) -> str:
        """Who wrote a comment, by the name it was written under."""
        shown = comment.get("display_name")
        name = shown.get("resolved_name") if isinstance(shown, dict) else None
        return str(name or self.user_name(comment.get("created_by")) or "Unknown")

    def _shared(self, table: Table) -> list[Raw]:
        found = (self._try(entry, self._object) for entry in self.snapshot.entries(table))
        return [raw for raw in found if raw]

    def _rows(self, table: Table, owner_id: str, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
        self.asked.content(owner_id)
        entry = self._unit(table, owner_id)
        return self._try(entry, lambda found: self.snapshot.rows(found, names)) or []

    def _unit(self, table: Table, owner_id: str) -> Entry | None:
        """A unit of an owner; all that belong to the last one asked for are known."""
        if self._owner != owner_id:
            self._owner, self._units = owner_id, self.snapshot.units(owner_id)
        return self._units.get(table)

    def _page(self, entry: Entry) -> Raw:
        page = self._object(entry)
        cut = self._unit(Table.PROPERTIES, entry.id)
        return whole_page(page, dict(self.snapshot.full_values(entry.id))) if cut else page

    def _object(self, entry: Entry) -> Raw:
        raw: Raw = json.loads(self.snapshot.rows(entry, ["raw"])[0]["raw"])
        return raw

    def _try(self, entry: Entry | None, read: Callable[[Entry], T]) -> T | None:
        """What ``read`` gives; None where there is no such unit, or where it is damaged, which is noted."""
        if entry is None:
            return None
        try:
            return read(entry)
        except Damaged as error:
            self.losses.add(entry.table.value, entry.id, error.what)
            return None


def _about(comment: Raw, owner_id: str) -> str:
    parent = comment.get("parent")
    block_id = parent.get("block_id") if isinstance(parent, dict) else None
    return str(block_id or owner_id)
