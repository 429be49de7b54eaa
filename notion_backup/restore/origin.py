"""What a restore reads from: a snapshot, seen as pages, bodies, databases, rows and views that belong together."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import BinaryIO, Protocol
from urllib.parse import unquote

from notion_backup.restore.tree import Node, tree
from notion_backup.snapshot import BlockNode, FileRef, Media, Raw, SnapshotReader, Table


class Origin(Protocol):
    """A source of a restore. Ids are the old ones."""

    @property
    def workspace_id(self) -> str | None:
        """The workspace it was taken from, where that is known."""
        ...

    def page(self, page_id: str) -> Raw | None:
        """A page, its property values in full."""
        ...

    def body(self, page_id: str) -> list[Node]:
        """What stands on a page."""
        ...

    def database(self, database_id: str) -> Raw | None:
        """A database."""
        ...

    def data_source(self, source_id: str) -> Raw | None:
        """A data source with its schema."""
        ...

    def views(self, database_id: str) -> list[Raw]:
        """The views of a database, oldest first."""
        ...

    def rows(self, source_id: str) -> list[str]:
        """The ids of a data source's rows in the order in which they were made."""
        ...

    def below(self, object_id: str) -> list[tuple[str, str]]:
        """Pages and databases that name this page or database as their parent: (``page`` or ``database``, id)."""
        ...

    def roots(self) -> list[tuple[str, str]]:
        """Pages and databases without a parent in the source."""
        ...

    def templates(self, source_id: str) -> list[str]:
        """The ids of a data source's template pages."""
        ...

    def comments(self, page_id: str) -> list[Raw]:
        """The open comments of a page and its blocks, in order."""
        ...

    def files(self, owner_id: str) -> Mapping[tuple[str, str], FileRef]:
        """The files met with one page, database or data source, by owner and slot."""
        ...

    def people(self) -> list[Raw]:
        """Every user."""
        ...

    def emojis(self) -> list[Raw]:
        """Every custom emoji."""
        ...

    def synced(self, block_id: str) -> list[Node]:
        """What stands in a synced original, wherever it is; empty where it is not known."""
        ...

    def originals(self) -> tuple[dict[str, str], set[str]]:
        """Synced originals with the page each is on, and those that copies show."""
        ...

    def open(self, media: Media) -> BinaryIO:
        """The content of a file, as a stream."""
        ...


