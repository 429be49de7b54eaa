from __future__ import annotations

import io
import random
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notion_backup.errors import Damaged, UsageError
from notion_backup.repository import BlobRef, Kind, LocalStore, MemoryStore, Repository
from notion_backup_tests.repository.conftest import PASSPHRASE, make


def test_what_was_committed_is_read_back_by_another_process_of_the_same_passphrase(store: MemoryStore) -> None:
    repository = make(store)
    with repository.session() as session:
        small = session.put_bytes(Kind.RECORD, b"a small record")
        empty = session.put_bytes(Kind.RECORD, b"")
        big = session.put_stream(Kind.MEDIA, (random.Random(1).randbytes(700_000) for _ in range(9)))
        draft = session.seal(small, {"name": "first"})
    commit = repository.commit(draft.id)

    again = Repository.open(store, PASSPHRASE)
    assert again.commits() == [commit]
    assert again.read(small) == b"a small record"
    assert again.read(empty) == b""
    assert again.read(big) == b"".join([random.Random(1).randbytes(700_000)] * 9)
    assert big.depth == 1
    assert commit.summary == {"name": "first"}
    assert commit.stored_bytes == draft.stored_bytes > 0


def test_committing_a_draft_twice_makes_one_entry(repository: Repository, store: MemoryStore) -> None:
    with repository.session() as session:
        draft = session.seal(session.put_bytes(Kind.RECORD, b"x"), {})
    first = repository.commit(draft.id)
    other = Repository.open(store, PASSPHRASE)
    assert other.commit(draft.id) == first == repository.commit(draft.id)
    assert [commit.slot for commit in other.commits()] == [2]


def test_an_uncommitted_draft_counts_for_nothing_and_can_be_committed_later(store: MemoryStore) -> None:
    with make(store).session() as session:
        ref = session.put_bytes(Kind.RECORD, b"later")
        draft = session.seal(ref, {})
    later = Repository.open(store, PASSPHRASE)
    assert later.commits() == []
    with pytest.raises(Damaged, match="in no index"):
        later.read(ref)
    later.commit(draft.id)
    assert later.read(ref) == b"later"


def test_the_same_content_is_stored_once_within_and_across_sessions(repository: Repository) -> None:
    content = random.Random(2).randbytes(3_000_000)
    with repository.session() as session:
        first = session.put_bytes(Kind.MEDIA, content)
        assert session.put_stream(Kind.MEDIA, iter([content[:10], content[10:]])) == first
        repository.commit(session.seal(first, {}).id)
    with repository.session() as session:
        assert session.has(first.root)
        assert session.put_bytes(Kind.MEDIA, content) == first
        assert session.stats.stored_chunks == 0
        assert session.stats.reused_bytes >= len(content)
        second = repository.commit(session.seal(first, {}).id)
    assert second.stored_bytes == 0


def test_the_same_bytes_of_two_kinds_have_two_ids(repository: Repository) -> None:
    with repository.session() as session:
        assert session.put_bytes(Kind.RECORD, b"x").root != session.put_bytes(Kind.MANIFEST, b"x").root


def test_many_threads_may_put_at_once(repository: Repository) -> None:
    contents = [random.Random(n % 40).randbytes(20_000) for n in range(200)]
    with repository.session() as session:
        with ThreadPoolExecutor(8) as pool:
            refs = list(pool.map(lambda content: session.put_bytes(Kind.MEDIA, content), contents))
        assert session.stats.stored_chunks == 40
        repository.commit(session.seal(refs[0], {}).id)
    assert [repository.read(ref) for ref in refs] == contents


def test_a_session_cannot_be_used_after_its_seal(repository: Repository) -> None:
    with repository.session() as session:
        session.seal(session.put_bytes(Kind.RECORD, b"x"), {})
        with pytest.raises(UsageError, match="sealed"):
            session.put_bytes(Kind.RECORD, b"y")


def test_a_draft_whose_root_was_never_stored_is_refused(repository: Repository) -> None:
    with repository.session() as session, pytest.raises(UsageError, match="root"):
        session.seal(BlobRef(bytes(32), 0, 0, Kind.MANIFEST), {})


