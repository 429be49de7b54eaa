"""Uploads: each content once, streamed out of the repository in parts, and only as long as Notion keeps it."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from notion_backup.errors import NotionNotFound
from notion_backup.restore.files import Wish, wishes_in
from notion_backup.restore.finding import Finder
from notion_backup.restore.journal import Journal
from notion_backup.restore.limits import MOST_PARTS, PART, SINGLE_PART
from notion_backup.restore.origin import Origin
from notion_backup.restore.target import TargetRefused, UploadRefused
from notion_backup.restore.writer import NotionWriter, Part

_KEPT_SECONDS = 50 * 60
"""An upload that nobody attaches is gone after an hour."""


class Slice(io.RawIOBase):
    """A stretch of a seekable stream, as a file of its own."""

    def __init__(self, stream: BinaryIO, start: int, length: int) -> None:
        self._stream = stream
        self._start = start
        self._length = length
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As for any file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def tell(self) -> int:
        """The place in the stretch."""
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer; never beyond the stretch."""
        self._stream.seek(self._start + self._at)
        data = self._stream.read(max(0, min(len(buffer), self._length - self._at)))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class Uploads:
    """Gives upload ids. Nothing of a file is written to disk, and no more than a few chunks of it are in memory."""

    def __init__(
        self,
        writer: NotionWriter,
        finder: Finder,
        journal: Journal,
        origin: Origin,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._writer = writer
        self._finder = finder
        self._journal = journal
        self._origin = origin
        self._clock = clock
        self._attached: set[str] = set()

    def id_of(self, wish: Wish) -> str:
        """The upload's id; made now if there is none, or none that can still be attached. Raises UploadRefused."""
        key = f"upload:{wish.key}"
        known = self._journal.result(key)
        if known is not None and "refused" in known:
            raise UploadRefused(known["refused"], wish.key)
        if known is not None and self._is_there(wish.key, known):
            return str(known["id"])
        try:
            made = self._upload(wish)
        except TargetRefused as error:
            self._journal.finish(key, {"refused": error.why})
            raise UploadRefused(error.why, wish.key) from error
        self._journal.finish(key, {"id": made, "at": self._clock()})
        return made

    def attached(self, body: Any) -> None:
        """Note that a request with these uploads was carried out: from now on they do not expire."""
        self._attached.update(wish.key for wish in wishes_in(body))

    def _is_there(self, key: str, known: dict[str, Any]) -> bool:
        if key in self._attached or self._clock() - known["at"] < _KEPT_SECONDS:
            return True
        try:
            shown = self._finder.upload(known["id"])
        except NotionNotFound:
            return False
        if shown.get("status") == "uploaded" and shown.get("expiry_time") is None:
            self._attached.add(key)
            return True
        return False

    def _upload(self, wish: Wish) -> str:
        size = wish.media.bytes
        part = max(PART, -(-size // MOST_PARTS))
        number = 1 if size <= SINGLE_PART else -(-size // part)
        body: dict[str, Any] = {"filename": wish.filename, "content_type": wish.content_type}
        body |= {"mode": "multi_part", "number_of_parts": number} if number > 1 else {"mode": "single_part"}
        # An upload made twice harms nobody: the one that is not attached is gone within the hour.
        made = str(self._writer.send("POST", "file_uploads", None, body, repeatable=True)["id"])
        ids = {"id": made}
        with self._origin.open(wish.media) as stream:
            if number == 1:
                self._send(ids, wish, Slice(stream, 0, size), None)
            for place in range(number if number > 1 else 0):
                length = min(part, size - place * part)
                self._send(ids, wish, Slice(stream, place * part, length), place + 1)
        if number > 1 and self._status(made) != "uploaded":
            self._complete(ids)
        return made

    def _send(self, ids: dict[str, str], wish: Wish, data: Slice, number: int | None) -> None:
        part = Part(wish.filename, wish.content_type, cast(BinaryIO, data), number)
        try:
            self._writer.send("POST", "file_uploads/{id}/send", ids, part=part, repeatable=True)
        except TargetRefused:
            # A part whose answer was lost may have arrived, and is then refused the second time.
            if self._status(ids["id"]) != "uploaded":
                raise

    def _complete(self, ids: dict[str, str]) -> None:
        try:
            self._writer.send("POST", "file_uploads/{id}/complete", ids, repeatable=True)
        except TargetRefused:
            if self._status(ids["id"]) != "uploaded":
                raise

    def _status(self, upload_id: str) -> str:
        return str(self._finder.upload(upload_id).get("status"))
