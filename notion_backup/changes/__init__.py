"""What changed, in words: objects before and after, versions of a page, reports. Content is read only here."""

from notion_backup.changes.detail import Detail, as_json, detail_of, detailed
from notion_backup.changes.report import html_report, markdown_report, report_of
from notion_backup.changes.state import State, state_in
from notion_backup.changes.versions import BlameLine, Version, blame, history

__all__ = [
    "BlameLine",
    "Detail",
    "State",
    "Version",
    "as_json",
    "blame",
    "detail_of",
    "detailed",
    "history",
    "html_report",
    "markdown_report",
    "report_of",
    "state_in",
]
