"""Where chunks lie: index fragments readable, packs there with their sizes, every needed chunk indexed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from notion_backup.errors import Damaged, ObjectMissing
from notion_backup.repository.commit import Commit
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.index import ChunkIndex, read_fragment
from notion_backup.repository.pack import pack_id_of, pack_name
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.verification.report import CURE_COPY, Finding, References

_CURE_CHUNK = (
    "Restore the missing objects from a copy of the repository. Until then, other snapshots of the same time hold most "
    "of this one."
)


def read_indexes(names: Iterable[str], store: Store, keys: Keys, index: ChunkIndex) -> Iterator[Finding]:
    """Read fragments into ``index``; what cannot be read is a finding."""
    for name in names:
        try:
            index.add(read_fragment(name, store.get(name), keys))
        except ObjectMissing:
            yield Finding("index-missing", name, f"{name} is gone.", CURE_COPY)
        except Damaged as error:
            yield Finding("index-damaged", name, error.what, CURE_COPY)


def listed_packs(store: Store) -> dict[bytes, int]:
    """Every pack that lies in the store, with its size in bytes."""
    found = ((pack_id_of(info.name), info.size) for info in store.list("packs/"))
    return {pack: size for pack, size in found if pack is not None}


def check_sizes(
    expected: dict[bytes, int], present: dict[bytes, int], among: Collection[bytes]
) -> Iterator[tuple[bytes, Finding]]:
    """Packs that are gone or have another size than the index says."""
    for pack in among:
        name, size = pack_name(pack), present.get(pack)
        if size is None:
            yield pack, Finding("pack-missing", name, f"{name} is gone.", CURE_COPY)
        elif size != expected[pack]:
            what = f"{name} has {size} bytes instead of {expected[pack]}: it was cut, grown or swapped."
            yield pack, Finding("pack-size", name, what, CURE_COPY)


class Needs:
    """Which packs each commit draws on, and which chunks it needs that nobody lists."""

    def __init__(self, index: ChunkIndex, references: References) -> None:
        self._index = index
        self._references = references
        self._packs: dict[str, set[bytes]] = {}
        self._commits: dict[str, Commit] = {}
        self.chunks = 0

    @property
    def packs(self) -> set[bytes]:
        """Every pack that any of the commits draws on."""
        return set().union(*self._packs.values())

    def gather(self, commit: Commit) -> Iterator[Finding]:
        """Go through what a commit needs."""
        packs: set[bytes] = set()
        self._packs[commit.id] = packs
        self._commits[commit.id] = commit
        unlisted = 0
        try:
            for chunk_id in self._references(commit):
                self.chunks += 1
                locations = self._index.locations(chunk_id)
                packs.update(location.pack for location in locations)
                unlisted += not locations
        except Damaged as error:
            what = f"What snapshot {commit.id} needs cannot be told: {error.what}"
            yield Finding("snapshot-unreadable", f"log/{commit.slot:016d}", what, _CURE_CHUNK, [commit.id])
        if unlisted:
            what = f"Snapshot {commit.id} needs {unlisted} chunks that no readable index lists."
            yield Finding("chunk-unindexed", f"log/{commit.slot:016d}", what, _CURE_CHUNK, [commit.id])

    def hurt_by(self, lost: dict[bytes, frozenset[bytes] | None]) -> dict[bytes, list[str]]:
        """For each damaged pack, the ids of commits that lose something by it.

        ``lost`` maps a pack to the ids of its unreadable chunks, or to None when all of it is lost. A chunk that has
        an intact copy in another pack is not lost.
        """
        hurt: dict[bytes, list[str]] = {pack: [] for pack in lost}
        for commit_id, packs in self._packs.items():
            if not packs & lost.keys():
                continue
            for pack in self._lost_to(self._commits[commit_id], lost):
                hurt[pack].append(commit_id)
        return hurt

    def _lost_to(self, commit: Commit, lost: dict[bytes, frozenset[bytes] | None]) -> set[bytes]:
        packs: set[bytes] = set()
        try:
            for chunk_id in self._references(commit):
                places = [location.pack for location in self._index.locations(chunk_id)]
                if places and all(_is_lost(chunk_id, pack, lost) for pack in places):
                    packs.update(places)
        except Damaged:
            # It was found unreadable before; whatever damaged pack it draws on is the likely reason.
            packs |= self._packs[commit.id] & lost.keys()
        return packs


def _is_lost(chunk_id: bytes, pack: bytes, lost: dict[bytes, frozenset[bytes] | None]) -> bool:
    if pack not in lost:
        return False
    chunks = lost[pack]
    return chunks is None or chunk_id in chunks
