"""Data sources that a restore has made."""

from __future__ import annotations

from dataclasses import dataclass, field

from notion_backup.restore.target import Schema
from notion_backup.restore.values import Column
from notion_backup.snapshot import Raw


@dataclass(slots=True)
class Source:
    """A data source that was made. ``columns`` by old name; ``todo`` are properties that wait, by old name.

    ``late`` are names of properties that came after the first rows.
    """

    old: str
    new: str
    raw: Raw
    database: str
    columns: dict[str, Column]
    schema: Schema
    todo: dict[str, Raw]
    late: set[str] = field(default_factory=set)
    begun: bool = False
    """Whether it has rows already."""
