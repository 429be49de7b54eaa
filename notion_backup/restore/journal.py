"""The journal of a restore: what it is about to do before it does it, and what came of it.

It holds ids and digests, never titles or text. It lies in the home of this machine, where every line is durable before
the request it is about leaves, and encrypted in the repository, a few seconds late. Who goes on from a journal does the
same steps in the same order: those with a result are not sent again, and the first ones without may have been sent and
are looked for in the target first.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from notion_backup.errors import Damaged, ObjectMissing, StoreError, UsageError
from notion_backup.repository import Repository
from notion_backup.repository.journal import RESTORES, JournalWriter, journals, read_part

_BATCH = 64
_LONGEST_WAIT = 8.0
"""Records, and seconds, after which the repository's copy is brought up to date."""
BEGUN, DONE, UNDONE = "begun", "done", "undone"


@dataclass(slots=True)
class Header:
    """What a restore is about. ``line`` names the command that began it; ``facts`` are the target's."""

    id: str
    line: str
    commit: str
    base_url: str
    into: str
    began: str
    facts: dict[str, Any]
    selection: dict[str, Any]
    workspace: str = ""

    def to_json(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Record:
    """What a journal says: its header, the results of its steps in order, and its state."""

    header: Header
    results: dict[str, Any] = field(default_factory=dict)
    open: set[str] = field(default_factory=set)
    state: str = BEGUN
    outcome: dict[str, Any] = field(default_factory=dict)


class Journal:
    """The journal of the restore that is at work. Not thread-safe; one process at a time."""

    def __init__(
        self, folder: Path, record: Record, repository: Repository | None, series: int, *, behind: bool = False
    ) -> None:
        """``series`` counts the processes that worked at this restore. ``behind``: steps were done that it lacks."""
        self.record = record
        self._file = _locked(folder / f"{record.header.id}.jsonl")
        self._remote = (
            JournalWriter(repository.store, repository.keys, repository.entropy, RESTORES) if repository else None
        )
        self._pending: list[str] = []
        self._flushed = time.monotonic()
        self._doubt = behind
        self._send(json.dumps({"restore": record.header.id, "series": series}), local=False)
        self._send(json.dumps({"header": record.header.to_json()}), local=self._file.tell() == 0)

    @property
    def copied(self) -> bool:
        """Whether the repository takes its copy."""
        return self._remote is not None

    def result(self, key: str) -> Any:
        """What came of a step; None when that is not known."""
        return self.record.results.get(key)

    def in_doubt(self, key: str) -> bool:
        """Whether a step may have been done already, by a process that did not live to say so."""
        return self._doubt or key in self.record.open

    def sure(self) -> None:
        """The next step was looked for and is not there: from here on nothing has been done before."""
        self._doubt = False

    def intend(self, key: str) -> None:
        """Say that a step is about to be sent. Durable when this returns."""
        self._send(json.dumps({"k": key}))

    def finish(self, key: str, result: Any) -> None:
        """Say what came of it."""
        self.record.results[key] = result
        self.record.open.discard(key)
        self._send(json.dumps({"k": key, "r": result}))

    def end(self, state: str, outcome: dict[str, Any]) -> None:
        """Say how the restore stands."""
        self.record.state, self.record.outcome = state, outcome
        self._send(json.dumps({"state": state, "outcome": outcome}))

    def abandon(self) -> None:
        """Let go of the file and leave everything as it is, as a process that is killed does."""
        self._pending.clear()
        self._remote = None

    def close(self) -> None:
        """Bring the repository's copy up to date and let go of the file."""
        self._copy()
        self._file.close()

    def _send(self, line: str, *, local: bool = True) -> None:
        if local:
            self._file.write(line + "\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        self._pending.append(line)
        if len(self._pending) >= _BATCH or time.monotonic() - self._flushed > _LONGEST_WAIT:
            self._copy()

    def _copy(self) -> None:
        if self._remote is None or not self._pending:
            return
        try:
            self._remote.append(("\n".join(self._pending) + "\n").encode())
        except StoreError:
            # A repository that may only be read does not keep anybody from restoring from it.
            self._remote = None
        self._pending.clear()
        self._flushed = time.monotonic()


def local_records(folder: Path) -> dict[str, Record]:
    """Every journal of this machine, by the restore's id."""
    found: dict[str, Record] = {}
    for path in sorted(folder.glob("*.jsonl")):
        record = _parse(path.read_text(encoding="utf-8", errors="replace").splitlines())
        if record is not None:
            found[record.header.id] = record
    return found


def remote_records(repository: Repository) -> tuple[dict[str, tuple[Record, int]], list[str]]:
    """Every journal in the repository, by the restore's id, with the number of series it is in; and what is unreadable.

    Whose journal a damaged one is nobody can tell: its name in the store is all that is given.
    """
    unreadable: list[str] = []
    series: dict[str, dict[int, list[str]]] = {}
    for place in journals(repository.store, RESTORES):
        try:
            parts = [read_part(name, repository.store, repository.keys) for name in place.parts]
            lines = b"".join(parts).decode().splitlines()
            head = json.loads(lines[0])
            series.setdefault(head["restore"], {})[head["series"]] = lines[1:]
        except (Damaged, ObjectMissing, ValueError, KeyError, IndexError):
            unreadable.append(place.id)
    found: dict[str, tuple[Record, int]] = {}
    for restore_id, parts_by_number in series.items():
        record = _parse(line for number in sorted(parts_by_number) for line in parts_by_number[number])
        if record is not None:
            found[restore_id] = (record, max(parts_by_number) + 1)
    return found, unreadable


def take_over(folder: Path, record: Record) -> None:
    """Write a journal that only the repository has into this machine's home."""
    lines = [json.dumps({"header": record.header.to_json()})]
    lines += [json.dumps({"k": key, "r": result}) for key, result in record.results.items()]
    path = folder / f"{record.header.id}.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o600)


def _parse(lines: Iterable[str]) -> Record | None:
    record: Record | None = None
    for told in _documents(lines):
        if "header" in told:
            if record is None:
                record = Record(Header(**told["header"]))
        elif record is None:
            return None
        elif "r" in told:
            record.results[told["k"]] = told["r"]
            record.open.discard(told["k"])
        elif "k" in told:
            record.open.add(told["k"])
        elif "state" in told:
            record.state, record.outcome = told["state"], told["outcome"]
    return record


def _documents(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            # The last line of a process that was killed while it wrote.
            continue
        if isinstance(told, dict):
            yield told


def _locked(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise UsageError(
            "This restore is at work already, in another process.", cure="Wait for it, or stop it first."
        ) from error
    file.seek(0, os.SEEK_END)
    if file.tell():
        # A line that was cut by a kill must not take the next one with it.
        file.write("\n")
    return file
