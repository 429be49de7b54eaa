"""Packs, codec and index by themselves: what they hide, what they refuse, what they cost."""

from __future__ import annotations

import os
import random
from hashlib import sha256

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_backup.errors import Damaged
from notion_backup.repository import Kind, MemoryStore, Repository
from notion_backup.repository.blob import Family
from notion_backup.repository.codec import Codec
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.index import ChunkIndex, FilledPack, Location, read_fragment, write_fragment
from notion_backup.repository.pack import (
    PREFIX_BYTES,
    RANDOM_BYTES,
    PackedChunk,
    PackWriter,
    open_prefix,
    pack_name,
    padded,
    read_contents,
)
from notion_backup.repository.verification.content import read_pack
from notion_backup_tests.repository.conftest import PASSPHRASE, make

KEYS = Keys.derived(b"r" * 32, b"i" * 16)


def packed(contents: list[bytes], keys: Keys = KEYS) -> tuple[bytes, bytes, list[PackedChunk]]:
    writer = PackWriter(keys, Family.META, os.urandom)
    codec = Codec()
    for content in contents:
        writer.add(Kind.RECORD, keys.id_of(Kind.RECORD, content), codec.encode(content), len(content))
    pack_id, data = writer.finish()
    return pack_id, data, writer.chunks


@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=3_000), max_size=12))
def test_a_pack_gives_back_its_table_of_contents_and_every_chunk(contents: list[bytes]) -> None:
    pack_id, data, chunks = packed(contents)
    assert sha256(data).digest() == pack_id[RANDOM_BYTES:]
    key = open_prefix(data[:PREFIX_BYTES], pack_id, KEYS)
    assert read_contents(data, key, "x") == chunks
    for chunk, content in zip(chunks, contents, strict=True):
        encoded = key.open_blob(chunk, data[chunk.offset : chunk.offset + chunk.stored], "x")
        assert Codec().decode(encoded, chunk.raw, "x") == content


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_bit_of_a_pack_counts(data: st.DataObject) -> None:
    pack_id, pack, chunks = _PACK
    bit = data.draw(st.integers(0, len(pack) * 8 - 1))
    flipped = bytearray(pack)
    flipped[bit // 8] ^= 1 << bit % 8
    store = MemoryStore()
    store.put(pack_name(pack_id), bytes(flipped))
    index = ChunkIndex()
    index.add([FilledPack(pack_id, len(pack), tuple(chunks))])
    verdict = read_pack(pack_id, store, KEYS, Codec(), index)
    assert verdict.wrong
    hit = {c.chunk_id for c in chunks if c.offset <= bit // 8 < c.offset + c.stored}
    assert verdict.lost == hit or bit // 8 < PREFIX_BYTES


_PACK = packed([random.Random(n).randbytes(40 + 13 * n) for n in range(9)])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40))
def test_padding_hides_all_but_a_few_bits_of_a_size_for_an_eighth_at_most(size: int) -> None:
    assert size <= padded(size) <= size * 1.12 + 1
    assert padded(padded(size)) == padded(size)


def test_two_packs_of_the_same_chunks_share_no_ciphertext() -> None:
    contents = [b"the same" * 100]
    (_, one, (chunk,)), (_, two, _) = packed(contents), packed(contents)
    ciphertexts = {pack[chunk.offset : chunk.offset + chunk.stored] for pack in (one, two)}
    assert len(ciphertexts) == 2
    assert contents[0] not in one
    assert chunk.chunk_id not in one


def test_blobs_cannot_change_places_or_packs() -> None:
    pack_id, data, (first, second) = packed([b"a" * 64, b"b" * 64])
    key = open_prefix(data[:PREFIX_BYTES], pack_id, KEYS)
    other_id, other, _ = packed([b"a" * 64, b"b" * 64])
    other_key = open_prefix(other[:PREFIX_BYTES], other_id, KEYS)
    first_bytes = data[first.offset : first.offset + first.stored]
    for opener, chunk in (
        (key, second),
        (other_key, first),
        (key, PackedChunk(first.chunk_id, Kind.TABLE, 0, first.offset, first.stored, first.raw)),
        (key, PackedChunk(second.chunk_id, Kind.RECORD, 0, first.offset, first.stored, first.raw)),
    ):
        with pytest.raises(Damaged, match="does not decrypt"):
            opener.open_blob(chunk, first_bytes, "x")


def test_a_pack_of_another_repository_or_family_does_not_open() -> None:
    pack_id, data, _ = packed([b"x"])
    with pytest.raises(Damaged, match="another pack"):
        open_prefix(data[:PREFIX_BYTES], pack_id, Keys.derived(b"r" * 32, b"j" * 16))
    moved = data[:24] + bytes((Family.DATA,)) + data[25:PREFIX_BYTES]
    with pytest.raises(Damaged, match="unwrap"):
        open_prefix(moved, pack_id, KEYS)
    uncommitted = data[: PREFIX_BYTES - 1] + bytes((data[PREFIX_BYTES - 1] ^ 1,))
    with pytest.raises(Damaged, match="committed"):
        open_prefix(uncommitted, pack_id, KEYS)
    with pytest.raises(Damaged, match="cut short"):
        open_prefix(data[:50], pack_id, KEYS)


