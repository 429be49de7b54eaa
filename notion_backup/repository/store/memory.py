"""A store in this process's memory: for tests and for trying things out."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from notion_backup.errors import ObjectMissing
from notion_backup.repository.store.protocol import ObjectInfo, check_name, check_prefix


class MemoryStore:
    """Objects in a dictionary; gone with the process."""

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._objects: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """``memory://`` and the store's name."""
        return f"memory://{self._name}"

    def get(self, name: str, start: int | None = None, length: int | None = None) -> bytes:
        """See :class:`Store`."""
        check_name(name)
        with self._lock:
            data = self._objects.get(name)
        if data is None:
            raise ObjectMissing(f"{name} is not in {self.url}.")
        first = start or 0
        return data[first:] if length is None else data[first : first + length]

    def put(self, name: str, data: bytes) -> None:
        """See :class:`Store`."""
        check_name(name)
        with self._lock:
            self._objects[name] = bytes(data)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """See :class:`Store`."""
        check_name(name)
        with self._lock:
            if name in self._objects:
                return False
            self._objects[name] = bytes(data)
            return True

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See :class:`Store`."""
        check_prefix(prefix)
        with self._lock:
            found = sorted((name, len(data)) for name, data in self._objects.items() if name.startswith(prefix))
        return iter([ObjectInfo(name, size) for name, size in found])

    def size(self, name: str) -> int | None:
        """See :class:`Store`."""
        check_name(name)
        with self._lock:
            data = self._objects.get(name)
        return None if data is None else len(data)

    def delete(self, name: str) -> None:
        """See :class:`Store`."""
        check_name(name)
        with self._lock:
            self._objects.pop(name, None)
