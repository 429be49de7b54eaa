"""Encrypted, deduplicated, signed snapshots of a Notion workspace."""

__version__ = "0.1.0"
