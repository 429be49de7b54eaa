"""Making and opening a repository, and every way in which that must be refused."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path

import pytest

from notion_backup.errors import (
    Damaged,
    FormatUnknown,
    RepositoryExists,
    RepositoryForeign,
    RepositoryMissing,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    UsageError,
    WrongPassphrase,
)
from notion_backup.repository import (
    KdfParameters,
    Kind,
    LocalStore,
    MemoryStore,
    Repository,
)
from notion_backup.repository.canonical import render, render_compact
from notion_backup.repository.store import FaultStore
from notion_backup.repository.store.fault import dies_after, fails_on
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import references, store_commit

CHEAP = KdfParameters.cheap()


def edited(store: MemoryStore, **changes: object) -> None:
    fields = json.loads(store.get("repo.json")) | changes
    store.put("repo.json", render(fields))


def test_a_second_init_is_refused_and_changes_nothing(repository: Repository, store: MemoryStore) -> None:
    before = {info.name: store.get(info.name) for info in store.list("")}
    with pytest.raises(RepositoryExists, match="nothing was changed"):
        make(store)
    assert {info.name: store.get(info.name) for info in store.list("")} == before


def test_init_in_a_place_that_holds_something_else_is_refused(store: MemoryStore) -> None:
    store.put("holiday.jpg", b"x")
    with pytest.raises(RepositoryForeign, match="holiday"):
        make(store)


def test_an_empty_passphrase_is_refused(store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="empty"):
        Repository.init(store, "", kdf=CHEAP)


def test_a_wrong_passphrase_is_told(repository: Repository, store: MemoryStore) -> None:
    with pytest.raises(WrongPassphrase, match="opens with this passphrase"):
        Repository.open(store, PASSPHRASE + " ")


def test_a_passphrase_typed_in_another_unicode_form_opens(store: MemoryStore) -> None:
    Repository.init(store, "Grüße", kdf=CHEAP)
    assert Repository.open(store, "Gru\u0308ße")


def test_several_threads_may_open_at_once() -> None:
    # OpenSSL gives each lane a thread and has few: without a turn for each derivation, most of these fail or hang.
    costly = KdfParameters(iterations=1, memory_kib=256, lanes=4)
    with ThreadPoolExecutor(6) as pool:
        keys = list(pool.map(lambda number: costly.derive(f"pass {number % 3}", b"0" * 16), range(30)))
    assert len(set(keys)) == 3


def test_no_repository_is_told_apart_from_a_foreign_one_and_from_one_that_lost_its_head(
    repository: Repository, store: MemoryStore
) -> None:
    with pytest.raises(RepositoryMissing, match="No repository"):
        Repository.open(MemoryStore(), PASSPHRASE)
    other = MemoryStore()
    other.put("repo.json", b'{"name": "something else"}')
    with pytest.raises(RepositoryForeign):
        Repository.open(other, PASSPHRASE)
    other = MemoryStore()
    other.put("photo.jpg", b"x")
    with pytest.raises(RepositoryForeign, match="photo"):
        Repository.open(other, PASSPHRASE)
    store.delete("repo.json")
    with pytest.raises(Damaged, match="lost its"):
        Repository.open(store, PASSPHRASE)


def test_a_newer_format_is_refused_with_what_to_do(repository: Repository, store: MemoryStore) -> None:
    edited(store, format=2)
    with pytest.raises(FormatUnknown, match="Install a newer"):
        Repository.open(store, PASSPHRASE)


def test_an_unknown_mandatory_feature_is_refused(repository: Repository, store: MemoryStore) -> None:
    edited(store, features={"read": ["hpke"], "write": []})
    with pytest.raises(FormatUnknown, match="hpke"):
        Repository.open(store, PASSPHRASE)


@pytest.mark.parametrize(
    "changes",
    [
        {"pack_bytes": 1024 * 1024},
        {"created_at": "2020-01-01T00:00:00Z"},
        {"features": {"read": [], "write": ["gc"]}},
        {"id": "00" * 16},
        {"extra": 1},
    ],
)
def test_an_altered_description_is_refused(
    repository: Repository, store: MemoryStore, changes: dict[str, object]
) -> None:
    edited(store, **changes)
    with pytest.raises((Damaged, WrongPassphrase)):
        Repository.open(store, PASSPHRASE)


def test_a_feature_only_writers_must_know_lets_reading_go_on(store: MemoryStore) -> None:
    repository = make(store)
    commit = store_commit(repository, 1)
    object.__setattr__(repository.info, "write_features", ("parity",))
    assert repository.read(commit.root)
    with pytest.raises(FormatUnknown, match="parity"):
        repository.session()


def test_a_trust_file_with_another_key_is_refused(repository: Repository, store: MemoryStore) -> None:
    fields = json.loads(store.get("trust/1.json"))
    fields["keys"][0]["public"] = "ab" * 32
    store.put("trust/1.json", render(fields))
    with pytest.raises(Damaged, match="trust"):
        Repository.open(store, PASSPHRASE)
    store.delete("trust/1.json")
    with pytest.raises(Damaged, match="lost its trust"):
        Repository.open(store, PASSPHRASE)


def test_a_trust_file_of_another_repository_is_refused(repository: Repository, store: MemoryStore) -> None:
    other = MemoryStore()
    make(other)
    store.put("trust/1.json", other.get("trust/1.json"))
    with pytest.raises(Damaged, match="trust"):
        Repository.open(store, PASSPHRASE)


def test_a_damaged_key_file_is_named_instead_of_blaming_the_passphrase(
    repository: Repository, store: MemoryStore
) -> None:
    for info in store.list("keys/"):
        store.put(info.name, store.get(info.name)[:-2] + b"}")
    with pytest.raises(Damaged, match="keys/"):
        Repository.open(store, PASSPHRASE)


def test_key_files_that_ask_for_absurd_work_are_refused_at_once(repository: Repository, store: MemoryStore) -> None:
    for field in ({"memory_kib": 2**40}, {"iterations": 10**9}, {"lanes": 10**6}, {"memory_kib": "much"}):
        copy = MemoryStore()
        for info in store.list(""):
            copy.put(info.name, store.get(info.name))
        for info in list(copy.list("keys/")):
            fields = json.loads(copy.get(info.name))
            if fields["wrap"] == "passphrase":
                fields["kdf"] |= field
                copy.delete(info.name)
                copy.put(f"keys/{sha256(render(fields)).hexdigest()}", render(fields))
        with pytest.raises(FormatUnknown, match="Argon2id"):
            Repository.open(copy, PASSPHRASE)


def test_no_secret_shows_in_a_repr(store: MemoryStore) -> None:
    repository, sheet = Repository.init(store, PASSPHRASE, kdf=CHEAP)
    shown = repr(sheet) + str(sheet) + repr(repository.opened) + repr(repository.keys)
    assert repr(sheet.root_secret)[2:-1] not in shown
    assert sheet.lines[0][4:] not in shown
    assert repr(repository.opened.signing_seed)[2:-1] not in shown
    assert repr(repository.keys.data)[2:-1] not in shown


def test_an_init_that_was_cut_off_anywhere_is_told_and_never_half_used() -> None:
    counted = FaultStore(MemoryStore())
    make(counted)
    for operations in range(counted.operations):
        store = MemoryStore()
        with pytest.raises(StoreUnavailable):
            make(FaultStore(store, before=dies_after(operations)))
        if store.size("log/0000000000000001") is None:
            with pytest.raises((RepositoryMissing, RepositoryForeign, Damaged)):
                Repository.open(store, PASSPHRASE)
        else:  # all was written, only the answer was lost; the sheet can be had again
            assert Repository.open(store, PASSPHRASE).recovery_sheet().lines


def test_a_full_store_during_a_session_leaves_what_was_committed(repository: Repository, store: MemoryStore) -> None:
    commit = store_commit(repository, 1)
    full = FaultStore(store, before=fails_on("put", lambda: StoreFull("No room is left."), times=99, prefix="packs/"))
    with pytest.raises(StoreFull):
        store_commit(Repository.open(full, PASSPHRASE), 2)
    again = Repository.open(store, PASSPHRASE)
    assert again.commits() == [commit]
    store_commit(again, 2)


_TINY_DISK = """
import resource, signal, sys
from pathlib import Path
from notion_backup.errors import StoreFull
from notion_backup.repository import LocalStore, Repository
from notion_backup_tests.repository.content import store_commit

