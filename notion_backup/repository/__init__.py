"""The vault: encrypted, deduplicated, signed, verifiable storage of blobs. It knows nothing of Notion."""

from notion_backup.repository.blob import BlobRef, Kind
from notion_backup.repository.commit import Commit
from notion_backup.repository.crypto.passphrase import KdfParameters
from notion_backup.repository.description import RepositoryInfo
from notion_backup.repository.draft import Draft
from notion_backup.repository.history import Head
from notion_backup.repository.pins import Pins
from notion_backup.repository.recovery import RecoverySheet
from notion_backup.repository.repository import Repository
from notion_backup.repository.session import SessionStats, WriteSession
from notion_backup.repository.store import LocalStore, MemoryStore, ObjectInfo, Store, open_store
from notion_backup.repository.verification.report import Finding, VerifyReport

__all__ = [
    "BlobRef",
    "Commit",
    "Draft",
    "Finding",
    "Head",
    "KdfParameters",
    "Kind",
    "LocalStore",
    "MemoryStore",
    "ObjectInfo",
    "Pins",
    "RecoverySheet",
    "Repository",
    "RepositoryInfo",
    "SessionStats",
    "Store",
    "VerifyReport",
    "WriteSession",
    "open_store",
]
