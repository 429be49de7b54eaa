"""Snapshots from Python: :func:`open_snapshot` finds one, and it finds, lists, reads and queries what it holds.

The settings are those of the command line (the environment, or a TOML file). Documented in ``docs/python.md``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

import pyarrow as pa

from notion_backup.errors import SnapshotNotFound, UsageError
from notion_backup.repository import Commit, Pins, Repository, open_store
from notion_backup.settings import Settings, load_settings
from notion_backup.snapshot import (
    Entry,
    FileRef,
    Found,
    Outline,
    Place,
    SnapshotReader,
    Table,
    block_text,
    find,
    outline_of,
    resolve_snapshot,
    snapshot_at,
    snapshots_of,
    title_of,
)
from notion_backup.snapshot import open_snapshot as open_commit

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from notion_backup.search import Filters, Hit


def open_repository(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Repository:
    """The repository that the settings name. Raises SettingsError, RepositoryError."""
    return _opened(load_settings(config, environ))


def open_snapshot(
    at: str = "latest",
    *,
    workspace: str | None = None,
    config: Path | None = None,
    environ: Mapping[str, str] | None = None,
    repository: Repository | None = None,
) -> Snapshot:
    """The snapshot of that name, or the nearest complete one at or before that point in time.

    ``at`` is ``latest``, a partition key, an id or the beginning of one, or a day, a time or words such as ``last
    Friday``. ``environ`` stands for the process's environment; ``repository`` is one that is open already. Raises
    SettingsError, RepositoryError, SnapshotNotFound.
    """
    settings = load_settings(config, environ)
    opened = repository or _opened(settings)
    try:
        commit = resolve_snapshot(opened, at, workspace=workspace)
    except SnapshotNotFound:
        zone = next((each.timezone for each in settings.workspaces if workspace in (None, each.name)), "UTC")
        commit = snapshot_at(opened, at, workspace=workspace, zone=ZoneInfo(zone)).commit
    return Snapshot(opened, commit, settings.home)


def _opened(settings: Settings) -> Repository:
    passphrase = settings.passphrase().get_secret_value()
    return Repository.open(open_store(settings.repository), passphrase, pins=Pins(settings.pins))


@dataclass(frozen=True, slots=True)
class Item:
    """One page, database or data source in the tree."""

    id: str
    kind: str
    title: str
    path: str
    parent: str | None
    depth: int
    last_edited_time: datetime | None
    in_trash: bool | None


class Attachment:
    """A file of the workspace: where it stands, and its content."""

    def __init__(self, snapshot: SnapshotReader, file: FileRef) -> None:
        self._snapshot = snapshot
        self.file = file

    @property
    def name(self) -> str:
        """The file's name as Notion has it: hostile input, not a path."""
        return self.file.name

    @property
    def kept(self) -> bool:
        """Whether the snapshot holds the content."""
        return self.file.media is not None

    def open(self) -> BinaryIO:
        """The content, seekable, read and verified piece by piece. Raises UsageError when it is not kept."""
        if self.file.media is None:
            raise UsageError(f"The snapshot does not hold the content of {self.file.name[:80]!r}.")
        return self._snapshot.open_media(self.file.media)

    def save(self, path: Path) -> None:
        """Write the content to a new file. Raises FileExistsError."""
        with self.open() as content, path.open("xb") as out:
            shutil.copyfileobj(content, out, 1024 * 1024)


