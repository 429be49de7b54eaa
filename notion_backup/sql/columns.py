"""The fixed tables of SQL: their columns, types and meanings. ``docs/sql.md`` is made from here."""

from __future__ import annotations

import pyarrow as pa

from notion_backup.snapshot import CATALOG_SCHEMA, OBJECT_TABLES, SCHEMAS, Table
from notion_backup.snapshot.tidy_values import TIME

TABLES: dict[Table, str] = {
    Table.PAGES: "Every page, rows of databases included.",
    Table.BLOCKS: "Every block of every page; `ORDER BY owner_id, position` is the order of the document.",
    Table.DATABASES: "Every database: a place in the tree that holds data sources.",
    Table.DATA_SOURCES: "Every data source: a schema whose rows are pages. `view` names its tidy view.",
    Table.VIEWS: "Every view of a database.",
    Table.TEMPLATES: "Every page template of a data source.",
    Table.COMMENTS: "Every comment that was open when it was captured.",
    Table.USERS: "Every person and bot.",
    Table.CUSTOM_EMOJIS: "Every emoji of the workspace's own.",
    Table.PROPERTIES: "Property values too long for the page object, read in full.",
    Table.FILES: "Every reference to a file: where it stands, and what is kept of it.",
    Table.PROBLEMS: "What is not in the snapshot, or not as it should be, and why.",
}
"""The tables of a snapshot, with what each row is."""

_MEANINGS = {
    "snapshot": "id of the snapshot",
    "id": "the object's id",
    "parent_type": "`page_id`, `block_id`, `data_source_id`, `database_id` or `workspace`",
    "parent_id": "id of what it stands in; for a block the page or block that lists it",
    "title": "its name as plain text",
    "created_time": "when it was made",
    "created_by": "id of the user who made it",
    "last_edited_time": "when it was last edited; Notion rounds down to the minute",
    "last_edited_by": "id of the user who last edited it",
    "in_trash": "whether it is in Notion's trash",
    "raw": "the object as Notion gave it, as JSON: `raw->>'$.icon.emoji'`",
    "captured_at": "when these rows were read from Notion",
    "verified_at": "start of the capture that last found them the same",
    "unshared": "Notion answers 404 for it: kept as it was last seen",
    "view": "name of the tidy view over its rows",
    "owner_id": "the page it belongs to; for files also a database or other object",
    "position": "its place in the page's body, from 0",
    "depth": "levels below the page, from 0",
    "type": "the block's type",
    "text": "what it says, as plain text",
    "has_children": "whether other blocks stand in it",
    "discussion_id": "the thread it belongs to",
    "property_id": "the property's id, URL-encoded",
    "count": "how many items it has",
    "owner": "the object that shows the file: a block, a comment, the page itself",
    "slot": "where in its owner it stands: `icon`, `cover`, `image`, `property:<id>:0`",
    "name": "the file's name",
    "url": "where it was; without query for hosted files",
    "hosted": "whether Notion hosts it",
    "content_type": "its media type",
    "sha256": "SHA-256 of the content (hex); null when it is not kept",
    "bytes": "length of the content; where it is not kept, what it is said to be",
    "code": "what kind of problem",
    "severity": "`missing`, `outside` or `notice`",
    "object_kind": "what kind of object it is about",
    "object_id": "id of that object",
    "where": "where it was met: an id, or the kind of a listing",
    "why": "the reason",
    "cure": "what a person can do",
    "status": "HTTP status that was answered",
    "since": "when a snapshot first had it",
    "workspace": "name of the workspace in the settings",
    "partition": "key of the partition it stands for",
    "captured_from": "when its capture began",
    "captured_to": "when its capture ended",
    "late": "whether it was captured after its partition had ended",
    "verdict": "`complete` or `incomplete`",
    "missing": "how many things are missing",
}

_HIDDEN = {"blob_root", "blob_depth"}

SNAPSHOTS = "snapshots"
SNAPSHOTS_MEANING = "Every snapshot of the workspace, whichever is asked."
SNAPSHOTS_SCHEMA = pa.schema(
    [
        ("snapshot", pa.string()),
        ("workspace", pa.string()),
        ("partition", pa.string()),
        ("captured_from", TIME),
        ("captured_to", TIME),
        ("late", pa.bool_()),
        ("verdict", pa.string()),
        ("missing", pa.int64()),
    ]
)


def schema_of(table: Table) -> pa.Schema:
    """The columns of one table in SQL: ``snapshot`` first, ``raw`` last."""
    fields = [field for field in SCHEMAS[table] if field.name not in _HIDDEN and field.name != "raw"]
    more = [pa.field("position", pa.int64())] if table is Table.BLOCKS else []
    if table in OBJECT_TABLES:
        more += [CATALOG_SCHEMA.field("captured_at"), pa.field("verified_at", TIME), pa.field("unshared", pa.bool_())]
    if table is Table.DATA_SOURCES:
        more.append(pa.field("view", pa.string()))
    raw = [field for field in SCHEMAS[table] if field.name == "raw"]
    return pa.schema([pa.field("snapshot", pa.string()), *fields, *more, *raw])


def meaning_of(column: str) -> str:
    """What a column of the fixed tables says."""
    return _MEANINGS[column]
