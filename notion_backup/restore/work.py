"""A restore that was begun, brought to its end: done or gone on with, read back, reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notion_backup.capture.source import Source
from notion_backup.errors import NotionUnavailable
from notion_backup.repository import Repository
from notion_backup.restore.apply import apply
from notion_backup.restore.exported import ExportedOrigin
from notion_backup.restore.facts import Facts
from notion_backup.restore.findings import Proof
from notion_backup.restore.job import Job
from notion_backup.restore.journal import DONE
from notion_backup.restore.origin import Origin, SnapshotOrigin
from notion_backup.restore.proof import prove
from notion_backup.restore.report import result_json, write_report
from notion_backup.restore.restores import Found, Restores, selection_from
from notion_backup.snapshot import open_snapshot, resolve_snapshot

_FILES = "files:"
"""Before the folder's path, where a journal names a source that is no snapshot."""


@dataclass(frozen=True, slots=True)
class Doing:
    """How far a restore is."""

    phase: str
    objects: int

    def in_words(self) -> str:
        """As one line."""
        return f"{self.phase}, {self.objects:,} objects"


@dataclass(frozen=True, slots=True)
class Worked:
    """What came of a restore. ``copied``: the repository holds its journal too, besides this machine."""

    outcome: dict[str, Any]
    copied: bool


def files_name(folder: Path) -> str:
    """What names a folder of exported files as the source of a restore, where a snapshot has its id."""
    return f"{_FILES}{folder}"


def is_files(name: str) -> bool:
    """Whether a source is a folder of files."""
    return name.startswith(_FILES)


def origin_of(name: str, repository: Callable[[], Repository]) -> Origin:
    """A restore's source by what names it; the repository is asked for where it is a snapshot."""
    if is_files(name):
        return ExportedOrigin(Path(name.removeprefix(_FILES)))
    held = repository()
    return SnapshotOrigin(open_snapshot(held, resolve_snapshot(held, name)))


def work(
    restores: Restores,
    found: Found,
    origin: Origin,
    source: Source,
    *,
    proof: bool,
    tell: Callable[[Doing], None] = lambda _: None,
) -> Worked:
    """Do a restore, or the rest of it; read it back where ``proof`` says so, and write its report.

    Raises NotionUnavailable, NotionUnauthorized and NotionForbidden when it cannot go on for now, and UsageError when
    another process is at it. Whenever it ends before its end, its journal has everything that was made.
    """
    header = found.record.header
    journal = restores.open(found)
    shown = _Shown(tell)
    try:
        facts, selection = Facts.from_json(header.facts), selection_from(header.selection)
        applied = apply(source, origin, facts, selection, journal, phase=shown.phase, tell=shown.object)
        shown.phase("reading back")
        proven = _prove(source, applied.job, shown.object) if proof else None
        told = {"restore": header.id, "state": DONE, **result_json(applied.job, proven, applied.requests)}
        report = write_report(restores.report_folder(header.id), told, applied.job, proven)
        outcome = {**told, "report": str(report)}
        journal.end(DONE, outcome)
    finally:
        journal.close()
    return Worked(outcome, journal.copied)


class _Shown:
    """Counts what was made, and what was read back."""

    def __init__(self, tell: Callable[[Doing], None]) -> None:
        self._tell = tell
        self._doing = Doing("", 0)

    def phase(self, name: str) -> None:
        self._say(Doing(name, self._doing.objects))

    def object(self, kind: str) -> None:
        self._say(Doing(self._doing.phase, self._doing.objects + 1))

    def _say(self, doing: Doing) -> None:
        self._doing = doing
        self._tell(doing)


def _prove(source: Source, job: Job, tell: Callable[[str], None]) -> Proof:
    try:
        return prove(source, job, tell=tell)
    except NotionUnavailable as error:
        raise NotionUnavailable(error.what, cure="All is made; the same line reads it back again.") from error
