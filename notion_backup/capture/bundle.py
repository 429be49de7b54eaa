"""What belongs to one owner and arrives from several workers: its comments and files, kept together at the end."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from notion_backup.capture.client import Raw
from notion_backup.capture.files import files_in
from notion_backup.capture.media import MediaDesk
from notion_backup.snapshot import FileRef, SnapshotWriter, Table


class Comments(StrEnum):
    """What becomes of an owner's comments."""

    NONE = "none"
    """The owner has none of its own: only pages do."""
    READ = "read"
    CARRIED = "carried"


@dataclass(frozen=True, slots=True)
class Carried:
    """Comments carried on from the previous snapshot, less those whose block is gone; when they were verified."""

    comments: list[Raw]
    verified_at: datetime


class Bundle:
    """Collects for one owner; when the last part is done, hands everything to the writer.

    It begins with one part open: whoever makes it calls :meth:`done` once. ``again``: the page was read before in
    this capture, so that even nothing must be written over what was kept then.
    """

    # Every page that waits for its turn has one.
    __slots__ = (
        "_again", "_carried", "_comments", "_files", "_lock", "_lost", "_media", "_open", "_policy", "_writer",
        "owner_id",
    )  # fmt: skip

    def __init__(
        self,
        owner_id: str,
        writer: SnapshotWriter,
        media: MediaDesk,
        *,
        comments: Comments = Comments.NONE,
        again: bool = False,
    ) -> None:
        self.owner_id = owner_id
        self._writer = writer
        self._media = media
        self._policy = comments
        self._again = again
        self._lock = threading.Lock()
        self._open = 1
        self._files: list[FileRef] = []
        self._comments: dict[int, list[Raw]] = {}
        self._carried: Carried | None = None
        self._lost = False

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
        self._write_comments()
        if self._files or self._again:
            # Sorted, so that the order in which downloads end leaves no trace.
            self._writer.add_files(self.owner_id, sorted(self._files, key=lambda file: (file.owner, file.slot)))

    def add_comments(self, place: int, comments: list[Raw]) -> None:
        """Comments of one target; ``place`` orders the targets."""
        if comments:
            with self._lock:
                self._comments[place] = comments

    def lose_comments(self) -> None:
        """Some target's comments were not to be had: that nothing was found then proves nothing."""
        with self._lock:
            self._lost = True

    def carry_comments(self, carried: Carried) -> None:
        """Keep these instead of the unit that the previous snapshot has."""
        with self._lock:
            self._carried = carried

    def add_files(self, kind: str, raw: Raw) -> None:
        """Fetch every file that an object refers to; each is a part of its own."""
        for slot in files_in(kind, raw):
            self.begin()
            self._media.want(slot, self.owner_id, self._add_file)

    def keep_files(self, files: Iterable[FileRef]) -> None:
        """Keep references that were fetched for the previous snapshot."""
        with self._lock:
            self._files.extend(files)

    def _write_comments(self) -> None:
        if self._policy is Comments.NONE:
            return
        if self._carried is not None:
            self._writer.add_comments(self.owner_id, self._carried.comments, verified_at=self._carried.verified_at)
        elif self._policy is Comments.CARRIED:
            self._writer.carry(Table.COMMENTS, self.owner_id)
        else:
            found = [comment for _, part in sorted(self._comments.items()) for comment in part]
            if not self._lost or found:
                self._writer.add_comments(self.owner_id, found)
            elif not self._again:
                self._writer.carry(Table.COMMENTS, self.owner_id)

    def _add_file(self, file: FileRef) -> None:
        with self._lock:
            self._files.append(file)
        self.done()
