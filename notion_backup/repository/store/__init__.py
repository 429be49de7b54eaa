"""Places where objects lie, behind six verbs."""

from notion_backup.repository.store.fault import FaultStore
from notion_backup.repository.store.local import LocalStore
from notion_backup.repository.store.memory import MemoryStore
from notion_backup.repository.store.metered import MeteredStore
from notion_backup.repository.store.opening import open_store
from notion_backup.repository.store.protocol import ObjectInfo, Store
from notion_backup.repository.store.retry import RetryingStore

__all__ = [
    "FaultStore",
    "LocalStore",
    "MemoryStore",
    "MeteredStore",
    "ObjectInfo",
    "RetryingStore",
    "Store",
    "open_store",
]
