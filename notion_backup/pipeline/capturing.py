"""One capture of one workspace, from an open repository to a sealed draft; Dagster has no part in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from notion_backup.capture import Progress, capture_workspace, open_journal
from notion_backup.pipeline.access import Access
from notion_backup.repository import SessionStats
from notion_backup.settings import WorkspaceSettings
from notion_backup.snapshot import (
    Manifest,
    Partition,
    Problem,
    Severity,
    SnapshotWriter,
    kind_of,
    latest_snapshot,
)

_ASSET_OF_KIND = {
    "page": "pages",
    "property": "pages",
    "block": "blocks",
    "database": "databases",
    "data_source": "databases",
    "view": "databases",
    "template": "databases",
    "comment": "comments",
    "user": "users",
    "file": "media",
    "custom_emoji": "media",
}


@dataclass(frozen=True, slots=True)
class Captured:
    """A sealed draft and what is known of it. ``problems`` counts by (asset, severity, code)."""

    draft_id: str
    manifest: Manifest
    stats: SessionStats
    problems: Counter[tuple[str, Severity, str]]


def asset_of(problem: Problem) -> str:
    """The captured asset whose business a problem is."""
    return _ASSET_OF_KIND[kind_of(problem)]


def capture(
    access: Access, workspace: WorkspaceSettings, partition: Partition, progress: Callable[[Progress], None]
) -> Captured:
    """Capture a workspace now, for a partition, and seal it. Nothing is committed.

    A capture of the same partition that was interrupted is gone on with. Raises NotionError, RepositoryError and
    SnapshotError; whatever was stored by then is not part of any snapshot.
    """
    source = access.source(workspace)
    repository = access.repository
    with repository.session() as session:
        previous = latest_snapshot(repository, workspace.name)
        journal = open_journal(
            repository,
            session,
            source,
            workspace=workspace.name,
            partition=partition.key,
            previous=previous.commit.id if previous else None,
            now=access.clock(),
        )
        writer = SnapshotWriter(session, previous, clock=access.clock, begun=journal.began)
        with journal:
            report = capture_workspace(source, writer, progress=progress, clock=access.clock, journal=journal)
        sealed = writer.seal(report.facts(workspace.name, partition))
        problems = Counter((asset_of(problem), problem.severity, problem.code) for problem in writer.problems)
        return Captured(sealed.draft_id, sealed.manifest, session.stats, problems)
