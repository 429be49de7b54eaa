"""One tidy table a data source, the same in SQL and in exports: a row a page, a typed column a property.

``PAGE_COLUMNS`` come first, the title next, the other properties by name. Names are as hostile as people make them:
here they are one printable line each, and unlike any other without regard to case; for the rest they must be quoted.
An empty value is null, an empty list an empty list. Values longer than a page object shows are read in full.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.snapshot.model import Raw, Table
from notion_backup.snapshot.reader import SnapshotReader
from notion_backup.snapshot.rows import instant
from notion_backup.snapshot.segments import storable
from notion_backup.snapshot.tidy_values import (
    COMPUTED,
    STRINGS,
    TIME,
    WITH_IDS,
    WITHOUT_VALUE,
    Names,
    column_type,
    computed_kind,
    ids_in,
    read_value,
    user_name,
)
from notion_backup.snapshot.whole import whole_page

PAGE_COLUMNS = (
    ("snapshot", pa.string(), "id of the snapshot"),
    ("page_id", pa.string(), "the page's id"),
    ("page_url", pa.string(), "the page's address in Notion"),
    ("created_time", TIME, "when it was made"),
    ("created_by", pa.string(), "who made it"),
    ("last_edited_time", TIME, "when it was last edited"),
    ("last_edited_by", pa.string(), "who last edited it"),
    ("in_trash", pa.bool_(), "whether it is in Notion's trash"),
)
"""What every tidy table says of each page besides its properties: name, type, meaning."""

IDS = " ids"
"""People and relations have two columns: names or titles under the property's name, ids with this after it."""

_BATCH_ROWS = 1000
_LONGEST_NAME = 120
_NAMES_IN_MEMORY = 100_000


@dataclass(frozen=True, slots=True)
class TidyColumn:
    """A column made from a property: its unique ``name``, the property's name, its type; or the ids in the property."""

    name: str
    property_name: str
    type: pa.DataType
    ids: bool = False


