"""What this machine last saw of each repository's history, kept outside of the repository.

A store that hides or withdraws the newest entries cannot be told from one that never had them, unless somebody
remembers. This file is that memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notion_backup.errors import HistoryRolledBack, SettingsError
from notion_backup.repository.history import Head, History

try:
    import fcntl
except ImportError:  # pragma: no cover - Windows has no flock; two writers may then lose one step of memory
    fcntl = None  # type: ignore[assignment]


class Pins:
    """One JSON file, readable by its owner alone: repository id -> slot and digest of the last entry seen."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, repository_id: str) -> Head | None:
        """The last entry seen of that repository, None when there is none.

        Raises SettingsError when the file is unreadable: forgetting silently would defeat it.
        """
        value = self._read().get(repository_id)
        return None if value is None else Head(int(value["slot"]), str(value["digest"]))

    def check(self, repository_id: str, history: History, where: str) -> None:
        """Raise HistoryRolledBack when the history is shorter than, or differs from, what was seen."""
        pinned = self.get(repository_id)
        if pinned is None:
            return
        seen = next((entry for entry in history.entries if entry.slot == pinned.slot), None)
        if seen is not None and seen.digest == pinned.digest:
            return
        if history.head.slot < pinned.slot:
            what = (
                f"The history in {where} ends at entry {history.head.slot}, but this machine has seen entry "
                f"{pinned.slot}: newer snapshots were removed, changed or hidden."
            )
        else:
            what = f"Entry {pinned.slot} of the history in {where} is another one than this machine has seen."
        raise HistoryRolledBack(
            what,
            cure="Look for the missing log entries in a copy or in the store's older versions. If the repository was "
            f"rolled back on purpose, remove its line ({repository_id}) from {self._path}.",
        )

    def advance(self, repository_id: str, head: Head) -> None:
        """Remember a newer entry. An older one is ignored."""
        with self._locked():
            pins = self._read()
            known = pins.get(repository_id)
            if known is not None and int(known["slot"]) >= head.slot:
                return
            pins[repository_id] = {"slot": head.slot, "digest": head.digest}
            temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(pins, file, indent=2, sort_keys=True)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._path)

    def _read(self) -> dict[str, dict[str, Any]]:
        try:
            pins = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise self._unreadable() from error
        if not isinstance(pins, dict) or not all(
            isinstance(pin, dict) and isinstance(pin.get("slot"), int) and isinstance(pin.get("digest"), str)
            for pin in pins.values()
        ):
            raise self._unreadable()
        return pins

    def _unreadable(self) -> SettingsError:
        return SettingsError(
            f"{self._path}, which remembers the last history seen, cannot be read.",
            cure="Restore it from a backup, or remove it to trust what the repository shows now.",
        )

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path.with_name(f"{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if fcntl is not None:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
