"""Notion-flavored Markdown: pages written as text, text read as blocks (enhanced markdown guide, autumn 2026)."""

from notion_backup.sandbox.markdown.inline import spans_of
from notion_backup.sandbox.markdown.parse import KEPT, blocks_of
from notion_backup.sandbox.markdown.render import Rendering

__all__ = ["KEPT", "Rendering", "blocks_of", "spans_of"]
