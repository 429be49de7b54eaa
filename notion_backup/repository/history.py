"""The log as a whole: read and verified once, then followed, and appended to by put-if-absent alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from notion_backup.errors import Damaged, ObjectMissing, StoreUnavailable
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.crypto.signing import SigningKey
from notion_backup.repository.entry import (
    FIRST_SLOT,
    FOLDER,
    GENESIS,
    MAX_ENTRY_BYTES,
    Entry,
    VoidSlot,
    digest_of,
    read_entry,
    slot_name,
    slot_of,
    write_entry,
)
from notion_backup.repository.ports import Entropy, Sleep
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.trust import Trust

NO_PREVIOUS = "00" * 32
VOID, STRAY = "log-slot-void", "log-slot-stray"
_READERS = 8
_TRIES = 200
_FAILURES = 5
_LONGEST_PAUSE = 1.0
CURE_LOG = "Restore the log from a copy of the repository; `verify` lists every entry that does not fit."


@dataclass(frozen=True, slots=True)
class LogProblem:
    """A place where the log is not what was written."""

    code: str
    object: str
    what: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last valid entry: its slot (0: none) and its digest (hex)."""

    slot: int
    digest: str


class History:
    """The verified entries in slot order. Thread-safe."""

    def __init__(self, store: Store, keys: Keys, trust: Trust) -> None:
        self._store = store
        self._keys = keys
        self._trust = trust
        self._lock = threading.RLock()
        self._entries: list[Entry] = []
        self._pending_voids: list[VoidSlot] = []
        self._problems: list[LogProblem] = []
        self._next_slot = FIRST_SLOT

    @property
    def entries(self) -> list[Entry]:
        """All valid entries read so far."""
        with self._lock:
            return list(self._entries)

    @property
    def head(self) -> Head:
        """The last of them."""
        with self._lock:
            return Head(self._entries[-1].slot, self._entries[-1].digest) if self._entries else Head(0, NO_PREVIOUS)

    @property
    def problems(self) -> list[LogProblem]:
        """Where the log is not what was written. Slots that are void so far are among them."""
        with self._lock:
            return list(self._problems)

    @property
    def breaks(self) -> list[LogProblem]:
        """Those problems no honest or foreign writer can cause by adding objects: something was changed or removed."""
        return [problem for problem in self.problems if problem.code not in (VOID, STRAY)]

    def load(self) -> None:
        """Read the whole log by listing it, so that a missing entry in the middle is noticed.

        A gap is one only if a valid entry follows it: whoever can write to the store could otherwise stop the
        repository with an object in a slot far ahead. Such objects are strays until the history reaches them.
        """
        with self._lock:
            listed = (slot_of(info.name) for info in self._store.list(FOLDER))
            slots = sorted(slot for slot in listed if slot is not None and slot >= self._next_slot)
            with ThreadPoolExecutor(max_workers=_READERS) as pool:
                found = dict(zip(slots, pool.map(self._fetch, slots), strict=True))
            last = next((slot for slot in reversed(slots) if self._is_signed(slot, found[slot])), 0)
            for slot in slots:
                data = found[slot]
                if data is None:
                    continue
                if slot <= last or slot == self._next_slot:
                    self._take(slot, data)
                else:
                    what = f"{slot_name(slot)} lies ahead of the history and holds no valid entry."
                    self._problems.append(LogProblem(STRAY, slot_name(slot), what))

    def refresh(self) -> list[Entry]:
        """Read what was appended since. Answers the new entries."""
        with self._lock:
            known = len(self._entries)
            while (data := self._fetch(self._next_slot)) is not None:
                self._take(self._next_slot, data)
            return self._entries[known:]

    def append(
        self,
        kind: str,
        body: dict[str, Any],
        already: Callable[[Entry], bool],
        *,
        signer: SigningKey,
        entropy: Entropy,
        sleep: Sleep,
        jitter: Callable[[], float],
    ) -> Entry:
        """Add an entry at the first free slot, or answer the one that ``already`` recognises as this one.

        The one commit step: put-if-absent. A lost answer is settled by reading the slot back, a lost race by
        reading what won and trying the next slot. Raises Damaged when the log read so far is broken, and
        StoreUnavailable when the store keeps failing or the contention does not end.
        """
        failures = 0
        written: tuple[int, bytes] | None = None
        for attempt in range(_TRIES):
            self.refresh()
            with self._lock:
                self.require_whole()
                for entry in self._entries:
                    if entry.kind == kind and already(entry):
                        return entry
                slot, previous, voids = self._next_slot, self.head.digest, tuple(self._pending_voids)
            if written is None or written[0] != slot:
                data = write_entry(slot, previous, kind, voids, body, keys=self._keys, signer=signer, entropy=entropy)
                written = (slot, data)
            try:
                if self._store.put_if_absent(slot_name(slot), written[1]):
                    continue  # ours: reading it back makes it count
            except StoreUnavailable as error:
                if not error.transient:
                    raise
                failures += 1  # the answer may have been lost: the next refresh tells
                if failures == _FAILURES:
                    raise
            sleep(_pause(attempt, failures > 0, jitter()))
        raise StoreUnavailable(
            f"The log of {self._store.url} was taken by other writers {_TRIES} times in a row.",
            cure="Run again; what was stored is kept and is not stored twice.",
        )

    def require_whole(self) -> None:
        """Raise Damaged when an entry was changed or removed."""
        breaks = self.breaks
        if breaks:
            raise Damaged(f"The history of {self._store.url} is damaged: {breaks[0].what}", cure=CURE_LOG)

    def _fetch(self, slot: int) -> bytes | None:
        try:
            return self._store.get(slot_name(slot), 0, MAX_ENTRY_BYTES + 1)
        except ObjectMissing:
            return None

    def _is_signed(self, slot: int, data: bytes | None) -> bool:
        try:
            return data is not None and read_entry(data, slot, self._trust, self._keys) is not None
        except Damaged:
            return True  # by one who may sign, though its body does not open

    def _take(self, slot: int, data: bytes) -> None:
        name = slot_name(slot)
        for missing in range(self._next_slot, slot):
            self._problems.append(LogProblem("log-entry-missing", slot_name(missing), f"{slot_name(missing)} is gone."))
        self._next_slot = slot + 1
        try:
            entry = read_entry(data, slot, self._trust, self._keys)
        except Damaged as error:
            self._problems.append(LogProblem("log-entry-damaged", name, error.what))
            return
        if entry is None:
            self._pending_voids.append(VoidSlot(slot, digest_of(data)))
            what = f"{name} holds no valid entry: it was changed, or somebody who may not write put it there."
            self._problems.append(LogProblem(VOID, name, what))
            return
        self._check_chain(entry)
        self._entries.append(entry)
        self._pending_voids = []

    def _check_chain(self, entry: Entry) -> None:
        name = slot_name(entry.slot)
        named = {void.slot: void.digest for void in entry.voids}
        for void in self._pending_voids:
            if named.get(void.slot) != void.digest:
                what = f"{slot_name(void.slot)} was changed after the entry that follows it was written."
                self._problems = [each for each in self._problems if each.object != slot_name(void.slot)]
                self._problems.append(LogProblem("log-entry-changed", slot_name(void.slot), what))
        for slot in named.keys() - {void.slot for void in self._pending_voids}:
            what = f"{slot_name(slot)} is not the void that {name} saw there."
            self._problems.append(LogProblem("log-entry-changed", slot_name(slot), what))
        if (entry.kind == GENESIS) != (entry.slot == FIRST_SLOT):
            self._problems.append(
                LogProblem("log-chain-broken", name, f"{name} is of a kind that may not stand there.")
            )
        if entry.previous != self.head.digest and not self._reason_known(entry):
            what = f"{name} does not follow the entry before it: an entry was replaced or removed."
            self._problems.append(LogProblem("log-chain-broken", name, what))

    def _reason_known(self, entry: Entry) -> bool:
        """Whether the gap between this entry and the last valid one has been reported under its own name."""
        between = {slot_name(slot) for slot in range(self.head.slot + 1, entry.slot)}
        return any(problem.object in between and problem.code != VOID for problem in self._problems)


def _pause(attempt: int, failed: bool, share: float) -> float:
    longest: float = min(_LONGEST_PAUSE, 0.002 * 2 ** min(attempt, 12))
    return share * longest + (0.1 + 0.4 * share if failed else 0.0)
