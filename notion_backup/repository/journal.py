"""journals/<id>/<number>: what an unfinished capture was told so far, so that another process can go on from there.

Parts are encrypted, appended in order and never changed. No snapshot needs a journal and none is proven by one: it is
removed when its capture has been committed, or has become too old to go on from. The journals of restores lie beside
them under restores/, and are kept: they say what a restore has made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import zstandard

from notion_backup.errors import Damaged, StoreError
from notion_backup.repository.crypto.sealed import seal, unseal
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.ports import Entropy
from notion_backup.repository.store.protocol import Store

FOLDER = "journals/"
RESTORES = "restores/"
MAGIC = b"NBJRNL\x00\x01"
_LABEL = b"journal"
_NAME = re.compile(r"(?:journals|restores)/([0-9a-f]{32})/(\d{8})")
_CURE = "Run the backup again; it begins anew where a journal is of no use."
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class JournalPlace:
    """One journal in the store: its id and the names of its parts, in order."""

    id: str
    parts: tuple[str, ...]


class JournalWriter:
    """Appends parts to a journal of its own. Not thread-safe."""

    def __init__(self, store: Store, keys: Keys, entropy: Entropy, folder: str = FOLDER) -> None:
        self._store = store
        self._folder = folder
        self._keys = keys
        self._entropy = entropy
        self._next = 0
        self.id = entropy(16).hex()

    def append(self, data: bytes) -> None:
        """Make one more part durable. Raises StoreUnavailable and its kinds."""
        name = f"{self._folder}{self.id}/{self._next:08d}"
        packed = zstandard.ZstdCompressor(level=3, write_content_size=True).compress(data)
        sealed = seal(self._keys.draft, _LABEL, _bound_to(self._keys, name), packed, self._entropy)
        self._store.put(name, MAGIC + sealed)
        self._next += 1


def journals(store: Store, folder: str = FOLDER) -> list[JournalPlace]:
    """Every journal in the store, by id. A part after a gap is not counted: it cannot be gone on from."""
    found: dict[str, list[str]] = {}
    for info in store.list(folder):
        match = _NAME.fullmatch(info.name)
        if match and int(match.group(2)) == len(found.get(match.group(1), ())):
            found.setdefault(match.group(1), []).append(info.name)
    return [JournalPlace(journal_id, tuple(parts)) for journal_id, parts in sorted(found.items())]


def read_part(name: str, store: Store, keys: Keys) -> bytes:
    """What was appended. Raises Damaged, naming the part, and ObjectMissing."""
    data = store.get(name)
    if not data.startswith(MAGIC):
        raise Damaged(f"{name} is no part of a journal.", cure=_CURE)
    packed = unseal(keys.draft, _LABEL, _bound_to(keys, name), data[len(MAGIC) :], name)
    try:
        if not 0 <= zstandard.frame_content_size(packed) <= _MOST_BYTES:
            raise Damaged(f"{name} would not decompress to a sensible length.", cure=_CURE)
        plaintext: bytes = zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise Damaged(f"{name} does not decompress.", cure=_CURE) from error
    return plaintext


def remove(journal_id: str, store: Store) -> bool:
    """Take a journal out of the store; False where the store would not let go of all of it (the next one tries)."""
    try:
        for name in _names(journal_id, store):
            store.delete(name)
    except StoreError:
        return False
    return True


def _names(journal_id: str, store: Store) -> Iterator[str]:
    # Last part first: what is left of a removal that is broken off still begins at its beginning.
    return iter(sorted((info.name for info in store.list(f"{FOLDER}{journal_id}/")), reverse=True))


def _bound_to(keys: Keys, name: str) -> bytes:
    return MAGIC + keys.repository_id + name.encode()
