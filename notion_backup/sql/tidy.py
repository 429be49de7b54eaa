"""One tidy view a data source: a row a page, a column a property, typed by the property.

The view is named by the data source's title and its columns by the properties' names, as hostile as they may be: they
are only ever used as quoted identifiers. Where two names are the same to SQL (which does not tell capitals apart), the
beginning of an id, or a number, sets each apart.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.snapshot import SnapshotReader, Table
from notion_backup.sql.columns import SNAPSHOTS, TIME
from notion_backup.sql.streams import BATCH_ROWS, Streamed
from notion_backup.sql.values import ANY, COMPUTED, LIST, SHAPES, Shape, computed_type, content_of, ids_of

FIXED = (
    ("snapshot", pa.string(), "id of the snapshot"),
    ("page_id", pa.string(), "the page's id"),
    ("page_url", pa.string(), "the page's address in Notion"),
    ("created_time", TIME, "when it was made"),
    ("last_edited_time", TIME, "when it was last edited"),
    ("in_trash", pa.bool_(), "whether it is in Notion's trash"),
)
"""Columns that every tidy view begins with: name, type, meaning."""

IDS = " ids"
"""A relation has two columns: titles under its own name, and ids under its name with this after it."""

_LONGEST_NAME = 120
_ID_SHOWN = 8


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    property: str
    shape: Shape
    ids: bool = False


def view_names(sources: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The name of each data source's view, from (id, title): the title, made printable, and unlike any other."""
    plain = {source_id: _printable(title) or "untitled" for source_id, title in sources}
    taken = Counter(name.casefold() for name in plain.values())
    taken.update([*(table.value for table in Table), SNAPSHOTS])
    return {
        source_id: name if taken[name.casefold()] == 1 else f"{name} ({source_id[:_ID_SHOWN]})"
        for source_id, name in plain.items()
    }


class TidyRows:
    """The rows of one data source in one or several snapshots."""

    def __init__(self, snapshots: Sequence[SnapshotReader], source_id: str, names: Callable[[str], str | None]) -> None:
        self._snapshots = snapshots
        self._source_id = source_id
        self._names = names

    def stream(self) -> Streamed:
        """The view's batches. Its columns are those of every snapshot's schema, by name."""
        return Streamed(lambda: self._schema, self._batches)

    @cached_property
    def _schema(self) -> pa.Schema:
        fixed = [pa.field(name, kind) for name, kind, _ in FIXED]
        return pa.schema([*fixed, *(pa.field(c.name, LIST if c.ids else c.shape.kind) for c in self._columns)])

    @cached_property
    def _columns(self) -> list[_Column]:
        types: dict[str, set[str]] = {}
        for snapshot in self._snapshots:
            raw = snapshot.object(Table.DATA_SOURCES, self._source_id) or {}
            properties = raw.get("properties")
            for name, column in (properties if isinstance(properties, dict) else {}).items():
                types.setdefault(name, set()).add(str(column.get("type")) if isinstance(column, dict) else "?")
        computed = self._computed({name for name, kinds in types.items() if kinds & set(COMPUTED)})
        taken = {name for name, _, _ in FIXED}
        columns: list[_Column] = []
        for name, kinds in types.items():
            shape = _shape(computed.get(name, set()) if kinds <= set(COMPUTED) else kinds)
            columns.append(_Column(_free(name, taken), name, shape))
            if kinds == {"relation"}:
                columns[-1] = _Column(columns[-1].name, name, Shape(LIST, lambda value, names: _titles(value, names)))
                columns.append(_Column(_free(name + IDS, taken), name, ANY, ids=True))
        return columns

    def _computed(self, names: set[str]) -> dict[str, set[str]]:
        """The types that formulas and rollups computed, by property. Every row is read: one may differ."""
        found: dict[str, set[str]] = {name: set() for name in names}
        if names:
            for _, raw, _ in self._pages():
                for name in names:
                    kind = computed_type(_property(raw, name))
                    if kind:
                        found[name].add(kind)
        return found

    def _batches(self) -> Iterator[pa.RecordBatch]:
        rows: list[dict[str, Any]] = []
        for snapshot, raw, full in self._pages():
            rows.append(self._row(snapshot, raw, full))
            if len(rows) == BATCH_ROWS:
                yield self._batch(rows)
                rows = []
        if rows:
            yield self._batch(rows)

    def _batch(self, rows: list[dict[str, Any]]) -> pa.RecordBatch:
        return pa.RecordBatch.from_pylist(rows, schema=self._schema)

    def _row(self, snapshot: SnapshotReader, raw: dict[str, Any], full: dict[str, list[Any]]) -> dict[str, Any]:
        created, edited = SHAPES["created_time"].read, SHAPES["last_edited_time"].read
        row: dict[str, Any] = {
            "snapshot": snapshot.commit.id,
            "page_id": raw.get("id"),
            "page_url": raw.get("url"),
            "created_time": created(raw.get("created_time"), self._names),
            "last_edited_time": edited(raw.get("last_edited_time"), self._names),
            "in_trash": raw.get("in_trash") if isinstance(raw.get("in_trash"), bool) else None,
        }
        for column in self._columns:
            value = _whole(_property(raw, column.property), full)
            content = content_of(value) if column.shape is not ANY or column.ids else value.get(str(value.get("type")))
            row[column.name] = ids_of(content) if column.ids else column.shape.read(content, self._names)
        return row

    def _pages(self) -> Iterator[tuple[SnapshotReader, dict[str, Any], dict[str, list[Any]]]]:
        """Every row with its snapshot, and those of its property values that were read in full."""
        for snapshot in self._snapshots:
            catalog = snapshot.catalog()
            own = catalog.filter(pc.equal(catalog["parent_id"], self._source_id))
            long = set(catalog.filter(pc.equal(catalog["table"], Table.PROPERTIES.value))["id"].to_pylist())
            for raw in snapshot.objects_in(Table.PAGES, own):
                full = dict(snapshot.properties_of(raw["id"])) if raw["id"] in long else {}
                yield snapshot, raw, full


def _shape(kinds: set[str]) -> Shape:
    """The shape that all values of a column share; JSON where they have none in common, and where nothing is known."""
    shapes = {SHAPES.get(kind, ANY).kind for kind in kinds}
    return SHAPES.get(next(iter(kinds)), ANY) if len(shapes) == 1 else ANY


def _property(raw: dict[str, Any], name: str) -> dict[str, Any]:
    properties = raw.get("properties")
    value = properties.get(name) if isinstance(properties, dict) else None
    return value if isinstance(value, dict) else {}


def _whole(value: dict[str, Any], full: dict[str, list[Any]]) -> dict[str, Any]:
    """The value with all its items, where the page object held only the first 25."""
    items, kind = full.get(str(value.get("id"))), str(value.get("type"))
    if items is None or not isinstance(value.get(kind), list):
        return value
    return {**value, kind: [item.get(kind) for item in items if isinstance(item, dict)]}


def _titles(value: Any, names: Callable[[str], str | None]) -> list[str] | None:
    ids = ids_of(value)
    return None if ids is None else [names(one) or "" for one in ids]


def _free(name: str, taken: set[str]) -> str:
    plain = _printable(name) or "unnamed"
    free, number = plain, 1
    while free.casefold() in taken:
        number += 1
        free = f"{plain} ({number})"
    taken.add(free.casefold())
    return free


def _printable(name: str) -> str:
    """One line without control, format and other invisible characters, cut to a length that can be typed."""
    text = unicodedata.normalize("NFC", name)
    kept = "".join(" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:_LONGEST_NAME].strip()
