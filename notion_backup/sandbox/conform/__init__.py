"""How like Notion the sandbox is, measured: recorded exchanges are replayed and the answers compared."""

from notion_backup.sandbox.conform.replay import Likeness, conform
from notion_backup.sandbox.conform.traffic import Exchange, TrafficError, read_traffic

__all__ = ["Exchange", "Likeness", "TrafficError", "conform", "read_traffic"]
