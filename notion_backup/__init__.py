"""Encrypted, deduplicated, signed snapshots of a Notion workspace."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notion_backup.library import Snapshot, open_repository, open_snapshot

__version__ = "0.1.0"
__all__ = ["Snapshot", "__version__", "open_repository", "open_snapshot"]


def __getattr__(name: str) -> Any:
    """The library's names, loaded when first asked for: the program's help needs none of it."""
    if name in __all__:
        from notion_backup import library

        return getattr(library, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
