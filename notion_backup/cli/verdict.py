"""The verdict of a snapshot for people: what it holds, and what is missing, why, and what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from notion_backup.cli.output import count, size
from notion_backup.cli.safetext import safe
from notion_backup.cli.snapshots import lasting
from notion_backup.snapshot import Severity, Table

if TYPE_CHECKING:
    from notion_backup.snapshot import Problem, SnapshotReader

_IDS_NAMED = 5
_HEADINGS = {
    Severity.MISSING: "Missing: belongs to the workspace and is not in the snapshot",
    Severity.OUTSIDE: "Outside: referred to, but not shared with the connection; the reference is kept",
    Severity.NOTICE: "Notices: nothing is missing that could have been read",
}
_HELD = (
    (Table.PAGES, "page", "pages"),
    (Table.BLOCKS, "block", "blocks"),
    (Table.DATABASES, "database", "databases"),
    (Table.DATA_SOURCES, "data source", "data sources"),
    (Table.COMMENTS, "comment", "comments"),
    (Table.USERS, "user", "users"),
)


def verdict_lines(snapshot: SnapshotReader, problems: Sequence[Problem]) -> Iterator[str]:
    """The verdict as lines, safe to print."""
    manifest = snapshot.manifest
    verdict = manifest.verdict
    yield f"Snapshot {snapshot.commit.id} is {verdict.status.upper()}"
    partition = manifest.partition
    if partition is not None:
        yield f"  partition  {partition.key} ({partition.start:%Y-%m-%d %H:%M} to {partition.end:%Y-%m-%d %H:%M %Z})"
    late = f", late by {lasting(manifest.late_by_seconds)}" if manifest.late else ""
    yield f"  captured   {manifest.captured_from:%Y-%m-%d %H:%M:%SZ} to {manifest.captured_to:%H:%M:%SZ}{late}"
    rows = {table: facts.rows for table, facts in manifest.tables.items()}
    held = ", ".join(count(rows.get(table, 0), one, many) for table, one, many in _HELD)
    yield f"  holds      {held}"
    media = manifest.media
    yield f"  files      {count(media.contents, 'file')}, {size(media.bytes)}; {media.downloads:,} downloaded now"
    new = size(snapshot.commit.stored_bytes)
    yield f"  cost       {count(manifest.requests_total, 'request')}, {new} new in the store"
    for severity, heading in _HEADINGS.items():
        of_it = [problem for problem in problems if problem.severity is severity]
        if of_it:
            yield f"{heading} ({len(of_it):,})"
            yield from _grouped(of_it, named=severity is Severity.MISSING)


def _grouped(problems: Sequence[Problem], *, named: bool) -> Iterator[str]:
    """Problems of one kind share a line, a reason and a cure; of what is missing, the first ids are named."""
    groups: defaultdict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        groups[problem.code, problem.object_kind].append(problem)
    for (code, kind), group in sorted(groups.items()):
        yield f"  {len(group):,} × {safe(code, 60)} ({safe(kind, 40)}): {safe(group[0].why, 300)}"
        if group[0].cure:
            yield f"      → {safe(group[0].cure, 300)}"
        if named:
            ids = ", ".join(safe(problem.object_id, 80) for problem in group[:_IDS_NAMED])
            more = f" and {len(group) - _IDS_NAMED:,} more" if len(group) > _IDS_NAMED else ""
            yield f"      {ids}{more}"
