"""On which page a block stands: for links to blocks, copies of synced blocks, and pages inside toggles.

Held as 20 bytes a block, not as Python objects, so that a workspace of a million blocks costs 20 MB.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.errors import Damaged
from notion_backup.snapshot import Table

if TYPE_CHECKING:
    from notion_backup.snapshot import SnapshotReader

_ID_BYTES = 16
_KEYS = pa.binary(_ID_BYTES)
# As the API spells ids; what is called otherwise is linked to by nobody.
_ID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
# A Notion URL with a block's id as its fragment, within JSON.
_LINK = r"#(?:block-)?([0-9a-f]{32})\b"
_LINKED = re.compile(_LINK)


class BlockOwners:
    """The bodies in some rows of a catalog, read once. ``linked`` are the ids of blocks that some text links to.

    ``unreadable`` are the bodies that cannot be read back.
    """

    def __init__(self, snapshot: SnapshotReader, catalog: pa.Table) -> None:
        self.linked: set[str] = set()
        self.unreadable: set[str] = set()
        self.blocks = 0
        self._owners = catalog["id"]
        keys: list[pa.Array] = []
        units: list[pa.Array] = []
        for live in snapshot.live(Table.BLOCKS, catalog):
            try:
                rows = snapshot.columns_of(live, ["id", "raw"])
            except Damaged:
                # Whoever exports one of these bodies names the loss.
                self.unreadable.update(self._owners.take(live.units).to_pylist())
                continue
            self.blocks += len(rows)
            known = pc.match_substring_regex(rows["id"], _ID)
            keys.append(_packed(rows["id"].filter(known)))
            units.append(live.units.cast(pa.int32()).filter(known.combine_chunks()))
            with_links = rows["raw"].filter(pc.match_substring_regex(rows["raw"], _LINK))
            for raw in with_links.to_pylist():
                self.linked.update(str(UUID(found)) for found in _LINKED.findall(raw))
        all_keys = pa.concat_arrays(keys) if keys else pa.array([], _KEYS)
        order = pc.sort_indices(all_keys)
        self._keys = all_keys.take(order)
        self._units = (pa.concat_arrays(units) if units else pa.array([], pa.int32())).take(order)

    def owner(self, block_id: str) -> str | None:
        """The id of the page whose body holds the block; None for one that is in no body."""
        key = _key(block_id)
        if key is None:
            return None
        at = bisect_left(range(len(self._keys)), key, key=lambda place: self._keys[place].as_py())
        if at == len(self._keys) or self._keys[at].as_py() != key:
            return None
        owner: str = self._owners[self._units[at].as_py()].as_py()
        return owner


def _packed(ids: pa.ChunkedArray) -> pa.Array:
    """Ids as the API spells them, in 16 bytes each."""
    text = "".join(ids.to_pylist()).replace("-", "")
    return pa.FixedSizeBinaryArray.from_buffers(_KEYS, len(ids), [None, pa.py_buffer(bytes.fromhex(text))])


def _key(block_id: str) -> bytes | None:
    try:
        return UUID(block_id).bytes
    except ValueError:
        return None
