"""A long random life of one repository against a model of it: whatever happens, what was committed reads back."""

from __future__ import annotations

import random
from functools import partial

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from notion_backup.errors import NotionBackupError, StoreUnavailable
from notion_backup.repository import BlobRef, Kind, MemoryStore, Repository, WriteSession
from notion_backup.repository.store import FaultStore
from notion_backup.repository.store.fault import dies_after
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import references, store_commit


class Life(RuleBasedStateMachine):
    """Two machines write, die, lose answers and damage objects; the model knows what each commit must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemoryStore()
        self.first = make(self.store)
        self.second = Repository.open(self.store, PASSPHRASE)
        self.model: dict[str, bytes] = {}
        self.drafts: dict[str, bytes] = {}

    def machine(self, which: bool) -> Repository:
        return self.first if which else self.second

    @rule(which=st.booleans(), content=st.binary(max_size=200))
    def seal(self, which: bool, content: bytes) -> None:
        with self.machine(which).session() as session:
            draft = _stored(session, content)
        self.drafts[draft] = content

    @precondition(lambda self: self.drafts)
    @rule(which=st.booleans(), data=st.data())
    def commit(self, which: bool, data: st.DataObject) -> None:
        draft = data.draw(st.sampled_from(sorted(self.drafts)))
        assert self.machine(which).commit(draft).id == draft
        self.model[draft] = self.drafts[draft]

    @rule(content=st.binary(max_size=200), after=st.integers(0, 14), lost=st.booleans())
    def die(self, content: bytes, after: int, lost: bool) -> None:
        faulty = FaultStore(
            self.store,
            before=dies_after(after + lost),
            after=lambda n, verb, name: StoreUnavailable("cut off") if lost and n == after + 1 else None,
        )
        try:
            repository = Repository.open(faulty, PASSPHRASE, sleep=lambda _: None)
            with repository.session() as session:
                draft = _stored(session, content)
            self.drafts[draft] = content
            repository.commit(draft)
        except StoreUnavailable:
            self.second.refresh()
            for commit in self.second.commits():
                if commit.id in self.drafts:  # it did land
                    self.model[commit.id] = self.drafts[commit.id]
        else:
            self.model[draft] = content

    @rule(junk=st.binary(max_size=50))
    def somebody_writes_into_the_next_slot(self, junk: bytes) -> None:
        last = max(int(info.name.rpartition("/")[2]) for info in self.store.list("log/"))
        self.store.put(f"log/{last + 1:016d}", junk)

    @rule(seed=st.integers(0, 2**32))
    def a_bit_flips_and_is_found_and_put_right(self, seed: int) -> None:
        chooser = random.Random(seed)
        name = chooser.choice([info.name for info in self.store.list("")])
        data = self.store.get(name)
        if not data:
            return
        flipped = bytearray(data)
        flipped[chooser.randrange(len(data))] ^= 1 << chooser.randrange(8)
        before = self._findings()
        self.store.put(name, bytes(flipped))
        try:
            assert self._findings() != before or _is_void_already(before, name), name
        finally:
            self.store.put(name, data)

    def _findings(self) -> object:
        try:
            repository = Repository.open(self.store, PASSPHRASE, tolerate_damage=True)
            report = repository.verify("full", references=partial(_root_only, repository))
        except NotionBackupError as error:
            return str(error)
        return [(finding.code, finding.object) for finding in report.findings]

    @rule()
    def start_anew(self) -> None:
        self.first = Repository.open(self.store, PASSPHRASE)

    @invariant()
    def all_that_was_committed_reads_back(self) -> None:
        repository = Repository.open(self.store, PASSPHRASE)
        found = {commit.id: repository.read(commit.root) for commit in repository.commits()}
        assert found == self.model


def _stored(session: WriteSession, content: bytes) -> str:
    return session.seal(session.put_bytes(Kind.RECORD, content), {}).id


def _root_only(repository: Repository, commit: object) -> list[bytes]:
    root: BlobRef = commit.root  # type: ignore[attr-defined]
    return list(repository.chunk_ids(root))


def _is_void_already(before: object, name: str) -> bool:
    return isinstance(before, list) and ("log-slot-void", name) in before


Life.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestLife = Life.TestCase


def test_a_long_history_opens_and_verifies(store: MemoryStore) -> None:
    repository = make(store)
    for seed in range(150):
        store_commit(repository, seed, blobs=1, media=200)
    again = Repository.open(store, PASSPHRASE)
    assert len(again.commits()) == 150
    assert again.verify("structure", references=partial(references, again)).ok
