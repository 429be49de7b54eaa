"""What Dagster is told about a snapshot: counts, sizes, ids and times. Never a title, a text or a URL of Notion."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from dagster import MetadataValue, TableRecord

from notion_backup.pipeline.capturing import Captured
from notion_backup.pipeline.names import HEAD_DIGEST, REPOSITORY_ID, SLOT, SNAPSHOT_ID
from notion_backup.snapshot import Problem, SnapshotReader, Table, compared

Metadata: TypeAlias = dict[str, Any]
"""Names to what Dagster takes for metadata: numbers, text, times, JSON."""

_TABLES_OF_ASSET: dict[str, tuple[Table, ...]] = {
    "users": (Table.USERS,),
    "databases": (Table.DATABASES, Table.DATA_SOURCES, Table.VIEWS, Table.TEMPLATES),
    "pages": (Table.PAGES, Table.PROPERTIES),
    "blocks": (Table.BLOCKS,),
    "comments": (Table.COMMENTS,),
    "media": (Table.FILES, Table.CUSTOM_EMOJIS),
}


def moment(time: datetime) -> MetadataValue[Any]:
    """A time, shown in the viewer's own zone."""
    return MetadataValue.timestamp(time)


def captured_metadata(asset: str, captured: Captured) -> Metadata:
    """What one captured asset shows of itself."""
    manifest = captured.manifest
    tables = _TABLES_OF_ASSET[asset]
    first = manifest.tables.get(tables[0])
    found: Metadata = {"dagster/row_count": first.rows if first else 0, "draft_id": captured.draft_id}
    for table in tables:
        facts = manifest.tables.get(table)
        found[f"{table.value}_rows"] = facts.rows if facts else 0
        found[f"{table.value}_digest"] = facts.digest if facts else ""
    if asset == "media":
        found |= {
            "references": manifest.media.references,
            "contents": manifest.media.contents,
            "bytes": manifest.media.bytes,
            "downloads": manifest.media.downloads,
            "downloaded_bytes": manifest.media.downloaded_bytes,
        }
    return found


def snapshot_metadata(repository_id: str, snapshot: SnapshotReader, previous: SnapshotReader | None) -> Metadata:
    """What the ``snapshot`` asset shows; its slot and digest let Dagster's history vouch for the repository's.

    ``previous`` is the workspace's snapshot before, to compare with.
    """
    commit, manifest = snapshot.commit, snapshot.manifest
    found: Metadata = {
        REPOSITORY_ID: repository_id,
        SNAPSHOT_ID: commit.id,
        SLOT: commit.slot,
        HEAD_DIGEST: commit.digest,
        "captured_from": moment(manifest.captured_from),
        "captured_to": moment(manifest.captured_to),
        "late": manifest.late,
        "late_by_seconds": manifest.late_by_seconds,
        "provable_units": manifest.provable,
        "verdict": manifest.verdict.status,
        "missing": manifest.verdict.missing,
        "outside": manifest.verdict.outside,
        "notices": manifest.verdict.notices,
        "coverage": _coverage(snapshot, previous),
        "problems": _problems(snapshot),
        "unknown_types": MetadataValue.json(manifest.verdict.unknown_types),
        "requests": manifest.requests_total,
        "stored_bytes": commit.stored_bytes,
        "stored_chunks": commit.stored_chunks,
        "media_bytes": manifest.media.bytes,
        "rows": MetadataValue.json({table.value: facts.rows for table, facts in manifest.tables.items()}),
        "dagster/row_count": sum(facts.rows for facts in manifest.tables.values()),
    }
    if manifest.oldest_verification is not None:
        found["oldest_verification"] = moment(manifest.oldest_verification)
    if manifest.partition is not None:
        found["window_start"] = moment(manifest.partition.start)
        found["window_end"] = moment(manifest.partition.end)
    return found


def _coverage(snapshot: SnapshotReader, previous: SnapshotReader | None) -> MetadataValue[Any]:
    """The verdict by kind; ``change`` is how many more are captured than in the previous snapshot."""
    rows = compared(snapshot.coverage(), previous.coverage() if previous is not None else None)
    return MetadataValue.table([TableRecord({"kind": kind, **_shown(numbers)}) for kind, numbers in rows.items()])


def _shown(numbers: dict[str, int | None]) -> dict[str, int]:
    # A column of a table has one type: without a snapshot before, everything is new.
    change = numbers["change"]
    captured, referenced, unreachable = (numbers[name] or 0 for name in ("captured", "referenced", "unreachable"))
    return {
        "captured": captured,
        "change": captured if change is None else change,
        "referenced": referenced,
        "unreachable": unreachable,
    }


def _problems(snapshot: SnapshotReader) -> MetadataValue[Any]:
    """Problems by severity and code: how many, since when, and what a person can do."""
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in snapshot.problems():
        groups.setdefault((problem.severity.value, problem.code, problem.object_kind), []).append(problem)
    records = []
    for (severity, code, kind), group in sorted(groups.items()):
        since = min((problem.since for problem in group if problem.since is not None), default=None)
        first = f"{since:%Y-%m-%d %H:%MZ}" if since else ""
        records.append(
            TableRecord(
                {
                    "severity": severity,
                    "code": code,
                    "kind": kind,
                    "count": len(group),
                    "since": first,
                    "cure": group[0].cure,
                }
            )
        )
    return MetadataValue.table(records) if records else MetadataValue.text("none")
