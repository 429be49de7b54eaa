"""Synced copies whose original is nowhere to be found: they are read after all, as the only trace of the content.

Whether an original is there is known when everything has been walked. Until then a page with open copies is kept
packed, about a tenth of its size, so that it need not be read twice.
"""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator
from dataclasses import asdict

from notion_backup.capture.known import Known
from notion_backup.capture.past import Past
from notion_backup.capture.references import Reference
from notion_backup.capture.walk import Body
from notion_backup.snapshot import BlockNode


class SyncedCopies:
    """Remembers pages with copies of originals not met so far."""

    def __init__(self, known: Known, past: Past) -> None:
        self._known = known
        self._past = past
        self._lock = threading.Lock()
        self._packed: dict[str, tuple[list[tuple[str, str]], bytes]] = {}

    def remember(self, page_id: str, body: Body) -> None:
        """Note the copies of a page that was just walked; forgets what was noted of it before."""
        open_copies = [
            copy
            for copy in body.copies
            if not self._known.is_listed(copy[1]) and not self._past.was_pointer(page_id, copy[0])
        ]
        packed = zlib.compress(json.dumps([asdict(node) for node in body.nodes]).encode()) if open_copies else b""
        with self._lock:
            self._packed.pop(page_id, None)
            if open_copies:
                self._packed[page_id] = (open_copies, packed)

    def originals(self) -> dict[Reference, str]:
        """Originals that are still not met, each with a page that shows a copy of it."""
        with self._lock:
            wanted = {original: page_id for page_id, (copies, _) in self._packed.items() for _, original in copies}
        return {Reference("block", name): page for name, page in wanted.items() if not self._is_kept(name)}

    def _is_kept(self, original: str) -> bool:
        """Whether the original stands in a body of this snapshot, walked now or carried on."""
        return self._known.is_listed(original) or self._known.stands_in_carried(original)

    def orphans(self) -> Iterator[tuple[str, list[tuple[str, str]], list[BlockNode]]]:
        """Pages with copies whose original was not met: (page id, those copies, the page's blocks). Empties this."""
        with self._lock:
            packed, self._packed = self._packed, {}
        for page_id, (copies, data) in sorted(packed.items()):
            orphaned = [copy for copy in copies if not self._is_kept(copy[1])]
            if orphaned:
                yield page_id, orphaned, [BlockNode(**node) for node in json.loads(zlib.decompress(data))]
