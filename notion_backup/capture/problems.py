"""What could not be had, as rows of the snapshot; and which errors are one object's, which the whole capture's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from notion_backup.capture.answers import BLOCKED, UNREACHABLE
from notion_backup.capture.report import Tally
from notion_backup.errors import NotionError, NotionNotFound, NotionRefused, NotionUnauthorized
from notion_backup.snapshot import Problem, Severity, SnapshotWriter


def is_fatal(error: NotionError) -> bool:
    """Whether no other request will fare better: a bad token, a blocked connection, a server out of reach."""
    return isinstance(error, NotionUnauthorized) or error.code in (BLOCKED, UNREACHABLE)


class Problems:
    """Writes problems to the snapshot and counts them."""

    def __init__(self, writer: SnapshotWriter, tally: Tally) -> None:
        self._writer = writer
        self._tally = tally

    def report(
        self,
        code: str,
        severity: Severity,
        kind: str,
        object_id: str,
        where: str,
        why: str,
        cure: str = "",
        status: int | None = None,
    ) -> None:
        """Keep one problem. ``where`` is the id of the object (or the listing) in which the object was met."""
        self._writer.problem(
            Problem(
                code=code,
                severity=severity,
                object_kind=kind,
                object_id=object_id,
                where=where,
                why=why,
                cure=cure,
                status=status,
            )
        )
        self._tally.count("problems")

    def repeat(self, problem: Problem, where: str) -> None:
        """Keep a problem that the previous snapshot has of the same object, met in another place."""
        self._writer.problem(replace(problem, where=where))
        self._tally.count("problems")

    def failed(self, error: NotionError, code: str, severity: Severity, kind: str, object_id: str, where: str) -> None:
        """Keep an error as a problem; raise it instead when it is fatal."""
        if is_fatal(error):
            raise error
        self.report(code, severity, kind, object_id, where, error.what, error.cure, error.status)

    @contextmanager
    def about(
        self,
        code: str,
        kind: str,
        object_id: str,
        where: str,
        *,
        absent: Severity = Severity.MISSING,
        failing: Severity = Severity.MISSING,
    ) -> Iterator[None]:
        """Turn an error about one object into a problem and go on after the block.

        ``absent`` is the severity when Notion says there is no such thing (404, or 400 for what it will not show),
        ``failing`` when it cannot be told.
        """
        try:
            yield
        except NotionError as error:
            gone = isinstance(error, NotionNotFound) or (isinstance(error, NotionRefused) and error.status == 400)
            self.failed(error, code, absent if gone else failing, kind, object_id, where)
