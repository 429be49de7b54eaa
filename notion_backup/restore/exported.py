"""A JSON export as the source of a restore: what was taken out of a repository can go into Notion without it.

The layout is that of ``docs/export-json.md``. Objects are read when they are needed, by their place in the files.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from notion_backup.errors import UsageError
from notion_backup.repository import BlobRef, Kind
from notion_backup.restore.origin import Grouped
from notion_backup.snapshot import BlockNode, FileRef, Media, Raw, Table

_FORMAT = ("notion-backup-json", 1)
_NAMES = {
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


class ExportedOrigin(Grouped):
    """A folder that ``export --format json`` wrote. Raises UsageError for anything else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self.manifest: Raw = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            found = (self.manifest["format"], self.manifest["version"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(
                f"{folder} is no JSON export.", cure="Make one with `notion-backup export SNAPSHOT DIR --format json`."
            ) from error
        if found != _FORMAT:
            raise UsageError(f"{folder} is an export of another format or version ({found[0]} {found[1]}).")

    @property
    def workspace_id(self) -> str | None:
        """As the manifest has it."""
        workspace = self.manifest["snapshot"].get("workspace")
        found = workspace.get("workspace_id") if isinstance(workspace, dict) else None
        return found if isinstance(found, str) else None

    def object(self, table: Table, object_id: str) -> Raw | None:
        """By its place in the file."""
        place = self._index(table).get(object_id)
        if place is None:
            return None
        with self._path(table).open("rb") as file:
            file.seek(place)
            raw: Raw = json.loads(file.readline())
        return raw

    def objects(self, table: Table) -> Iterator[Raw]:
        """Line by line."""
        yield from _lines(self._path(table))

    def nodes(self, page_id: str) -> list[BlockNode]:
        """Put together from the lists of children."""
        found: list[BlockNode] = []
        waiting = [(child, page_id, 0) for child in reversed(self._listed.get(page_id, ()))]
        while waiting:
            block_id, parent, depth = waiting.pop()
            raw = self.object(Table.BLOCKS, block_id)
            if raw is None:
                continue
            found.append(BlockNode(raw=raw, parent_id=parent, depth=depth))
            if raw.get("type") not in ("child_page", "child_database"):
                below = self._listed.get(block_id, ())
                waiting.extend((child, block_id, depth + 1) for child in reversed(below))
        return found

    def bodies(self) -> Iterator[tuple[str, list[BlockNode]]]:
        """Of every page that has one."""
        for page_id in self._index(Table.PAGES):
            if page_id in self._listed:
                yield page_id, self.nodes(page_id)

    def values(self, page_id: str) -> Mapping[str, list[Raw]]:
        """From ``properties.jsonl``."""
        return self._values.get(page_id, {})

    def template_sources(self) -> Mapping[str, str | None]:
        """A template's page names its data source."""
        found: dict[str, str | None] = {}
        for template in self.objects(Table.TEMPLATES):
            page = self.object(Table.PAGES, str(template["id"])) or {}
            found[str(template["id"])] = (page.get("parent") or {}).get("data_source_id")
        return found

    def comments(self, page_id: str) -> list[Raw]:
        """Of the page and of its blocks, in document order."""
        targets = [page_id, *(str(node.raw["id"]) for node in self.nodes(page_id))] if self._comments else []
        return [comment for target in targets for comment in self._comments.get(target, ())]

    def files(self, owner_id: str) -> Mapping[tuple[str, str], FileRef]:
        """Those that the object, its blocks and its comments show."""
        owners = [owner_id, *(str(node.raw["id"]) for node in self.nodes(owner_id))]
        owners += [str(comment["id"]) for comment in self.comments(owner_id)]
        return {(file.owner, file.slot): file for owner in owners for file in self._files.get(owner, ())}

    def open(self, media: Media) -> BinaryIO:
        """Out of ``media/``."""
        return (self._folder / "media" / media.blob.root.hex()).open("rb")

    def _path(self, table: Table) -> Path:
        return self._folder / "objects" / f"{_NAMES[table]}.jsonl"

    @cached_property
    def _indexes(self) -> dict[Table, dict[str, int]]:
        return {}

    def _index(self, table: Table) -> dict[str, int]:
        """Where each object's line begins, by its id."""
        if table not in self._indexes:
            places: dict[str, int] = {}
            with self._path(table).open("rb") as file:
                at = 0
                for line in file:
                    places[str(json.loads(line)["id"])] = at
                    at += len(line)
            self._indexes[table] = places
        return self._indexes[table]

    @cached_property
    def _listed(self) -> dict[str, list[str]]:
        return {line["id"]: line["children"] for line in _lines(self._folder / "children.jsonl")}

    @cached_property
    def _values(self) -> dict[str, dict[str, list[Raw]]]:
        found: defaultdict[str, dict[str, list[Raw]]] = defaultdict(dict)
        for line in _lines(self._folder / "properties.jsonl"):
            found[line["page_id"]][line["property_id"]] = line["items"]
        return dict(found)

    @cached_property
    def _comments(self) -> dict[str, list[Raw]]:
        found: defaultdict[str, list[Raw]] = defaultdict(list)
        for comment in self.objects(Table.COMMENTS):
            parent = comment.get("parent") or {}
            found[str(parent.get("page_id") or parent.get("block_id"))].append(comment)
        return dict(found)

    @cached_property
    def _files(self) -> dict[str, list[FileRef]]:
        found: defaultdict[str, list[FileRef]] = defaultdict(list)
        for line in _lines(self._folder / "files.jsonl"):
            found[line["owner"]].append(_file(line))
        return dict(found)


def _file(line: Raw) -> FileRef:
    media = None
    if line.get("path"):
        blob = BlobRef(root=bytes.fromhex(line["sha256"]), size=line["bytes"], depth=0, kind=Kind.MEDIA)
        media = Media(blob=blob, sha256=line["sha256"], bytes=line["bytes"])
    hosted = bool(line.get("hosted", line.get("sha256") is not None))
    return FileRef(line["owner"], line["slot"], line["name"], line["url"], hosted, media, line.get("content_type"))


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)
