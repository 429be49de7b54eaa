"""A repository in a bucket: the same promises over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from notion_backup.errors import Damaged, RepositoryExists, RepositoryMissing
from notion_backup.repository import Kind, Repository, open_store
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import export, references, store_commit
from notion_backup_tests.repository.s3 import S3Server


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


def test_a_repository_in_a_bucket_is_written_read_and_verified(s3: S3Server) -> None:
    url = s3.bucket()
    store = open_store(url, s3.environ)
    with pytest.raises(RepositoryMissing):
        Repository.open(store, PASSPHRASE)
    commit = store_commit(make(store), 1, media=400_000)
    with pytest.raises(RepositoryExists):
        make(store)
    again = Repository.open(open_store(url, s3.environ), PASSPHRASE)
    assert again.commits() == [commit]
    assert len(export(again)[commit.id]) == 9
    assert again.verify("full", references=partial(references, again)).ok
    pack = next(info.name for info in store.list("packs/"))
    store.put(pack, store.get(pack)[:-1])
    report = again.verify("structure", references=partial(references, again))
    assert [(finding.code, finding.object) for finding in report.findings] == [("pack-size", pack)]
    store.delete(pack)
    with pytest.raises(Damaged):
        export(Repository.open(store, PASSPHRASE))


def test_writers_that_race_for_a_slot_in_a_bucket_all_commit_once(s3: S3Server) -> None:
    store = open_store(s3.bucket(), s3.environ)
    make(store)
    drafts = []
    for number in range(4):
        with Repository.open(store, PASSPHRASE).session() as session:
            drafts.append(session.seal(session.put_bytes(Kind.RECORD, b"%d" % number), {}).id)
    barrier = threading.Barrier(4)

    def commit(draft: str) -> int:
        repository = Repository.open(store, PASSPHRASE)
        barrier.wait()
        return repository.commit(draft).slot

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(commit, drafts)) == [2, 3, 4, 5]
    assert {each.id for each in Repository.open(store, PASSPHRASE).commits()} == set(drafts)