class Snapshot:
    """One snapshot, read only. Names are ids, Notion URLs, paths of titles (``Plans/2026``) or unique titles."""

    def __init__(self, repository: Repository, commit: Commit, home: Path) -> None:
        self.repository = repository
        self.commit = commit
        self._home = home
        self.reader: SnapshotReader = open_commit(repository, commit)

    @property
    def id(self) -> str:
        """The snapshot's id."""
        return self.commit.id

    @property
    def complete(self) -> bool:
        """Whether nothing that belongs to the workspace is missing."""
        return self.reader.manifest.verdict.complete

    @cached_property
    def outline(self) -> Outline:
        """The whole tree."""
        return outline_of(self.reader)

    def find(self, name: str) -> Found:
        """The object of that name: table, id and raw JSON. Raises UsageError when there is none, or several."""
        return find(self.reader, name)

    def ls(self, name: str | None = None) -> list[Item]:
        """What stands right below an object, or at the top."""
        return [item for item in self.tree(name, depth=1) if name is None or item.depth]

    def tree(self, name: str | None = None, *, depth: int | None = None) -> Iterator[Item]:
        """An object (depth 0) and all below it; without a name the tops (depth 0) and all below them."""
        if name is not None:
            top = self._place(name)
            yield item_of(top, 0)
            for level, place in top.walk(depth):
                yield item_of(place, level)
            return
        for top in self.outline.tops:
            yield item_of(top, 0)
            if depth is None or depth > 1:
                for level, place in top.walk(None if depth is None else depth - 1):
                    yield item_of(place, level)

    def read(self, name: str) -> dict[str, Any]:
        """An object with everything that belongs to it: see :func:`document_of`."""
        return document_of(self.reader, self.find(name))

    def media(self, name: str) -> list[Attachment]:
        """The files of an object: those in a page's body, properties and comments, its icon and cover."""
        return [Attachment(self.reader, file) for file in self.reader.files(self.find(name).id)]

    def search(
        self, words: str, *, history: bool = False, filters: Filters | None = None, limit: int = 20
    ) -> list[Hit]:
        """The best hits for words in this snapshot, or over all of history; the index in the home is updated first.

        Raises UsageError where there is no word to search for.
        """
        from notion_backup.search import Filters, Searcher, index_path, reading, update_index

        workspace = str(self.commit.summary.get("workspace"))
        path = index_path(self._home, self.repository, workspace)
        update_index(path, self.repository, self._commits())
        with reading(path, self.repository) as index:
            slot = None if history else self.commit.slot
            return list(Searcher(index).search(words, slot=slot, filters=filters or Filters(), limit=limit))

    def sql(self, query: str) -> pa.Table:
        """The rows of one query; see ``docs/sql.md``. Raises UsageError."""
        from notion_backup.sql import Sql

        return Sql([self.reader], self._commits()).query(query).to_table()

    def connect(self, *, history: bool = False) -> DuckDBPyConnection:
        """A locked DuckDB connection over this snapshot, or with ``history`` over all up to this one."""
        from notion_backup.sql import connect

        commits = self._commits()
        readers = [open_commit(self.repository, commit) for commit in commits if commit.slot < self.commit.slot]
        return connect([*readers, self.reader] if history else [self.reader], commits)

    def _commits(self) -> list[Commit]:
        return snapshots_of(self.repository, str(self.commit.summary.get("workspace")))

    def _place(self, name: str) -> Place:
        found = self.find(name)
        place = self.outline.places.get(found.owner_id or found.id)
        if place is None:
            raise UsageError(f"A {found.kind} has no place in the tree.", cure="Name a page, database or data source.")
        return place


def item_of(place: Place, depth: int) -> Item:
    """A place in the tree as plain values; ``depth`` is how far below the asked one it stands."""
    entry = place.entry
    parent = place.parent.entry.id if place.parent else None
    return Item(entry.id, place.kind, entry.title, place.path, parent, depth, entry.last_edited_time, entry.in_trash)


def units_of(snapshot: SnapshotReader, found: Found) -> Iterator[tuple[str, Entry]]:
    """What is kept and verified as one, of this object: a page's body and comments are apart from the page itself."""
    own = snapshot.entry(found.table, found.owner_id or found.id)
    if own is not None:
        yield "", own
    parts = ((Table.BLOCKS, "body"), (Table.COMMENTS, "comments")) if found.table is Table.PAGES else ()
    for table, name in parts:
        entry = snapshot.entry(table, found.id)
        if entry is not None:
            yield name, entry


def document_of(snapshot: SnapshotReader, found: Found) -> dict[str, Any]:
    """An object as one JSON document: ``snapshot``, ``id``, ``kind``, ``title``, ``captured`` (when its parts were read
    and last verified), ``object`` (as Notion gave it), ``blocks`` (``parent_id``, ``depth``, ``block``; None for what
    has no body), ``comments`` and ``files``."""
    owner = found.id
    body = snapshot.body(owner) if found.table is Table.PAGES else None
    return {
        "snapshot": snapshot.commit.id,
        "id": found.id,
        "kind": found.kind,
        "title": title_of(found.raw) if found.table is not Table.BLOCKS else block_text(found.raw),
        "captured": [
            {
                "table": entry.table.value,
                "captured_at": entry.captured_at.isoformat(),
                "verified_at": entry.verified_at.isoformat(),
            }
            for _, entry in units_of(snapshot, found)
        ],
        "object": found.raw,
        "blocks": None
        if body is None
        else [{"parent_id": node.parent_id, "depth": node.depth, "block": node.raw} for node in body],
        "comments": list(snapshot.comments(owner)),
        "files": [file_facts(file) for file in snapshot.files(owner)],
    }


def file_facts(file: FileRef) -> dict[str, Any]:
    """A reference to a file as plain values; ``sha256`` and ``bytes`` are None where the content is not kept."""
    return {
        "owner": file.owner,
        "slot": file.slot,
        "name": file.name,
        "url": file.url,
        "sha256": file.media.sha256 if file.media else None,
        "bytes": file.media.bytes if file.media else None,
    }
