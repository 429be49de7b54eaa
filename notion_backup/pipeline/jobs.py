"""A workspace's jobs: ``snapshot_…``, ``verify_…``, ``index_…`` and ``drill_<workspace>``. Each runs in one process."""

from __future__ import annotations

from dagster import AssetKey, AssetSelection, define_asset_job, in_process_executor
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from notion_backup.pipeline import names
from notion_backup.settings import WorkspaceSettings


def snapshot_job(workspace: WorkspaceSettings) -> UnresolvedAssetJobDefinition:
    """Capture, commit, compare; with the check for gaps."""
    return _job(
        names.snapshot_job(workspace.name),
        workspace,
        (*names.CAPTURED, names.SNAPSHOT, names.CHANGES),
        purpose="snapshot",
        description="Captures the workspace and commits one snapshot of it.",
    )


def verify_job(workspace: WorkspaceSettings) -> UnresolvedAssetJobDefinition:
    """Structure and content of one partition's snapshot."""
    return _job(
        names.verify_job(workspace.name),
        workspace,
        (names.STRUCTURE, names.CONTENT),
        purpose="verify",
        description="Proves one snapshot: structure, then content (a sample, or all of it).",
    )


def index_job(workspace: WorkspaceSettings) -> UnresolvedAssetJobDefinition:
    """The search index, brought up to date."""
    return _job(
        names.index_job(workspace.name),
        workspace,
        (names.SEARCH_INDEX,),
        purpose="index",
        description="Takes new snapshots into the search index.",
    )


def drill_job(workspace: WorkspaceSettings) -> UnresolvedAssetJobDefinition:
    """A sample of one partition's snapshot, restored into a sandbox."""
    return _job(
        names.drill_job(workspace.name),
        workspace,
        (names.RESTORE_DRILL,),
        purpose="drill",
        description="Restores a sample of one snapshot into a sandbox, reads it back and scores it.",
    )


def _job(
    name: str, workspace: WorkspaceSettings, assets: tuple[str, ...], *, purpose: str, description: str
) -> UnresolvedAssetJobDefinition:
    keys: list[AssetKey] = [names.asset_key(workspace.name, asset) for asset in assets]
    return define_asset_job(
        name,
        selection=AssetSelection.assets(*keys),
        description=description,
        tags={names.WORKSPACE_TAG: workspace.name, names.PURPOSE_TAG: purpose},
        executor_def=in_process_executor,
    )
