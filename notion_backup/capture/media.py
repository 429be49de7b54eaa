"""The media desk: files are fetched by a few workers of their own while the walk goes on.

The identity of a hosted file is its URL without the query: the path names the content, the query only signs it. A
file held by the previous snapshot, or met twice in a run, is fetched once.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future

from notion_backup.capture.client import NotionReader, Raw
from notion_backup.capture.crew import Crew
from notion_backup.capture.download import DownloadFailed, Fetcher, LeftOut
from notion_backup.capture.files import FileSlot, files_in
from notion_backup.capture.journal import Journal
from notion_backup.capture.paging import collect, get
from notion_backup.capture.problems import Problems, is_fatal
from notion_backup.capture.report import Tally
from notion_backup.errors import NotionError
from notion_backup.snapshot import FileRef, Media, Severity, SnapshotWriter, without_query

_OWNERS = {
    "page": "pages/{id}",
    "block": "blocks/{id}",
    "database": "databases/{id}",
    "data_source": "data_sources/{id}",
    "comment": "comments/{id}",
}
Held = tuple[Media, str | None]


class MediaDesk:
    """Fetches files and tells who wanted them. Thread-safe."""

    def __init__(
        self,
        crew: Crew,
        fetcher: Fetcher,
        reader: NotionReader,
        writer: SnapshotWriter,
        problems: Problems,
        tally: Tally,
        *,
        external: bool,
        journal: Journal | None = None,
    ) -> None:
        self._crew = crew
        self._fetcher = fetcher
        self._reader = reader
        self._writer = writer
        self._problems = problems
        self._tally = tally
        self._external = external
        self._journal = journal
        self._lock = threading.Lock()
        self._flights: dict[str, Future[Held]] = {}
        self._landed: dict[str, Held] = {}
        self._types: dict[str, str | None] | None = None
        self.downloads = 0
        self.downloaded_bytes = 0

    def want(self, slot: FileSlot, inside: str, then: Callable[[FileRef], None]) -> None:
        """Fetch a file and pass its reference to ``then`` (from a worker); without content when it is not to be had.

        ``inside`` is the id of the page, database, … with which the file was met.
        """
        self._tally.count("files_known")
        self._crew.add(self._serve, slot, inside, then)

    def _serve(self, slot: FileSlot, inside: str, then: Callable[[FileRef], None]) -> None:
        media: Media | None = None
        content_type: str | None = None
        size: int | None = None
        if slot.hosted or self._external:
            try:
                media, content_type = self._once(slot)
            except DownloadFailed as failure:
                self._report(failure, slot, inside)
                if isinstance(failure, LeftOut):
                    content_type, size = failure.content_type, failure.size
        self._tally.count("files_done")
        then(
            FileRef(
                owner=slot.owner,
                slot=slot.slot,
                name=slot.name,
                url=without_query(slot.url) if slot.hosted else slot.url,
                hosted=slot.hosted,
                media=media,
                content_type=content_type,
                size=size,
            )
        )

    def _report(self, failure: DownloadFailed, slot: FileSlot, inside: str) -> None:
        severity, why = Severity.OUTSIDE, f"The file could not be fetched: {failure.why}."
        cure = "The file lies outside Notion; its link is kept."
        if isinstance(failure, LeftOut):
            why = f"The file was left out: {failure.why}."
            cure = "Its name and place are kept. Change `largest_file` or the file types in the settings to keep it."
        elif slot.hosted:
            severity, cure = Severity.MISSING, "Open the file in Notion; upload it again if it is broken there."
        # Several files may stand in one object: with its place each is a problem of its own.
        where = f"{inside}/{slot.slot}"
        self._problems.report(failure.code, severity, "file", slot.owner, where, why, cure, failure.status)

    def _once(self, slot: FileSlot) -> Held:
        """Fetch unless held or under way: whoever comes second waits for the first."""
        key = without_query(slot.url) if slot.hosted else slot.url
        with self._lock:
            if key in self._landed:
                return self._landed[key]
            flight = self._flights.get(key)
            first = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if not first:
            return flight.result()
        try:
            held = self._known(key) if slot.hosted else None
            if held is None and self._journal is not None:
                held = self._journal.recall_media(key)
            if held is None:
                held = self._fetch(slot)
                if self._journal is not None:
                    self._journal.keep_media(key, *held)
        except BaseException as error:
            flight.set_exception(error)
            raise
        flight.set_result(held)
        with self._lock:
            # What is known of a file outlives its download, which takes ten times the memory.
            self._landed[key] = held
            del self._flights[key]
        return held

    def _known(self, key: str) -> Held | None:
        media = self._writer.known_media(key)
        if media is None:
            return None
        with self._lock:
            if self._types is None:
                previous = self._writer.previous
                self._types = {file.url: file.content_type for file in previous.files()} if previous else {}
            return media, self._types.get(key)

    def _fetch(self, slot: FileSlot) -> Held:
        try:
            return self._download(slot, slot.url)
        except DownloadFailed as failure:
            fresh = slot.url if failure.changed else None
            if failure.expired and slot.hosted:
                fresh = self._renewed(slot)
            if fresh is None:
                raise
        return self._download(slot, fresh)

    def _download(self, slot: FileSlot, url: str) -> Held:
        transfer = self._fetcher.open(url, slot.name, hosted=slot.hosted)
        blob = self._writer.store_media(transfer.chunks())
        with self._lock:
            self.downloads += 1
            self.downloaded_bytes += transfer.size
        self._tally.count("bytes", transfer.size)
        return Media(blob=blob, sha256=transfer.sha256, bytes=transfer.size), transfer.content_type

    def _renewed(self, slot: FileSlot) -> str | None:
        """A fresh URL of the same file, by reading its owner once more; None when there is none."""
        try:
            raw = self._owner(slot)
        except NotionError as error:
            if is_fatal(error):
                raise
            return None
        same = without_query(slot.url)
        found = files_in(slot.kind, raw)
        return next((file.url for file in found if file.slot == slot.slot and without_query(file.url) == same), None)

    def _owner(self, slot: FileSlot) -> Raw:
        """The object that shows a file, read afresh; a custom emoji is only given in their list."""
        if slot.kind in _OWNERS:
            return self._reader.get(_OWNERS[slot.kind], id=slot.owner, live=True)
        emojis, _ = collect(self._reader, get("custom_emojis"))
        return next((emoji for emoji in emojis if emoji.get("id") == slot.owner), {})
