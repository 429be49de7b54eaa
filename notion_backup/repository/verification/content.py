"""One pack, byte by byte: hash, prefix, table of contents, padding, every chunk, and the index's word for it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from notion_backup.errors import Damaged, ObjectMissing
from notion_backup.repository.codec import Codec
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.index import ChunkIndex, Location
from notion_backup.repository.pack import (
    PREFIX_BYTES,
    RANDOM_BYTES,
    PackedChunk,
    PackKey,
    open_prefix,
    pack_name,
    read_contents,
)
from notion_backup.repository.reader import open_chunk
from notion_backup.repository.store.protocol import Store


@dataclass(frozen=True, slots=True)
class PackVerdict:
    """What reading one pack told. ``wrong`` is empty when all is well; ``lost`` are ids of unreadable chunks."""

    pack: bytes
    code: str
    wrong: tuple[str, ...]
    lost: frozenset[bytes]
    chunks: int
    bytes_read: int


def read_pack(pack: bytes, store: Store, keys: Keys, codec: Codec, index: ChunkIndex) -> PackVerdict:
    """Read a pack whole and check everything about it. Never raises Damaged."""
    name = pack_name(pack)
    try:
        data = store.get(name)
    except ObjectMissing:
        lost = frozenset(chunk.chunk_id for chunk in index.chunks_of(pack))
        return PackVerdict(pack, "pack-missing", (f"{name} is gone.",), lost, 0, 0)
    wrong: list[str] = []
    if sha256(data).digest() != pack[RANDOM_BYTES:]:
        wrong.append(f"{name} is not what was written: its bytes were changed, cut or swapped.")
    try:
        key = open_prefix(data[:PREFIX_BYTES], pack, keys)
    except Damaged as error:
        wrong.append(error.what)
        lost = frozenset(chunk.chunk_id for chunk in index.chunks_of(pack))
        return PackVerdict(pack, "pack-damaged", tuple(wrong), lost, 0, len(data))
    chunks = _contents(data, key, name, pack, index, wrong)
    lost_ids = set()
    for chunk in chunks:
        ciphertext = data[chunk.offset : chunk.offset + chunk.stored]
        try:
            open_chunk(key, chunk, ciphertext, keys, codec, name)
        except Damaged as error:
            wrong.append(error.what)
            lost_ids.add(chunk.chunk_id)
    return PackVerdict(pack, "pack-damaged", tuple(wrong), frozenset(lost_ids), len(chunks), len(data))


def _contents(
    data: bytes, key: PackKey, name: str, pack: bytes, index: ChunkIndex, wrong: list[str]
) -> list[PackedChunk]:
    """The chunks to read: as the pack's own table lists them, or as the index does where that table is damaged."""
    try:
        chunks = read_contents(data, key, name)
    except Damaged as error:
        wrong.append(error.what)
        return index.chunks_of(pack)
    if index.count_of(pack):
        strangers = [chunk for chunk in chunks if Location(pack, chunk) not in index.locations(chunk.chunk_id)]
        if strangers or index.count_of(pack) != len(chunks):
            wrong.append(f"The index and the table of contents of {name} do not list the same chunks.")
            return [*chunks, *(chunk for chunk in index.chunks_of(pack) if chunk not in chunks)]
    return chunks
