"""The tables' Arrow schemas, and how a raw object becomes a row.

Every row keeps its object whole in ``raw`` (JSON as received); the other columns are there to be queried and can
always be made again from it. Times are UTC with milliseconds; a time the API did not give, or gave in a shape not
known here, is null.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from notion_backup.repository import BlobRef, Kind
from notion_backup.snapshot.model import BlockNode, FileRef, Media, Problem, Raw, Severity, Table
from notion_backup.snapshot.titles import block_text, parent_of, rich_text, title_of

Row = dict[str, Any]
_TIME = pa.timestamp("ms", tz="UTC")


def _schema(*fields: tuple[str, pa.DataType]) -> pa.Schema:
    return pa.schema([pa.field(name, kind) for name, kind in fields])


_OBJECT = _schema(
    ("id", pa.string()),
    ("parent_type", pa.string()),  # page_id, block_id, data_source_id, database_id, workspace
    ("parent_id", pa.string()),
    ("title", pa.string()),
    ("created_time", _TIME),
    ("created_by", pa.string()),  # user id
    ("last_edited_time", _TIME),  # rounded down to the minute by Notion for all but databases and views
    ("last_edited_by", pa.string()),
    ("in_trash", pa.bool_()),
    ("raw", pa.string()),
)

SCHEMAS: dict[Table, pa.Schema] = {
    Table.PAGES: _OBJECT,
    Table.DATABASES: _OBJECT,
    Table.DATA_SOURCES: _OBJECT,
    Table.VIEWS: _OBJECT,
    Table.TEMPLATES: _OBJECT,
    Table.USERS: _OBJECT,
    Table.CUSTOM_EMOJIS: _OBJECT,
    Table.BLOCKS: _schema(
        ("owner_id", pa.string()),  # the page whose body this is
        ("id", pa.string()),
        ("parent_id", pa.string()),  # the page or block that lists it
        ("depth", pa.int32()),  # 0 = directly below the page
        ("type", pa.string()),
        ("text", pa.string()),
        ("has_children", pa.bool_()),
        ("in_trash", pa.bool_()),
        ("last_edited_time", _TIME),
        ("raw", pa.string()),
    ),
    Table.COMMENTS: _schema(
        ("owner_id", pa.string()),  # the page on which it stands
        ("id", pa.string()),
        ("parent_id", pa.string()),  # the page or block it is about
        ("discussion_id", pa.string()),
        ("text", pa.string()),
        ("created_time", _TIME),
        ("created_by", pa.string()),
        ("last_edited_time", _TIME),
        ("raw", pa.string()),
    ),
    Table.PROPERTIES: _schema(
        ("owner_id", pa.string()),  # the page
        ("property_id", pa.string()),  # URL-encoded, as the API gives it
        ("count", pa.int32()),
        ("raw", pa.string()),  # JSON list of all property items
    ),
    Table.FILES: _schema(
        ("owner_id", pa.string()),  # the page, database, … that the capture met it with
        ("owner", pa.string()),  # the object that shows it: a block, a comment, the page itself
        ("slot", pa.string()),
        ("name", pa.string()),
        ("url", pa.string()),  # without query for hosted files
        ("hosted", pa.bool_()),
        ("content_type", pa.string()),
        ("sha256", pa.string()),  # hex; null when the content is not kept
        ("bytes", pa.int64()),  # what the file is said to have where its content is not kept; null when not known
        ("blob_root", pa.binary(32)),
        ("blob_depth", pa.int32()),
    ),
    Table.PROBLEMS: _schema(
        ("code", pa.string()),
        ("severity", pa.string()),  # missing, outside, notice
        ("object_kind", pa.string()),
        ("object_id", pa.string()),
        ("where", pa.string()),
        ("why", pa.string()),
        ("cure", pa.string()),
        ("status", pa.int32()),  # HTTP status, null where none was answered
        ("since", _TIME),  # when a snapshot of this workspace first had it
    ),
}


def object_row(raw: Raw, parent_id: str | None = None) -> Row:
    """The row of a page, database, data source, view, template, user or custom emoji."""
    parent_type, parent = parent_of(raw)
    return {
        "id": raw["id"],
        "parent_type": parent_type,
        "parent_id": parent_id or parent,
        "title": title_of(raw),
        "created_time": instant(raw.get("created_time")),
        "created_by": _user(raw.get("created_by")),
        "last_edited_time": instant(raw.get("last_edited_time")),
        "last_edited_by": _user(raw.get("last_edited_by")),
        "in_trash": _flag(raw.get("in_trash")),
        "raw": dump(raw),
    }


def block_row(owner_id: str, node: BlockNode) -> Row:
    """The row of a block in the body of ``owner_id``."""
    raw = node.raw
    return {
        "owner_id": owner_id,
        "id": raw["id"],
        "parent_id": node.parent_id,
        "depth": node.depth,
        "type": raw.get("type"),
        "text": block_text(raw),
        "has_children": _flag(raw.get("has_children")),
        "in_trash": _flag(raw.get("in_trash")),
        "last_edited_time": instant(raw.get("last_edited_time")),
        "raw": dump(raw),
    }


NODE_COLUMNS = ("raw", "parent_id", "depth")
"""The columns of a block's row that :func:`node_from_row` needs."""


