"""Asking a store again when it fails in passing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from notion_backup.errors import StoreError
from notion_backup.repository.ports import Sleep
from notion_backup.repository.store.protocol import ObjectInfo, Store

_Result = TypeVar("_Result")


class RetryingStore:
    """Repeats what failed transiently, with growing, jittered pauses (in seconds), a bounded number of times."""

    def __init__(
        self,
        inner: Store,
        *,
        tries: int = 5,
        first_pause: float = 0.2,
        sleep: Sleep = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._inner = inner
        self._tries = tries
        self._first_pause = first_pause
        self._sleep = sleep
        self._jitter = jitter

    @property
    def url(self) -> str:
        """The inner store's."""
        return self._inner.url

    def get(self, name: str, start: int | None = None, length: int | None = None) -> bytes:
        """See :class:`Store`."""
        return self._repeated(lambda _: self._inner.get(name, start, length))

    def put(self, name: str, data: bytes) -> None:
        """See :class:`Store`."""
        self._repeated(lambda _: self._inner.put(name, data))

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """See :class:`Store`. A repeated try that meets the object of an earlier one, whose answer was lost, won."""

        def create(repeated: bool) -> bool:
            return self._inner.put_if_absent(name, data) or (repeated and self._inner.get(name) == data)

        return self._repeated(create)

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See :class:`Store`."""
        return self._repeated(lambda _: iter(list(self._inner.list(prefix))))

    def size(self, name: str) -> int | None:
        """See :class:`Store`."""
        return self._repeated(lambda _: self._inner.size(name))

    def delete(self, name: str) -> None:
        """See :class:`Store`."""
        self._repeated(lambda _: self._inner.delete(name))

    def _repeated(self, act: Callable[[bool], _Result]) -> _Result:
        for attempt in range(1, self._tries + 1):
            try:
                return act(attempt > 1)
            except StoreError as error:
                if not error.transient or attempt == self._tries:
                    raise
            self._sleep(self._first_pause * 2 ** (attempt - 1) * (0.5 + self._jitter()))
        raise AssertionError("unreachable: the last attempt answers or raises")
