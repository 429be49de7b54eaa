"""On which page a block stands: for links to blocks, copies of synced blocks, and pages inside toggles.

Held as 20 bytes a block, not as Python objects, so that a workspace of a million blocks costs 20 MB.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.errors import Damaged

if TYPE_CHECKING:
    from notion_backup.snapshot import Entry, SnapshotReader

_ID_BYTES = 16
# A Notion URL with a block's id as its fragment, within JSON.
_LINKED = re.compile(r"#(?:block-)?([0-9a-f]{32})\b")


class BlockOwners:
    """The bodies of a snapshot, read once. ``linked`` are the ids of blocks that some text links to."""

    def __init__(self, snapshot: SnapshotReader, bodies: Iterable[Entry]) -> None:
        self._owners: list[str] = []
        self.linked: set[str] = set()
        self.blocks = 0
        ids = bytearray()
        places = array("i")
        for entry in sorted(bodies, key=lambda entry: (entry.segment, entry.first)):
            try:
                rows = snapshot.rows(entry)
            except Damaged:
                # Whoever exports this body names the loss.
                continue
            self._owners.append(entry.id)
            for row in rows:
                key = _key(row["id"])
                if key is not None:
                    ids += key
                    places.append(len(self._owners) - 1)
                if "#" in row["raw"]:
                    self.linked.update(str(UUID(found)) for found in _LINKED.findall(row["raw"]))
            self.blocks += len(rows)
        keys = pa.FixedSizeBinaryArray.from_buffers(pa.binary(_ID_BYTES), len(places), [None, pa.py_buffer(bytes(ids))])
        order = pc.sort_indices(keys)
        self._keys = keys.take(order)
        self._places = pa.array(places, pa.int32()).take(order)

    def owner(self, block_id: str) -> str | None:
        """The id of the page whose body holds the block; None for one that is in no body."""
        key = _key(block_id)
        if key is None:
            return None
        at = bisect_left(range(len(self._keys)), key, key=lambda place: self._keys[place].as_py())
        if at == len(self._keys) or self._keys[at].as_py() != key:
            return None
        place: int = self._places[at].as_py()
        return self._owners[place]


def _key(block_id: str) -> bytes | None:
    try:
        return UUID(block_id).bytes
    except ValueError:
        return None
