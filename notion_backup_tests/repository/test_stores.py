"""One suite for every store, and what is particular to each."""

from __future__ import annotations

import errno
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar

import pytest
from botocore.exceptions import ClientError
from fsspec.implementations.memory import MemoryFileSystem

from notion_backup.errors import (
    ObjectMissing,
    SettingsError,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    StoreUnsuitable,
)
from notion_backup.repository import LocalStore, MemoryStore, Store, open_store
from notion_backup.repository.probe import probe_store
from notion_backup.repository.store import FaultStore, MeteredStore, RetryingStore
from notion_backup.repository.store.fault import fails_on
from notion_backup.repository.store.remote import FsspecStore, _create_on_s3
from notion_backup_tests.repository.s3 import S3Server


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture(params=["memory", "local", "fsspec memory", "s3"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "memory":
        return MemoryStore()
    if request.param == "local":
        return LocalStore(tmp_path / "deep" / "store")
    if request.param == "fsspec memory":
        return open_store(f"memory://{uuid.uuid4().hex}")
    server: S3Server = request.getfixturevalue("s3")
    return server.place()


def test_an_object_is_read_back_whole_and_in_ranges(any_store: Store) -> None:
    any_store.put("packs/ab/cd", b"0123456789")
    assert any_store.get("packs/ab/cd") == b"0123456789"
    assert any_store.get("packs/ab/cd", 2, 3) == b"234"
    assert any_store.get("packs/ab/cd", 8, 10) == b"89"
    assert any_store.get("packs/ab/cd", 8) == b"89"
    assert any_store.get("packs/ab/cd", 12, 4) == b""
    assert any_store.get("packs/ab/cd", 3, 0) == b""
    assert any_store.size("packs/ab/cd") == 10


def test_what_is_not_there_is_missing_and_deleting_it_is_no_error(any_store: Store) -> None:
    assert any_store.size("nothing") is None
    with pytest.raises(ObjectMissing, match="nothing"):
        any_store.get("nothing")
    any_store.delete("nothing")
    assert list(any_store.list("")) == []
    assert list(any_store.list("log/")) == []


def test_put_replaces_and_delete_removes(any_store: Store) -> None:
    any_store.put("a", b"one")
    any_store.put("a", b"two and more")
    assert any_store.get("a") == b"two and more"
    assert [(info.name, info.size) for info in any_store.list("")] == [("a", 12)]
    any_store.delete("a")
    assert any_store.size("a") is None


def test_listing_is_sorted_deep_and_never_stale(any_store: Store) -> None:
    for name in ("log/2", "log/1", "packs/aa/1", "logs", "repo.json"):
        any_store.put(name, b"x")
        assert name in [info.name for info in any_store.list("")]
    assert [info.name for info in any_store.list("log/")] == ["log/1", "log/2"]
    assert [info.name for info in any_store.list("")] == ["log/1", "log/2", "logs", "packs/aa/1", "repo.json"]
    any_store.delete("log/1")
    assert [info.name for info in any_store.list("log/")] == ["log/2"]


def test_put_if_absent_never_replaces(any_store: Store) -> None:
    assert any_store.put_if_absent("log/1", b"first")
    assert not any_store.put_if_absent("log/1", b"second")
    assert any_store.get("log/1") == b"first"


def test_of_many_that_create_at_once_exactly_one_wins(any_store: Store) -> None:
    for turn in range(4):
        name = f"log/{turn}"
        barrier = threading.Barrier(8)

        def create(number: int, name: str = name, barrier: threading.Barrier = barrier) -> bool:
            barrier.wait()
            return any_store.put_if_absent(name, b"writer %d" % number)

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(create, range(8)))
        assert won.count(True) == 1
        assert any_store.get(name) == b"writer %d" % won.index(True)


def test_every_store_passes_the_probe_and_is_left_as_it_was(any_store: Store) -> None:
    probe_store(any_store, os.urandom)
    assert list(any_store.list("")) == []


def test_a_name_outside_of_the_alphabet_is_refused(any_store: Store) -> None:
    for name in ("../x", "/x", "a//b", "", "A", "a b", ".tmp-x", "a/./b", "x/"):
        with pytest.raises(StoreError):
            any_store.put(name, b"")


def test_a_url_with_credentials_in_it_is_refused_without_repeating_them() -> None:
    with pytest.raises(SettingsError, match="credentials") as caught:
        open_store("s3://AKIAEXAMPLE:hunter2secret@bucket/prefix")
    assert "hunter2secret" not in str(caught.value)
    with pytest.raises(SettingsError):
        open_store("https://example.com/x?token=hunter2secret")


def test_an_unknown_kind_of_url_is_refused() -> None:
    with pytest.raises(SettingsError, match="gopher"):
        open_store("gopher://example/x")


def test_paths_and_file_urls_are_local_folders(tmp_path: Path) -> None:
    for url in (str(tmp_path / "a b"), f"file://{tmp_path}/a%20b"):
        store = open_store(url)
        assert isinstance(store, LocalStore)
        assert store.root == tmp_path / "a b"


def test_a_store_that_only_pretends_to_create_exclusively_is_refused_by_the_probe() -> None:
    class Pretender(MemoryStore):
        def put_if_absent(self, name: str, data: bytes) -> bool:
            self.put(name, data)
            return True

    with pytest.raises(StoreUnsuitable, match="exclusively"):
        probe_store(Pretender(), os.urandom)


def test_a_file_system_without_known_exclusive_creation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnsuitable, match="exclusive"):
        probe_store(open_store(f"dir::file://{tmp_path}"), os.urandom)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = LocalStore(tmp_path)
    store.put("a", b"before")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    for write in (store.put, store.put_if_absent):
        with pytest.raises(StoreFull, match="No room"):
            write("b", b"after")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_refusal_of_the_system_is_told_apart_from_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*arguments: object, **options: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(StoreRefused, match="refused") as caught:
        LocalStore(tmp_path).put("a", b"x")
    assert not caught.value.transient


