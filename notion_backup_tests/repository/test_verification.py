from __future__ import annotations

import random
from functools import partial

import pytest

from notion_backup.errors import Damaged, NotionBackupError, UsageError
from notion_backup.repository import Commit, Kind, MemoryStore, Repository, VerifyReport
from notion_backup_tests.repository.conftest import PASSPHRASE, make
from notion_backup_tests.repository.content import export, references, store_commit


def verify(repository: Repository, level: str, commits: list[Commit] | None = None) -> VerifyReport:
    return repository.verify(level, references=partial(references, repository), commits=commits)


def reopened(store: MemoryStore, *, tolerate_damage: bool = False) -> Repository:
    return Repository.open(store, PASSPHRASE, tolerate_damage=tolerate_damage)


def names(store: MemoryStore, prefix: str) -> list[str]:
    return [info.name for info in store.list(prefix)]


def flip(store: MemoryStore, name: str, bit: int) -> None:
    data = bytearray(store.get(name))
    data[bit // 8] ^= 1 << bit % 8
    store.put(name, bytes(data))


@pytest.mark.parametrize("level", ["structure", "sample", "full"])
def test_an_undamaged_repository_has_no_findings(repository: Repository, store: MemoryStore, level: str) -> None:
    for seed in range(3):
        store_commit(repository, seed)
    report = verify(reopened(store), level)
    assert report.ok, report.findings
    assert report.packs == (1 if level == "sample" else 6)
    assert report.chunks > 0


def test_an_empty_repository_verifies(repository: Repository) -> None:
    assert verify(repository, "full").ok


def test_an_unknown_level_is_refused(repository: Repository) -> None:
    with pytest.raises(UsageError, match="thorough"):
        verify(repository, "thorough")


def test_a_missing_pack_is_named_with_the_snapshots_that_need_it(repository: Repository, store: MemoryStore) -> None:
    before = set(names(store, "packs/"))
    first = store_commit(repository, 1)
    packs = [name for name in names(store, "packs/") if name not in before]
    second = store_commit(repository, 2)
    data_pack = next(name for name in packs if store.get(name)[24] == 1)
    store.delete(data_pack)
    report = verify(reopened(store), "structure")
    assert [(f.code, f.object) for f in report.findings] == [("pack-missing", data_pack)]
    # The second commit shares the first blob with the first, so it suffers too.
    assert sorted(report.findings[0].snapshots) == sorted([first.id, second.id])


def test_a_truncated_pack_is_named_by_structure_verification(repository: Repository, store: MemoryStore) -> None:
    store_commit(repository, 1)
    name = names(store, "packs/")[0]
    store.put(name, store.get(name)[:-1])
    report = verify(reopened(store), "structure")
    assert next((f.code, f.object) for f in report.findings) == ("pack-size", name)


def test_swapped_packs_are_named_and_the_rest_is_still_checked(repository: Repository, store: MemoryStore) -> None:
    for seed in range(3):
        store_commit(repository, seed)
    first, second = [name for name in names(store, "packs/") if store.get(name)[24] == 1][:2]
    one, other = store.get(first), store.get(second)
    store.put(first, other)
    store.put(second, one)
    report = verify(reopened(store), "full")
    assert {f.object for f in report.findings} == {first, second}
    assert all(f.snapshots for f in report.findings)
    assert report.packs == 6


def test_only_snapshots_that_lose_something_are_named(repository: Repository, store: MemoryStore) -> None:
    with repository.session() as session:
        ref = session.put_bytes(Kind.RECORD, b"nobody refers to this")
        session.seal(ref, {})
    orphan = names(store, "packs/")[0]
    store_commit(repository, 1)
    flip(store, orphan, 1_300)
    report = verify(reopened(store), "full")
    assert [(f.code, f.object, f.snapshots) for f in report.findings] == [("pack-damaged", orphan, [])]


def test_verifying_one_snapshot_reads_its_packs_only(repository: Repository, store: MemoryStore) -> None:
    first = store_commit(repository, 1)
    packs = names(store, "packs/")
    store_commit(repository, 2)
    for name in names(store, "packs/"):
        if name not in packs:
            flip(store, name, 1_000)
    again = reopened(store)
    report = verify(again, "full", [first])
    assert report.ok
    assert report.packs == 2
    assert not verify(again, "full").ok


def test_a_damaged_index_is_named_and_other_snapshots_stay_readable(repository: Repository, store: MemoryStore) -> None:
    first, second = store_commit(repository, 1), store_commit(repository, 2)
    flip(store, second.indexes[0], 900)
    again = reopened(store)
    codes = {f.code: f for f in verify(again, "structure").findings}
    assert codes["index-damaged"].object == second.indexes[0]
    assert codes["index-damaged"].snapshots == [second.id]
    assert again.read(first.root)
    with pytest.raises(Damaged):
        again.read(second.root)


def test_a_void_last_slot_is_named(repository: Repository, store: MemoryStore) -> None:
    store_commit(repository, 1)
    store.put("log/0000000000000003", b"garbage")
    report = verify(reopened(store), "structure")
    assert [(f.code, f.object) for f in report.findings] == [("log-slot-void", "log/0000000000000003")]


def test_a_commit_that_vanished_from_the_log_is_named_by_who_saw_it(repository: Repository, store: MemoryStore) -> None:
    commit = store_commit(repository, 1)
    store.delete("log/0000000000000002")
    findings = verify(repository, "structure").findings
    assert [(f.code, f.snapshots) for f in findings] == [("log-rolled-back", [commit.id])]


def test_every_one_of_many_random_bit_flips_is_found_by_full_verification() -> None:
    store = MemoryStore()
    repository = make(store)
    for seed in range(2):
        store_commit(repository, seed, blobs=2, media=3_000)
    with repository.session() as session:  # a draft nobody committed
        session.seal(session.put_bytes(Kind.RECORD, b"draft"), {})
    original = {info.name: store.get(info.name) for info in store.list("")}
    truth = export(repository)
    chooser = random.Random(20261122)
    for name, data in original.items():
        for bit in [0, len(data) * 8 - 1, *(chooser.randrange(len(data) * 8) for _ in range(8))]:
            flip(store, name, bit)
            assert _noticed(store, truth), f"bit {bit} of {name}"
            store.put(name, data)
    assert verify(reopened(store), "full").ok


def _noticed(store: MemoryStore, truth: dict[str, list[bytes]]) -> bool:
    try:
        repository = reopened(store, tolerate_damage=True)
        report = verify(repository, "full")
    except NotionBackupError:
        return True
    return not report.ok
