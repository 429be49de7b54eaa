"""Capturing a whole sandbox on real sockets, and comparing with what the sandbox holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notion_backup.capture import CaptureReport, capture_workspace
from notion_backup.sandbox import RunningSandbox, Sandbox, running
from notion_backup.snapshot import Severity, Table
from notion_backup_tests.capture.standing_in import Remembering, source


@dataclass(frozen=True)
class Captured:
    """What came of one capture."""

    kept: Remembering
    report: CaptureReport
    sandbox: Sandbox

    def missing(self) -> dict[str, list[str]]:
        """Ids of what the sandbox holds and the capture lacks, by kind; empty for a whole capture."""
        truth: dict[str, list[str]] = self.sandbox.truth()["ids"]
        kept = self.kept
        objects = {table: kept.ids(table) for table in Table}
        have = {
            "page": objects[Table.PAGES],
            "template": objects[Table.PAGES] & objects[Table.TEMPLATES],
            "database": objects[Table.DATABASES],
            "data_source": objects[Table.DATA_SOURCES],
            "view": objects[Table.VIEWS],
            "custom_emoji": objects[Table.CUSTOM_EMOJIS],
            "trashed": objects[Table.PAGES] | objects[Table.DATA_SOURCES],
            "block": set(kept.blocks()),
            "trashed_block": set(kept.blocks()),
            "comment": kept.comment_ids(),
            "file": {path_of(file.url) for file in kept.file_refs() if file.media is not None},
        }
        lost = {kind: sorted(set(truth[kind]) - found) for kind, found in have.items()}
        lost["user"] = sorted(self._referred_users() - objects[Table.USERS])
        return {kind: ids for kind, ids in lost.items() if ids}

    def _referred_users(self) -> set[str]:
        space = self.sandbox.workspace
        return {user["id"] for user in space.all("user") if user["id"] not in space.unlisted_users}

    def problems(self, severity: Severity) -> list[str]:
        """Codes and objects of the problems of one severity."""
        return sorted(f"{p.code} {p.object_id}" for p in self.kept.problems.values() if p.severity is severity)


def path_of(url: str) -> str:
    return url.partition("/files/")[2]


def capture(server: RunningSandbox, kept: Remembering | None = None, **changes: Any) -> Captured:
    """Capture a running sandbox."""
    kept = kept or Remembering()
    report = capture_workspace(source(server.url, server.token, **changes), kept.writer)
    return Captured(kept, report, server.sandbox)


def capture_all(sandbox: Sandbox, **changes: Any) -> Captured:
    """Serve a sandbox, capture it, and see to it that nothing was written."""
    with running(sandbox) as server:
        captured = capture(server, **changes)
        assert server.stats.writes == 0
    return captured
