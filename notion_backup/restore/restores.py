"""The restores that were begun from one machine or out of one repository: found again, listed, undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notion_backup.capture.client import NotionReader
from notion_backup.capture.paging import Listing, collect
from notion_backup.capture.source import Source
from notion_backup.errors import Damaged, NotionNotFound, NotionRefused, UsageError
from notion_backup.repository import Repository
from notion_backup.restore.finding import Finder
from notion_backup.restore.journal import (
    BEGUN,
    DONE,
    UNDONE,
    Header,
    Journal,
    Record,
    local_records,
    remote_records,
    take_over,
)
from notion_backup.restore.selection import Selection
from notion_backup.restore.target import TargetRefused
from notion_backup.restore.writer import NotionWriter
from notion_backup.snapshot import Raw


@dataclass(frozen=True, slots=True)
class Found:
    """A restore that is known. ``behind``: its journal may lack the last steps. ``series`` of the next process."""

    record: Record
    behind: bool
    series: int


class Restores:
    """All restores known in a folder of this machine and, where there is one, in a repository."""

    def __init__(self, folder: Path, repository: Repository | None) -> None:
        self.folder = folder
        self._repository = repository
        self.unreadable: list[str] = []
        """Journals in the repository that could not be read when :meth:`all` last looked."""

    def all(self) -> list[Found]:
        """Every restore, oldest first."""
        local = local_records(self.folder)
        remote, self.unreadable = remote_records(self._repository) if self._repository is not None else ({}, [])
        found = []
        for restore_id in {**remote, **local}:
            series = remote[restore_id][1] if restore_id in remote else 0
            if restore_id in local:
                found.append(Found(local[restore_id], False, series))
            else:
                found.append(Found(remote[restore_id][0], True, series))
        return sorted(found, key=lambda one: one.record.header.began)

    def find(self, line: str) -> Found | None:
        """The newest restore that was begun by the same line and has not been undone.

        Raises Damaged when that lies, or may lie, in a journal that cannot be read: to begin anew, or to go on from a
        part of what was done, could make everything twice.
        """
        same = [one for one in self.all() if one.record.header.line == line and one.record.state != UNDONE]
        if self.unreadable and (not same or same[-1].behind):
            raise Damaged(
                f"Whether this restore was begun cannot be told: {len(self.unreadable)} journals of restores in the "
                "repository cannot be read.",
                cure="Look below the target page. `--new` makes a copy whatever is there.",
            )
        return same[-1] if same else None

    def named(self, restore_id: str) -> Found:
        """The restore of that id, or the beginning of one. Raises UsageError."""
        found = [one for one in self.all() if one.record.header.id.startswith(restore_id)]
        if len(found) != 1 or not restore_id:
            what = "No restore is" if not found else f"{len(found)} restores are"
            raise UsageError(f"{what} called {restore_id!r}.", cure="`notion-backup restores` lists them.")
        return found[0]

    def open(self, found: Found) -> Journal:
        """Go on with a restore's journal."""
        if found.behind:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            take_over(self.folder, found.record)
        return Journal(self.folder, found.record, self._repository, found.series, behind=found.behind)

    def begin(self, header: Header) -> Journal:
        """A journal for a new restore."""
        return self.open(Found(Record(header), False, 0))

    def report_folder(self, restore_id: str) -> Path:
        """Where a restore's reports lie."""
        return self.folder / restore_id


def line_of(words: Iterable[str]) -> str:
    """What names the command that begins a restore: the same words, the same restore."""
    return hashlib.blake2b(json.dumps(list(words)).encode(), digest_size=12).hexdigest()


def selection_json(selection: Selection) -> dict[str, Any]:
    """A selection for the journal."""
    return {
        "roots": [list(place) for place in selection.roots],
        "only": sorted(selection.only) if selection.only is not None else None,
        "rows": {source: list(rows) for source, rows in selection.rows.items()},
        "block": selection.block,
    }


def selection_from(told: dict[str, Any]) -> Selection:
    """Read back what :func:`selection_json` gave."""
    return Selection(
        roots=tuple((kind, object_id) for kind, object_id in told["roots"]),
        only=frozenset(told["only"]) if told["only"] is not None else None,
        rows={source: tuple(rows) for source, rows in told["rows"].items()},
        block=told["block"],
    )


def created(record: Record) -> tuple[list[str], set[str]]:
    """What a restore has created: the tops of it, and the ids of all pages, databases and data sources."""
    tops: list[str] = []
    every: set[str] = set()
    roots = {object_id for _, object_id in record.header.selection["roots"]}
    for key, result in record.results.items():
        kind, _, rest = key.partition(":")
        old = rest.partition("#")[0]
        new = _made(kind, result)
        every.update(new)
        if kind in ("page", "database") and old in roots and new:
            tops.append(new[0])
        if record.header.selection["block"] is not None and kind == "blocks" and not tops and isinstance(result, list):
            tops = list(result)
    return tops, every


def _made(kind: str, result: Any) -> list[str]:
    if kind == "page" and isinstance(result, str):
        return [result]
    if isinstance(result, dict) and "refused" not in result:
        if kind == "database":
            return [result["id"], result["source"]]
        if kind == "source":
            return [result["id"]]
        if kind == "view":
            return [result["database"]] if "database" in result else []
    return []


def undo(source: Source, found: Found, journal: Journal, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Put what a restore created in the trash; gives what others put below it: then nothing is trashed."""
    tops, every = created(found.record)
    with NotionReader(source) as reader:
        foreign = sorted(_foreign(reader, tops, every))
    if foreign:
        return foreign
    with NotionWriter(source) as writer:
        for top in tops:
            try:
                writer.send("DELETE", "blocks/{id}", {"id": top}, repeatable=True)
            except TargetRefused as error:
                if error.code not in ("object_not_found", "validation_error"):
                    raise
            tell(top)
    journal.end(UNDONE, {**found.record.outcome, "trashed": tops})
    return []


def _foreign(reader: NotionReader, tops: list[str], every: set[str]) -> set[str]:
    """Pages and databases below what was created that this restore has not created."""
    finder = Finder(reader)
    foreign: set[str] = set()
    waiting = list(tops)
    met = set(tops)
    while waiting:
        holder = waiting.pop()
        below = [(str(one["id"]), one) for one in _children(finder, holder)]
        below += [(str(row["id"]), row) for row in (_rows(reader, holder) if holder in every else [])]
        for object_id, raw in below:
            is_object = raw.get("object") == "page" or raw.get("type") in ("child_page", "child_database")
            if is_object and object_id not in every:
                foreign.add(object_id)
            elif object_id not in met and (is_object or raw.get("has_children")):
                met.add(object_id)
                waiting.append(object_id)
    return foreign


def _rows(reader: NotionReader, database_id: str) -> list[Raw]:
    """The rows of a database; nothing for what is none."""
    try:
        raw = reader.get("databases/{id}", id=database_id)
    except (NotionNotFound, NotionRefused):
        return []
    found: list[Raw] = []
    for one in raw.get("data_sources") or ():
        found += collect(reader, Listing("POST", "data_sources/{id}/query", {"id": str(one["id"])}, {}))[0]
    return found


def _children(finder: Finder, holder: str) -> list[Raw]:
    try:
        return finder.children(holder)
    except (NotionNotFound, NotionRefused):
        return []


__all__ = [
    "BEGUN",
    "DONE",
    "UNDONE",
    "Found",
    "Restores",
    "created",
    "line_of",
    "selection_from",
    "selection_json",
    "undo",
]
