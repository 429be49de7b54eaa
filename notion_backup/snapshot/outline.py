"""The tree of a snapshot: pages, databases and data sources under one another, by title.

Made from the catalog alone, save for objects that stand inside a block: which page that block is on is looked up in
the bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.coverage import KINDS
from notion_backup.snapshot.model import Table
from notion_backup.snapshot.reader import SnapshotReader

TREE_TABLES = (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES)
KIND_NAMES: dict[Table, str] = {table: kind for kind, table in KINDS.items()}
"""What an object of each table is called, as in the API's ``object`` field."""


UNTITLED = "(untitled)"


@dataclass(slots=True)
class Place:
    """One object in the tree."""

    entry: Entry
    parent: Place | None = None
    children: list[Place] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """``page``, ``database`` or ``data_source``."""
        return KIND_NAMES[self.entry.table]

    @property
    def title(self) -> str:
        """Its title, ``(untitled)`` where it has none."""
        return self.entry.title or UNTITLED

    @property
    def path(self) -> str:
        """The titles from the top to this object, with / between them; as Notion has them, so not safe to print."""
        titles: list[str] = []
        place: Place | None = self
        while place is not None:
            titles.append(place.title)
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

    def by_path(self, path: str, shown: Callable[[str], str] = str) -> list[Place]:
        """The places that a path of titles leads to, or those that are called so where it leads nowhere.

        Titles may hold slashes; equal titles make several answers. ``shown`` is how titles were shown to the person
        who repeats them.
        """
        found: list[Place] = []
        stack = [(place, path.strip("/")) for place in self.tops]
        while stack:
            place, rest = stack.pop()
            for title in {place.entry.title, place.title, shown(place.title)}:
                if rest == title:
                    found.append(place)
                elif title and rest.startswith(title + "/"):
                    stack.extend((child, rest[len(title) + 1 :]) for child in place.children)
        if not found:
            found = [place for place in self.places.values() if path in (place.entry.title, shown(place.title))]
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
    parents = {place.entry.parent_id for place in places.values()}
    wanted = {parent_id for parent_id in parents if parent_id and parent_id not in places}
    owners: dict[str, str] = {}
    if not wanted:
        return owners
    ids = pa.array(list(wanted), pa.string())
    for rows in snapshot.columns(Table.BLOCKS, ["id", "owner_id"]):
        found = rows.filter(pc.is_in(rows["id"], ids))
        owners.update(zip(found["id"].to_pylist(), found["owner_id"].to_pylist(), strict=True))
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
