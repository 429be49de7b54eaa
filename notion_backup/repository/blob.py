"""What a caller stores and gets back: kinds, chunk ids and references to blobs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from notion_backup.errors import Damaged

CHUNK_ID_BYTES = 32

MAX_CHUNK_BYTES = 16 * 1024 * 1024
"""No chunk's plaintext is longer; a reader refuses anything that claims to be."""

MAX_DEPTH = 8
"""Levels of tree nodes above a leaf; even nodes of the least size would reach an exabyte before that."""


class Kind(IntEnum):
    """What a chunk holds. One byte, part of the chunk's id and of what its encryption authenticates."""

    MEDIA = 1
    TREE = 2
    TABLE = 3
    MANIFEST = 4
    RECORD = 5


class Family(IntEnum):
    """Which packs a chunk travels in. Media and the rest never share a pack, nor a wrapping key."""

    DATA = 1
    META = 2


def family_of(kind: Kind) -> Family:
    """The family of packs a kind belongs to."""
    return Family.DATA if kind is Kind.MEDIA else Family.META


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Where a blob begins: a single chunk, or the root of a tree of chunks.

    ``root`` is a chunk id (32 bytes), ``size`` the plaintext length in bytes, ``depth`` the number of levels of
    tree nodes (0: the root is the one chunk), ``kind`` what the leaves hold.
    """

    root: bytes
    size: int
    depth: int
    kind: Kind

    def to_json(self) -> dict[str, Any]:
        """As a JSON object: ``{"root": hex, "size": n, "depth": n, "kind": n}``."""
        return {"root": self.root.hex(), "size": self.size, "depth": self.depth, "kind": int(self.kind)}

    @classmethod
    def from_json(cls, value: Any) -> BlobRef:
        """Read what :meth:`to_json` wrote. Raises Damaged when it is not that."""
        try:
            ref = cls(bytes.fromhex(value["root"]), int(value["size"]), int(value["depth"]), Kind(value["kind"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(
                "A reference to stored data is malformed.", cure="Run a full verification; the snapshot is damaged."
            ) from error
        if len(ref.root) != CHUNK_ID_BYTES or ref.size < 0 or not 0 <= ref.depth <= MAX_DEPTH:
            raise Damaged(
                "A reference to stored data is out of bounds.",
                cure="Run a full verification; the snapshot is damaged.",
            )
        return ref
