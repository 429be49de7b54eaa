"""Pages on which everything the API knows appears at least once."""

from __future__ import annotations

from notion_backup.sandbox.generator.builder import Builder


def add_showcase(builder: Builder) -> None:
    """Add them all."""
