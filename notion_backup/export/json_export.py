"""The lossless export: a snapshot as JSON lines and media files. ``docs/export-json.md`` is its contract.

Names in the folder come from kinds and hashes only, never from titles. The same snapshot gives the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from notion_backup.errors import Damaged, ExportError
from notion_backup.export.atlas import draw_atlas
from notion_backup.export.json_folder import FORMAT, JsonFolder, json_folder
from notion_backup.export.json_lines import UnitLines, json_line, write_lines
from notion_backup.export.media_files import MediaFolder
from notion_backup.export.report import ExportProgress, ExportReport, FolderChanges, Listener, Losses
from notion_backup.snapshot import DETACHED, Entry, Problem, SnapshotReader, Table

FORMAT_VERSION = 1
KINDS: dict[str, Table] = {
    "page": Table.PAGES,
    "database": Table.DATABASES,
    "data_source": Table.DATA_SOURCES,
    "block": Table.BLOCKS,
    "view": Table.VIEWS,
    "comment": Table.COMMENTS,
    "user": Table.USERS,
    "custom_emoji": Table.CUSTOM_EMOJIS,
    "template": Table.TEMPLATES,
}
"""The files in ``objects/``, and the table each is made from."""
_SHARED = (Table.USERS, Table.CUSTOM_EMOJIS)


def export_json(
    snapshot: SnapshotReader,
    folder: Path,
    progress: Listener | None = None,
    *,
    root: str | None = None,
    prune: bool = False,
) -> ExportReport:
    """Write a snapshot into ``folder``, which must not exist, be empty, or hold an earlier JSON export; only its owner
    may then read it.

    With ``root`` only that page or database and what lies below it, with all users and emojis. What an earlier export
    has the same is not written again; media that it has and this one does not go only with ``prune``.

    What cannot be read back is named in the report and in ``manifest.json``; everything else is written.
    Raises UsageError for a folder in use, ExportError when the disk refuses, Damaged when the catalog is unreadable.
    """
    part = None if root is None else frozenset(draw_atlas(snapshot, root).places)
    try:
        with json_folder(folder) as opened:
            export = _Export(snapshot, opened, progress or (lambda _: None), root, part)
            export.run()
            opened.take_over(prune and not export.losses.all())
            return export.report(folder, opened.changes)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise ExportError(
            f"The export to {folder} could not be written: {reason}. Nothing was left behind.",
            cure="See to room and rights there, then export again.",
        ) from error


class _Export:
    """One export into a folder that nobody else looks at yet."""

    def __init__(
        self,
        snapshot: SnapshotReader,
        folder: JsonFolder,
        progress: Listener,
        root: str | None,
        part: frozenset[str] | None,
    ) -> None:
        self._root = root
        self._part = part
        self._snapshot = snapshot
        self._partial = folder.partial
        self._progress = progress
        self._media = MediaFolder(
            snapshot, folder.partial / "media", folder.earlier / "media" if folder.earlier else None
        )
        self._counts: dict[str, int] = {}
        self.losses = Losses()

    def run(self) -> None:
        """Write everything."""
        (self._partial / "objects").mkdir()
        for kind, table in KINDS.items():
            self._units(f"objects/{kind}", table, lambda _, rows: (row["raw"] for row in rows))
        self._units("children", Table.BLOCKS, _children)
        self._units("properties", Table.PROPERTIES, _properties)
        self._files()
        wanted = (one for one in self._problems() if self._part is None or {one.object_id, one.where} & self._part)
        problems = sorted((one.to_json() for one in wanted), key=lambda one: json.dumps(one))
        self._lines("problems", (json_line(problem) for problem in problems))
        self._manifest()

    def report(self, folder: Path, changes: FolderChanges) -> ExportReport:
        """What was written. Ask after ``run``."""
        return ExportReport(
            folder=folder,
            counts=self._counts,
            media_files=self._media.files,
            media_bytes=self._media.bytes,
            unreadable=self.losses.all(),
            changes=changes,
        )

    def _units(self, name: str, table: Table, lines_of: Callable[[Entry, list[dict[str, Any]]], Iterator[str]]) -> None:
        """One file of lines made from the units of one table, in order of the units' ids."""
        entries = self._entries(table)
        with UnitLines(self._partial / f"{name}.jsonl") as file:
            for done, entry in enumerate(entries):
                self._progress(ExportProgress(name, done, len(entries)))
                rows = self._rows(entry)
                if rows is not None:
                    file.add(entry.id, lines_of(entry, rows))
        self._counts[name.removeprefix("objects/")] = file.lines

    def _entries(self, table: Table) -> list[Entry]:
        """The units of a table in the order in which they are stored, so that each segment is decoded once."""
        found = (entry for entry in self._snapshot.entries(table) if self._is_wanted(entry))
        return sorted(found, key=lambda entry: (entry.segment, entry.first))

    def _is_wanted(self, entry: Entry) -> bool:
        """Whether a unit belongs to the part: by its own or its owner's id, views and templates by what they are of."""
        if self._part is None or entry.table in _SHARED or entry.id in self._part:
            return True
        return entry.table in (Table.VIEWS, Table.TEMPLATES) and entry.parent_id in self._part

    def _rows(self, entry: Entry) -> list[dict[str, Any]] | None:
        try:
            return self._snapshot.rows(entry)
        except Damaged as error:
            # Bodies are read twice, for their blocks and for their order: one loss is told once.
            self.losses.add(entry.table.value, entry.id, error.what)
            return None

    def _files(self) -> None:
        """Media first, so that a line names a path only when the file is there."""
        references = [file for entry in self._entries(Table.FILES) for file in self._references(entry)]
        references.sort(key=lambda file: (file.owner, file.slot, file.url))
        held = {file.media.sha256: file.media for file in references if file.media is not None}
        for done, (sha256, media) in enumerate(sorted(held.items())):
            self._progress(ExportProgress("media", done, len(held)))
            try:
                self._media.write(media)
            except Damaged as error:
                self.losses.add("media", sha256, error.what)
        self._lines("files", (json_line(self._media.describe(file)) for file in references))

    def _references(self, entry: Entry) -> Iterator[Any]:
        try:
            yield from self._snapshot.files(entry.id)
        except Damaged as error:
            self.losses.add(entry.table.value, entry.id, error.what)

    def _problems(self) -> list[Problem]:
        try:
            return self._snapshot.problems()
        except Damaged as error:
            self.losses.add(Table.PROBLEMS.value, "all", error.what)
            return []

    def _lines(self, name: str, lines: Iterator[str]) -> None:
        self._counts[name] = write_lines(self._partial / f"{name}.jsonl", lines)

    def _manifest(self) -> None:
        manifest = self._snapshot.manifest.model_dump(mode="json", exclude={"segments", "catalog"})
        commit = self._snapshot.commit
        document = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "snapshot": {
                "id": commit.id,
                "slot": commit.slot,
                "committed_at": commit.committed_at,
                "digest": commit.digest,
                **manifest,
            },
            "page": self._root,
            "counts": self._counts,
            "media": {"files": self._media.files, "bytes": self._media.bytes},
            "unreadable": [{"table": one.table, "id": one.id, "why": one.why} for one in self.losses.all()],
        }
        text = json.dumps(document, indent=2, sort_keys=True)
        (self._partial / "manifest.json").write_text(text + "\n", encoding="utf-8")


def _children(entry: Entry, rows: list[dict[str, Any]]) -> Iterator[str]:
    """For a body's owner and each of its blocks: the ids of its children in document order.

    A block that says it has none gets an empty list. One whose children were not listed (a synced copy, an unreachable
    one) gets no line: nothing is known. A child page or database has the line of its own body, or none.
    """
    if entry.id.startswith(DETACHED):
        return
    children: dict[str, list[str]] = {entry.id: []}
    for row in rows:
        children.setdefault(row["parent_id"], []).append(row["id"])
        if row["has_children"] is False and row["type"] not in ("child_page", "child_database"):
            children.setdefault(row["id"], [])
    order = [entry.id, *(row["id"] for row in rows)]
    for parent in dict.fromkeys(order):
        if parent in children:
            yield json_line({"id": parent, "children": children[parent]})


def _properties(entry: Entry, rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in sorted(rows, key=lambda row: str(row["property_id"])):
        yield json_line({"page_id": entry.id, "property_id": row["property_id"], "items": json.loads(row["raw"])})