def node_from_row(row: Row) -> BlockNode:
    """The block that a row holds, in its place."""
    return BlockNode(raw=json.loads(row["raw"]), parent_id=row["parent_id"], depth=row["depth"])


def comment_row(owner_id: str, raw: Raw) -> Row:
    """The row of a comment on the page ``owner_id`` or on one of its blocks."""
    return {
        "owner_id": owner_id,
        "id": raw["id"],
        "parent_id": parent_of(raw)[1],
        "discussion_id": raw.get("discussion_id"),
        "text": rich_text(raw.get("rich_text")),
        "created_time": instant(raw.get("created_time")),
        "created_by": _user(raw.get("created_by")),
        "last_edited_time": instant(raw.get("last_edited_time")),
        "raw": dump(raw),
    }


def property_row(page_id: str, property_id: str, items: list[Raw]) -> Row:
    """The row of one property value read in full."""
    return {"owner_id": page_id, "property_id": property_id, "count": len(items), "raw": dump(items)}


def file_row(owner_id: str, file: FileRef) -> Row:
    """The row of one reference to a file."""
    media = file.media
    return {
        "owner_id": owner_id,
        "owner": file.owner,
        "slot": file.slot,
        "name": file.name,
        "url": file.url,
        "hosted": file.hosted,
        "content_type": file.content_type,
        "sha256": media.sha256 if media else None,
        "bytes": media.bytes if media else file.size,
        "blob_root": media.blob.root if media else None,
        "blob_depth": media.blob.depth if media else None,
    }


def file_from_row(row: Row) -> FileRef:
    """The reference that a row holds."""
    media = None
    if row["sha256"] is not None:
        blob = BlobRef(root=row["blob_root"], size=row["bytes"], depth=row["blob_depth"], kind=Kind.MEDIA)
        media = Media(blob=blob, sha256=row["sha256"], bytes=row["bytes"])
    return FileRef(
        owner=row["owner"],
        slot=row["slot"],
        name=row["name"],
        url=row["url"],
        hosted=row["hosted"],
        media=media,
        content_type=row["content_type"],
        size=None if media else row["bytes"],
    )


def problem_row(problem: Problem) -> Row:
    """The row of a problem."""
    return {**problem.to_json(), "since": problem.since}


def problem_from_row(row: Row) -> Problem:
    """The problem that a row holds."""
    return Problem(**{**row, "severity": Severity(row["severity"])})


def _canonical_block(row: Row) -> list[Any]:
    return [row["parent_id"], row["depth"], json.loads(row["raw"])]


def _canonical_file(row: Row) -> Row:
    return {**row, "blob_root": row["blob_root"].hex() if row["blob_root"] else None}


def _canonical_problem(row: Row) -> Row:
    return {**row, "since": row["since"].isoformat() if row["since"] else None}


CONTENT: dict[Table, Callable[[Row], Any]] = {
    Table.BLOCKS: _canonical_block,
    Table.PROPERTIES: lambda row: [row["property_id"], json.loads(row["raw"])],
    Table.FILES: _canonical_file,
    Table.PROBLEMS: _canonical_problem,
}
"""What of a row is its content, for the unit's digest; in all other tables it is the raw object."""


def content_of_block(node: BlockNode) -> Any:
    """What :func:`content_of` makes of a block's row, without the detour."""
    return [node.parent_id, node.depth, node.raw]


def content_of(table: Table, row: Row) -> Any:
    """The JSON value that stands for a row in its unit's digest."""
    content = CONTENT.get(table)
    return content(row) if content else json.loads(row["raw"])


def instant(value: Any) -> datetime | None:
    """A time of the API (ISO 8601) as an aware datetime cut to milliseconds; None when it is not one."""
    if not isinstance(value, str):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    aware = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=aware.microsecond // 1000 * 1000)


def dump(value: Any) -> str:
    """JSON as it is stored: keys in the order received, no spaces, lone surrogates escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return text


def _user(value: Any) -> str | None:
    return value.get("id") if isinstance(value, dict) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None
