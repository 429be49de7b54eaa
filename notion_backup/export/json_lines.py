"""Files of JSON lines: one value a line, UTF-8, in an order that depends on nothing but the content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

# Legal inside JSON strings, yet some readers take them for the end of a line.
_LINE_ENDS = {ord(end): f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}


def json_line(value: Any) -> str:
    """A value as compact JSON; lone surrogates are escaped, so that the line is valid UTF-8."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """Write lines as they come; gives their number."""
    number = 0
    with path.open("xb") as file:
        for line in lines:
            file.write(_encoded(line))
            number += 1
    return number


class UnitLines:
    """A file whose lines come in units, in any order, and lie in order of the units' ids at the end.

    Reading a snapshot in the order in which it is stored decodes every segment once. What comes is spooled beside the
    file and copied in order when all is there; only the units' ids and places are held in memory.
    """

    def __init__(self, path: Path) -> None:
        self.lines = 0
        self._path = path
        self._spool_path = path.with_name(path.name + ".spool")
        self._spool = self._spool_path.open("x+b")
        self._units: list[tuple[str, int, int]] = []

    def add(self, unit_id: str, lines: Iterable[str]) -> None:
        """Add the lines of one unit, in their own order."""
        start = self._spool.tell()
        for line in lines:
            self._spool.write(_encoded(line))
            self.lines += 1
        self._units.append((unit_id, start, self._spool.tell() - start))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._spool:
            if kind is None:
                with self._path.open("xb") as file:
                    for part in self._in_order():
                        file.write(part)
        self._spool_path.unlink()

    def _in_order(self) -> Iterator[bytes]:
        for _, start, length in sorted(self._units):
            self._spool.seek(start)
            yield self._spool.read(length)


def _encoded(line: str) -> bytes:
    text = line if line.isascii() else line.translate(_LINE_ENDS)
    return text.encode("utf-8") + b"\n"
