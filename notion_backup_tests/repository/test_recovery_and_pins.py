"""What lies outside of the repository: the recovery sheet, further passphrases, and what a machine remembers."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_backup.errors import (
    Damaged,
    HistoryRolledBack,
    SettingsError,
    StoreRefused,
    UsageError,
    WrongPassphrase,
)
from notion_backup.repository import (
    KdfParameters,
    MemoryStore,
    Pins,
    RecoverySheet,
    Repository,
)
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import references, store_commit

CHEAP = KdfParameters.cheap()


def test_another_passphrase_can_be_added(repository: Repository, store: MemoryStore) -> None:
    repository.add_passphrase("a second one", kdf=CHEAP)
    assert Repository.open(store, "a second one").id == Repository.open(store, PASSPHRASE).id


def test_the_recovery_sheet_opens_for_reading_and_writing(store: MemoryStore) -> None:
    repository, sheet = Repository.init(store, PASSPHRASE, kdf=CHEAP)
    commit = store_commit(repository, 1)
    again = Repository.open(store, recovery=RecoverySheet.parse(sheet.text))
    assert again.read(commit.root)
    store_commit(again, 2)
    again.add_passphrase("new", kdf=CHEAP)
    assert len(Repository.open(store, "new").commits()) == 2


def test_the_recovery_sheet_still_reads_when_every_key_file_is_gone(store: MemoryStore) -> None:
    repository, sheet = Repository.init(store, PASSPHRASE, kdf=CHEAP)
    commit = store_commit(repository, 1)
    for info in list(store.list("keys/")):
        store.delete(info.name)
    with pytest.raises(Damaged, match="key files"):
        Repository.open(store, PASSPHRASE)
    again = Repository.open(store, recovery=sheet)
    assert again.read(commit.root)
    with pytest.raises(StoreRefused, match="signing key"):
        again.session()


def test_the_sheet_of_another_repository_is_told(store: MemoryStore, repository: Repository) -> None:
    _, sheet = Repository.init(MemoryStore(), PASSPHRASE, kdf=CHEAP)
    with pytest.raises(WrongPassphrase, match="recovery sheet"):
        Repository.open(store, recovery=sheet)
    with pytest.raises(WrongPassphrase, match="recovery sheet"):
        Repository.open(store, recovery=RecoverySheet.parse("\n".join(sheet.lines)))


@settings(max_examples=60, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.integers(0, 4), st.integers(0, 30), st.integers(1, 31))
def test_any_single_miscopied_symbol_is_found_and_its_line_named(secret: bytes, line: int, at: int, shift: int) -> None:
    sheet = RecoverySheet("ab" * 16, "", "", secret)
    assert RecoverySheet.parse(sheet.text.lower().replace("0", "o").replace("repository:", "x")).root_secret == secret
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    lines = sheet.lines
    places = [place for place, symbol in enumerate(lines[line]) if place > 2 and symbol in alphabet]
    place = places[at % len(places)]
    wrong = alphabet[(alphabet.index(lines[line][place]) + shift) % 32]
    lines[line] = lines[line][:place] + wrong + lines[line][place + 1 :]
    try:
        assert RecoverySheet.parse("\n".join(lines)).root_secret == secret  # 1 of 1024 slips through its own line
    except UsageError as error:
        assert f"ine {line + 1}" in str(error) or "Line 5" in str(error)


def test_a_sheet_with_a_line_left_out_says_which() -> None:
    lines = RecoverySheet("ab" * 16, "", "", bytes(32)).lines
    with pytest.raises(UsageError, match="lacks line 3"):
        RecoverySheet.parse("\n".join(lines[:2] + lines[3:]))


def test_a_shorter_history_than_this_machine_saw_is_refused(store: MemoryStore, tmp_path: Path) -> None:
    pins = Pins(tmp_path / "state" / "pins.json")
    make(store)
    repository = Repository.open(store, PASSPHRASE, pins=pins)
    store_commit(repository, 1)
    assert (tmp_path / "state" / "pins.json").stat().st_mode & 0o777 == 0o600
    last = store.get("log/0000000000000002")
    store.delete("log/0000000000000002")
    with pytest.raises(HistoryRolledBack, match="ends at entry 1"):
        Repository.open(store, PASSPHRASE, pins=pins)
    assert Repository.open(store, PASSPHRASE).commits() == []  # nobody else can know
    store.put("log/0000000000000002", last)
    assert len(Repository.open(store, PASSPHRASE, pins=pins).commits()) == 1


def test_another_history_of_the_same_length_is_refused(store: MemoryStore, tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    make(store)
    fork = MemoryStore()
    for info in store.list(""):
        fork.put(info.name, store.get(info.name))
    store_commit(Repository.open(store, PASSPHRASE, pins=pins), 1)
    store_commit(Repository.open(fork, PASSPHRASE), 2)
    with pytest.raises(HistoryRolledBack, match="another one"):
        Repository.open(fork, PASSPHRASE, pins=pins)


def test_unreadable_pins_are_told_and_never_taken_for_none(store: MemoryStore, tmp_path: Path) -> None:
    make(store)
    for text in ("{", "[]", '{"a": 1}'):
        (tmp_path / "pins.json").write_text(text)
        with pytest.raises(SettingsError, match="last history seen"):
            Repository.open(store, PASSPHRASE, pins=Pins(tmp_path / "pins.json"))


def test_verification_names_a_rollback_that_only_the_pins_can_know(store: MemoryStore, tmp_path: Path) -> None:
    pins = Pins(tmp_path / "pins.json")
    make(store)
    store_commit(Repository.open(store, PASSPHRASE, pins=pins), 1)
    pinned = (tmp_path / "pins.json").read_bytes()
    store.delete("log/0000000000000002")
    left = Repository.open(store, PASSPHRASE, pins=pins, tolerate_damage=True)
    report = left.verify("structure", references=partial(references, left))
    assert [finding.code for finding in report.findings] == ["history-rolled-back"]
    store_commit(left, 2)
    assert (tmp_path / "pins.json").read_bytes() == pinned
