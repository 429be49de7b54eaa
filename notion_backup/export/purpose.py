"""What a folder of files is an export of: a later export goes into it only when all of this is the same."""

from __future__ import annotations

from typing import Any

from notion_backup.snapshot import SnapshotReader


def purpose_of(snapshot: SnapshotReader, form: str, root: str | None) -> dict[str, Any]:
    """Format, workspace, and the page or database it is confined to (None: all)."""
    return {"format": form, "workspace": snapshot.manifest.workspace.name, "page": root}
