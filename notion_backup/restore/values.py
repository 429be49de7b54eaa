"""Property values of a row, made into what may be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_backup.restore.facts import Names, Notes
from notion_backup.restore.files import FileEncoder
from notion_backup.restore.limits import MOST_ITEMS, MOST_NAME, MOST_SHORT, cut, units
from notion_backup.restore.text import TextEncoder, date, plain
from notion_backup.snapshot import Raw, rich_text


@dataclass(frozen=True, slots=True)
class Column:
    """A property of a data source as it was made: its old definition, the type it has now, the name it has.

    ``people`` is the text property that takes the names of people who are not in the target.
    """

    definition: Raw
    kind: str
    name: str
    people: str | None = None


@dataclass(slots=True)
class Values:
    """A row's values. ``later`` are properties to be written again when what they point to exists."""

    sent: Raw = field(default_factory=dict)
    later: set[str] = field(default_factory=set)
    relations: dict[str, list[str]] = field(default_factory=dict)
    """By property name: all old ids that the relation names."""


class ValueEncoder:
    """Encodes the values of one page. ``title`` gives the title of a page by its old id."""

    def __init__(self, names: Names, files: FileEncoder, title: Callable[[str], str]) -> None:
        self._names = names
        self._title = title
        self._text = TextEncoder(names)
        self._files = files

    def row(self, page: Raw, columns: Mapping[str, Column], notes: Notes) -> Values:
        """All values of a row that are not empty. ``columns`` by old name."""
        values = Values()
        for name, value in (page.get("properties") or {}).items():
            column = columns.get(name)
            if column is not None and isinstance(value, dict):
                self._value(str(page["id"]), column, value, values, notes)
        return values

    def title(self, page: Raw, notes: Notes) -> Raw:
        """The one property of a page that is no row."""
        for value in (page.get("properties") or {}).values():
            if isinstance(value, dict) and value.get("type") == "title":
                text = self._text.fit(value.get("title"), notes, ("page", str(page["id"])))
                return {"title": {"title": text}} if text else {}
        return {}

    def _value(self, page_id: str, column: Column, value: Raw, values: Values, notes: Notes) -> None:
        where = ("page", page_id)
        kind = str(value.get("type"))
        inner = value.get(kind)
        if column.kind == "rich_text" and kind != "rich_text":
            words = self._as_text(kind, inner)
            if words:
                code = "verification" if kind == "verification" else "property-as-text"
                notes.lose(code, *where, column.name[:80])
                values.sent[column.name] = {"rich_text": [plain(part) for part in cut(words)][:MOST_ITEMS]}
            return
        if kind != column.kind or inner is None or inner == []:
            return
        if kind in ("title", "rich_text"):
            mine = Notes()
            text = self._text.fit(inner, mine, where)
            notes.losses += mine.losses
            if mine.pending:
                values.later.add(column.name)
            if text:
                values.sent[column.name] = {kind: text}
        elif kind == "relation":
            self._relation(column, inner, values)
        elif kind == "people":
            self._people(column, inner, values, notes, where)
        elif kind == "files":
            files = self._file_list(value, inner, notes, where)
            if files:
                values.sent[column.name] = {"files": files}
        else:
            made = _plain(kind, inner, notes, where)
            if made is not None:
                values.sent[column.name] = {kind: made}

    def _relation(self, column: Column, inner: Any, values: Values) -> None:
        """What exists already; the rest later."""
        old = [str(item.get("id")) for item in inner if isinstance(item, dict)]
        values.relations[column.name] = old
        new = [self._names.find(one) for one in old]
        if any(one is None and name in self._names.coming for one, name in zip(new, old, strict=True)):
            values.later.add(column.name)
        found = [one for one in new if one is not None][:MOST_ITEMS]
        if found:
            values.sent[column.name] = {"relation": [{"id": one} for one in found]}

    def _people(self, column: Column, inner: Any, values: Values, notes: Notes, where: tuple[str, str]) -> None:
        users = self._names.facts.users
        known = [users[str(one.get("id"))] for one in inner if str(one.get("id")) in users]
        missing = [one for one in inner if str(one.get("id")) not in users]
        if known:
            values.sent[column.name] = {"people": [{"object": "user", "id": one} for one in known[:MOST_ITEMS]]}
        if missing:
            notes.lose("people-missing", *where)
            if column.people:
                words = ", ".join(str(one.get("name") or one.get("id")) for one in missing)
                values.sent[column.people] = {"rich_text": [plain(part) for part in cut(words)][:MOST_ITEMS]}

    def _file_list(self, value: Raw, inner: Any, notes: Notes, where: tuple[str, str]) -> list[Raw]:
        files: list[Raw] = []
        for number, file in enumerate(inner[:MOST_ITEMS]):
            source, name = self._files.source(file, f"property:{value.get('id')}:{number}", None, notes, where)
            if source is not None:
                shown = name if units(name) <= MOST_NAME else name[: MOST_NAME // 2]
                files.append({**source, "name": shown or "file"})
        return files

    def _as_text(self, kind: str, inner: Any) -> str:
        """A value that no property can hold any more, in words."""
        if kind == "verification" and isinstance(inner, dict):
            by = inner.get("verified_by") or {}
            until = (inner.get("date") or {}).get("end")
            parts = [str(inner.get("state") or ""), str(by.get("name") or ""), f"until {until}" if until else ""]
            return " ".join(part for part in parts if part) if inner.get("state") != "unverified" else ""
        if kind == "relation" and isinstance(inner, list):
            return ", ".join(self._title(str(item.get("id"))) for item in inner)
        if kind in ("formula", "rollup") and isinstance(inner, dict):
            return _computed(inner)
        if isinstance(inner, str):
            return inner
        return "" if inner in (None, {}, []) else str(inner)


def _plain(kind: str, inner: Any, notes: Notes, where: tuple[str, str]) -> Any:
    """Values that stand for themselves; None for what cannot be sent."""
    if kind == "checkbox":
        return inner if isinstance(inner, bool) else None
    if kind == "number":
        return inner if isinstance(inner, (int, float)) else None
    if kind in ("select", "status"):
        return {"name": inner["name"]} if isinstance(inner, dict) and inner.get("name") else None
    if kind == "multi_select":
        return [{"name": one["name"]} for one in inner if one.get("name")][:MOST_ITEMS]
    if kind == "date":
        return date(inner)
    if kind in MOST_SHORT:
        if units(str(inner)) <= MOST_SHORT[kind]:
            return str(inner) or None
        notes.lose("url-length", *where, kind)
        return None
    if kind == "place" and isinstance(inner, dict):
        if not all(isinstance(inner.get(name), (int, float)) for name in ("lat", "lon")):
            return None
        names = ("lat", "lon", "name", "address", "aws_place_id", "google_place_id")
        return {name: inner[name] for name in names if inner.get(name) is not None}
    return None


def _computed(inner: Raw) -> str:
    kind = str(inner.get("type"))
    value = inner.get(kind)
    if kind == "date" and isinstance(value, dict):
        return " → ".join(str(value[name]) for name in ("start", "end") if value.get(name))
    if kind == "array" and isinstance(value, list):
        return ", ".join(filter(None, (_item(one) for one in value)))
    return "" if value in (None, {}, "") else str(value)


def _item(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    inner = value.get(str(value.get("type")))
    if isinstance(inner, list):
        return rich_text(inner)
    if isinstance(inner, dict):
        return str(inner.get("name") or inner.get("start") or "")
    return "" if inner is None else str(inner)
