"""What an export says about its snapshot: the same facts in every format people read."""

from __future__ import annotations

from notion_backup.errors import Damaged
from notion_backup.export.report import Losses
from notion_backup.snapshot import Problem, SnapshotReader, Table


def snapshot_facts(snapshot: SnapshotReader) -> list[tuple[str, str]]:
    """Name and value, in words. They depend on the snapshot alone, never on when or where it is exported."""
    manifest = snapshot.manifest
    verdict = manifest.verdict
    counted = [(table.value.replace("_", " "), facts.rows) for table, facts in sorted(manifest.tables.items())]
    return [
        ("Workspace", manifest.workspace.workspace_name or manifest.workspace.name),
        ("Snapshot", snapshot.commit.id),
        ("Partition", manifest.partition.key if manifest.partition else "none"),
        ("Captured", f"{manifest.captured_from:%Y-%m-%d %H:%M} – {manifest.captured_to:%Y-%m-%d %H:%M} UTC"),
        ("Verdict", verdict.status if verdict.complete else f"{verdict.status}: {verdict.missing} missing"),
        ("Holds", ", ".join(f"{number:,} {name}" for name, number in counted if number)),
    ]


def problems_of(snapshot: SnapshotReader, losses: Losses) -> list[Problem]:
    """What is not in the snapshot, worst first."""
    try:
        found = snapshot.problems()
    except Damaged as error:
        losses.add(Table.PROBLEMS.value, "all", error.what)
        return []
    return sorted(found, key=lambda one: (one.severity.value, one.code, one.object_kind, one.object_id, one.where))
