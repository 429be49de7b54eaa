"""The root secret and the keys derived from it, one for each purpose."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from hashlib import sha256

from blake3 import blake3
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from notion_backup.repository.blob import Family, Kind

ROOT_SECRET_BYTES = 32
KEY_BYTES = 32
REPOSITORY_ID_BYTES = 16

_DOMAIN = b"notion-backup/1/"


def derive(secret: bytes, salt: bytes, label: bytes) -> bytes:
    """A 32-byte key for one purpose: HKDF-SHA256 with the domain-prefixed label as info."""
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=_DOMAIN + label).derive(secret)


@dataclass(frozen=True, slots=True)
class Keys:
    """Every key of one repository. Derived from the root secret, salted with the repository id."""

    repository_id: bytes
    chunk_id: bytes = field(repr=False)
    index: bytes = field(repr=False)
    meta: bytes = field(repr=False)
    data: bytes = field(repr=False)
    log: bytes = field(repr=False)
    draft: bytes = field(repr=False)
    chunker: bytes = field(repr=False)
    trust: bytes = field(repr=False)
    escrow: bytes = field(repr=False)
    fingerprint: str

    @classmethod
    def derived(cls, root_secret: bytes, repository_id: bytes) -> Keys:
        """All keys of the repository with that id (16 bytes) and root secret (32 bytes)."""

        def key(label: bytes) -> bytes:
            return derive(root_secret, repository_id, label)

        return cls(
            repository_id=repository_id,
            chunk_id=key(b"chunk-id"),
            index=key(b"index"),
            meta=key(b"pack/meta"),
            data=key(b"pack/data"),
            log=key(b"log"),
            draft=key(b"draft"),
            chunker=key(b"chunker"),
            trust=key(b"trust"),
            escrow=key(b"escrow"),
            fingerprint=key(b"fingerprint")[:8].hex(),
        )

    def id_of(self, kind: Kind, plaintext: bytes | memoryview) -> bytes:
        """The chunk id: keyed BLAKE3-256 over the kind byte and the plaintext."""
        hasher = blake3(bytes((kind,)), key=self.chunk_id)
        hasher.update(plaintext)
        return hasher.digest()

    def derived_index_key(self, salt: bytes) -> bytes:
        """The key of one encrypted search index outside the repository, with that salt (16 random bytes)."""
        return derive(self.index, salt, b"search-index")

    def wrapping(self, family: Family) -> bytes:
        """The key that wraps the pack keys of a family."""
        return self.data if family is Family.DATA else self.meta

    def mac(self, purpose: bytes, message: bytes) -> str:
        """HMAC-SHA256 (hex) that binds a clear file to the root secret."""
        return hmac.new(self.trust, purpose + b"\0" + message, sha256).hexdigest()

    def mac_matches(self, purpose: bytes, message: bytes, mac: str) -> bool:
        """Whether ``mac`` is the one :meth:`mac` would give, compared in constant time."""
        return hmac.compare_digest(self.mac(purpose, message).encode(), mac.encode())
