"""What a restore reads from: a snapshot, seen as pages, bodies, databases, rows and views that belong together."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from typing import BinaryIO, Protocol
from urllib.parse import unquote

from notion_backup.restore.blocks import Node, tree
from notion_backup.snapshot import FileRef, Media, Raw, SnapshotReader, Table


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


class SnapshotOrigin:
    """A snapshot as the source of a restore. Whatever lies in the trash counts as not there, unless ``trash``."""

    def __init__(self, snapshot: SnapshotReader, *, trash: bool = False) -> None:
        self.snapshot = snapshot
        self._trash = trash

    @property
    def workspace_id(self) -> str | None:
        """As the manifest has it."""
        return self.snapshot.manifest.workspace.workspace_id

    def page(self, page_id: str) -> Raw | None:
        """A page whose values are whole: those that were read in full stand in for those cut short."""
        raw = self.snapshot.object(Table.PAGES, page_id)
        if raw is None:
            return None
        entry = self.snapshot.entry(Table.PROPERTIES, page_id)
        whole = {row["property_id"]: row for row in self.snapshot.rows(entry)} if entry else {}
        return {**raw, "properties": {n: _whole(v, whole) for n, v in (raw.get("properties") or {}).items()}}

    def body(self, page_id: str) -> list[Node]:
        """The body as a tree."""
        return tree(self.snapshot.body(page_id) or [], page_id)

    def database(self, database_id: str) -> Raw | None:
        """A database."""
        return self.snapshot.object(Table.DATABASES, database_id)

    def data_source(self, source_id: str) -> Raw | None:
        """A data source."""
        return self.snapshot.object(Table.DATA_SOURCES, source_id)

    def views(self, database_id: str) -> list[Raw]:
        """Views by the time they were made: the order of tabs is not in the API's objects."""
        return self._views.get(database_id, [])

    def rows(self, source_id: str) -> list[str]:
        """Rows by the time they were made, then by their number where they have one."""
        rows = self._children["rows"].get(source_id, [])
        return [page_id for _, page_id in sorted(rows)]

    def below(self, object_id: str) -> list[tuple[str, str]]:
        """Pages and databases below a page or database."""
        return self._children["below"].get(object_id, [])

    def roots(self) -> list[tuple[str, str]]:
        """Pages and databases at the top of the workspace, or whose parent is not in the snapshot."""
        return self._children["roots"].get("", [])

    def templates(self, source_id: str) -> list[str]:
        """Ids of template pages."""
        return [entry.id for entry in self.snapshot.entries(Table.TEMPLATES) if entry.parent_id == source_id]

    def comments(self, page_id: str) -> list[Raw]:
        """Comments as the capture met them: page first, then block by block."""
        return list(self.snapshot.comments(page_id))

    def files(self, owner_id: str) -> Mapping[tuple[str, str], FileRef]:
        """References to files by owner and slot."""
        return {(file.owner, file.slot): file for file in self.snapshot.files(owner_id)}

    def people(self) -> list[Raw]:
        """Every user."""
        return list(self.snapshot.objects(Table.USERS))

    def emojis(self) -> list[Raw]:
        """Every custom emoji."""
        return list(self.snapshot.objects(Table.CUSTOM_EMOJIS))

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
        """Found by going through all bodies once."""
        return self._synced

    def open(self, media: Media) -> BinaryIO:
        """Every chunk is verified as it is read."""
        return self.snapshot.open_media(media)

    @cached_property
    def _views(self) -> dict[str, list[Raw]]:
        found: defaultdict[str, list[Raw]] = defaultdict(list)
        for raw in self.snapshot.objects(Table.VIEWS):
            found[str((raw.get("parent") or {}).get("database_id"))].append(raw)
        for views in found.values():
            views.sort(key=lambda raw: (str(raw.get("created_time")), str(raw["id"])))
        return dict(found)

    @cached_property
    def _children(self) -> dict[str, dict[str, list]]:  # type: ignore[type-arg]
        """Who names whom as parent: rows by data source, pages and databases by page or database."""
        rows: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        below: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        roots: list[tuple[str, str]] = []
        templates = {entry.id for entry in self.snapshot.entries(Table.TEMPLATES)}
        known = {entry.id for table in (Table.PAGES, Table.DATABASES) for entry in self.snapshot.entries(table)}
        owners = self._owners_of_blocks(known)
        for kind, table in (("page", Table.PAGES), ("database", Table.DATABASES)):
            for raw in self.snapshot.objects(table):
                object_id, parent = str(raw["id"]), raw.get("parent") or {}
                if object_id in templates or (raw.get("in_trash") and not self._trash):
                    continue
                if parent.get("data_source_id") and self.data_source(parent["data_source_id"]) is not None:
                    rows[parent["data_source_id"]].append((_row_order(raw), object_id))
                    continue
                holder = parent.get("page_id") or parent.get("database_id") or owners.get(parent.get("block_id"))
                if holder in known:
                    below[holder].append((kind, object_id))
                else:
                    roots.append((kind, object_id))
        return {"rows": rows, "below": below, "roots": {"": roots}}

    def _owners_of_blocks(self, known: set[str]) -> dict[str | None, str]:
        """For pages and databases inside blocks: the block → the page it is on."""
        wanted = {
            row.parent_id
            for table in (Table.PAGES, Table.DATABASES)
            for row in self.snapshot.entries(table)
            if row.parent_id and row.parent_id not in known
        }
        owners: dict[str | None, str] = {}
        if wanted:
            for entry in self.snapshot.entries(Table.BLOCKS):
                owners.update({row["id"]: entry.id for row in self.snapshot.rows(entry) if row["id"] in wanted})
        return owners

    @cached_property
    def _synced(self) -> tuple[dict[str, str], set[str]]:
        owners: dict[str, str] = {}
        shown: set[str] = set()
        for owner, nodes in self.snapshot.bodies():
            for node in nodes:
                if node.raw.get("type") != "synced_block":
                    continue
                source = (node.raw.get("synced_block") or {}).get("synced_from")
                if isinstance(source, dict):
                    shown.add(str(source.get("block_id")))
                else:
                    owners[str(node.raw["id"])] = owner
        return owners, shown


def _row_order(raw: Raw) -> str:
    numbers = [
        value["unique_id"]["number"]
        for value in (raw.get("properties") or {}).values()
        if isinstance(value, dict) and isinstance(value.get("unique_id"), dict) and value["unique_id"].get("number")
    ]
    return f"{numbers[0] if numbers else 0:012d} {raw.get('created_time')} {raw['id']}"


def _whole(value: Raw, whole: Mapping[str, Raw]) -> Raw:
    """A value with the items that were read in full."""
    row = whole.get(str(value.get("id"))) or whole.get(unquote(str(value.get("id"))))
    kind = str(value.get("type"))
    if row is None or kind not in ("relation", "people", "title", "rich_text"):
        return value
    items = [item[kind] for item in json.loads(row["raw"]) if isinstance(item, dict) and item.get(kind)]
    return {**value, kind: items, "has_more": False}
