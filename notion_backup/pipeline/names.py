"""The names by which Dagster knows a workspace's parts; each is written in this one place."""

from __future__ import annotations

from dagster import AssetKey

CAPTURED = ("users", "databases", "pages", "blocks", "comments", "media")
"""The assets that one capture yields, in the order in which they are shown."""

SNAPSHOT = "snapshot"
CHANGES = "changes"
STRUCTURE = "structure"
CONTENT = "content"
SEARCH_INDEX = "search_index"
RESTORE_DRILL = "restore_drill"
RESTORED = "restored"
"""What restores by hand report themselves as."""

WORKSPACE_TAG = "notion_backup/workspace"
PURPOSE_TAG = "notion_backup/purpose"
ATTEMPTS_TAG = "notion_backup/attempts"
"""How often a step may be tried in this run; absent: as often as ``failures.ATTEMPTS`` says."""

REPOSITORY_ID = "repository_id"
SNAPSHOT_ID = "snapshot_id"
SLOT = "slot"
HEAD_DIGEST = "head_digest"
"""Metadata of the ``snapshot`` asset: what Dagster's history remembers of the repository's history."""

JOURNAL_COPIED = "journal_copied"
"""Metadata of ``restored``: whether the repository holds the journal of the restore, too."""


def asset_key(workspace: str, asset: str) -> AssetKey:
    """The key of one of a workspace's assets."""
    return AssetKey([workspace, asset])


def op_name(workspace: str, asset: str) -> str:
    """The name under which an asset is configured in a run (``ops: {<name>: {config: …}}``)."""
    return f"{workspace}__{asset}"


def snapshot_job(workspace: str) -> str:
    """The job that captures, commits and compares."""
    return f"snapshot_{workspace}"


def drill_job(workspace: str) -> str:
    """The job that restores a sample for practice."""
    return f"drill_{workspace}"


def restore_job(workspace: str) -> str:
    """The job that brings a restore by hand to its end."""
    return f"restore_{workspace}"


def verify_job(workspace: str) -> str:
    """The job that proves one snapshot."""
    return f"verify_{workspace}"


def index_job(workspace: str) -> str:
    """The job that brings the search index up to date."""
    return f"index_{workspace}"
