"""Packs: many encrypted chunks in one immutable object. docs/repository-format.md, section "Packs", is normative.

    prefix | blob 0 | blob 1 | … | padding | table of contents | trailer

Every part after the prefix is AES-256-GCM under the pack's own key. The nonce says which part it is and its
ordinal, so it never depends on somebody counting; the key is fresh for each pack, so it never repeats.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from notion_backup.errors import Damaged
from notion_backup.repository.blob import CHUNK_ID_BYTES, Family, Kind
from notion_backup.repository.crypto.secrets import KEY_BYTES, Keys, derive
from notion_backup.repository.ports import Entropy

MAGIC = b"NBPACK\x00\x01"
RANDOM_BYTES = 16
PACK_ID_BYTES = RANDOM_BYTES + 32
PREFIX_BYTES = len(MAGIC) + 16 + 1 + RANDOM_BYTES + 40 + 32
TAG_BYTES = 16
_TRAILER = struct.Struct("<QQ")
TRAILER_BYTES = _TRAILER.size + TAG_BYTES
_TOC_COUNT = struct.Struct("<I")
_TOC_ROW = struct.Struct("<32sBQII")
_BLOB, _PADDING, _TOC, _END = range(4)

CURE_PACK = "Restore this object from a copy of the repository; other packs are not affected."


@dataclass(frozen=True, slots=True)
class PackedChunk:
    """Where one chunk lies in a pack. ``offset`` and ``stored`` (ciphertext with tag) and ``raw`` are bytes."""

    chunk_id: bytes
    kind: Kind
    ordinal: int
    offset: int
    stored: int
    raw: int


@dataclass(frozen=True, slots=True)
class PackKey:
    """The opened prefix of a pack: enough to decrypt any of its parts."""

    repository_id: bytes
    family: Family
    random: bytes
    cipher: AESGCM = field(repr=False)

    def open_blob(self, chunk: PackedChunk, ciphertext: bytes, name: str) -> bytes:
        """The encoded chunk (codec byte and payload). Raises Damaged."""
        associated = self._associated(_BLOB) + bytes((chunk.kind,)) + chunk.chunk_id
        return self._open(_BLOB, chunk.ordinal, ciphertext, associated, f"Chunk {chunk.ordinal} of {name}")

    def seal_blob(self, ordinal: int, kind: Kind, chunk_id: bytes, encoded: bytes) -> bytes:
        """The ciphertext of an encoded chunk at that ordinal."""
        associated = self._associated(_BLOB) + bytes((kind,)) + chunk_id
        return self.cipher.encrypt(_nonce(_BLOB, ordinal), encoded, associated)

    def seal_part(self, part: int, plaintext: bytes) -> bytes:
        """The ciphertext of the padding, the table of contents or the trailer."""
        return self.cipher.encrypt(_nonce(part, 0), plaintext, self._associated(part))

    def open_part(self, part: int, ciphertext: bytes, what: str) -> bytes:
        """The plaintext of one of them. Raises Damaged."""
        return self._open(part, 0, ciphertext, self._associated(part), what)

    def _open(self, part: int, ordinal: int, ciphertext: bytes, associated: bytes, what: str) -> bytes:
        try:
            return self.cipher.decrypt(_nonce(part, ordinal), ciphertext, associated)
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"{what} does not decrypt: bytes were changed, cut or swapped.", cure=CURE_PACK) from error

    def _associated(self, part: int) -> bytes:
        return self.repository_id + self.random + bytes((self.family, part))


class PackWriter:
    """Fills one pack in memory. Not thread-safe: the session holds a lock around it."""

    def __init__(self, keys: Keys, family: Family, entropy: Entropy) -> None:
        pack_key = entropy(KEY_BYTES)
        random = entropy(RANDOM_BYTES)
        self._key = PackKey(keys.repository_id, family, random, AESGCM(pack_key))
        wrapped = aes_key_wrap(keys.wrapping(family), pack_key)
        commitment = _commitment(pack_key, keys.repository_id, random)
        self._parts = [MAGIC + keys.repository_id + bytes((family,)) + random + wrapped + commitment]
        self._size = PREFIX_BYTES
        self.chunks: list[PackedChunk] = []

    @property
    def size(self) -> int:
        """Bytes so far, before padding and table of contents."""
        return self._size

    def add(self, kind: Kind, chunk_id: bytes, encoded: bytes, raw: int) -> PackedChunk:
        """Append an encoded chunk whose plaintext is ``raw`` bytes long."""
        ordinal = len(self.chunks)
        ciphertext = self._key.seal_blob(ordinal, kind, chunk_id, encoded)
        chunk = PackedChunk(chunk_id, kind, ordinal, self._size, len(ciphertext), raw)
        self._parts.append(ciphertext)
        self._size += len(ciphertext)
        self.chunks.append(chunk)
        return chunk

    def finish(self) -> tuple[bytes, bytes]:
        """The pack's id (48 bytes: its random part, then SHA-256 of all its bytes) and its bytes."""
        rows = (_TOC_ROW.pack(c.chunk_id, c.kind, c.offset, c.stored, c.raw) for c in self.chunks)
        toc = self._key.seal_part(_TOC, _TOC_COUNT.pack(len(self.chunks)) + b"".join(rows))
        least = self._size + TAG_BYTES + len(toc) + TRAILER_BYTES
        padding = self._key.seal_part(_PADDING, bytes(padded(least) - least))
        toc_offset = self._size + len(padding)
        trailer = self._key.seal_part(_END, _TRAILER.pack(toc_offset, len(toc)))
        self._parts += [padding, toc, trailer]
        data = b"".join(self._parts)
        self._parts.clear()  # a pack is long; it need not lie in memory twice
        return self._key.random + sha256(data).digest(), data


