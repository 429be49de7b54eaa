"""Capture: a whole Notion workspace into a snapshot, by reading alone."""

from notion_backup.capture.journal import Journal
from notion_backup.capture.limits import Limits
from notion_backup.capture.probe import ProbeLine, ProbeStatus, probe
from notion_backup.capture.report import CaptureReport, Phase, Progress
from notion_backup.capture.resuming import open_journal, tidy
from notion_backup.capture.session import capture_workspace
from notion_backup.capture.source import NOTION_VERSION, RetryPolicy, Source
from notion_backup.snapshot import WorkspaceIdentity

__all__ = [
    "NOTION_VERSION",
    "CaptureReport",
    "Journal",
    "Limits",
    "Phase",
    "ProbeLine",
    "ProbeStatus",
    "Progress",
    "RetryPolicy",
    "Source",
    "WorkspaceIdentity",
    "capture_workspace",
    "open_journal",
    "probe",
    "tidy",
]
