"""The six verbs a repository asks of a place where objects lie."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from notion_backup.errors import StoreError

_NAME = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*(?:/[a-z0-9]+(?:[.-][a-z0-9]+)*)*")


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """One listed object: its name below the store's root and its size in bytes."""

    name: str
    size: int


class Store(Protocol):
    """Named, immutable-by-convention objects. Every implementation may be used from many threads.

    Names are lower-case ASCII letters, digits, ``.``, ``-`` and ``/``. An object is either wholly visible or not
    at all. All methods raise StoreUnavailable (or its kinds), StoreFull or StoreUnsuitable; nothing else escapes.
    """

    @property
    def url(self) -> str:
        """Where it is, for people; never holds a secret."""

    def get(self, name: str, start: int | None = None, length: int | None = None) -> bytes:
        """The bytes of an object, or of a range of it (short when the object ends sooner).

        Raises ObjectMissing when there is none.
        """

    def put(self, name: str, data: bytes) -> None:
        """Make the object durable under that name, in place of any former one."""

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """Make the object durable unless the name is taken. Of all who try at once, exactly one is answered True.

        True also when the object there holds exactly ``data`` because an earlier try of this same call had
        succeeded and its answer was lost.
        """

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Every object whose name begins with ``prefix`` (empty, or ending in ``/``), sorted by name."""

    def size(self, name: str) -> int | None:
        """The object's size in bytes, None when there is none."""

    def delete(self, name: str) -> None:
        """Remove an object; removing what is not there is no error."""


def check_name(name: str) -> str:
    """The name itself when it is well formed. Raises StoreError otherwise."""
    if not _NAME.fullmatch(name):
        raise StoreError(f"{name!r} is not a name for a stored object.")
    return name


def check_prefix(prefix: str) -> str:
    """The prefix itself when it is empty or a folder. Raises StoreError otherwise."""
    if prefix and not (prefix.endswith("/") and _NAME.fullmatch(prefix[:-1])):
        raise StoreError(f"{prefix!r} is not a prefix of stored objects.")
    return prefix
