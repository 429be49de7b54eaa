"""Places where objects lie, behind six verbs."""

from notion_backup.repository.store.local import LocalStore
from notion_backup.repository.store.memory import MemoryStore
from notion_backup.repository.store.opening import open_store
from notion_backup.repository.store.protocol import ObjectInfo, Store

__all__ = ["LocalStore", "MemoryStore", "ObjectInfo", "Store", "open_store"]
