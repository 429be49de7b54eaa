"""Tables of snapshots as streams of Arrow batches: read from the segments as they are asked for, and let go again.

A stream can be read any number of times, as SQL does when a table is named twice; each time begins anew. Only one
segment's rows are in memory at a time, and nothing is written to disk.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.snapshot import (
    OBJECT_TABLES,
    PARTS,
    CatalogParts,
    LiveRows,
    SnapshotReader,
    Table,
    live_rows,
    unshared_in,
)
from notion_backup.snapshot.tidy_values import TIME
from notion_backup.sql.columns import schema_of
from notion_backup.sql.pushdown import Scanned, Wanted

BATCH_ROWS = 4096
_VERIFIED = "verified_at"


def table_stream(snapshots: Sequence[SnapshotReader], table: Table, views: dict[str, str] | None = None) -> Scanned:
    """One table of one or several snapshots, with a column that names the snapshot.

    A segment that several snapshots share is read once. Where a query names snapshots, or objects by their id (what
    belongs to objects by ``owner_id``), only these are looked for. ``views`` names the tidy view of each data source.
    """
    schema = schema_of(table)

    def batches(wanted: Wanted) -> Iterator[pa.RecordBatch]:
        for segment, shares in _by_segment(snapshots, table, wanted):
            for share in shares:
                rows = _with_more(table, share.live.of(segment), share, views or {})
                yield from rows.select(schema.names).cast(schema).to_batches(max_chunksize=BATCH_ROWS)

    return Scanned(schema, batches)


@dataclass(frozen=True, slots=True)
class _Share:
    """The rows of a segment that one snapshot has, and the rows of its catalog that say so."""

    snapshot: SnapshotReader
    catalog: pa.Table
    live: LiveRows


def _by_segment(
    snapshots: Sequence[SnapshotReader], table: Table, wanted: Wanted
) -> Iterator[tuple[pa.Table, list[_Share]]]:
    """Every segment of a table, with the snapshots that have live rows in it and which."""
    shares: defaultdict[bytes, list[_Share]] = defaultdict(list)
    for snapshot, catalog in _catalogs(snapshots, table, wanted):
        for live in live_rows(catalog, table):
            root = snapshot.manifest.segments[live.segment].ref.root
            shares[root].append(_Share(snapshot, catalog, live))
    for found in shares.values():
        yield found[0].snapshot.segment(found[0].live.segment), found


def _catalogs(
    snapshots: Sequence[SnapshotReader], table: Table, wanted: Wanted
) -> Iterator[tuple[SnapshotReader, pa.Table]]:
    """What of the catalogs is wanted. When something was verified is known to whole catalogs only."""
    possible = wanted.possible("snapshot", (snapshot.commit.id for snapshot in snapshots))
    key = "id" if table in OBJECT_TABLES else "owner_id" if table in PARTS else None
    ids = wanted.values(key) if key else None
    parts = CatalogParts()
    for snapshot in snapshots:
        if snapshot.commit.id not in possible:
            continue
        if ids is None:
            yield snapshot, snapshot.catalog()
        elif table in OBJECT_TABLES and wanted.uses(_VERIFIED):
            catalog = snapshot.catalog()
            yield snapshot, catalog.filter(pc.is_in(catalog["id"], pa.array(ids, pa.string())))
        else:
            yield snapshot, parts.units(snapshot, ids)


def _with_more(table: Table, rows: pa.Table, share: _Share, views: dict[str, str]) -> pa.Table:
    """The rows with what the segment itself does not say."""
    more: dict[str, Any] = {"snapshot": pa.repeat(share.snapshot.commit.id, len(rows))}
    if table is Table.BLOCKS:
        more["position"] = share.live.positions
    if table in OBJECT_TABLES:
        proven = [_VERIFIED] if _VERIFIED in share.catalog.column_names else []
        units = share.catalog.select(["captured_at", "seen_in", *proven]).take(share.live.units)
        more["captured_at"] = units["captured_at"]
        more[_VERIFIED] = units[_VERIFIED] if proven else pa.nulls(len(units), TIME)
        more["unshared"] = unshared_in(units)
    if table is Table.DATA_SOURCES:
        more["view"] = pa.array([views.get(one) for one in rows["id"].to_pylist()], pa.string())
    for name, column in more.items():
        rows = rows.append_column(name, column)
    return rows
