"""One object with all that belongs to it, as it was in one snapshot."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from notion_backup.snapshot import (
    PARTS,
    BlockNode,
    Entry,
    FileRef,
    Raw,
    SnapshotReader,
    Table,
    file_from_row,
    node_from_row,
)


@dataclass(frozen=True, slots=True)
class State:
    """The object as Notion gave it, its body in document order, its comments, long values and files."""

    raw: Raw
    body: list[BlockNode]
    comments: list[Raw]
    properties: dict[str, list[Raw]]
    files: list[FileRef]


def state_in(snapshot: SnapshotReader, table: Table, object_id: str) -> State | None:
    """The object in a snapshot; None where it is not in it."""
    units = {part: snapshot.entry(part, object_id) for part in (table, *PARTS)}
    return state_from(snapshot, table, {part: entry for part, entry in units.items() if entry is not None})


def state_from(snapshot: SnapshotReader, table: Table, units: Mapping[Table, Entry]) -> State | None:
    """The object from its units, wherever they were looked up."""
    own = units.get(table)
    if own is None:
        return None
    raw: Raw = json.loads(snapshot.rows(own)[0]["raw"])
    return State(
        raw=raw,
        body=[node_from_row(row) for row in _rows(snapshot, units, Table.BLOCKS)],
        comments=[json.loads(row["raw"]) for row in _rows(snapshot, units, Table.COMMENTS)],
        properties={row["property_id"]: json.loads(row["raw"]) for row in _rows(snapshot, units, Table.PROPERTIES)},
        files=[file_from_row(row) for row in _rows(snapshot, units, Table.FILES)],
    )


def _rows(snapshot: SnapshotReader, units: Mapping[Table, Entry], part: Table) -> list[dict[str, Any]]:
    return snapshot.rows(units[part]) if part in units else []
