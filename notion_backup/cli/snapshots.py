"""``snapshots``: the list of what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from notion_backup.cli.context import session
from notion_backup.cli.options import JsonLinesOption, WorkspaceOption
from notion_backup.cli.output import note, say_json_line, say_table, size

if TYPE_CHECKING:
    from notion_backup.repository import Commit

COLUMNS = (
    "SNAPSHOT",
    "WORKSPACE",
    "PARTITION",
    "CAPTURED AT",
    "VERDICT",
    "PAGES",
    "BLOCKS",
    "FILES",
    "NEW",
    "REQUESTS",
)


def snapshots(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonLinesOption = False) -> None:
    """List the snapshots, oldest first.

    Each line has the partition (the day it stands for), when it was captured, whether it was captured late (after
    that day had ended), its verdict, what it holds, the bytes it added to the store and the requests it took.
    """
    begun = session(ctx)
    if workspace is not None:
        begun.workspace(workspace)
    found = [commit for commit in begun.repository().commits() if workspace in (None, commit.summary.get("workspace"))]
    if as_json:
        for commit in found:
            say_json_line(facts(commit))
        return
    if not found:
        note("No snapshot yet. Make the first one with `notion-backup backup`.")
        return
    say_table(COLUMNS, (_row(commit) for commit in found))


def facts(commit: Commit) -> dict[str, Any]:
    """A snapshot as one JSON object: what the log says, and the summary that its author signed with it."""
    return {
        "snapshot": commit.id,
        "slot": commit.slot,
        "committed_at": commit.committed_at,
        **commit.summary,
        "stored_bytes": commit.stored_bytes,
        "stored_chunks": commit.stored_chunks,
    }


def _row(commit: Commit) -> tuple[str, ...]:
    summary = commit.summary
    rows = summary.get("rows") or {}
    return (
        commit.id[:12],
        str(summary.get("workspace") or "?"),
        partition_of(summary),
        when(str(summary.get("captured_to") or commit.committed_at)) + late_text(summary),
        verdict_text(summary),
        *(f"{int(rows.get(table, 0)):,}" for table in ("pages", "blocks", "files")),
        size(commit.stored_bytes),
        f"{int(summary.get('requests') or 0):,}",
    )


def partition_of(summary: Mapping[str, Any]) -> str:
    """The partition a snapshot stands for; ``-`` for one that stands for none."""
    partition = summary.get("partition")
    return str(partition.get("key")) if isinstance(partition, dict) else "-"


def verdict_text(summary: Mapping[str, Any]) -> str:
    """``complete``, or how many things are missing."""
    missing = int(summary.get("missing") or 0)
    status = str(summary.get("verdict") or "?")
    return status if status == "complete" else f"{status} ({missing:,} missing)"


def late_text(summary: Mapping[str, Any]) -> str:
    """How long after its partition's end a snapshot was captured; "" for one in time."""
    if not summary.get("late"):
        return ""
    return f" (late by {lasting(float(summary.get('late_by_seconds') or 0))})"


def when(text: str) -> str:
    """A time of the log, to the second, in UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    except ValueError:
        return text


def lasting(seconds: float) -> str:
    """A stretch of time for people, two units at most: ``2 d 4 h``."""
    rest = max(1, round(seconds))
    parts: list[str] = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        amount, rest = divmod(rest, length)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2])
