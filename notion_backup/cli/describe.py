"""One object of a snapshot for a person to read, and as one JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from notion_backup.cli.find import Found
from notion_backup.cli.output import size
from notion_backup.cli.safetext import safe, safe_block, safe_title
from notion_backup.export.plain_text import block_line, body_lines, property_text
from notion_backup.snapshot import Table, block_text, parent_of, rich_text, title_of

if TYPE_CHECKING:
    from notion_backup.snapshot import Entry, SnapshotReader

_ROWS_SHOWN = 40
_NAME_CELLS = 32


def described(snapshot: SnapshotReader, found: Found) -> dict[str, Any]:
    """The object with everything that belongs to it."""
    owner = found.id
    body = snapshot.body(owner) if found.table is Table.PAGES else None
    return {
        "snapshot": snapshot.commit.id,
        "id": found.id,
        "kind": found.kind,
        "title": title_of(found.raw) if found.table is not Table.BLOCKS else block_text(found.raw),
        "captured": [
            {
                "table": entry.table.value,
                "captured_at": entry.captured_at.isoformat(),
                "verified_at": entry.verified_at.isoformat(),
            }
            for _, entry in _units(snapshot, found)
        ],
        "object": found.raw,
        "blocks": None
        if body is None
        else [{"parent_id": node.parent_id, "depth": node.depth, "block": node.raw} for node in body],
        "comments": list(snapshot.comments(owner)),
        "files": [
            {
                "owner": file.owner,
                "slot": file.slot,
                "name": file.name,
                "url": file.url,
                "sha256": file.media.sha256 if file.media else None,
                "bytes": file.media.bytes if file.media else None,
            }
            for file in snapshot.files(owner)
        ],
    }


def lines_about(snapshot: SnapshotReader, found: Found) -> Iterator[str]:
    """The object as lines, safe for a terminal."""
    yield from _head(snapshot, found)
    if found.table is Table.BLOCKS:
        yield ""
        yield from safe_block(block_line(found.raw)).split("\n")
    elif found.table is Table.COMMENTS:
        yield ""
        yield from safe_block(rich_text(found.raw.get("rich_text"))).split("\n")
    elif found.table is Table.PAGES:
        yield from _page(snapshot, found)
    elif found.table is Table.DATA_SOURCES:
        yield from _data_source(snapshot, found)
    elif found.table is Table.DATABASES:
        sources = found.raw.get("data_sources")
        for source in sources if isinstance(sources, list) else []:
            yield f"  data source  {safe_title(source.get('name'))}  {safe(str(source.get('id')))}"
    yield from _comments(snapshot, found)
    yield from _files(snapshot, found)
    yield from _problems(snapshot, found)


def _head(snapshot: SnapshotReader, found: Found) -> Iterator[str]:
    raw = found.raw
    title = "" if found.table in (Table.BLOCKS, Table.COMMENTS) else f"  {safe_title(title_of(raw))}"
    yield f"{found.kind.replace('_', ' ')}{title}{'  [in trash]' if raw.get('in_trash') else ''}"
    yield f"  id           {found.id}"
    parent_type, parent = parent_of(raw)
    if parent_type:
        yield f"  parent       {safe(parent_type.removesuffix('_id'))} {safe(parent or '')}".rstrip()
    if found.owner_id:
        yield f"  on           {safe(found.owner_id)}"
    for label, key in (("created", "created_time"), ("last edited", "last_edited_time"), ("url", "url")):
        if isinstance(raw.get(key), str):
            yield f"  {label:<12} {safe(raw[key], 200)}"
    for part, entry in _units(snapshot, found):
        times = f"{entry.captured_at:%Y-%m-%d %H:%M:%SZ}, verified {entry.verified_at:%Y-%m-%d %H:%M:%SZ}"
        yield f"  captured     {times}{f' ({part})' if part else ''}"


def _units(snapshot: SnapshotReader, found: Found) -> Iterator[tuple[str, Entry]]:
    """What is kept and verified as one, of this object: a page's body and comments are apart from the page itself."""
    own = snapshot.entry(found.table, found.owner_id or found.id)
    if own is not None:
        yield "", own
    parts = ((Table.BLOCKS, "body"), (Table.COMMENTS, "comments")) if found.table is Table.PAGES else ()
    for table, name in parts:
        entry = snapshot.entry(table, found.id)
        if entry is not None:
            yield name, entry


def _page(snapshot: SnapshotReader, found: Found) -> Iterator[str]:
    properties = found.raw.get("properties")
    values = properties.items() if isinstance(properties, dict) else ()
    shown = [(name, value) for name, value in values if not (isinstance(value, dict) and value.get("type") == "title")]
    if shown:
        yield ""
        width = min(_NAME_CELLS, max(len(safe(str(name), _NAME_CELLS)) for name, _ in shown))
        for name, value in shown:
            yield f"  {safe(str(name), _NAME_CELLS):<{width}}  {safe(property_text(value), 500)}".rstrip()
    body = snapshot.body(found.id)
    yield ""
    if body is None:
        yield "(the snapshot has no body of this page)"
    for line in body_lines(body or []):
        yield safe_block(line)


def _data_source(snapshot: SnapshotReader, found: Found) -> Iterator[str]:
    schema = found.raw.get("properties")
    if isinstance(schema, dict):
        yield ""
        for name, column in schema.items():
            kind = column.get("type") if isinstance(column, dict) else None
            yield f"  {safe(str(name), _NAME_CELLS):<{_NAME_CELLS}}  {safe(str(kind))}"
    rows = sorted((entry.title, entry.id) for entry in snapshot.entries(Table.PAGES) if entry.parent_id == found.id)
    yield ""
    yield f"  {len(rows):,} rows"
    for title, row_id in rows[:_ROWS_SHOWN]:
        yield f"    {safe_title(title)}  {row_id}"
    if len(rows) > _ROWS_SHOWN:
        yield f"    … {len(rows) - _ROWS_SHOWN:,} more (notion-backup ls {found.id} --all)"


def _comments(snapshot: SnapshotReader, found: Found) -> Iterator[str]:
    comments = list(snapshot.comments(found.id))
    if comments:
        yield ""
        yield f"comments ({len(comments):,})"
    for comment in comments:
        author = comment.get("created_by")
        name = author.get("id") if isinstance(author, dict) else None
        yield f"  {safe(str(comment.get('created_time') or ''))}  {safe(str(name or ''))}"
        for line in safe_block(rich_text(comment.get("rich_text"))).split("\n"):
            yield f"    {line}"


def _files(snapshot: SnapshotReader, found: Found) -> Iterator[str]:
    files = list(snapshot.files(found.id))
    if files:
        yield ""
        yield f"files ({len(files):,})"
    for file in files:
        kept = f"{size(file.media.bytes)}, sha256 {file.media.sha256}" if file.media else "not kept"
        kept += f", {size(file.size)}" if file.size is not None else ""
        yield f"  {safe(file.slot, 60)}  {safe_title(file.name, 60)}  ({kept})"


def _problems(snapshot: SnapshotReader, found: Found) -> Iterator[str]:
    problems = [one for one in snapshot.problems() if found.id in (one.object_id, one.inside)]
    if problems:
        yield ""
        yield f"problems ({len(problems):,})"
    for problem in problems:
        yield (
            f"  {problem.severity}: {safe(problem.code)} {safe(problem.object_kind)} {safe(problem.object_id)}: "
            + safe(problem.why, 400)
        )
