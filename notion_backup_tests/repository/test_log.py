"""The log: what makes an entry count, who may write one, and what happens when two want the same slot."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from notion_backup.errors import Damaged, StoreUnavailable
from notion_backup.repository import Kind, LocalStore, MemoryStore, Repository, Store
from notion_backup.repository.crypto.signing import SigningKey
from notion_backup.repository.entry import COMMIT, write_entry
from notion_backup.repository.store import FaultStore
from notion_backup.repository.store.fault import fails_on
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import store_commit

SLOT = "log/{:016d}".format


def drafted(repository: Repository, text: bytes) -> str:
    with repository.session() as session:
        return session.seal(session.put_bytes(Kind.RECORD, text), {"text": text.decode()}).id


def test_garbage_in_the_next_slot_is_stepped_over_and_named_by_the_next_entry(
    repository: Repository, store: MemoryStore
) -> None:
    store.put(SLOT(2), b"garbage")
    store.put(SLOT(3), store.get(SLOT(1)))  # a real entry in a slot that is not its own
    commit = store_commit(repository, 1)
    assert commit.slot == 4
    again = Repository.open(store, PASSPHRASE)
    assert again.commits() == [commit]
    assert [void.slot for void in again.history.entries[-1].voids] == [2, 3]


def test_an_entry_signed_by_a_stranger_is_void(repository: Repository, store: MemoryStore) -> None:
    # Even one who knows the root secret, and so can encrypt a body, may not write unless trust/ names the key.
    stranger = SigningKey(os.urandom(32))
    forged = write_entry(
        2, repository.head.digest, COMMIT, (), {"id": "x"}, keys=repository.keys, signer=stranger, entropy=os.urandom
    )
    store.put(SLOT(2), forged)
    assert Repository.open(store, PASSPHRASE).commits() == []


def test_an_entry_of_another_repository_is_void(repository: Repository, store: MemoryStore) -> None:
    other = MemoryStore()
    store_commit(make(other), 1)
    store.put(SLOT(2), other.get(SLOT(2)))
    assert Repository.open(store, PASSPHRASE).commits() == []


@pytest.mark.parametrize("harm", ["delete", "garble", "replace by a void"])
def test_a_changed_or_missing_entry_before_the_last_is_refused_and_nothing_more_is_written(
    repository: Repository, store: MemoryStore, harm: str
) -> None:
    first, second, third = (store_commit(repository, seed) for seed in range(3))
    if harm == "delete":
        store.delete(SLOT(second.slot))
    elif harm == "garble":
        data = store.get(SLOT(second.slot))
        store.put(SLOT(second.slot), data[:-1] + bytes((data[-1] ^ 1,)))
    else:
        store.put(SLOT(second.slot), b"void")
    with pytest.raises(Damaged, match=SLOT(second.slot)):
        Repository.open(store, PASSPHRASE)
    left = Repository.open(store, PASSPHRASE, tolerate_damage=True)
    assert left.commits() == [first, third]
    assert left.read(third.root)
    with pytest.raises(Damaged):
        left.session()
    with pytest.raises(Damaged):
        left.commit("0" * 32)


def test_swapped_entries_are_refused(repository: Repository, store: MemoryStore) -> None:
    for seed in range(3):
        store_commit(repository, seed)
    two, three = store.get(SLOT(2)), store.get(SLOT(3))
    store.put(SLOT(2), three)
    store.put(SLOT(3), two)
    with pytest.raises(Damaged, match="log/"):
        Repository.open(store, PASSPHRASE)


def test_a_history_without_its_beginning_is_refused(repository: Repository, store: MemoryStore) -> None:
    store_commit(repository, 1)
    store.delete(SLOT(1))
    with pytest.raises(Damaged):
        Repository.open(store, PASSPHRASE)


@pytest.mark.parametrize("effect", ["before", "after"])
def test_a_commit_whose_answer_was_lost_is_made_exactly_once(
    repository: Repository, store: MemoryStore, effect: str
) -> None:
    draft = drafted(repository, b"once")
    rule = fails_on("put_if_absent", lambda: StoreUnavailable("cut off"), times=3)
    flaky = FaultStore(store, before=rule) if effect == "before" else FaultStore(store, after=rule)
    commit = Repository.open(flaky, PASSPHRASE, sleep=lambda _: None).commit(draft)
    assert Repository.open(store, PASSPHRASE).commits() == [commit]


def test_a_commit_that_cannot_reach_the_store_can_be_made_later(repository: Repository, store: MemoryStore) -> None:
    draft = drafted(repository, b"later")
    dead = FaultStore(store, before=fails_on("put_if_absent", lambda: StoreUnavailable("gone"), times=99))
    with pytest.raises(StoreUnavailable):
        Repository.open(dead, PASSPHRASE, sleep=lambda _: None).commit(draft)
    assert Repository.open(store, PASSPHRASE).commits() == []
    assert repository.commit(draft).id == draft


def test_an_unknown_draft_is_told(repository: Repository) -> None:
    for name in ("0" * 32, "../../etc/passwd"):
        with pytest.raises(Damaged, match="raft"):
            repository.commit(name)


def test_many_threads_that_commit_at_once_all_get_a_slot_of_their_own(store: MemoryStore) -> None:
    make(store)
    barrier = threading.Barrier(8)

    def work(number: int) -> int:
        repository = Repository.open(store, PASSPHRASE)
        draft = drafted(repository, b"thread %d" % number)
        barrier.wait()
        return repository.commit(draft).slot

    with ThreadPoolExecutor(8) as pool:
        slots = list(pool.map(work, range(8)))
    assert sorted(slots) == list(range(2, 10))
    assert [commit.slot for commit in Repository.open(store, PASSPHRASE).commits()] == list(range(2, 10))


def test_many_that_commit_the_same_draft_at_once_make_one_entry(store: MemoryStore) -> None:
    draft = drafted(make(store), b"same")
    barrier = threading.Barrier(6)

    def work(_: int) -> str:
        repository = Repository.open(store, PASSPHRASE)
        barrier.wait()
        return repository.commit(draft).digest

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(work, range(6)))) == 1
    assert len(Repository.open(store, PASSPHRASE).commits()) == 1


def test_two_writers_that_store_the_same_chunk_both_commit_and_it_reads(repository: Repository, store: Store) -> None:
    other = Repository.open(store, PASSPHRASE)
    drafts = [drafted(each, b"shared" * 100) for each in (repository, other)]
    for each, draft in zip((repository, other), drafts, strict=True):
        each.commit(draft)
    again = Repository.open(store, PASSPHRASE)
    assert [again.read(commit.root) for commit in again.commits()] == [b"shared" * 100] * 2


_WORKER = """
import sys
from pathlib import Path
from notion_backup.repository import LocalStore, Repository
from notion_backup_tests.repository.content import store_commit