class Grouped(ABC):
    """What every source has in common: objects are put in order by what they name as their parent.

    What lies in the trash counts as not there, but for what lies below something in the trash that was chosen.
    """

    @property
    @abstractmethod
    def workspace_id(self) -> str | None:
        """The workspace it was taken from, where that is known."""

    @abstractmethod
    def object(self, table: Table, object_id: str) -> Raw | None:
        """One object as the API gave it."""

    @abstractmethod
    def objects(self, table: Table) -> Iterator[Raw]:
        """Every object of a table."""

    @abstractmethod
    def nodes(self, page_id: str) -> list[BlockNode]:
        """The blocks of one page in document order."""

    @abstractmethod
    def bodies(self) -> Iterator[tuple[str, list[BlockNode]]]:
        """The blocks of every page."""

    @abstractmethod
    def values(self, page_id: str) -> Mapping[str, list[Raw]]:
        """Property values of a page that were read in full, by property id."""

    @abstractmethod
    def template_sources(self) -> Mapping[str, str | None]:
        """The data source of every template page, by its id."""

    @abstractmethod
    def comments(self, page_id: str) -> list[Raw]:
        """The open comments of a page and its blocks, in order."""

    @abstractmethod
    def files(self, owner_id: str) -> Mapping[tuple[str, str], FileRef]:
        """The files met with one page, database or data source, by owner and slot."""

    @abstractmethod
    def open(self, media: Media) -> BinaryIO:
        """The content of a file, as a stream."""

    def page(self, page_id: str) -> Raw | None:
        """A page whose values are whole: those that were read in full stand in for those cut short."""
        raw = self.object(Table.PAGES, page_id)
        if raw is None:
            return None
        whole = self.values(page_id)
        return {**raw, "properties": {n: _whole(v, whole) for n, v in (raw.get("properties") or {}).items()}}

    def body(self, page_id: str) -> list[Node]:
        """The body as a tree."""
        raw = self.object(Table.PAGES, page_id) or {}
        return tree(self.nodes(page_id), page_id, trash=bool(raw.get("in_trash")))

    def database(self, database_id: str) -> Raw | None:
        """A database."""
        return self.object(Table.DATABASES, database_id)

    def data_source(self, source_id: str) -> Raw | None:
        """A data source."""
        return self.object(Table.DATA_SOURCES, source_id)

    def views(self, database_id: str) -> list[Raw]:
        """Views by the time they were made: the order of tabs is not in the API's objects."""
        return self._views.get(database_id, [])

    def rows(self, source_id: str) -> list[str]:
        """Rows by their number where they have one, else by the time they were made."""
        return [page_id for _, page_id in sorted(self._places.rows.get(source_id, []))]

    def below(self, object_id: str) -> list[tuple[str, str]]:
        """Pages and databases below a page or database."""
        return self._places.below.get(object_id, [])

    def roots(self) -> list[tuple[str, str]]:
        """Pages and databases at the top of the workspace, or whose parent is not in the source."""
        return self._places.roots

    def templates(self, source_id: str) -> list[str]:
        """Ids of template pages."""
        return sorted(page for page, source in self.template_sources().items() if source == source_id)

    def people(self) -> list[Raw]:
        """Every user."""
        return list(self.objects(Table.USERS))

    def emojis(self) -> list[Raw]:
        """Every custom emoji."""
        return list(self.objects(Table.CUSTOM_EMOJIS))

    def synced(self, block_id: str) -> list[Node]:
        """The content of a synced original."""
        owner = self._synced[0].get(block_id)
        waiting = self.body(owner) if owner else []
        while waiting:
            node = waiting.pop()
            if node.id == block_id:
                return node.children
            waiting.extend(node.children)
        return []

    def originals(self) -> tuple[dict[str, str], set[str]]:
        """Synced originals with the page each is on, and those that copies show."""
        return self._synced

    @cached_property
    def _views(self) -> dict[str, list[Raw]]:
        found: defaultdict[str, list[Raw]] = defaultdict(list)
        for raw in self.objects(Table.VIEWS):
            found[str((raw.get("parent") or {}).get("database_id"))].append(raw)
        for views in found.values():
            views.sort(key=lambda raw: (str(raw.get("created_time")), str(raw["id"])))
        return dict(found)

    @cached_property
    def _places(self) -> _Places:
        found = _Places()
        templates = self.template_sources()
        raws = [("page", raw) for raw in self._parents(Table.PAGES)]
        raws += [("database", raw) for raw in self._parents(Table.DATABASES)]
        sources = {str(raw["id"]): bool(raw.get("in_trash")) for raw in self._parents(Table.DATA_SOURCES)}
        trashed = {str(raw["id"]): bool(raw.get("in_trash")) for _, raw in raws}
        inside = {parent["block_id"] for _, raw in raws if (parent := raw.get("parent") or {}).get("block_id")}
        owners = self._owners(inside)
        for kind, raw in raws:
            object_id, parent = str(raw["id"]), raw.get("parent") or {}
            if object_id in templates:
                continue
            source = parent.get("data_source_id")
            block = parent.get("block_id")
            holder = parent.get("page_id") or parent.get("database_id") or owners.get(str(block), block)
            if source in sources:
                if sources[source] or not raw.get("in_trash"):
                    found.rows[source].append((raw["order"], object_id))
            elif holder in trashed:
                if trashed[holder] or not raw.get("in_trash"):
                    found.below[holder].append((kind, object_id))
            elif not raw.get("in_trash"):
                found.roots.append((kind, object_id))
        return found

    def _parents(self, table: Table) -> list[Raw]:
        """Of every object of a table, what decides about its place."""
        return [
            {**{name: raw.get(name) for name in ("id", "parent", "in_trash")}, "order": _row_order(raw)}
            for raw in self.objects(table)
        ]

    def _owners(self, blocks: set[str]) -> dict[str, str]:
        """The pages on which blocks stand; the bodies are gone through only when there are such blocks."""
        if not blocks:
            return {}
        return {
            str(node.raw["id"]): owner for owner, nodes in self.bodies() for node in nodes if node.raw["id"] in blocks
        }

    @cached_property
    def _synced(self) -> tuple[dict[str, str], set[str]]:
        owners: dict[str, str] = {}
        shown: set[str] = set()
        for owner, nodes in self.bodies():
            for node in nodes:
                if node.raw.get("type") != "synced_block":
                    continue
                source = (node.raw.get("synced_block") or {}).get("synced_from")
                if isinstance(source, dict):
                    shown.add(str(source.get("block_id")))
                else:
                    owners[str(node.raw["id"])] = owner
        return owners, shown


