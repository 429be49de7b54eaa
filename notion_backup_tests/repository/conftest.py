from __future__ import annotations

import pytest

from notion_backup.repository import KdfParameters, MemoryStore, Repository, Store

PASSPHRASE = "correct horse battery staple"


def make(store: Store) -> Repository:
    """A fresh repository with the cheapest key derivation."""
    return Repository.init(store, PASSPHRASE, kdf=KdfParameters.cheap())[0]


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore("test")


@pytest.fixture
def repository(store: MemoryStore) -> Repository:
    return make(store)
