"""One tidy table a data source: a row for each page in it, a typed column for each property.

=====================================  =====================================================================
property                               column
=====================================  =====================================================================
title, rich_text, url, email,          string (plain text)
phone_number, unique_id, select,
status, created_by, last_edited_by,
verification
number                                 double
checkbox                               bool
multi_select, files                    list of strings: option names, file names
people                                 list of strings: names; beside it ``… ids``
relation                               list of strings: titles; beside it ``… ids``
date                                   struct: ``start``, ``end`` (UTC), ``has_time``, ``time_zone``
created_time, last_edited_time,        timestamp (UTC, milliseconds)
last_visited_time
place                                  struct: ``name``, ``address``, ``lat``, ``lon``
formula, rollup                        as its results are: double, bool, date; list of strings where any is a list;
                                       else string
button                                 none: it has no value
anything else                          string: its JSON
=====================================  =====================================================================

``PAGE_COLUMNS`` come first, the title next, the other properties by name. Names are unique without regard to case.
An empty value is null, an empty list an empty list. Values longer than a page object shows are read in full.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.model import Raw, Table
from notion_backup.snapshot.reader import SnapshotReader
from notion_backup.snapshot.rows import instant
from notion_backup.snapshot.titles import rich_text, title_of

TIME = pa.timestamp("ms", tz="UTC")
DATE = pa.struct([("start", TIME), ("end", TIME), ("has_time", pa.bool_()), ("time_zone", pa.string())])
PLACE = pa.struct([("name", pa.string()), ("address", pa.string()), ("lat", pa.float64()), ("lon", pa.float64())])
STRINGS = pa.list_(pa.string())
PAGE_COLUMNS = pa.schema(
    [
        ("page_id", pa.string()),
        ("page_url", pa.string()),
        ("created_time", TIME),
        ("created_by", pa.string()),
        ("last_edited_time", TIME),
        ("last_edited_by", pa.string()),
        ("in_trash", pa.bool_()),
    ]
)
"""What every tidy table says of each page besides its properties. Users are named, or their ids where unnamed."""

_BATCH_ROWS = 1000
_TEXT_KINDS = ("url", "email", "phone_number")
_TIME_KINDS = ("created_time", "last_edited_time", "last_visited_time")
_USER_KINDS = ("created_by", "last_edited_by")
_LIST_KINDS = ("rich_text", "multi_select", "files", "people", "relation")
_OBJECT_KINDS = ("select", "status", "verification", "date", "unique_id", "place", "formula", "rollup")
_RESULT_TYPES = {"number": pa.float64(), "boolean": pa.bool_(), "date": DATE}

Read = Callable[[Any], Any]
"""From what lies in a value under its type to what lies in the column; None stays None."""


@dataclass(frozen=True, slots=True)
class TidyColumn:
    """A column made from a property: its unique ``name``, the property's name and type, and how a value is read."""

    name: str
    property_name: str
    kind: str
    type: pa.DataType
    read: Read