def test_a_file_system_without_hard_links_is_unsuitable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*arguments: object) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(StoreUnsuitable, match="hard links"):
        LocalStore(tmp_path).put_if_absent("a", b"x")
    assert list(tmp_path.iterdir()) == []


def test_a_passing_failure_is_tried_again_and_a_lasting_one_is_not() -> None:
    pauses: list[float] = []
    inner = MemoryStore()

    def trying(rule: Callable[[int, str, str], StoreError | None]) -> RetryingStore:
        return RetryingStore(FaultStore(inner, before=rule), sleep=pauses.append, jitter=lambda: 0.5)

    trying(fails_on("put", lambda: StoreUnavailable("gone for a moment"), times=3)).put("a", b"x")
    assert inner.get("a") == b"x"
    assert pauses == [0.2, 0.4, 0.8]
    with pytest.raises(StoreUnavailable):
        trying(fails_on("put", lambda: StoreUnavailable("gone"), times=9)).put("a", b"y")
    pauses.clear()
    with pytest.raises(StoreRefused):
        trying(fails_on("put", lambda: StoreRefused("no"), times=1)).put("a", b"y")
    assert pauses == []


def test_a_creation_whose_answer_was_lost_is_settled_by_reading_back() -> None:
    inner = MemoryStore()
    lossy = FaultStore(inner, after=fails_on("put_if_absent", lambda: StoreUnavailable("cut off")))
    assert RetryingStore(lossy, sleep=lambda _: None).put_if_absent("log/1", b"mine")
    lossy = FaultStore(inner, before=fails_on("put_if_absent", lambda: StoreUnavailable("cut off")))
    assert not RetryingStore(lossy, sleep=lambda _: None).put_if_absent("log/1", b"other")


def test_a_meter_counts_requests_and_bytes() -> None:
    store = MeteredStore(MemoryStore())
    store.put("a", b"12345")
    store.get("a", 0, 2)
    store.put_if_absent("b", b"1")
    assert store.requests == {"put": 1, "get": 1, "put_if_absent": 1}
    assert (store.bytes_read, store.bytes_written) == (2, 6)


def test_a_missing_bucket_is_a_refusal_and_not_a_missing_object(s3: S3Server) -> None:
    missing = open_store("s3://no-such-bucket-here/x", s3.environ)
    with pytest.raises(StoreRefused, match=r"bucket of .* does not exist"):
        missing.put("a", b"x")
    with pytest.raises(StoreRefused, match=r"bucket of .* does not exist"):
        missing.get("a")


@pytest.mark.parametrize("won", [True, False])
def test_a_refused_condition_without_a_name_is_a_lost_race_unless_the_object_is_ours(won: bool) -> None:
    # Ceph answers 412 without naming the condition, which s3fs turns into EINVAL.
    class Ceph(MemoryFileSystem):
        store: ClassVar[dict[str, object]] = {}
        pseudo_dirs: ClassVar[list[str]] = [""]

        def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: object) -> None:
            cause = ClientError({"Error": {"Code": "PreconditionFailed", "Message": ""}}, "PutObject")
            raise OSError(errno.EINVAL, "Unknown") from cause

        def cat_file(self, path: str, start: int | None = None, end: int | None = None, **options: object) -> bytes:
            return b"ours" if won else b"theirs"

    store = FsspecStore(Ceph(skip_instance_cache=True), "/bucket", "s3://bucket", _create_on_s3)
    assert store.put_if_absent("log/1", b"ours") is won


def test_another_bad_request_is_no_lost_race() -> None:
    class Odd(MemoryFileSystem):
        def pipe_file(self, path: str, value: bytes, mode: str = "overwrite", **options: object) -> None:
            raise OSError(errno.EINVAL, "Unknown")

    store = FsspecStore(Odd(skip_instance_cache=True), "/bucket", "s3://bucket", _create_on_s3)
    with pytest.raises(StoreUnavailable):
        store.put_if_absent("log/1", b"ours")
