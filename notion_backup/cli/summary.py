"""What the log says of a snapshot, in short: as JSON, and as words for a line."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from notion_backup.phrasing import lasting

if TYPE_CHECKING:
    from notion_backup.repository import Commit


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


def partition_of(summary: Mapping[str, Any]) -> str:
    """The partition a snapshot stands for; ``-`` for one that stands for none."""
    partition = summary.get("partition")
    return str(partition.get("key")) if isinstance(partition, dict) else "-"


def verdict_text(summary: Mapping[str, Any]) -> str:
    """``complete``, or how many things are missing."""
    missing = int(summary.get("missing") or 0)
    status = str(summary.get("verdict") or "?")
    return status if status == "complete" else f"{status} ({missing:,} missing)"


def verified_text(summary: Mapping[str, Any]) -> str:
    """How old the oldest verification of an object was when the snapshot was taken; ``-`` where that is not told."""
    try:
        oldest = datetime.fromisoformat(str(summary.get("oldest_verification")))
        age = (datetime.fromisoformat(str(summary.get("captured_from"))) - oldest).total_seconds()
    except (ValueError, TypeError):
        return "-"
    return lasting(age) if age >= 1 else "this run"


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
