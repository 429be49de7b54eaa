"""Search over everything a workspace's snapshots have: an encrypted, derived index, asked for one date or for all."""

from notion_backup.search.ask import Filters, Hit, Searcher
from notion_backup.search.documents import COLUMNS
from notion_backup.search.index import Update, index_path, is_current, unread_attachments, update_index
from notion_backup.search.vault import reading

__all__ = [
    "COLUMNS",
    "Filters",
    "Hit",
    "Searcher",
    "Update",
    "index_path",
    "is_current",
    "reading",
    "unread_attachments",
    "update_index",
]
