"""The types of blocks and properties that this version knows. Others are kept raw all the same, and counted.

From the API's reference and its own client's types (autumn 2026); ``transcription`` is what ``meeting_notes`` was
called before version 2026-03-11.
"""

from __future__ import annotations

import re
from typing import Any

BLOCKS = frozenset(
    (
        *("paragraph", "heading_1", "heading_2", "heading_3", "heading_4", "bulleted_list_item", "numbered_list_item"),
        *("to_do", "toggle", "quote", "callout", "code", "equation", "divider", "breadcrumb", "table_of_contents"),
        *("tab", "column_list", "column", "table", "table_row", "synced_block", "template", "link_to_page"),
        *("embed", "bookmark", "link_preview", "image", "video", "pdf", "audio", "file"),
        *("child_page", "child_database", "meeting_notes", "transcription", "unsupported"),
    )
)

PROPERTIES = frozenset(
    (
        *("title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox"),
        *("url", "email", "phone_number", "relation", "rollup", "formula", "created_time", "created_by"),
        *("last_edited_time", "last_edited_by", "unique_id", "button", "verification", "place", "location"),
        *("last_visited_time",),
    )
)

_PLAIN = re.compile(r"[a-z][a-z0-9_]{0,39}")


def plain_type(value: Any) -> str:
    """The name of a type as it may be shown and counted; ``not_named`` for what does not look like a type's name."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else "not_named"
