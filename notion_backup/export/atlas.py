"""The map of an export: which pages, databases and data sources are in it, how they lie under one another, what links
lead to.

Made from the catalog and one pass over the bodies. Titles and ids are held in memory, content is not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.errors import Damaged, UsageError
from notion_backup.export.asked import Asked
from notion_backup.export.block_owners import BlockOwners
from notion_backup.snapshot import TREE_TABLES, Place, SnapshotReader, Table, join_places

UNTITLED = "Untitled"
_NOTION_HOSTS = ("notion.so", "notion.com", "notion.site")


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to: a place in this export, perhaps one block on it, or one view of a database."""

    place: Place
    block_id: str | None = None
    view_id: str | None = None


@dataclass(slots=True)
class Atlas:
    """The whole map. What a document shows of others it asks :meth:`find`, :meth:`place` or :meth:`follow` for."""

    tops: list[Place]
    places: dict[str, Place]
    owners: BlockOwners
    loose: list[str]
    """Owners of bodies that are no place: blocks known by themselves, for example."""
    views: dict[str, str]
    """The databases of views, both by id."""
    asked: Asked = field(default_factory=Asked)
    """What the document that is being made asked for; see ``inputs``."""

    def documents(self) -> list[Place]:
        """Every place that has a file of its own, in the order in which content is stored."""
        found = [place for place in self.places.values() if place.document is place]
        return sorted(found, key=lambda place: (place.entry.segment, place.entry.first, place.id))

    def find(self, object_id: str) -> Target | None:
        """The place of a page, database, data source or block; None for what is not in this export."""
        self.asked.place(object_id)
        return self.target(object_id)

    def place(self, object_id: str) -> Place | None:
        """A page, database or data source; None for what is not in this export."""
        self.asked.place(object_id)
        return self.places.get(object_id)

    def target(self, object_id: str) -> Target | None:
        """What :meth:`find` finds, for others than documents."""
        place = self.places.get(object_id)
        if place is not None:
            return Target(place)
        owner = self.owners.owner(object_id)
        place = self.places.get(owner) if owner else None
        return Target(place, object_id) if place else None

    def follow(self, url: str) -> Target | None:
        """What a Notion URL leads to; None for any other, and for what is not in this export."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        host = parts.hostname or ""
        ours = not parts.scheme and not host and url.startswith("/")
        if not ours and not any(host == name or host.endswith("." + name) for name in _NOTION_HOSTS):
            return None
        query = parse_qs(parts.query)
        view_id = _id_at_end(query.get("v", [""])[0])
        named = [parts.fragment.removeprefix("block-"), *query.get("p", []), parts.path.rstrip("/")]
        for text in named:
            object_id = _id_at_end(text)
            target = self.find(object_id) if object_id else None
            if target is not None:
                if view_id:
                    self.asked.content(target.place.id)
                shows = view_id and self.views.get(view_id) == target.place.id
                return Target(target.place, view_id=view_id) if shows else target
        return None


def draw_atlas(snapshot: SnapshotReader, root: str | None = None) -> Atlas:
    """The map of a whole snapshot, or of one page, database or data source with all below it.

    Objects whose parent is not in it stand at the top, and so does one of a ring of parents.
    Raises UsageError when the snapshot has no such ``root``.
    """
    places = {
        entry.id: Place(entry, entry.title or UNTITLED) for table in TREE_TABLES for entry in snapshot.entries(table)
    }
    catalog = snapshot.catalog()
    bodies = catalog.filter(pc.equal(catalog["table"], Table.BLOCKS.value))
    if root is not None:
        if root not in places:
            raise UsageError(
                f"Snapshot {snapshot.commit.id[:12]} has no page or database {root}.",
                cure="See what it has with `notion-backup ls`.",
            )
        kept = _part(snapshot, places, _document_of(places, root))
        places = {place_id: place for place_id, place in places.items() if place_id in kept}
        bodies = bodies.filter(pc.is_in(bodies["id"], pa.array(sorted(kept), pa.string())))
    owners = BlockOwners(snapshot, bodies)
    tops = join_places(places, owners.owner)
    loose = sorted(body_id for body_id in bodies["id"].to_pylist() if body_id not in places)
    views = {entry.id: entry.parent_id for entry in snapshot.entries(Table.VIEWS) if entry.parent_id}
    return Atlas(tops, places, owners, loose, views)


def _document_of(places: dict[str, Place], root: str) -> str:
    """A part begins with a file of its own: a data source with its database."""
    place = places[root]
    parent = places.get(place.entry.parent_id or "")
    return parent.id if place.table is Table.DATA_SOURCES and parent and parent.table is Table.DATABASES else root


def _part(snapshot: SnapshotReader, places: dict[str, Place], root: str) -> set[str]:
    """The ids of ``root`` and all below it, pages inside its blocks included."""
    by_parent: defaultdict[str, list[str]] = defaultdict(list)
    for place in places.values():
        if place.entry.parent_id:
            by_parent[place.entry.parent_id].append(place.id)
    kept: set[str] = set()
    waiting = [root]
    while waiting:
        place_id = waiting.pop()
        if place_id in kept:
            continue
        kept.add(place_id)
        waiting.extend(by_parent[place_id])
        for block_id in _block_ids(snapshot, place_id):
            waiting.extend(by_parent.get(block_id, ()))
    return kept


def _block_ids(snapshot: SnapshotReader, owner_id: str) -> Iterator[str]:
    body = snapshot.entry(Table.BLOCKS, owner_id)
    try:
        yield from (row["id"] for row in snapshot.rows(body, ["id"])) if body else ()
    except Damaged:
        # Whoever exports this body names the loss.
        return


def _id_at_end(text: str) -> str | None:
    """The id in which a piece of a URL ends (``Title-0123…``)."""
    plain = text.replace("-", "")[-32:]
    try:
        return str(UUID(plain)) if len(plain) == 32 else None
    except ValueError:
        return None
