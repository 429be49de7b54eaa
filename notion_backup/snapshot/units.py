"""The units of a snapshot that is being written, column by column.

There are several for each page, all known until the snapshot is sealed. As objects they would take half a kilobyte
each, strewn among all that is read meanwhile; as columns they take a fifth of that and lie together.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from sys import intern
from typing import overload

from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.model import Table
from notion_backup.snapshot.normal import DIGEST_BYTES

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_NO_TIME = -(2**63)
_TABLES = tuple(Table)
_NUMBER = {table: number for number, table in enumerate(_TABLES)}
_UNSAID, _NO, _YES = range(3)


class Units:
    """Entries by table and id. Not thread-safe. ``provable`` and ``seen_in`` are not kept: the seal says them."""

    def __init__(self) -> None:
        self._rows: dict[Table, dict[str, int]] = {table: {} for table in Table}
        self._tables = bytearray()
        self._ids: list[str] = []
        self._parents: list[str | None] = []
        self._titles = bytearray()
        self._title_ends = array("Q")
        self._title_starts = array("Q")
        self._edited = array("q")
        self._captured = array("q")
        self._verified = array("q")
        self._trashed = bytearray()
        self._digests = bytearray()
        self._segments = array("l")
        self._firsts = array("l")
        self._counts = array("l")

    def has(self, table: Table, unit_id: str) -> bool:
        """Whether a unit is there."""
        return unit_id in self._rows[table]

    def put(self, entry: Entry) -> None:
        """Take a unit, in place of what is there under its table and id. Times are kept to the millisecond."""
        rows = self._rows[entry.table]
        row = rows.get(entry.id)
        if row is None:
            row = rows[entry.id] = self._new_row(entry)
        title = entry.title.encode("utf-8")
        # A title that is replaced stays where it is: renames within one capture are few.
        self._title_starts[row] = len(self._titles)
        self._titles += title
        self._title_ends[row] = len(self._titles)
        # One string for all that stand in the same parent.
        self._parents[row] = intern(entry.parent_id) if entry.parent_id is not None else None
        self._edited[row] = _number(entry.last_edited_time)
        self._captured[row] = _number(entry.captured_at)
        self._verified[row] = _number(entry.verified_at)
        self._trashed[row] = _UNSAID if entry.in_trash is None else _YES if entry.in_trash else _NO
        self._digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES] = entry.digest
        self._segments[row], self._firsts[row], self._counts[row] = entry.segment, entry.first, entry.count

    def place(self, table: Table, unit_id: str, segment: int, first: int) -> None:
        """Say where in its segment a unit begins, unless it was given anew since and lies in another."""
        row = self._rows[table][unit_id]
        if self._segments[row] == segment:
            self._firsts[row] = first

    def of(self, table: Table) -> Iterator[Entry]:
        """The units of one table."""
        return (self._entry(row) for row in self._rows[table].values())

    def in_order(self, finish: Callable[[Entry], Entry] = lambda entry: entry) -> Sequence[Entry]:
        """All units as the catalog has them: by id, and by table where one id has several.

        Each is made, and finished, when it is looked at.
        """
        # Two stable sorts by values that are there already: keys made of both would take more than the columns.
        rows = sorted(range(len(self._ids)), key=lambda row: _TABLES[self._tables[row]].value)
        rows.sort(key=self._ids.__getitem__)
        return _InOrder(array("l", rows), lambda row: finish(self._entry(row)))

    def _new_row(self, entry: Entry) -> int:
        self._tables.append(_NUMBER[entry.table])
        self._ids.append(entry.id)
        self._parents.append(None)
        self._trashed.append(_UNSAID)
        self._digests += bytes(DIGEST_BYTES)
        for column in (self._title_starts, self._title_ends, self._edited, self._captured, self._verified):
            column.append(0)
        for place in (self._segments, self._firsts, self._counts):
            place.append(0)
        return len(self._ids) - 1

    def _entry(self, row: int) -> Entry:
        trashed = self._trashed[row]
        captured, verified = _time(self._captured[row]), _time(self._verified[row])
        assert captured is not None and verified is not None
        return Entry(
            table=_TABLES[self._tables[row]],
            id=self._ids[row],
            parent_id=self._parents[row],
            title=self._titles[self._title_starts[row] : self._title_ends[row]].decode("utf-8"),
            last_edited_time=_time(self._edited[row]),
            in_trash=None if trashed == _UNSAID else trashed == _YES,
            digest=bytes(self._digests[row * DIGEST_BYTES : (row + 1) * DIGEST_BYTES]),
            captured_at=captured,
            verified_at=verified,
            provable=False,
            seen_in="",
            segment=self._segments[row],
            first=self._firsts[row],
            count=self._counts[row],
        )


class _InOrder(Sequence[Entry]):
    """Entries by their rows, made when they are asked for."""

    def __init__(self, rows: array[int], make: Callable[[int], Entry]) -> None:
        self._rows = rows
        self._make = make

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(at, slice):
            return _InOrder(self._rows[at], self._make)
        return self._make(self._rows[at])

    def __iter__(self) -> Iterator[Entry]:
        return map(self._make, self._rows)


def _number(time: datetime | None) -> int:
    return _NO_TIME if time is None else (time - _EPOCH) // _MILLISECOND


@lru_cache(maxsize=4096)
def _time(milliseconds: int) -> datetime | None:
    return None if milliseconds == _NO_TIME else _EPOCH + milliseconds * _MILLISECOND