class TidyTable:
    """The tidy table of one data source. Rows come in the order in which they lie in the snapshot."""

    def __init__(self, snapshot: SnapshotReader, source: Raw) -> None:
        self._snapshot = snapshot
        self._users: dict[str, str] = {}
        self.source = source
        self.entries = rows_of(snapshot, str(source["id"]))
        self.columns = self._columns()

    @property
    def schema(self) -> pa.Schema:
        """Names and types of all columns."""
        return pa.schema([*PAGE_COLUMNS, *(pa.field(column.name, column.type) for column in self.columns)])

    def batches(self, rows: int = _BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """The table, so many rows at a time. Raises Damaged where a page cannot be read back."""
        schema = self.schema
        for start in range(0, len(self.entries), rows):
            found = [self.row(entry) for entry in self.entries[start : start + rows]]
            yield pa.RecordBatch.from_pylist(found, schema=schema)

    def row(self, entry: Entry) -> dict[str, Any]:
        """One page as a row, by column name. Raises Damaged."""
        page = read_page(self._snapshot, entry)
        row = {
            "page_id": entry.id,
            "page_url": page.get("url"),
            "created_time": instant(page.get("created_time")),
            "created_by": self._user(page.get("created_by")),
            "last_edited_time": instant(page.get("last_edited_time")),
            "last_edited_by": self._user(page.get("last_edited_by")),
            "in_trash": entry.in_trash,
        }
        for column in self.columns:
            content = _content(page, column.property_name, column.kind)
            row[column.name] = None if content is None else column.read(content)
        return row

    def _columns(self) -> list[TidyColumn]:
        found: list[TidyColumn] = []
        taken = {name.casefold() for name in PAGE_COLUMNS.names}
        results = self._result_types()
        for name, kind in properties_of(self.source):
            for suffix, type_, read in self._shapes(kind, results.get(name, pa.string())):
                column_name = _unique(name + suffix, taken)
                found.append(TidyColumn(column_name, name, kind, type_, read))
        return found

    def _shapes(self, kind: str, result: pa.DataType) -> list[tuple[str, pa.DataType, Read]]:
        """For one property: its columns, each with what its name ends in, its type and its way to read."""
        if kind in ("title", "rich_text"):
            return [("", pa.string(), rich_text)]
        if kind in _TEXT_KINDS:
            return [("", pa.string(), str)]
        if kind in ("select", "status", "verification"):
            return [("", pa.string(), lambda value: value.get("name") or value.get("state"))]
        if kind == "number":
            return [("", pa.float64(), _number)]
        if kind == "checkbox":
            return [("", pa.bool_(), bool)]
        if kind in ("multi_select", "files"):
            return [("", STRINGS, lambda value: [str(one.get("name") or "") for one in value])]
        if kind == "people":
            return [("", STRINGS, lambda value: [self._user(one) for one in value]), (" ids", STRINGS, _ids)]
        if kind == "relation":
            return [("", STRINGS, lambda value: [self._title(one) for one in value]), (" ids", STRINGS, _ids)]
        if kind == "date":
            return [("", DATE, _date)]
        if kind in _TIME_KINDS:
            return [("", TIME, instant)]
        if kind in _USER_KINDS:
            return [("", pa.string(), self._user)]
        if kind == "unique_id":
            return [("", pa.string(), _unique_id)]
        if kind == "place":
            return [("", PLACE, lambda value: {name: value.get(name) for name in PLACE.names})]
        if kind in ("formula", "rollup"):
            return [("", result, lambda value: self._result(value, result))]
        return [] if kind == "button" else [("", pa.string(), _json)]

    def _result_types(self) -> dict[str, pa.DataType]:
        """The type of each formula and rollup, by what its results are; looked for in all rows."""
        computed = [(name, kind) for name, kind in properties_of(self.source) if kind in ("formula", "rollup")]
        kinds: dict[str, set[str]] = {name: set() for name, _ in computed}
        if computed:
            for entry in self.entries:
                page = read_page(self._snapshot, entry)
                for name, kind in computed:
                    content = _content(page, name, kind)
                    if content is not None and content.get(content.get("type")) is not None:
                        kinds[name].add(str(content["type"]))
        return {name: _result_type(found) for name, found in kinds.items()}

    def _result(self, value: Raw, type_: pa.DataType) -> Any:
        kind = str(value.get("type"))
        inner = value.get(kind)
        if inner is None or inner == {}:
            return None
        if type_ == DATE:
            return _date(inner)
        if type_ == STRINGS:
            return [self._text(one) for one in (inner if kind == "array" else [value])]
        if type_ == pa.string():
            return self._text(value)
        return _number(inner) if type_ == pa.float64() else bool(inner)

    def _text(self, value: Raw) -> str:
        """A value in a list of mixed ones, as text."""
        kind = str(value.get("type"))
        inner = value.get(kind)
        if isinstance(inner, str):
            return inner
        if kind in ("formula", "rollup") and isinstance(inner, dict):
            return self._text(inner)
        if inner is None:
            return ""
        shapes = self._shapes(kind, pa.string())
        read = shapes[0][2](inner) if shapes else None
        if isinstance(read, list):
            return ", ".join(map(str, read))
        if isinstance(read, dict):
            return " – ".join(str(inner[end]) for end in ("start", "end") if inner.get(end)) or _json(inner)
        if isinstance(read, float) and read.is_integer():
            return str(int(read))
        return "" if read is None else str(read)

    def _user(self, user: Any) -> str | None:
        """A user's name, as the object has it, as the snapshot knows it, or the id."""
        user_id = user.get("id") if isinstance(user, dict) else None
        if not isinstance(user_id, str):
            return None
        if user_id not in self._users:
            known = user if user.get("name") else self._snapshot.object(Table.USERS, user_id)
            self._users[user_id] = str((known or {}).get("name") or user_id)
        return self._users[user_id]

    def _title(self, page: Any) -> str:
        page_id = str(page.get("id"))
        entry = self._snapshot.entry(Table.PAGES, page_id)
        return entry.title if entry else page_id


def rows_of(snapshot: SnapshotReader, source_id: str) -> list[Entry]:
    """The pages that lie directly in a data source, in the order in which they are stored."""
    found = [entry for entry in snapshot.entries(Table.PAGES) if entry.parent_id == source_id]
    return sorted(found, key=lambda entry: (entry.segment, entry.first))


def properties_of(source: Raw) -> list[tuple[str, str]]:
    """Name and type of a data source's properties: the title, then the others by name."""
    properties = source.get("properties")
    found = [
        (name, str(one.get("type")))
        for name, one in (properties.items() if isinstance(properties, dict) else ())
        if isinstance(one, dict)
    ]
    return sorted(found, key=lambda one: (one[1] != "title", one[0].casefold(), one[0]))


def read_page(snapshot: SnapshotReader, entry: Entry) -> Raw:
    """A page with its property values in full: those that the page object cuts short are read from where they are
    kept. Raises Damaged."""
    page: Raw = json.loads(snapshot.rows(entry)[0]["raw"])
    long_values = snapshot.entry(Table.PROPERTIES, entry.id)
    if long_values is None:
        return page
    items = {row["property_id"]: json.loads(row["raw"]) for row in snapshot.rows(long_values)}
    values = page.get("properties")
    for value in values.values() if isinstance(values, dict) else ():
        kind = value.get("type")
        if value.get("id") in items and isinstance(value.get(kind), list):
            value[kind] = [item[kind] for item in items[value["id"]] if isinstance(item, dict) and kind in item]
            value["has_more"] = False
    return page


def _content(page: Raw, name: str, kind: str) -> Any:
    """What a page has under a property's type; None where it has another type, or nothing."""
    if kind == "title":
        return [{"plain_text": title_of(page)}]
    values = page.get("properties")
    value = values.get(name) if isinstance(values, dict) else None
    content = value.get(kind) if isinstance(value, dict) else None
    if kind in _LIST_KINDS:
        return [one for one in content if isinstance(one, dict)] if isinstance(content, list) else None
    return content if kind not in _OBJECT_KINDS or isinstance(content, dict) else None


def _result_type(kinds: set[str]) -> pa.DataType:
    """The type that holds results of these kinds; a single result among lists is a list of one."""
    if "array" in kinds:
        return STRINGS
    return _RESULT_TYPES.get(next(iter(kinds)), pa.string()) if len(kinds) == 1 else pa.string()


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _date(value: Raw) -> dict[str, Any] | None:
    start, end = instant(value.get("start")), instant(value.get("end"))
    if start is None:
        return None
    return {"start": start, "end": end, "has_time": "T" in str(value["start"]), "time_zone": value.get("time_zone")}


def _unique_id(value: Raw) -> str | None:
    number, prefix = value.get("number"), value.get("prefix")
    if number is None:
        return None
    return f"{prefix}-{number}" if prefix else str(number)


def _ids(value: list[Raw]) -> list[str]:
    return [str(one.get("id")) for one in value]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _unique(name: str, taken: set[str]) -> str:
    found, number = name, 2
    while found.casefold() in taken:
        found, number = f"{name} ({number})", number + 1
    taken.add(found.casefold())
    return found
