"""Counting what is asked of a store."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator

from notion_backup.repository.store.protocol import ObjectInfo, Store


class MeteredStore:
    """Passes everything on and counts requests by verb, and bytes in each direction. Thread-safe."""

    def __init__(self, inner: Store) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._requests: Counter[str] = Counter()
        self._read = 0
        self._written = 0

    @property
    def url(self) -> str:
        """The inner store's."""
        return self._inner.url

    @property
    def requests(self) -> dict[str, int]:
        """How often each verb was asked for."""
        with self._lock:
            return dict(self._requests)

    @property
    def bytes_read(self) -> int:
        """Bytes answered by ``get``."""
        with self._lock:
            return self._read

    @property
    def bytes_written(self) -> int:
        """Bytes handed to ``put`` and ``put_if_absent``."""
        with self._lock:
            return self._written

    def get(self, name: str, start: int | None = None, length: int | None = None) -> bytes:
        """See :class:`Store`."""
        data = self._inner.get(name, start, length)
        self._count("get", read=len(data))
        return data

    def put(self, name: str, data: bytes) -> None:
        """See :class:`Store`."""
        self._count("put", written=len(data))
        self._inner.put(name, data)

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """See :class:`Store`."""
        self._count("put_if_absent", written=len(data))
        return self._inner.put_if_absent(name, data)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See :class:`Store`."""
        self._count("list")
        return self._inner.list(prefix)

    def size(self, name: str) -> int | None:
        """See :class:`Store`."""
        self._count("size")
        return self._inner.size(name)

    def delete(self, name: str) -> None:
        """See :class:`Store`."""
        self._count("delete")
        self._inner.delete(name)

    def _count(self, verb: str, *, read: int = 0, written: int = 0) -> None:
        with self._lock:
            self._requests[verb] += 1
            self._read += read
            self._written += written
