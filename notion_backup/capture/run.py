"""What every part of one capture shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from notion_backup.capture.client import NotionReader, Raw
from notion_backup.capture.crew import Crew
from notion_backup.capture.known import Known
from notion_backup.capture.media import MediaDesk
from notion_backup.capture.past import Past
from notion_backup.capture.problems import Problems
from notion_backup.capture.references import references_in
from notion_backup.capture.report import Tally
from notion_backup.capture.source import Source
from notion_backup.snapshot import Severity, SnapshotWriter


@dataclass(frozen=True, slots=True)
class Run:
    """One capture at work."""

    source: Source
    reader: NotionReader
    writer: SnapshotWriter
    crew: Crew
    media: MediaDesk
    known: Known
    past: Past
    problems: Problems
    tally: Tally
    clock: Callable[[], datetime]

    def carry_problems(self, where: str, *, of: Severity | None = None) -> None:
        """Keep the problems that the previous snapshot has of an object that is carried on; of one severity only."""
        for problem in self.past.problems(where):
            if of is None or problem.severity is of:
                self.writer.problem(problem)

    def note_references(self, raw: Raw, inside: str) -> None:
        """Remember what an object points to, to be looked up when all listings are done."""
        for reference in references_in(raw):
            if reference.id != inside:
                self.known.meet(reference, "reference", inside)