def padded(size: int) -> int:
    """The least Padmé size that holds ``size`` bytes: at most 12 % more, O(log log size) bits leaked."""
    if size < 2:
        return size
    exponent = size.bit_length() - 1
    free = exponent - exponent.bit_length()
    mask = (1 << free) - 1
    return (size + mask) & ~mask


def pack_name(pack_id: bytes) -> str:
    """The object that holds a pack."""
    text = pack_id.hex()
    return f"packs/{text[:2]}/{text}"


def pack_id_of(name: str) -> bytes | None:
    """The pack id in an object's name, None when it is no pack's name."""
    try:
        pack_id = bytes.fromhex(name.rpartition("/")[2])
    except ValueError:
        return None
    return pack_id if len(pack_id) == PACK_ID_BYTES and pack_name(pack_id) == name else None


def open_prefix(prefix: bytes, pack_id: bytes, keys: Keys) -> PackKey:
    """Open a pack by its first ``PREFIX_BYTES`` bytes. Raises Damaged when they are not of that pack."""
    name = pack_name(pack_id)
    fields = struct.unpack(f"<8s16sB{RANDOM_BYTES}s40s32s", prefix) if len(prefix) == PREFIX_BYTES else None
    if fields is None or fields[0] != MAGIC:
        raise Damaged(f"{name} is cut short or is no pack.", cure=CURE_PACK)
    _, repository_id, family_byte, random, wrapped, commitment = fields
    if repository_id != keys.repository_id or random != pack_id[:RANDOM_BYTES] or family_byte not in set(Family):
        raise Damaged(f"{name} holds another pack than its name says.", cure=CURE_PACK)
    family = Family(family_byte)
    try:
        pack_key = aes_key_unwrap(keys.wrapping(family), wrapped)
    except InvalidUnwrap as error:
        raise Damaged(f"The key of {name} does not unwrap: its first bytes were changed.", cure=CURE_PACK) from error
    if _commitment(pack_key, repository_id, random) != commitment:
        raise Damaged(f"The key of {name} is not the one it was committed to.", cure=CURE_PACK)
    return PackKey(repository_id, family, random, AESGCM(pack_key))


def read_contents(data: bytes, key: PackKey, name: str) -> list[PackedChunk]:
    """The table of contents of a whole pack, after checking that its parts fill the pack without a gap.

    Raises Damaged. Together with decrypting each blob this covers every byte after the prefix.
    """
    trailer = key.open_part(_END, data[-TRAILER_BYTES:], f"The end of {name}")
    toc_offset, toc_bytes = _TRAILER.unpack(trailer)
    if toc_offset + toc_bytes != len(data) - TRAILER_BYTES:
        raise Damaged(f"The parts of {name} do not add up to its size.", cure=CURE_PACK)
    toc = key.open_part(_TOC, data[toc_offset : toc_offset + toc_bytes], f"The table of contents of {name}")
    (count,) = _TOC_COUNT.unpack_from(toc)
    if len(toc) != _TOC_COUNT.size + count * _TOC_ROW.size:
        raise Damaged(f"The table of contents of {name} is malformed.", cure=CURE_PACK)
    chunks = []
    position = PREFIX_BYTES
    for ordinal, row in enumerate(_TOC_ROW.iter_unpack(toc[_TOC_COUNT.size :])):
        chunk_id, kind, offset, stored, raw = row
        if offset != position or kind not in set(Kind) or len(chunk_id) != CHUNK_ID_BYTES:
            raise Damaged(f"The table of contents of {name} is malformed.", cure=CURE_PACK)
        chunks.append(PackedChunk(chunk_id, Kind(kind), ordinal, offset, stored, raw))
        position += stored
    padding = key.open_part(_PADDING, data[position:toc_offset], f"The padding of {name}")
    if padding.count(0) != len(padding):
        raise Damaged(f"The padding of {name} is not empty.", cure=CURE_PACK)
    return chunks


def _nonce(part: int, ordinal: int) -> bytes:
    return struct.pack(">IQ", part, ordinal)


def _commitment(pack_key: bytes, repository_id: bytes, random: bytes) -> bytes:
    return derive(pack_key, repository_id + random, b"pack/commitment")
