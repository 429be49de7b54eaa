"""The tree of a snapshot: pages, databases and data sources under one another, by title.

Made from the catalog alone, save for objects that stand inside a block: which page that block is on is looked up in
the bodies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notion_backup.cli.safetext import safe_title
from notion_backup.snapshot import Table

if TYPE_CHECKING:
    from notion_backup.snapshot import Entry, SnapshotReader

TREE_TABLES = (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES)
KINDS: dict[Table, str] = {
    Table.PAGES: "page",
    Table.DATABASES: "database",
    Table.DATA_SOURCES: "data_source",
    Table.VIEWS: "view",
    Table.TEMPLATES: "template",
    Table.USERS: "user",
    Table.CUSTOM_EMOJIS: "custom_emoji",
    Table.BLOCKS: "block",
    Table.COMMENTS: "comment",
}
"""What an object of each table is called, as in the API's ``object`` field."""


@dataclass(slots=True)
class Place:
    """One object in the tree."""

    entry: Entry
    parent: Place | None = None
    children: list[Place] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``page``, ``database`` or ``data_source``."""
        return KINDS[self.entry.table]

    @property
    def path(self) -> str:
        """The titles from the top to this object, safe to print."""
        titles: list[str] = []
        place: Place | None = self
        while place is not None:
            titles.append(safe_title(place.entry.title))
            place = place.parent
        return "/".join(reversed(titles))

    def walk(self, depth: int | None = None) -> Iterator[tuple[int, Place]]:
        """All below this place in the order shown: (levels below, place)."""
        stack = [(1, child) for child in reversed(self.children)]
        while stack:
            level, place = stack.pop()
            yield level, place
            if depth is None or level < depth:
                stack.extend((level + 1, child) for child in reversed(place.children))


@dataclass(slots=True)
class Outline:
    """The whole tree: its tops, and every place by id."""

    tops: list[Place]
    places: dict[str, Place]

    def by_path(self, path: str) -> list[Place]:
        """The places that a path of titles leads to. Titles may hold slashes; equal titles make several answers."""
        found: list[Place] = []
        stack = [(place, path.strip("/")) for place in self.tops]
        while stack:
            place, rest = stack.pop()
            for title in {place.entry.title, safe_title(place.entry.title)}:
                if rest == title:
                    found.append(place)
                elif title and rest.startswith(title + "/"):
                    stack.extend((child, rest[len(title) + 1 :]) for child in place.children)
        return sorted({id(place): place for place in found}.values(), key=_order)


def outline_of(snapshot: SnapshotReader) -> Outline:
    """The tree of a snapshot. Objects whose parent is not in it stand at the top, and so does one ring of parents."""
    places = {entry.id: Place(entry) for table in TREE_TABLES for entry in snapshot.entries(table)}
    owners = _owners_of_blocks(snapshot, places)
    for place in places.values():
        parent_id = place.entry.parent_id
        parent = places.get(owners.get(parent_id, parent_id)) if parent_id else None
        if parent is not None and not _is_below(parent, place):
            place.parent = parent
            parent.children.append(place)
    for place in places.values():
        place.children.sort(key=_order)
    tops = sorted((place for place in places.values() if place.parent is None), key=_order)
    return Outline(tops, places)


def _owners_of_blocks(snapshot: SnapshotReader, places: dict[str, Place]) -> dict[str, str]:
    """For parents that are blocks: block id → the page it is on. Reads the bodies only when there is such a parent."""
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for place in places.values():
        parent_id = place.entry.parent_id
        if parent_id and parent_id not in places:
            wanted[parent_id].append(place.entry.id)
    owners: dict[str, str] = {}
    if not wanted:
        return owners
    for entry in snapshot.entries(Table.BLOCKS):
        for row in snapshot.rows(entry):
            if row["id"] in wanted:
                owners[row["id"]] = entry.id
        if len(owners) == len(wanted):
            break
    return owners


def _is_below(place: Place, other: Place) -> bool:
    """Whether ``place`` is ``other`` or below it: a ring of parents must not swallow the tree."""
    walked: Place | None = place
    while walked is not None:
        if walked is other:
            return True
        walked = walked.parent
    return False


def _order(place: Place) -> tuple[str, str, str]:
    return (place.entry.title.casefold(), place.entry.title, place.entry.id)
