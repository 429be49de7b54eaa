"""Some units out of the catalogs of many snapshots, without reading the catalogs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.repository import BlobRef
from notion_backup.snapshot.catalog import CATALOG_SCHEMA, decode_parts
from notion_backup.snapshot.manifest import SegmentFacts
from notion_backup.snapshot.model import Table
from notion_backup.snapshot.reader import SnapshotReader
from notion_backup.snapshot.segments import decode_segment


class CatalogParts:
    """Catalogs are cut in parts, sorted by id: only those that hold what is asked for are read, each once however many
    snapshots share it. What was read is kept."""

    def __init__(self) -> None:
        self._read: dict[bytes, pa.Table] = {}
        self._first: dict[bytes, str] = {}
        self._ids: dict[bytes, list[str]] = {}

    def units(self, snapshot: SnapshotReader, ids: Iterable[str]) -> pa.Table:
        """All units under these ids, as rows of ``CATALOG_SCHEMA``."""
        refs = snapshot.manifest.catalog.part_refs
        wanted: dict[int, list[str]] = {}
        for one in ids:
            at = bisect_right(refs, one, key=lambda ref: self._first_id(snapshot, ref)) - 1
            if at >= 0:
                wanted.setdefault(at, []).append(one)
        found = [
            part.filter(pc.is_in(part["id"], pa.array(some, pa.string())))
            for part, some in ((self._part(snapshot, refs[at]), some) for at, some in wanted.items())
        ]
        return pa.concat_tables(found) if found else CATALOG_SCHEMA.empty_table()

    def units_of(self, snapshot: SnapshotReader, table: Table) -> pa.Table:
        """All units of a table of objects. Meant for small ones: their ids are looked up in the table's segments."""
        segments = (facts for facts in snapshot.manifest.segments.values() if facts.table is table)
        found = self.units(snapshot, sorted({one for facts in segments for one in self._ids_in(snapshot, facts)}))
        return found.filter(pc.equal(found["table"], table.value))

    def _ids_in(self, snapshot: SnapshotReader, facts: SegmentFacts) -> list[str]:
        if facts.ref.root not in self._ids:
            rows = decode_segment(facts.table, snapshot.repository.read(facts.ref), ["id"])
            self._ids[facts.ref.root] = rows["id"].to_pylist()
        return self._ids[facts.ref.root]

    def _first_id(self, snapshot: SnapshotReader, ref: BlobRef) -> str:
        if ref.root not in self._first:
            self._first[ref.root] = self._part(snapshot, ref)["id"][0].as_py()
        return self._first[ref.root]

    def _part(self, snapshot: SnapshotReader, ref: BlobRef) -> pa.Table:
        if ref.root not in self._read:
            self._read[ref.root] = decode_parts([snapshot.repository.read(ref)])
        return self._read[ref.root]
