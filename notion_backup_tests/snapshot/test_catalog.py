from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_backup.errors import Damaged
from notion_backup.snapshot.catalog import Entry, decode_catalog, encode_parts, encode_proof, entries_of
from notion_backup.snapshot.model import Table
from notion_backup_tests.snapshot.building import NOON, identity


def _entry(number: int, table: Table = Table.PAGES) -> Entry:
    return Entry(
        table, identity(number * 2_654_435_761 % 2**32), None, f"Title {number}", NOON, False,
        number.to_bytes(32, "big"), NOON, NOON, True, "search", number // 100, number % 100, 1,
    )  # fmt: skip


def _encoded(entries: Iterable[Entry]) -> tuple[list[bytes], bytes]:
    ordered = sorted(entries, key=lambda entry: (entry.id, entry.table))
    return list(encode_parts(ordered)), encode_proof(ordered)


@settings(max_examples=20, deadline=None)
@given(st.sets(st.integers(0, 5_000), max_size=300))
def test_a_catalog_comes_back_sorted_and_whole(numbers: set[int]) -> None:
    entries = [_entry(number) for number in numbers]
    found = list(entries_of(decode_catalog(*_encoded(entries))))
    assert found == sorted(entries, key=lambda entry: (entry.id, entry.table))


def test_one_row_more_or_one_changed_costs_one_part() -> None:
    entries = [_entry(number) for number in range(20_000)]
    before, _ = _encoded(entries)
    assert len(before) > 20
    assert len(set(_encoded([*entries, _entry(20_001)])[0]) - set(before)) == 1
    edited = [replace(entry, title="edited") if entry is entries[77] else entry for entry in entries]
    assert len(set(_encoded(edited)[0]) - set(before)) == 1


def test_a_new_time_of_verification_costs_no_part() -> None:
    entries = [_entry(number) for number in range(2_000)]
    later = [replace(entry, verified_at=NOON + timedelta(days=1)) for entry in entries]
    (parts, proof), (parts_after, proof_after) = _encoded(entries), _encoded(later)
    assert parts == parts_after
    assert proof != proof_after and len(proof_after) < 1_500


def test_a_proof_of_another_catalog_is_refused() -> None:
    parts, _ = _encoded([_entry(1)])
    _, of_others = _encoded([_entry(1), _entry(2)])
    with pytest.raises(Damaged, match="1 units, but 2"):
        decode_catalog(parts, of_others)


def test_the_same_entries_give_the_same_bytes_in_any_order() -> None:
    entries = [_entry(number) for number in range(500)]
    assert _encoded(entries) == _encoded(reversed(entries))
    renamed = [replace(entries[0], title="x"), *entries[1:]]
    assert _encoded(entries) != _encoded(renamed)
