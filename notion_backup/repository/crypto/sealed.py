"""Small encrypted objects that are written and read whole: index fragments, drafts, bodies of log entries.

Each has a fresh 16-byte salt, and with it a key of its own, so the one nonce it is used with never repeats.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notion_backup.errors import Damaged
from notion_backup.repository.crypto.secrets import derive
from notion_backup.repository.ports import Entropy

SALT_BYTES = 16
TAG_BYTES = 16
_NONCE = bytes(12)


def seal(key: bytes, label: bytes, associated: bytes, plaintext: bytes, entropy: Entropy) -> bytes:
    """Salt, then AES-256-GCM ciphertext and tag. ``label`` names the purpose, ``associated`` what it is bound to."""
    salt = entropy(SALT_BYTES)
    return salt + AESGCM(derive(key, salt, b"sealed/" + label)).encrypt(_NONCE, plaintext, associated)


def unseal(key: bytes, label: bytes, associated: bytes, sealed: bytes, name: str) -> bytes:
    """The plaintext. Raises Damaged, naming the object, when the bytes are not what was sealed for it."""
    if len(sealed) < SALT_BYTES + TAG_BYTES:
        raise Damaged(f"{name} is cut short.", cure="Restore this object from a copy of the repository.")
    salt, ciphertext = sealed[:SALT_BYTES], sealed[SALT_BYTES:]
    try:
        return AESGCM(derive(key, salt, b"sealed/" + label)).decrypt(_NONCE, ciphertext, associated)
    except InvalidTag as error:
        raise Damaged(
            f"{name} does not decrypt: its bytes were changed, or it belongs elsewhere.",
            cure="Restore this object from a copy of the repository.",
        ) from error