@dataclass(slots=True)
class _Places:
    """Rows (order, id) by data source; pages and databases (kind, id) by what they lie in, and those at the top."""

    rows: defaultdict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    below: defaultdict[str, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))
    roots: list[tuple[str, str]] = field(default_factory=list)


class SnapshotOrigin(Grouped):
    """A snapshot as the source of a restore."""

    def __init__(self, snapshot: SnapshotReader) -> None:
        self.snapshot = snapshot

    @property
    def workspace_id(self) -> str | None:
        """As the manifest has it."""
        return self.snapshot.manifest.workspace.workspace_id

    def object(self, table: Table, object_id: str) -> Raw | None:
        """From the segments."""
        return self.snapshot.object(table, object_id)

    def objects(self, table: Table) -> Iterator[Raw]:
        """In the order of the segments."""
        return self.snapshot.objects(table)

    def nodes(self, page_id: str) -> list[BlockNode]:
        """Empty for a page whose body is not in the snapshot."""
        return self.snapshot.body(page_id) or []

    def bodies(self) -> Iterator[tuple[str, list[BlockNode]]]:
        """In the order of the segments."""
        return self.snapshot.bodies()

    def values(self, page_id: str) -> Mapping[str, list[Raw]]:
        """From the table of properties."""
        entry = self.snapshot.entry(Table.PROPERTIES, page_id)
        rows = self.snapshot.rows(entry) if entry else []
        return {str(row["property_id"]): json.loads(row["raw"]) for row in rows}

    def template_sources(self) -> Mapping[str, str | None]:
        """From the catalog."""
        return {entry.id: entry.parent_id for entry in self.snapshot.entries(Table.TEMPLATES)}

    def comments(self, page_id: str) -> list[Raw]:
        """Comments as the capture met them: page first, then block by block."""
        return list(self.snapshot.comments(page_id))

    def files(self, owner_id: str) -> Mapping[tuple[str, str], FileRef]:
        """From the table of files."""
        return {(file.owner, file.slot): file for file in self.snapshot.files(owner_id)}

    def open(self, media: Media) -> BinaryIO:
        """Every chunk is verified as it is read."""
        return self.snapshot.open_media(media)


def _row_order(raw: Raw) -> str:
    numbers = [
        value["unique_id"]["number"]
        for value in (raw.get("properties") or {}).values()
        if isinstance(value, dict) and isinstance(value.get("unique_id"), dict) and value["unique_id"].get("number")
    ]
    return f"{numbers[0] if numbers else 0:012d} {raw.get('created_time')} {raw['id']}"


def _whole(value: Raw, whole: Mapping[str, list[Raw]]) -> Raw:
    """A value with the items that were read in full."""
    items = whole.get(str(value.get("id"))) or whole.get(unquote(str(value.get("id"))))
    kind = str(value.get("type"))
    if items is None or kind not in ("relation", "people", "title", "rich_text"):
        return value
    return {**value, kind: [item[kind] for item in items if item.get(kind)], "has_more": False}
