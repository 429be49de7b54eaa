"""Places in the tree of a snapshot: pages, databases and data sources, and how they stand under one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.coverage import KINDS
from notion_backup.snapshot.model import Table

TREE_TABLES = (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES)
KIND_NAMES: dict[Table, str] = {table: kind for kind, table in KINDS.items()}
"""What an object of each table is called, as in the API's ``object`` field."""


@dataclass(slots=True, eq=False)
class Place:
    """One object in the tree. ``title`` is never empty: something stands for the title that it has not."""

    entry: Entry
    title: str
    parent: Place | None = None
    children: list[Place] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The object's id."""
        return self.entry.id

    @property
    def table(self) -> Table:
        """Where it is kept."""
        return self.entry.table

    @property
    def kind(self) -> str:
        """``page``, ``database`` or ``data_source``."""
        return KIND_NAMES[self.entry.table]

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

    @property
    def document(self) -> Place:
        """What shows it: itself, but for a data source its database, where the snapshot has that."""
        inside = self.table is Table.DATA_SOURCES and self.parent is not None and self.parent.table is Table.DATABASES
        return self.parent if inside and self.parent else self

    @property
    def above(self) -> list[Place]:
        """The documents above this place's, from the top down."""
        found: list[Place] = []
        place = self.document.parent
        while place is not None:
            if place.document is place:
                found.append(place)
            place = place.parent
        return found[::-1]

    def data_sources(self) -> list[Place]:
        """The data sources that this document shows."""
        if self.table is Table.DATA_SOURCES:
            return [self]
        return [child for child in self.children if child.table is Table.DATA_SOURCES and child.document is self]

    def rows(self) -> list[Place]:
        """The pages directly in this data source."""
        return [child for child in self.children if child.table is Table.PAGES]

    def below(self) -> list[Place]:
        """The documents directly below this document, rows of its data sources left out."""
        shown = {id(source) for source in self.data_sources()}
        found = [child for child in self.children if id(child) not in shown]
        inner = [child for source in self.data_sources() for child in source.children if child.table is not Table.PAGES]
        return found + inner if self.table is not Table.DATA_SOURCES else inner


def join_places(places: Mapping[str, Place], owner_of: Callable[[str], str | None]) -> list[Place]:
    """Put every place under its parent, by title; gives those at the top.

    ``owner_of`` gives the page on which a block stands, for places inside one. Places whose parent is not among them
    stand at the top, and so does one of a ring of parents.
    """
    for place in places.values():
        parent_id = place.entry.parent_id
        parent = places.get(parent_id) or places.get(owner_of(parent_id) or "") if parent_id else None
        if parent is not None and not _is_below(parent, place):
            place.parent = parent
            parent.children.append(place)
    for place in places.values():
        place.children.sort(key=by_title)
    return sorted((place for place in places.values() if place.parent is None), key=by_title)


def _is_below(place: Place, other: Place) -> bool:
    """Whether ``place`` is ``other`` or below it: a ring of parents must not swallow the tree."""
    walked: Place | None = place
    while walked is not None:
        if walked is other:
            return True
        walked = walked.parent
    return False


def by_title(place: Place) -> tuple[str, str, str]:
    """The key that sorts places as people see them."""
    return (place.title.casefold(), place.title, place.id)