repository = Repository.open(LocalStore(Path(sys.argv[1])), sys.argv[2])
for turn in range(3):
    store_commit(repository, int(sys.argv[3]) * 10 + turn, blobs=1, media=2_000)
"""


def test_processes_that_commit_at_once_leave_one_whole_history(tmp_path: Path) -> None:
    make(LocalStore(tmp_path))
    running = [
        subprocess.Popen([sys.executable, "-c", _WORKER, tmp_path, PASSPHRASE, str(number)]) for number in range(3)
    ]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    repository = Repository.open(LocalStore(tmp_path), PASSPHRASE)
    assert [commit.slot for commit in repository.commits()] == list(range(2, 11))
    assert sorted(commit.summary["seed"] for commit in repository.commits()) == [0, 1, 2, 10, 11, 12, 20, 21, 22]


def test_an_object_in_a_slot_far_ahead_stops_nobody(repository: Repository, store: MemoryStore) -> None:
    store.put(SLOT(10**15), b"far ahead")
    store.put(SLOT(4), b"a little ahead")
    store.put(SLOT(3), bytes(6 * 1024 * 1024))  # longer than any entry
    first = store_commit(Repository.open(store, PASSPHRASE), 1)
    second = store_commit(Repository.open(store, PASSPHRASE), 2)
    assert (first.slot, second.slot) == (2, 5)
    again = Repository.open(store, PASSPHRASE)
    assert again.commits() == [first, second]
    assert [problem.code for problem in again.log_problems] == ["log-slot-void", "log-slot-void", "log-slot-stray"]
