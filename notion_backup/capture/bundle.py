"""What belongs to one owner and arrives from several workers: its comments and files, kept together at the end."""

from __future__ import annotations

import threading

from notion_backup.capture.client import Raw
from notion_backup.capture.files import files_in
from notion_backup.capture.media import MediaDesk
from notion_backup.snapshot import FileRef, SnapshotWriter


class Bundle:
    """Collects for one owner; when the last part is done, hands everything to the writer.

    It begins with one part open: whoever makes it calls :meth:`done` once. ``again``: the page was read before in
    this capture, so that even nothing must be written over what was kept then.
    """

    def __init__(self, owner_id: str, writer: SnapshotWriter, media: MediaDesk, *, again: bool = False) -> None:
        self.owner_id = owner_id
        self._writer = writer
        self._media = media
        self._again = again
        self._lock = threading.Lock()
        self._open = 1
        self._files: list[FileRef] = []
        self._comments: dict[int, list[Raw]] = {}

    def begin(self) -> None:
        """One more part is under way."""
        with self._lock:
            self._open += 1

    def done(self) -> None:
        """A part came to its end; the last one writes."""
        with self._lock:
            self._open -= 1
            if self._open:
                return
        comments = [comment for _, part in sorted(self._comments.items()) for comment in part]
        if comments or self._again:
            self._writer.add_comments(self.owner_id, comments)
        if self._files or self._again:
            # Sorted, so that the order in which downloads end leaves no trace.
            self._writer.add_files(self.owner_id, sorted(self._files, key=lambda file: (file.owner, file.slot)))

    def add_comments(self, place: int, comments: list[Raw]) -> None:
        """Comments of one target; ``place`` orders the targets."""
        if comments:
            with self._lock:
                self._comments[place] = comments

    def add_files(self, kind: str, raw: Raw) -> None:
        """Fetch every file that an object refers to; each is a part of its own."""
        for slot in files_in(kind, raw):
            self.begin()
            self._media.want(slot, self._add_file)

    def _add_file(self, file: FileRef) -> None:
        with self._lock:
            self._files.append(file)
        self.done()
