"""One entry of the log: how it is written, and what makes one valid. A reader trusts nothing it cannot check.

magic | length of the header | header (clear JSON) | body (encrypted) | Ed25519 signature over all before it
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from notion_backup.errors import Damaged, UsageError
from notion_backup.repository.canonical import parse_loosely, render_compact
from notion_backup.repository.crypto.sealed import seal, unseal
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.crypto.signing import SIGNATURE_BYTES, SigningKey, signature_holds
from notion_backup.repository.ports import Entropy
from notion_backup.repository.trust import Trust

FOLDER = "log/"
MAGIC = b"NBLOGE\x00\x01"
GENESIS = "genesis"
COMMIT = "commit"
FIRST_SLOT = 1
MAX_ENTRY_BYTES = 4 * 1024 * 1024

_LENGTH = struct.Struct("<I")
_LABEL = b"log"


@dataclass(frozen=True, slots=True)
class VoidSlot:
    """A slot that holds no valid entry: its number and the SHA-256 (hex) of what lies in it."""

    slot: int
    digest: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A valid entry: signed by a trusted author of the right role, for this repository and this slot."""

    slot: int
    previous: str
    kind: str
    author: str
    voids: tuple[VoidSlot, ...]
    body: dict[str, Any]
    digest: str


def slot_name(slot: int) -> str:
    """The object that holds a slot."""
    return f"{FOLDER}{slot:016d}"


def slot_of(name: str) -> int | None:
    """The slot in an object's name, None when it names no slot."""
    digits = name.removeprefix(FOLDER)
    return int(digits) if len(digits) == 16 and digits.isdecimal() and slot_name(int(digits)) == name else None


def write_entry(
    slot: int,
    previous: str,
    kind: str,
    voids: tuple[VoidSlot, ...],
    body: dict[str, Any],
    *,
    keys: Keys,
    signer: SigningKey,
    entropy: Entropy,
) -> bytes:
    """The signed bytes of an entry. ``previous`` is the digest (hex) of the last valid entry before it."""
    sealed = seal(keys.log, _LABEL, _bound_to(keys, slot, previous, kind), render_compact(body), entropy)
    header = render_compact(
        {
            "repository": keys.repository_id.hex(),
            "slot": slot,
            "previous": previous,
            "kind": kind,
            "author": signer.id,
            "voids": [[void.slot, void.digest] for void in voids],
            "body": sha256(sealed).hexdigest(),
        }
    )
    signed = MAGIC + _LENGTH.pack(len(header)) + header + sealed
    data = signed + signer.sign(signed)
    if len(data) > MAX_ENTRY_BYTES:
        raise UsageError(f"A log entry of {len(data)} bytes is too long; the summary must be small.")
    return data


def read_entry(data: bytes, slot: int, trust: Trust, keys: Keys) -> Entry | None:
    """The entry in a slot, or None when it is void: malformed, of another place, or not signed by one who may.

    Raises Damaged when the signature is right but the body does not open, which no honest writer leaves behind.
    """
    parts = _split(data)
    if parts is None:
        return None
    header, sealed, signature = parts
    fields = parse_loosely(header)
    if fields is None or render_compact(fields) != header:
        return None
    if fields.get("repository") != keys.repository_id.hex() or fields.get("slot") != slot:
        return None
    author, kind, previous = fields.get("author"), fields.get("kind"), fields.get("previous")
    if not (isinstance(author, str) and isinstance(kind, str) and isinstance(previous, str)):
        return None
    public = trust.key_for(author, kind)
    if public is None or not signature_holds(public, data[:-SIGNATURE_BYTES], signature):
        return None
    name = slot_name(slot)
    if fields.get("body") != sha256(sealed).hexdigest():
        raise Damaged(f"{name} is signed but its body is another one.")
    body = parse_loosely(unseal(keys.log, _LABEL, _bound_to(keys, slot, previous, kind), sealed, name))
    if body is None:
        raise Damaged(f"The body of {name} is malformed.")
    voids = tuple(VoidSlot(int(number), str(digest)) for number, digest in fields["voids"])
    return Entry(slot, previous, kind, author, voids, body, sha256(data).hexdigest())


def digest_of(data: bytes) -> str:
    """SHA-256 (hex) of an object's bytes: what the chain and the pins hold."""
    return sha256(data).hexdigest()


def _split(data: bytes) -> tuple[bytes, bytes, bytes] | None:
    start = len(MAGIC) + _LENGTH.size
    if not data.startswith(MAGIC) or not start + SIGNATURE_BYTES <= len(data) <= MAX_ENTRY_BYTES:
        return None
    (length,) = _LENGTH.unpack_from(data, len(MAGIC))
    if start + length + SIGNATURE_BYTES > len(data):
        return None
    header = data[start : start + length]
    return header, data[start + length : -SIGNATURE_BYTES], data[-SIGNATURE_BYTES:]


def _bound_to(keys: Keys, slot: int, previous: str, kind: str) -> bytes:
    return keys.repository_id + struct.pack(">Q", slot) + bytes.fromhex(previous) + kind.encode()
