"""Ed25519 signatures over stored bytes, never over something re-serialised."""

from __future__ import annotations

from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SEED_BYTES = 32
PUBLIC_KEY_BYTES = 32
SIGNATURE_BYTES = 64

_DOMAIN = b"notion-backup/1/log-entry\0"


class SigningKey:
    """The private half: signs log entries. Its repr shows the key id only."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()
        self.id = key_id(self.public)

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"

    def sign(self, message: bytes) -> bytes:
        """64 bytes over the domain prefix and the message."""
        return self._key.sign(_DOMAIN + message)


def key_id(public: bytes) -> str:
    """The name of a public key: the first 16 bytes of its SHA-256, in hex."""
    return sha256(public).digest()[:16].hex()


def signature_holds(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether that key signed that message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _DOMAIN + message)
    except InvalidSignature:
        return False
    return True
