"""Who has asked how much of late: kept in memory for one process, or in a file for all that use the same token."""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_HEAD = struct.Struct("<8sddd")
_MARK = b"nbpace01"
_TIME = struct.Struct("<d")


@dataclass(slots=True)
class Spent:
    """What was spent of a token's budget. Times in seconds of the ledger's clock, oldest first."""

    sent: deque[float] = field(default_factory=deque)
    paused_until: float = float("-inf")
    budget: float = float("inf")
    """Requests a minute that the server was found to bear; infinite until it said "too fast"."""
    adapted_at: float = float("-inf")


class OwnLedger:
    """The books of one process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._lock = threading.Lock()
        self._spent = Spent()

    @contextmanager
    def turn(self) -> Iterator[Spent]:
        """The books, alone."""
        with self._lock:
            yield self._spent

    def close(self) -> None:
        """Nothing to close."""


class SharedLedger:
    """Books in a small file under a lock of the system, so that captures in several processes share one budget.

    Whoever is killed leaves neither a lock nor a half-written book that others would believe. Raises ``OSError`` when
    the file cannot be had.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self.now = now
        self._lock = threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def turn(self) -> Iterator[Spent]:
        """The books, alone among all processes."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                spent = self._read()
                yield spent
                self._write(spent)
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _read(self) -> Spent:
        data = os.pread(self._file, os.fstat(self._file).st_size, 0)
        if len(data) < _HEAD.size or data[:8] != _MARK:
            return Spent()
        _, paused_until, budget, adapted_at = _HEAD.unpack_from(data)
        whole = (len(data) - _HEAD.size) // _TIME.size * _TIME.size
        times = [moment for (moment,) in _TIME.iter_unpack(data[_HEAD.size : _HEAD.size + whole])]
        now = self.now()
        if any(moment > now + 1 for moment in times):
            # The machine's clock was set back: what the books say was sent is of no time we know.
            return Spent(paused_until=min(paused_until, now), budget=budget, adapted_at=min(adapted_at, now))
        return Spent(deque(sorted(times)), paused_until, budget, adapted_at)

    def _write(self, spent: Spent) -> None:
        data = _HEAD.pack(_MARK, spent.paused_until, spent.budget, spent.adapted_at)
        data += b"".join(map(_TIME.pack, spent.sent))
        os.pwrite(self._file, data, 0)
        os.ftruncate(self._file, len(data))


def ledger_of(folder: Path | None, token: str, base_url: str) -> OwnLedger | SharedLedger:
    """The books of a token: shared in ``folder``, under a name that does not give the token away, or our own."""
    if folder is None:
        return OwnLedger()
    name = hashlib.blake2b(f"{base_url}\n{token}".encode(), digest_size=12, person=b"nbackup-ledger").hexdigest()
    return SharedLedger(folder / f"{name}.pace")
