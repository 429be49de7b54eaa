"""A seeded company workspace of any size."""

from notion_backup.sandbox.generator.company import generate

__all__ = ["generate"]