class TidyTable:
    """The rows of one data source in one or several snapshots, in the order in which they are stored.

    Columns are those of every snapshot's schema, by name. Everything is read when it is asked for; Damaged is raised
    then, where a page cannot be read back. A data source that no snapshot has is a table without properties.
    """

    def __init__(self, snapshots: Sequence[SnapshotReader], source_id: str, names: Names | None = None) -> None:
        self._snapshots = snapshots
        self._names = names or names_in(snapshots)
        self.source_id = source_id

    @cached_property
    def schema(self) -> pa.Schema:
        """Names and types of all columns."""
        page = [pa.field(name, type_) for name, type_, _ in PAGE_COLUMNS]
        return pa.schema([*page, *(pa.field(column.name, column.type) for column in self.columns)])

    @cached_property
    def columns(self) -> list[TidyColumn]:
        """The columns after ``PAGE_COLUMNS``. Where formulas or rollups are among them every row is read: one may be
        of another type than all others."""
        kinds = self._kinds()
        computed = self._computed({name for name, found in kinds.items() if found & set(COMPUTED)})
        taken = {name for name, _, _ in PAGE_COLUMNS}
        columns: list[TidyColumn] = []
        for name, found in sorted(kinds.items(), key=lambda one: ("title" not in one[1], one[0].casefold(), one[0])):
            if found <= set(WITHOUT_VALUE):
                continue
            type_ = column_type(found - {*COMPUTED, *WITHOUT_VALUE} | computed.get(name, set()))
            columns.append(TidyColumn(_free(name, taken), name, type_))
            if found & set(WITH_IDS):
                columns.append(TidyColumn(_free(name + IDS, taken), name, STRINGS, ids=True))
        return columns

    def batches(self, rows: int = _BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """The table, at most so many rows at a time."""
        found: list[dict[str, Any]] = []
        for snapshot, page in self._pages():
            found.append(self._row(snapshot, page))
            if len(found) == rows:
                yield self._batch(found)
                found = []
        if found:
            yield self._batch(found)

    def _batch(self, rows: list[dict[str, Any]]) -> pa.RecordBatch:
        try:
            return pa.RecordBatch.from_pylist(rows, schema=self.schema)
        except UnicodeEncodeError:
            return pa.RecordBatch.from_pylist([storable(row) for row in rows], schema=self.schema)

    def _kinds(self) -> dict[str, set[str]]:
        """The types of each property, by name."""
        kinds: dict[str, set[str]] = {}
        for snapshot in self._snapshots:
            for name, kind in properties_of(snapshot.object(Table.DATA_SOURCES, self.source_id) or {}):
                kinds.setdefault(name, set()).add(kind)
        return kinds

    def _computed(self, names: set[str]) -> dict[str, set[str]]:
        """The types of what formulas and rollups computed, by property."""
        found: dict[str, set[str]] = {name: set() for name in names}
        if names:
            for _, page in self._pages():
                for name in names:
                    kind = computed_kind(_value(page, name))
                    if kind:
                        found[name].add(kind)
        return found

    def _row(self, snapshot: SnapshotReader, page: Raw) -> dict[str, Any]:
        row: dict[str, Any] = {
            "snapshot": snapshot.commit.id,
            "page_id": page.get("id"),
            "page_url": page.get("url"),
            "created_time": instant(page.get("created_time")),
            "created_by": user_name(page.get("created_by"), self._names),
            "last_edited_time": instant(page.get("last_edited_time")),
            "last_edited_by": user_name(page.get("last_edited_by"), self._names),
            "in_trash": page.get("in_trash") if isinstance(page.get("in_trash"), bool) else None,
        }
        for column in self.columns:
            value = _value(page, column.property_name)
            row[column.name] = ids_in(value) if column.ids else read_value(value, column.type, self._names)
        return row

    def _pages(self) -> Iterator[tuple[SnapshotReader, Raw]]:
        """Every row as its snapshot and the page, with its property values in full."""
        for snapshot in self._snapshots:
            catalog = snapshot.catalog()
            own = catalog.filter(pc.equal(catalog["parent_id"], self.source_id))
            cut = set(catalog.filter(pc.equal(catalog["table"], Table.PROPERTIES.value))["id"].to_pylist())
            for page in snapshot.objects_in(Table.PAGES, own):
                full = dict(snapshot.full_values(page["id"])) if page["id"] in cut else {}
                yield snapshot, whole_page(page, full)


def names_in(snapshots: Sequence[SnapshotReader]) -> Names:
    """Names of users and titles of pages by id, from the catalogs; the last snapshot is asked first."""

    @lru_cache(maxsize=_NAMES_IN_MEMORY)
    def name(object_id: str) -> str | None:
        for snapshot in reversed(snapshots):
            for table in (Table.PAGES, Table.USERS):
                entry = snapshot.entry(table, object_id)
                if entry is not None:
                    return entry.title
        return None

    return name


def properties_of(source: Raw) -> list[tuple[str, str]]:
    """Name and type of a data source's properties: the title, then the others by name."""
    properties = source.get("properties")
    found = [
        (name, str(one.get("type")))
        for name, one in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(one, dict)
    ]
    return sorted(found, key=lambda one: (one[1] != "title", one[0].casefold(), one[0]))


def printable_name(name: str) -> str:
    """One line without control, format and other invisible characters, cut to a length that can be typed."""
    text = unicodedata.normalize("NFC", name)
    kept = "".join(" " if c in "\n\r\t" else c for c in text if c in "\n\r\t" or unicodedata.category(c)[0] != "C")
    return " ".join(kept.split())[:_LONGEST_NAME].strip()


def _value(page: Raw, name: str) -> Raw:
    properties = page.get("properties")
    value = properties.get(name) if isinstance(properties, dict) else None
    return value if isinstance(value, dict) else {}


def _free(name: str, taken: set[str]) -> str:
    plain = printable_name(name) or "unnamed"
    free, number = plain, 1
    while free.casefold() in taken:
        number += 1
        free = f"{plain} ({number})"
    taken.add(free.casefold())
    return free
