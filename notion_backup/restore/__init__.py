"""Restore: what a snapshot holds, made anew in a Notion workspace, beside what is there; planned, resumable, proven."""

from notion_backup.restore.apply import Applied, apply
from notion_backup.restore.facts import Facts
from notion_backup.restore.findings import Finding, Proof
from notion_backup.restore.losses import LOSSES, Loss, losses_as_markdown
from notion_backup.restore.origin import Origin, SnapshotOrigin
from notion_backup.restore.proof import prove
from notion_backup.restore.selection import Selection, chosen, only, whole

__all__ = [
    "LOSSES",
    "Applied",
    "Facts",
    "Finding",
    "Loss",
    "Origin",
    "Proof",
    "Selection",
    "SnapshotOrigin",
    "apply",
    "chosen",
    "losses_as_markdown",
    "only",
    "prove",
    "whole",
]
