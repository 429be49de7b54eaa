"""Search over everything a workspace's snapshots have: an encrypted, derived index, asked for one date or for all."""

from notion_backup.search.ask import Filters, Hit, Searcher
from notion_backup.search.attachments import Extent, kept_off
from notion_backup.search.documents import COLUMNS
from notion_backup.search.index import Update, attachments_read, index_path, is_current, update_index
from notion_backup.search.vault import reading

__all__ = [
    "COLUMNS",
    "Filters",
    "Hit",
    "Extent",
    "Searcher",
    "Update",
    "attachments_read",
    "index_path",
    "is_current",
    "kept_off",
    "reading",
    "update_index",
]