repository = Repository.open(LocalStore(Path(sys.argv[1])), sys.argv[2])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))
try:
    store_commit(repository, 7)
except StoreFull as error:
    print(error)
    sys.exit(0)
sys.exit(1)
"""


def test_a_file_system_that_takes_no_more_is_told_and_harms_nothing(tmp_path: Path) -> None:
    repository = make(LocalStore(tmp_path))
    commit = store_commit(repository, 1)
    run = subprocess.run([sys.executable, "-c", _TINY_DISK, tmp_path, PASSPHRASE], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "No room is left" in run.stdout
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".tmp")]
    again = Repository.open(LocalStore(tmp_path), PASSPHRASE)
    assert again.commits() == [commit]
    assert again.verify("full", references=partial(references, again)).ok


@pytest.mark.skipif(os.geteuid() != 0 and os.name != "posix", reason="needs POSIX permissions")
def test_a_read_only_repository_is_read_and_refuses_to_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = store_commit(make(LocalStore(tmp_path)), 1)
    real_open = os.open

    def read_only(path: os.PathLike[str], flags: int, *arguments: object, **options: object) -> int:
        if flags & os.O_CREAT:
            raise OSError(30, "Read-only file system")
        return real_open(path, flags, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", read_only)
    repository = Repository.open(LocalStore(tmp_path), PASSPHRASE)
    assert repository.read(commit.root)
    with pytest.raises(StoreRefused, match="Read-only"):
        store_commit(repository, 2)


def test_damaged_packs_give_a_clear_error_and_never_wrong_bytes(repository: Repository, store: MemoryStore) -> None:
    content = random.Random(1).randbytes(200_000)
    with repository.session() as session:
        ref = session.put_bytes(Kind.MEDIA, content)
        repository.commit(session.seal(ref, {}).id)
    name = next(info.name for info in store.list("packs/"))
    data = store.get(name)
    for garbled in (data[:100_000], b"", bytes(len(data)), data[:5000] + b"\0" + data[5001:]):
        if garbled != data:
            store.put(name, garbled)
            with pytest.raises(Damaged, match="packs/"):
                Repository.open(store, PASSPHRASE).read(ref)
    store.delete(name)
    with pytest.raises(Damaged, match="gone"):
        Repository.open(store, PASSPHRASE).read(ref)


def test_clear_files_are_rendered_in_one_way_only() -> None:
    assert render({"b": 1, "a": [2]}) == b'{\n  "a": [\n    2\n  ],\n  "b": 1\n}\n'
    assert render_compact({"b": "é", "a": 1}) == b'{"a":1,"b":"\\u00e9"}'


def test_a_wrong_passphrase_is_told_though_another_key_file_is_damaged(
    repository: Repository, store: MemoryStore
) -> None:
    name = repository.add_passphrase("second", kdf=CHEAP)
    store.put(name, store.get(name)[:-5])
    assert Repository.open(store, PASSPHRASE)
    with pytest.raises(WrongPassphrase, match="Also: keys/"):
        Repository.open(store, "second")
