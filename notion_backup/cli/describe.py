"""One object of a snapshot for a person to read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from notion_backup.cli.output import size
from notion_backup.cli.safetext import safe, safe_block, safe_title
from notion_backup.export.plain_text import block_line, numbered, property_text
from notion_backup.library import units_of
from notion_backup.snapshot import Found, Raw, Table, TidyTable, parent_of, rich_text, title_of

if TYPE_CHECKING:
    from notion_backup.snapshot import SnapshotReader

Line = tuple[str, str]
"""A line and the style (Rich's) in which a terminal may show it; "" for none."""

_ROWS_SHOWN = 40
_COLUMNS_SHOWN = 6
_CELL = 28
_NAME_CELLS = 32
_STYLES = {
    **dict.fromkeys(("heading_1", "heading_2", "heading_3", "heading_4"), "bold"),
    "quote": "italic",
    "code": "cyan",
    "callout": "yellow",
    **dict.fromkeys(("image", "video", "audio", "pdf", "file", "bookmark", "embed"), "magenta"),
    **dict.fromkeys(("child_page", "child_database", "link_to_page"), "blue"),
}


def lines_about(snapshot: SnapshotReader, found: Found) -> Iterator[Line]:
    """The object as lines, safe for a terminal, each with the style in which a terminal may show it."""
    head = _head(snapshot, found)
    yield next(head), "bold"
    yield from _dim(head)
    if found.table is Table.BLOCKS:
        yield "", ""
        yield from _block(found.raw, 1, _file_names(snapshot, found.owner_id or ""))
    elif found.table is Table.COMMENTS:
        yield "", ""
        yield from _plain(safe_block(rich_text(found.raw.get("rich_text"))).split("\n"))
    elif found.table is Table.PAGES:
        yield from _page(snapshot, found)
    elif found.table is Table.DATA_SOURCES:
        yield from _data_source(snapshot, found)
    elif found.table is Table.DATABASES:
        sources = found.raw.get("data_sources")
        for source in sources if isinstance(sources, list) else []:
            yield f"  data source  {safe_title(source.get('name'))}  {safe(str(source.get('id')))}", ""
            yield from _rows(snapshot, str(source.get("id")))
    yield from _plain(_comments(snapshot, found))
    yield from _plain(_files(snapshot, found))
    yield from _plain(_problems(snapshot, found))


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
    for part, entry in units_of(snapshot, found):
        times = f"{entry.captured_at:%Y-%m-%d %H:%M:%SZ}, verified {entry.verified_at:%Y-%m-%d %H:%M:%SZ}"
        yield f"  captured     {times}{f' ({part})' if part else ''}"


def _page(snapshot: SnapshotReader, found: Found) -> Iterator[Line]:
    properties = found.raw.get("properties")
    values = properties.items() if isinstance(properties, dict) else ()
    shown = [(name, value) for name, value in values if not (isinstance(value, dict) and value.get("type") == "title")]
    if shown:
        yield "", ""
        width = min(_NAME_CELLS, max(len(safe(str(name), _NAME_CELLS)) for name, _ in shown))
        for name, value in shown:
            yield f"  {safe(str(name), _NAME_CELLS):<{width}}  {safe(property_text(value), 500)}".rstrip(), ""
    body = snapshot.body(found.id)
    yield "", ""
    if body is None:
        yield "(the snapshot has no body of this page)", "yellow"
    names = _file_names(snapshot, found.id)
    for node, number in numbered(body or []):
        for line, style in _block(node.raw, number, names):
            yield "  " * node.depth + line, style


def _block(raw: Raw, number: int, names: dict[str, str]) -> Iterator[Line]:
    style = _STYLES.get(str(raw.get("type")), "")
    for line in safe_block(block_line(raw, number, names.get(str(raw.get("id"))))).split("\n"):
        yield line, style


def _file_names(snapshot: SnapshotReader, owner_id: str) -> dict[str, str]:
    """What the files of an object's blocks are called: by block, with the size of what is kept."""
    return {
        file.owner: f"{file.name} ({size(file.media.bytes) if file.media else 'not kept'})"
        for file in snapshot.files(owner_id)
        if file.owner != owner_id
    }


def _data_source(snapshot: SnapshotReader, found: Found) -> Iterator[Line]:
    schema = found.raw.get("properties")
    if isinstance(schema, dict):
        yield "", ""
        for name, column in schema.items():
            kind = column.get("type") if isinstance(column, dict) else None
            yield f"  {safe(str(name), _NAME_CELLS):<{_NAME_CELLS}}  {safe(str(kind))}", ""
    yield "", ""
    yield from _rows(snapshot, found.id)


def _rows(snapshot: SnapshotReader, source_id: str) -> Iterator[Line]:
    """The rows of a data source as a table: title first, as many columns as are readable, the first forty rows."""
    total = sum(1 for entry in snapshot.entries(Table.PAGES) if entry.parent_id == source_id)
    yield f"  {total:,} rows", ""
    table = TidyTable([snapshot], source_id)
    # After the title in the order of the schema: with few columns shown, those by name would be any.
    order = list((snapshot.object(Table.DATA_SOURCES, source_id) or {}).get("properties") or ())
    others = [column for column in table.columns[1:] if not column.ids]
    others.sort(key=lambda column: order.index(column.property_name))
    columns = [column.name for column in (*table.columns[:1], *others)][:_COLUMNS_SHOWN]
    rows = next(table.batches(_ROWS_SHOWN)).to_pylist()
    cells = [[safe(name, _CELL) for name in columns] + ["id"]]
    cells += [[safe(_cell(row[name]), _CELL) for name in columns] + [row["page_id"]] for row in rows]
    widths = [max(cell_len(line[at]) for line in cells) for at in range(len(columns) + 1)]
    for number, line in enumerate(cells):
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        yield "    " + "  ".join(padded).rstrip(), "" if number else "bold"
    if total > len(rows):
        yield f"    … {total - len(rows):,} more (notion-backup ls {source_id} --all)", "dim"


def _cell(value: Any) -> str:
    """A value of a tidy view for people: lists by commas, days as days, ranges with an arrow."""
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    if isinstance(value, dict) and "start" not in value:
        return ", ".join(str(item) for item in value.values() if item is not None)
    if isinstance(value, dict):
        ends = [f"{one:%Y-%m-%d %H:%M}" if value["has_time"] else f"{one:%Y-%m-%d}" for one in _ends(value)]
        return " → ".join(ends)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else "" if value is None else str(value)


def _ends(value: dict[str, Any]) -> list[datetime]:
    return [one for one in (value["start"], value["end"]) if one is not None]


def _plain(lines: Iterable[str]) -> Iterator[Line]:
    for line in lines:
        yield line, ""


def _dim(lines: Iterable[str]) -> Iterator[Line]:
    for line in lines:
        yield line, "dim"


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
