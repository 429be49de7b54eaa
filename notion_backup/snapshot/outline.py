"""The tree of a snapshot: pages, databases and data sources under one another, by title.

Made from the catalog alone, save for objects that stand inside a block: which page that block is on is looked up in
the bodies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.snapshot.model import Table
from notion_backup.snapshot.place import TREE_TABLES, Place, by_title, join_places
from notion_backup.snapshot.reader import SnapshotReader

UNTITLED = "(untitled)"


@dataclass(slots=True)
class Outline:
    """The whole tree: its tops, and every place by id."""

    tops: list[Place]
    places: dict[str, Place]

    def by_path(self, path: str, shown: Callable[[str], str] = str) -> list[Place]:
        """The places that a path of titles leads to, or those that are called so where it leads nowhere.

        Titles may hold slashes; equal titles make several answers. A data source may be left out of the path, and
        where it has its database's title, the database is meant. ``shown`` is how titles were shown to the person who
        repeats them.
        """
        found: list[Place] = []
        stack = [(place, path.strip("/")) for place in self.tops]
        while stack:
            place, rest = stack.pop()
            for title in {place.entry.title, place.title, shown(place.title)}:
                if rest == title:
                    found.append(place)
                elif title and rest.startswith(title + "/"):
                    below = {*place.children, *(row for source in place.data_sources() for row in source.children)}
                    stack.extend((child, rest[len(title) + 1 :]) for child in below)
        if not found:
            found = [place for place in self.places.values() if path in (place.entry.title, shown(place.title))]
        meant = {place for place in found if place.document is place or place.document not in found}
        return sorted(meant, key=by_title)


def outline_of(snapshot: SnapshotReader) -> Outline:
    """The tree of a snapshot. Objects whose parent is not in it stand at the top, and so does one ring of parents."""
    places = {
        entry.id: Place(entry, entry.title or UNTITLED) for table in TREE_TABLES for entry in snapshot.entries(table)
    }
    return Outline(join_places(places, _owners_of_blocks(snapshot, places).get), places)


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
