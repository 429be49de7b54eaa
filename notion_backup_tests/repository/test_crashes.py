"""A writer may stop anywhere: by an operation that never returns, by kill -9, by power. What was committed stays."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from notion_backup.errors import StoreUnavailable
from notion_backup.repository import LocalStore, MemoryStore, Repository
from notion_backup.repository.store import FaultStore
from notion_backup.repository.store.fault import Rule, dies_after
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import export, references, store_commit


def copy_of(store: MemoryStore) -> MemoryStore:
    copy = MemoryStore()
    for info in store.list(""):
        copy.put(info.name, store.get(info.name))
    return copy


@pytest.mark.parametrize("effect", ["never happens", "happens, and nobody hears of it"])
def test_a_writer_that_dies_after_any_operation_leaves_the_committed_state_whole(effect: str) -> None:
    start = MemoryStore()
    make(start)
    store_commit(Repository.open(start, PASSPHRASE), 1, blobs=2, media=3_000)
    truth = export(Repository.open(start, PASSPHRASE))
    counted = FaultStore(copy_of(start))
    store_commit(Repository.open(counted, PASSPHRASE), 2, blobs=2, media=3_000)
    assert counted.operations > 10

    for operations in range(counted.operations):
        store = copy_of(start)
        dying: Rule = dies_after(operations)
        faulty = FaultStore(store, before=dying) if effect == "never happens" else _last_one_lands(store, operations)
        with pytest.raises(StoreUnavailable):
            store_commit(Repository.open(faulty, PASSPHRASE, sleep=lambda _: None), 2, blobs=2, media=3_000)
        again = Repository.open(store, PASSPHRASE)
        report = again.verify("full", references=partial(references, again))
        assert report.ok, (operations, report.findings)
        found = export(again)
        assert truth.items() <= found.items()
        # Whatever the first try left behind, a second one ends well and stores little or nothing twice.
        store_commit(again, 2, blobs=2, media=3_000)
        assert again.verify("full", references=partial(references, again)).ok


def _last_one_lands(store: MemoryStore, operations: int) -> FaultStore:
    return FaultStore(
        store,
        before=dies_after(operations + 1),
        after=lambda number, verb, name: StoreUnavailable("cut off") if number == operations + 1 else None,
    )


_ENDLESS_WRITER = """
import itertools, sys
from pathlib import Path
from notion_backup.repository import LocalStore, Repository
from notion_backup_tests.repository.content import store_commit

repository = Repository.open(LocalStore(Path(sys.argv[1])), sys.argv[2])
for seed in itertools.count():
    print(store_commit(repository, seed, blobs=3, media=100_000).slot, flush=True)
"""


def test_a_writer_killed_with_9_at_any_moment_leaves_every_announced_commit_readable(tmp_path: Path) -> None:
    make(LocalStore(tmp_path))
    chooser = random.Random(9)
    announced = 0
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", _ENDLESS_WRITER, tmp_path, PASSPHRASE], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            announced = int(writer.stdout.readline())
            time.sleep(chooser.uniform(0.0, 0.2))
            os.kill(writer.pid, signal.SIGKILL)
            announced = max([announced, *(int(line) for line in writer.stdout.read().split("\n")[:-1])])
        repository = Repository.open(LocalStore(tmp_path), PASSPHRASE)
        assert repository.head.slot >= announced
        report = repository.verify("full", references=partial(references, repository))
        assert report.ok, report.findings
        assert len(export(repository)) == len(repository.commits())
    store_commit(repository, 1_000_000)
    assert Repository.open(LocalStore(tmp_path), PASSPHRASE).head.slot > announced
