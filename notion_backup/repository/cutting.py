"""Cutting long blobs by content: FastCDC with a seed that only key holders know.

The seed makes boundaries differ between repositories. It does not make them secret from somebody who can see chunk
sizes and knows the content; packs hide the sizes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyfastcdc import FastCDC

from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.description import Cutting


class ContentCutter:
    """Cuts bytes where their content says so, within the bounds of ``cutting``."""

    def __init__(self, cutting: Cutting, keys: Keys) -> None:
        self.longest_whole = cutting.average
        self._fastcdc = FastCDC(
            cutting.average,
            min_size=cutting.minimum,
            max_size=cutting.maximum,
            normalized_chunking=1,
            seed=int.from_bytes(keys.chunker[:8], "little") >> 1,  # the library takes 63 bits
        )

    def cut(self, data: bytes) -> Iterator[memoryview]:
        """The pieces of a buffer, in order."""
        view = memoryview(data)
        for chunk in self._fastcdc.cut_buf(data):
            yield view[chunk.offset : chunk.offset + chunk.length]

    def cut_stream(self, parts: Iterable[bytes]) -> Iterator[bytes]:
        """The pieces of a stream, in order; the same as of the joined buffer. Holds a few pieces at most."""
        for chunk in self._fastcdc.cut_stream(_Stream(parts)):
            yield bytes(chunk.data)


class _Stream:
    """An iterable of byte strings as something to read from."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self._parts = iter(parts)
        self._rest = memoryview(b"")

    def readinto(self, buffer: memoryview) -> int:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return 0
            self._rest = memoryview(part)
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
