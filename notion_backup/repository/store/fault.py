"""A store that misbehaves on purpose, for tests and drills."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from notion_backup.errors import StoreError, StoreUnavailable
from notion_backup.repository.store.protocol import ObjectInfo, Store

_Result = TypeVar("_Result")

Rule = Callable[[int, str, str], StoreError | None]
"""Given the operation's number (from 1), verb and name: the error to answer with, or None."""


def dies_after(operations: int) -> Rule:
    """Everything after that many operations fails, as if the machine had stopped there."""

    def rule(number: int, verb: str, name: str) -> StoreError | None:
        return StoreUnavailable(f"The store died before operation {number}.") if number > operations else None

    return rule


def fails_on(verb: str, error: Callable[[], StoreError], *, times: int = 1, prefix: str = "") -> Rule:
    """The first ``times`` operations of that verb on names below ``prefix`` fail."""
    left = [times]

    def rule(number: int, asked: str, name: str) -> StoreError | None:
        if asked != verb or not name.startswith(prefix) or left[0] == 0:
            return None
        left[0] -= 1
        return error()

    return rule


class FaultStore:
    """Passes on what its rules let through.

    ``before`` decides whether an operation fails without effect, ``after`` whether it takes effect and its answer is
    lost, ``garble`` what readers get instead of the stored bytes.
    """

    def __init__(
        self,
        inner: Store,
        *,
        before: Rule | None = None,
        after: Rule | None = None,
        garble: Callable[[str, bytes], bytes] | None = None,
    ) -> None:
        self._inner = inner
        self._before = before
        self._after = after
        self._garble = garble
        self._lock = threading.Lock()
        self.operations = 0

    @property
    def url(self) -> str:
        """The inner store's."""
        return self._inner.url

    def get(self, name: str, start: int | None = None, length: int | None = None) -> bytes:
        """See :class:`Store`."""
        if self._garble is None:
            return self._done("get", name, lambda: self._inner.get(name, start, length))
        data = self._garble(name, self._done("get", name, lambda: self._inner.get(name)))
        first = start or 0
        return data[first:] if length is None else data[first : first + length]

    def put(self, name: str, data: bytes) -> None:
        """See :class:`Store`."""
        self._done("put", name, lambda: self._inner.put(name, data))

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """See :class:`Store`."""
        return self._done("put_if_absent", name, lambda: self._inner.put_if_absent(name, data))

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See :class:`Store`."""
        return self._done("list", prefix, lambda: self._inner.list(prefix))

    def size(self, name: str) -> int | None:
        """See :class:`Store`."""
        return self._done("size", name, lambda: self._inner.size(name))

    def delete(self, name: str) -> None:
        """See :class:`Store`."""
        self._done("delete", name, lambda: self._inner.delete(name))

    def _done(self, verb: str, name: str, act: Callable[[], _Result]) -> _Result:
        with self._lock:
            self.operations += 1
            number = self.operations
            error = self._before(number, verb, name) if self._before else None
            lost = self._after(number, verb, name) if self._after else None
        if error is not None:
            raise error
        try:
            return act()
        finally:
            if lost is not None:
                raise lost  # whatever was answered, nobody hears of it
