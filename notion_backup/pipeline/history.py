"""Dagster's memory of the repository's log: a second witness against a history that was rolled back or rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dagster import AssetRecordsFilter, DagsterInstance

from notion_backup.pipeline.names import HEAD_DIGEST, REPOSITORY_ID, SLOT, SNAPSHOT, asset_key
from notion_backup.repository import Commit

ENTRIES_REMEMBERED = 100
"""Newest materialisations asked for; the log is a chain, so the newest entry vouches for all before it."""


def remembered_entries(instance: DagsterInstance, workspaces: Iterable[str], repository_id: str) -> dict[int, str]:
    """Log entries of this repository that Dagster saw committed: slot -> digest (hex)."""
    seen: dict[int, str] = {}
    for workspace in workspaces:
        wanted = AssetRecordsFilter(asset_key=asset_key(workspace, SNAPSHOT))
        for record in instance.fetch_materializations(wanted, limit=ENTRIES_REMEMBERED).records:
            metadata = record.asset_materialization.metadata if record.asset_materialization else {}
            if _value(metadata, REPOSITORY_ID) == repository_id:
                seen[int(str(_value(metadata, SLOT)))] = str(_value(metadata, HEAD_DIGEST))
    return seen


def contradictions(seen: Mapping[int, str], commits: Iterable[Commit]) -> list[str]:
    """Where the repository's log is not what Dagster remembers, one line for each slot."""
    held = {commit.slot: commit.digest for commit in commits}
    lines = []
    for slot, digest in sorted(seen.items()):
        if slot not in held:
            lines.append(f"entry {slot} is gone")
        elif held[slot] != digest:
            lines.append(f"entry {slot} is another one than was committed")
    return lines


def _value(metadata: Mapping[str, object], name: str) -> object:
    return getattr(metadata.get(name), "value", None)
