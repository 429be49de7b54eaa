from __future__ import annotations

import io
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_backup.repository import Repository
from notion_backup.repository.parquet_cut import WHOLE_PAGE_BYTES, cut_parquet


def parquet(rows: list[tuple[str, str]], **options: object) -> bytes:
    table = pa.table({"id": [row[0] for row in rows], "raw": [row[1] for row in rows]})
    sink = io.BytesIO()
    pq.write_table(table, sink, **({"compression": "zstd", "use_dictionary": False} | options))
    return sink.getvalue()


def rows(count: int, seed: int = 0) -> list[tuple[str, str]]:
    chooser = random.Random(seed)
    return [(f"{chooser.getrandbits(128):032x}", chooser.randbytes(60).hex()) for _ in range(count)]


WRITERS = {
    "plain": {},
    "cdc": {"use_content_defined_chunking": True},
    "dictionary": {"use_dictionary": True},
    "uncompressed": {"compression": "none"},
    "second data pages": {"data_page_version": "2.0"},
    "row groups": {"row_group_size": 500},
    "page index": {"write_page_index": True},
    "checksums": {"write_page_checksum": True},
    "small pages": {"data_page_size": 2_000},
}


@pytest.mark.parametrize("options", WRITERS.values(), ids=WRITERS.keys())
def test_pieces_join_to_the_file_whatever_wrote_it(options: dict[str, object]) -> None:
    data = parquet(rows(3_000), **options)
    pieces = cut_parquet(data)
    assert pieces is not None
    assert b"".join(pieces) == data
    assert len(pieces) >= 3


def test_the_footer_is_a_piece_of_its_own() -> None:
    data = parquet(rows(3_000))
    pieces = cut_parquet(data)
    assert pieces is not None
    length = int.from_bytes(data[-8:-4], "little")
    assert len(pieces[-1]) == length + 8


def test_pieces_of_short_pages_are_of_middling_size() -> None:
    pieces = cut_parquet(parquet(rows(40_000), data_page_size=4_000, use_content_defined_chunking=False))
    assert pieces is not None
    assert 0.3 * WHOLE_PAGE_BYTES < sum(map(len, pieces)) / len(pieces) < 3 * WHOLE_PAGE_BYTES


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 3_000), st.integers(0, 255))
def test_damaged_parquet_is_cut_without_loss_or_left_to_the_other_cutter(junk: bytes, at: int, byte: int) -> None:
    data = bytearray(parquet(rows(60)))
    data[at % len(data)] = byte
    for candidate in (bytes(data), b"PAR1" + junk + b"PAR1", bytes(data[: at % len(data)]) + b"PAR1"):
        pieces = cut_parquet(candidate)
        assert pieces is None or b"".join(pieces) == candidate


def test_an_insert_at_a_tenth_of_a_file_stores_a_small_part_of_it_again(repository: Repository) -> None:
    before = sorted(rows(60_000))
    after = sorted([*before, *((f"19{row[0][2:]}", row[1]) for row in rows(400, seed=9))])
    first, second = (parquet(each, use_content_defined_chunking=True) for each in (before, after))
    with repository.session() as session:
        one = session.put_parquet(first)
        repository.commit(session.seal(one, {}).id)
    with repository.session() as session:
        two = session.put_parquet(second)
        commit = repository.commit(session.seal(two, {}).id)
    assert repository.read(one) == first
    assert repository.read(two) == second
    assert commit.stored_bytes < 0.35 * len(second)


def test_what_is_no_parquet_is_stored_all_the_same(repository: Repository) -> None:
    data = random.Random(5).randbytes(900_000)
    with repository.session() as session:
        ref = session.put_parquet(data)
        assert session.stats.stored_chunks > 5
        repository.commit(session.seal(ref, {}).id)
    assert repository.read(ref) == data
