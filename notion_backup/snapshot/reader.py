"""Reading a snapshot: its catalog, its objects, its media. Nothing decrypted is written to disk."""

from __future__ import annotations

import json
import threading
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.repository import BlobRef, Commit, Repository
from notion_backup.snapshot.catalog import Entry, decode_catalog, decode_parts, entries_of, entry_at
from notion_backup.snapshot.coverage import coverage_of
from notion_backup.snapshot.live import LiveRows, live_rows
from notion_backup.snapshot.manifest import KindFacts, Manifest, decode_manifest
from notion_backup.snapshot.model import BlockNode, FileRef, Media, Problem, Raw, Table
from notion_backup.snapshot.rows import NODE_COLUMNS, Row, file_from_row, node_from_row, problem_from_row
from notion_backup.snapshot.segments import decode_segment

_SEGMENTS_IN_MEMORY = 8


def open_snapshot(repository: Repository, commit: Commit) -> SnapshotReader:
    """Open the snapshot that a log entry commits. Raises Damaged or FormatUnknown."""
    return SnapshotReader(repository, commit)


class SnapshotReader:
    """One snapshot, read only and safe to use from several threads. Content is read when it is asked for."""

    def __init__(self, repository: Repository, commit: Commit) -> None:
        self.repository = repository
        self.commit = commit
        self.manifest: Manifest = decode_manifest(repository.read(commit.root))
        self._segments: OrderedDict[int, pa.Table] = OrderedDict()
        self._lock = threading.Lock()

    @cached_property
    def _catalog(self) -> pa.Table:
        catalog = self.manifest.catalog
        parts = (self.repository.read(part) for part in catalog.part_refs)
        return decode_catalog(parts, self.repository.read(catalog.proof_ref)).combine_chunks()

    @cached_property
    def _columns(self) -> dict[str, pa.Array]:
        """The catalog's columns, each in one piece: what single units are looked up in."""
        return {name: _one_array(self._catalog.column(name)) for name in self._catalog.column_names}

    def catalog(self) -> pa.Table:
        """The catalog as an Arrow table (``CATALOG_SCHEMA`` and ``PROOF_SCHEMA``), sorted by id and table."""
        return self._catalog

    @property
    def part_roots(self) -> frozenset[bytes]:
        """What names the parts of the catalog: one that two snapshots share is the same in both."""
        return frozenset(ref.root for ref in self.manifest.catalog.part_refs)

    def parts_but(self, known: Collection[bytes]) -> pa.Table:
        """The catalog without some of its parts, and without the columns of ``PROOF_SCHEMA``."""
        refs = (ref for ref in self.manifest.catalog.part_refs if ref.root not in known)
        return decode_parts(self.repository.read(ref) for ref in refs)

    def entries(self, table: Table | None = None) -> Iterator[Entry]:
        """The units of one table, or of all, in order of id."""
        catalog = self._catalog
        if table is not None:
            catalog = catalog.filter(pc.equal(catalog.column("table"), table.value))
        yield from entries_of(catalog)

    def entry(self, table: Table, unit_id: str) -> Entry | None:
        """The unit under that id, or None."""
        tables = self._columns["table"]
        rows = (row for row in self._rows_under(unit_id) if tables[row].as_py() == table.value)
        return next((entry_at(self._columns, row) for row in rows), None)

    def units(self, unit_id: str) -> dict[Table, Entry]:
        """All units under one id, by table: an object, its body, its comments, …"""
        found = (entry_at(self._columns, row) for row in self._rows_under(unit_id))
        return {entry.table: entry for entry in found}

    def _rows_under(self, unit_id: str) -> Iterator[int]:
        ids = self._columns["id"]
        row = bisect_left(range(len(ids)), unit_id, key=lambda at: ids[at].as_py())
        while row < len(ids) and ids[row].as_py() == unit_id:
            yield row
            row += 1

    def rows(self, entry: Entry, names: Sequence[str] | None = None) -> list[Row]:
        """The rows of one unit, in order; of the columns only those that are named."""
        if entry.count == 0:
            return []
        segment = self.segment(entry.segment)
        wanted = segment if names is None else segment.select(names)
        rows: list[Row] = wanted.slice(entry.first, entry.count).to_pylist()
        return rows

    def live(self, table: Table, catalog: pa.Table | None = None) -> Iterator[LiveRows]:
        """Which rows of which segments make up a table, from the catalog alone, or from some rows of it."""
        return live_rows(self._catalog if catalog is None else catalog, table)

    def columns(self, table: Table, names: list[str], catalog: pa.Table | None = None) -> Iterator[pa.Table]:
        """Some columns of a table's live rows, segment by segment; the others are not decoded.

        ``catalog`` are the rows of the catalog that are wanted; without it all are.
        """
        for live in self.live(table, catalog):
            yield self.columns_of(live, names)

    def columns_of(self, live: LiveRows, names: list[str]) -> pa.Table:
        """Some columns of the live rows of one segment; the others are not decoded."""
        facts = self.manifest.segments[live.segment]
        return live.of(decode_segment(facts.table, self.repository.read(facts.ref), names))

    def objects(self, table: Table) -> Iterator[Raw]:
        """Every raw object of a table of objects, in the order in which they lie in the segments."""
        for _, rows in self._units(table, names=["raw"]):
            yield json.loads(rows[0]["raw"])

    def objects_in(self, table: Table, catalog: pa.Table) -> Iterator[Raw]:
        """The raw objects of those units of a table that some rows of the catalog name."""
        for live in live_rows(catalog, table):
            for raw in live.of(self.segment(live.segment))["raw"].to_pylist():
                yield json.loads(raw)

    def object(self, table: Table, object_id: str) -> Raw | None:
        """One raw object, or None."""
        entry = self.entry(table, object_id)
        if entry is None:
            return None
        raw: Raw = json.loads(self.rows(entry, ["raw"])[0]["raw"])
        return raw

    def bodies(self) -> Iterator[tuple[str, list[BlockNode]]]:
        """Every page's body: (page id, its blocks in document order)."""
        for entry, rows in self._units(Table.BLOCKS, names=NODE_COLUMNS):
            yield entry.id, [node_from_row(row) for row in rows]

    def body(self, owner_id: str) -> list[BlockNode] | None:
        """The body of one page in document order; None when the snapshot has none under that id."""
        entry = self.entry(Table.BLOCKS, owner_id)
        return None if entry is None else [node_from_row(row) for row in self.rows(entry, NODE_COLUMNS)]

    def comments(self, owner_id: str | None = None) -> Iterator[Raw]:
        """The comments of one page with its blocks, or all comments."""
        for _, rows in self._units(Table.COMMENTS, owner_id, ["raw"]):
            for row in rows:
                yield json.loads(row["raw"])

    def properties(self) -> Iterator[tuple[str, str, list[Raw]]]:
        """Property values read in full: (page id, property id, all items)."""
        for entry, rows in self._units(Table.PROPERTIES):
            for row in rows:
                yield entry.id, row["property_id"], json.loads(row["raw"])

    def full_values(self, page_id: str) -> Iterator[tuple[str, list[Raw]]]:
        """The property values of one page that were read in full: (property id, all items)."""
        for _, rows in self._units(Table.PROPERTIES, page_id):
            for row in rows:
                yield row["property_id"], json.loads(row["raw"])

    def files(self, owner_id: str | None = None) -> Iterator[FileRef]:
        """Every reference to a file, or those met with one object."""
        for _, rows in self._units(Table.FILES, owner_id):
            for row in rows:
                yield file_from_row(row)

    def problems(self) -> list[Problem]:
        """What is not in the snapshot, or not as it should be."""
        return [problem_from_row(row) for _, rows in self._units(Table.PROBLEMS) for row in rows]

    def coverage(self) -> dict[str, KindFacts]:
        """How much of each kind it holds; counted again where the manifest is of a time before it said so."""
        manifest = self.manifest
        return manifest.coverage or coverage_of(manifest.tables, manifest.media.references, self.problems())

    def open_media(self, media: Media) -> BinaryIO:
        """The content of a file, as a seekable binary stream whose every chunk is verified."""
        return self.repository.open_blob(media.blob)

    def references(self) -> Iterator[bytes]:
        """The id of every chunk the snapshot needs; some more than once. Raises Damaged where a list is unreadable."""
        yield from self._chunks(self.commit.root)
        for part in (*self.manifest.catalog.part_refs, self.manifest.catalog.proof_ref):
            yield from self._chunks(part)
        for segment in self.manifest.segments.values():
            yield from self._chunks(segment.ref)
        for file in self.files():
            if file.media is not None:
                yield from self._chunks(file.media.blob)

    def segment(self, number: int) -> pa.Table:
        """All rows of a segment in its table's schema, those that are live no longer included."""
        with self._lock:
            if number in self._segments:
                self._segments.move_to_end(number)
                return self._segments[number]
        facts = self.manifest.segments[number]
        table = decode_segment(facts.table, self.repository.read(facts.ref))
        with self._lock:
            self._segments[number] = table
            while len(self._segments) > _SEGMENTS_IN_MEMORY:
                self._segments.popitem(last=False)
        return table

    def _chunks(self, ref: BlobRef) -> Iterable[bytes]:
        return self.repository.chunk_ids(ref)

    def _units(
        self, table: Table, owner_id: str | None = None, names: Sequence[str] | None = None
    ) -> Iterator[tuple[Entry, list[Row]]]:
        """Units with their rows, by place and not by id: so each segment is read and decoded once."""
        if owner_id is not None:
            entry = self.entry(table, owner_id)
            found = [] if entry is None else [entry]
        else:
            found = sorted(self.entries(table), key=lambda entry: (entry.segment, entry.first))
        for entry in found:
            yield entry, self.rows(entry, names)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