def test_a_blob_opens_as_a_seekable_file(repository: Repository) -> None:
    content = random.Random(3).randbytes(5_000_000)
    with repository.session() as session:
        ref = session.put_bytes(Kind.MEDIA, content)
        repository.commit(session.seal(ref, {}).id)
    file = repository.open_blob(ref)
    assert file.seekable()
    file.seek(-1000, io.SEEK_END)
    assert file.read() == content[-1000:]
    file.seek(1_048_500)
    assert file.read(200) == content[1_048_500:1_048_700]
    assert len(list(repository.chunk_ids(ref))) > 3


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3_100_000), st.integers(0, 900_000)), max_size=8))
def test_any_range_of_a_blob_reads_as_the_range_of_its_content(ranges: list[tuple[int, int]]) -> None:
    content, repository, ref = _long_blob()
    file = repository.open_blob(ref)
    for start, length in ranges:
        file.seek(start)
        assert file.read(length) == content[start : start + length]


_cache: list[tuple[bytes, Repository, BlobRef]] = []


def _long_blob() -> tuple[bytes, Repository, BlobRef]:
    if not _cache:
        repository = make(MemoryStore())
        content = random.Random(4).randbytes(3_000_000)
        with repository.session() as session:
            ref = session.put_bytes(Kind.MEDIA, content)
            repository.commit(session.seal(ref, {}).id)
        _cache.append((content, repository, ref))
    return _cache[0]


def test_a_local_repository_reads_back(tmp_path: Path) -> None:
    repository = make(LocalStore(tmp_path / "repository"))
    with repository.session() as session:
        ref = session.put_bytes(Kind.RECORD, b"on disk")
        repository.commit(session.seal(ref, {}).id)
    assert Repository.open(LocalStore(tmp_path / "repository"), PASSPHRASE).read(ref) == b"on disk"
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert not [name for name in names if name.startswith(".tmp")]
    assert BlobRef.from_json(ref.to_json()) == ref


def test_a_missing_pack_heals_as_soon_as_its_content_comes_by_again(repository: Repository, store: MemoryStore) -> None:
    content = random.Random(6).randbytes(400_000)
    with repository.session() as session:
        ref = session.put_bytes(Kind.MEDIA, content)
        first = repository.commit(session.seal(ref, {}).id)
    for info in list(store.list("packs/")):
        store.put(info.name, store.get(info.name)[:-7])
    again = Repository.open(store, PASSPHRASE)
    with again.session() as session:
        assert not session.has(ref.root)
        assert session.put_bytes(Kind.MEDIA, content) == ref
        again.commit(session.seal(ref, {}).id)
    healed = Repository.open(store, PASSPHRASE)
    assert healed.read(first.root) == content
    report = healed.verify("full", references=lambda commit: [commit.root.root])
    assert {(finding.code, *finding.snapshots) for finding in report.findings} == {("pack-size",)}


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2_600_000), st.lists(st.integers(1, 2_600_000), max_size=5), st.sampled_from(list(Kind)))
def test_a_stream_makes_the_same_blob_as_its_bytes_however_it_is_split(size: int, cuts: list[int], kind: Kind) -> None:
    content = random.Random(size).randbytes(size)
    edges = [0, *sorted(cut for cut in cuts if cut < size), size]
    with make(MemoryStore()).session() as session:
        whole = session.put_bytes(kind, content)
        assert session.put_stream(kind, (content[a:b] for a, b in pairwise(edges))) == whole


def test_a_summary_that_is_no_summary_is_refused(repository: Repository) -> None:
    with repository.session() as session, pytest.raises(UsageError, match="summary"):
        session.seal(session.put_bytes(Kind.RECORD, b""), {"titles": ["x" * 1000] * 1000})


def test_a_session_holds_few_packs_in_memory_however_much_goes_through(repository: Repository) -> None:
    chooser = random.Random(7)
    tracemalloc.start()
    with repository.session() as session:
        before = tracemalloc.get_traced_memory()[0]
        stored = sum(len(data) for data in repository.store._objects.values())  # type: ignore[attr-defined]
        for _ in range(12):
            session.put_stream(Kind.MEDIA, (chooser.randbytes(1_000_000) for _ in range(16)))
        peak = tracemalloc.get_traced_memory()[1] - before
        grown = sum(len(data) for data in repository.store._objects.values()) - stored  # type: ignore[attr-defined]
    tracemalloc.stop()
    # However far the uploads are behind: not even two thirds of what went through was ever held outside the store.
    assert peak - grown < 110_000_000 < 12 * 16_000_000 * 2 / 3