def test_what_does_not_compress_is_stored_as_it_is() -> None:
    noise, text = random.Random(1).randbytes(10_000), b"text " * 2_000
    assert len(Codec().encode(noise)) == len(noise) + 1
    assert len(Codec().encode(text)) < 200


def test_a_decompression_bomb_is_refused_before_it_unfolds() -> None:
    bomb = b"\x01" + zstandard.ZstdCompressor(level=3).compress(bytes(200_000_000))
    with pytest.raises(Damaged, match="recorded length"):
        Codec().decode(bomb, 1_000, "x")
    with pytest.raises(Damaged, match="more than a chunk"):
        Codec().decode(bomb, 200_000_000, "x")
    unsized = b"\x01" + zstandard.ZstdCompressor(write_content_size=False).compress(bytes(5_000_000))
    with pytest.raises(Damaged):
        Codec().decode(unsized, 1_000, "x")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 100))
def test_no_encoded_bytes_can_break_the_codec(encoded: bytes, raw: int) -> None:
    try:
        assert len(Codec().decode(encoded, raw, "x")) == raw
    except Damaged as error:
        assert "x" in error.what


def _listing(chooser: random.Random, packs: int, chunks: int, space: int) -> list[FilledPack]:
    return [
        FilledPack(
            chooser.randbytes(48),
            chooser.randrange(10**9),
            tuple(
                PackedChunk(chooser.randrange(space).to_bytes(32, "big"), Kind.RECORD, n, n * 100, 100, 90)
                for n in range(chunks)
            ),
        )
        for _ in range(packs)
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.lists(st.integers(0, 40), max_size=12))
def test_the_index_answers_as_a_dictionary_would(seed: int, sizes: list[int]) -> None:
    chooser = random.Random(seed)
    index, model = ChunkIndex(), {}
    for size in sizes:
        packs = _listing(chooser, 2, size, 200)
        index.add(packs)
        for pack in packs:
            for chunk in pack.chunks:
                model.setdefault(chunk.chunk_id, []).append(Location(pack.id, chunk))
    for number in range(200):
        chunk_id = number.to_bytes(32, "big")
        assert index.locations(chunk_id) == model.get(chunk_id, [])
        assert (chunk_id in index) == (chunk_id in model)
    assert len(index) == sum(map(len, model.values()))


def test_an_index_fragment_reads_back_and_refuses_any_change() -> None:
    packs = _listing(random.Random(1), 3, 20, 10**9)
    name, data = write_fragment(packs, KEYS, os.urandom)
    assert sorted(read_fragment(name, data, KEYS), key=lambda p: p.id) == sorted(packs, key=lambda p: p.id)
    for changed in (data[:-1], data + b"\0", data[:40] + b"\0" + data[41:]):
        if changed != data:
            with pytest.raises(Damaged, match="index/"):
                read_fragment(name, changed, KEYS)
    other = Keys.derived(b"s" * 32, b"i" * 16)
    with pytest.raises(Damaged, match="does not decrypt"):
        read_fragment(name, data, other)


def test_an_index_that_points_elsewhere_never_yields_wrong_bytes(repository: Repository, store: MemoryStore) -> None:
    # Whoever holds the keys can list a chunk under another's place; the id gives it away.
    with repository.session() as session:
        wanted = session.put_bytes(Kind.RECORD, b"what was asked for")
        other = session.put_bytes(Kind.RECORD, b"something quite else")
        repository.commit(session.seal(wanted, {}).id)
    again = Repository.open(store, PASSPHRASE)
    index = again.index()
    (place,) = index.locations(other.root)
    (asked,) = index.locations(wanted.root)
    writer = PackWriter(again.keys, Family.META, os.urandom)
    writer.add(Kind.RECORD, wanted.root, Codec().encode(b"something quite else"), 20)
    pack_id, data = writer.finish()
    store.put(pack_name(pack_id), data)
    poisoned = ChunkIndex()
    poisoned.add([FilledPack(pack_id, len(data), tuple(writer.chunks))])
    again._index = poisoned
    with pytest.raises(Damaged, match="other content than its id"):
        again.read(wanted)
    poisoned.add([FilledPack(asked.pack, 0, (asked.chunk, place.chunk))])
    assert again.read(wanted) == b"what was asked for"  # the second place is intact


def test_names_and_clear_parts_tell_nothing_of_the_content(store: MemoryStore) -> None:
    repository = make(store)
    secret = b"Quarterly layoffs plan"
    with repository.session() as session:
        ref = session.put_bytes(Kind.RECORD, secret * 3)
        repository.commit(session.seal(ref, {"title": secret.decode()}).id)
    for info in store.list(""):
        assert secret not in store.get(info.name)
        assert ref.root.hex() not in info.name
        assert ref.root not in store.get(info.name)
        assert PASSPHRASE.encode() not in store.get(info.name)
