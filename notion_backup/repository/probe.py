"""Whether a store can do what a repository needs, tried out rather than looked up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from notion_backup.errors import StoreUnsuitable
from notion_backup.repository.ports import Entropy
from notion_backup.repository.store.protocol import Store

_RACERS = 8


def probe_store(store: Store, entropy: Entropy) -> None:
    """Create exclusively (twice, and in a race), read back, list, delete. Leaves nothing behind.

    Raises StoreUnsuitable naming what the store cannot do, StoreUnavailable or StoreFull when it fails outright.
    """
    folder = f"probe/{entropy(8).hex()}/"
    names = [f"{folder}once", f"{folder}race"]
    try:
        _create_twice(store, names[0], entropy)
        _create_in_a_race(store, names[1], entropy)
        _list_both(store, folder, names)
    finally:
        for name in names:
            store.delete(name)
    if any(store.size(name) is not None for name in names):
        raise StoreUnsuitable(f"{store.url} does not delete what it is told to delete.")


def _create_twice(store: Store, name: str, entropy: Entropy) -> None:
    first = entropy(32)
    if not store.put_if_absent(name, first):
        raise StoreUnsuitable(f"{store.url} refuses to create an object that is not there yet.")
    if store.put_if_absent(name, entropy(32)):
        raise _not_exclusive(store, "it created an object a second time")
    if store.get(name) != first or store.get(name, 8, 8) != first[8:16] or store.size(name) != len(first):
        raise StoreUnsuitable(f"{store.url} does not read back what was written to it.")


def _create_in_a_race(store: Store, name: str, entropy: Entropy) -> None:
    contents = [entropy(32) for _ in range(_RACERS)]
    with ThreadPoolExecutor(max_workers=_RACERS) as pool:
        won = list(pool.map(lambda content: store.put_if_absent(name, content), contents))
    if won.count(True) != 1 or store.get(name) != contents[won.index(True)]:
        raise _not_exclusive(
            store, f"of {_RACERS} that created one object at once, {won.count(True)} were told they won"
        )


def _list_both(store: Store, folder: str, names: list[str]) -> None:
    listed = [(info.name, info.size) for info in store.list(folder)]
    if listed != [(name, 32) for name in names]:
        raise StoreUnsuitable(f"{store.url} does not list what was just written to it.")


def _not_exclusive(store: Store, seen: str) -> StoreUnsuitable:
    return StoreUnsuitable(
        f"{store.url} cannot create an object exclusively: {seen}. Two backups at once could overwrite each other's "
        "history.",
        cure="Use a local disk or an S3 bucket that honours If-None-Match (an unversioned one on Ceph 16).",
    )
