"""Asking the index: words and filters in, ranked hits with excerpts out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import apsw

from notion_backup.errors import UsageError
from notion_backup.search.documents import COLUMNS
from notion_backup.search.index import snapshots_in, unpack
from notion_backup.search.words import Query, parse_query, words

_RANK = "bm25(10.0, 3.0, 1.0, 1.0, 1.0)"
"""How much a word counts by the column it stands in, and by how rare it is."""

_VERSION = """
SELECT v.version, v.id, v.kind, v.title, v.in_trash, v.unshared, l.first, l.last
FROM versions v JOIN lives l USING (version) WHERE v.version = ?
"""

_AROUND = 80
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must be besides. None and empty: whatever it is.

    ``people`` are ids of users who made or last edited it, ``databases`` of data sources or databases it is a row of;
    ``properties`` pairs of a property's name and words its value must have; ``columns`` of :data:`COLUMNS`.
    """

    kinds: tuple[str, ...] = ()
    people: tuple[str, ...] | None = None
    databases: tuple[str, ...] | None = None
    properties: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    edited_from: datetime | None = None
    edited_to: datetime | None = None
    in_trash: bool | None = None
    unshared: bool | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """One object that was found.

    ``snapshot`` is the one that was asked, over all of history the last that has the words; ``first_seen`` and
    ``last_seen`` are set there. ``where`` is the column of the excerpt and ``place`` the id of the block, comment or
    owner of the attachment it is from (for properties the name). A higher ``score`` is better.
    """

    id: str
    kind: str
    title: str
    path: str
    snapshot: str
    excerpt: str
    score: float
    where: str
    place: str | None
    in_trash: bool
    unshared: bool
    first_seen: str | None = None
    last_seen: str | None = None

    def to_json(self) -> dict[str, Any]:
        """One line of ``search --json``."""
        line = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if self.first_seen is None:
            del line["first_seen"], line["last_seen"]
        return line


class Searcher:
    """Searches in an open index. Made by ``with reading(path, repository) as database: Searcher(database)``."""

    def __init__(self, database: apsw.Connection) -> None:
        self._database = database

    def search(self, text: str, *, slot: int | None, filters: Filters = Filters(), limit: int = 20) -> Iterator[Hit]:
        """The best hits, best first: in the snapshot of a slot, or with ``slot`` None over all of history.

        Raises UsageError when there is nothing in ``text`` to search for.
        """
        query = parse_query(text)
        if query is None:
            raise UsageError("There is no word to search for.", cure='Give words, "a phrase", begin* or -without.')
        found = self._matches(query.match(filters.columns), slot, filters)
        return self._hits(found, query, slot, filters, limit)

    def _matches(self, match: str, slot: int | None, filters: Filters) -> Iterator[_Match]:
        """Versions that match, best first; over history the last of each object, with the stretch of all of them.

        FTS5 ranks; whether a version lives where it is asked for is looked up only for those that are taken from it.
        """
        clauses, values = _clauses(filters)
        # The plus sign keeps SQLite from looking each version up in FTS5 by itself.
        among = f" AND +rowid IN (SELECT version FROM versions v WHERE {' AND '.join(clauses)})" if clauses else ""
        ranked = f"SELECT rowid, -rank FROM words WHERE words MATCH ? AND rank MATCH ?{among} ORDER BY rank"
        done: set[str] = set()
        for version, score in self._database.execute(ranked, (match, _RANK, *values)):
            if slot is not None:
                for found in self._database.execute(
                    f"{_VERSION} AND l.first <= ? AND l.last >= ?", (version, slot, slot)
                ):
                    yield _match(found, score)
                continue
            ((object_id,),) = self._database.execute("SELECT id FROM versions WHERE version = ?", (version,))
            if object_id not in done:
                done.add(object_id)
                yield self._over_all(object_id, match, score)

    def _over_all(self, object_id: str, match: str, score: float) -> _Match:
        """All versions of an object that have the words, as one: the last of them, from the first to the last sight."""
        lives = []
        for (version,) in self._database.execute("SELECT version FROM versions WHERE id = ?", (object_id,)).fetchall():
            has = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
            if self._database.execute(has, (match, version)).fetchone() is not None:
                lives += [_match(found, score) for found in self._database.execute(_VERSION, (version,))]
        last = max(lives, key=lambda life: life.last)
        return replace(last, first=min(life.first for life in lives))

    def _hits(
        self, found: Iterator[_Match], query: Query, slot: int | None, filters: Filters, limit: int
    ) -> Iterator[Hit]:
        given = 0
        for match in found:
            content = self._content(match.version)
            if not _has_properties(content, filters.properties):
                continue
            seen = match.last if slot is None else slot
            where, place, excerpt = _excerpt(match.title, content, query, filters.columns)
            yield Hit(
                id=match.id,
                kind=match.kind,
                title=match.title,
                path=self._path(match.id, seen),
                snapshot=self._snapshots[seen],
                excerpt=excerpt,
                score=round(match.score, 4),
                where=where,
                place=place,
                in_trash=bool(match.in_trash),
                unshared=bool(match.unshared),
                first_seen=self._snapshots[match.first] if slot is None else None,
                last_seen=self._snapshots[match.last] if slot is None else None,
            )
            given += 1
            if given == limit:
                return

    def named(self, name: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
        """The ids of those objects of some kinds that have this id, or are called so in any snapshot."""
        marks = ", ".join("?" * len(kinds))
        asked = f"SELECT DISTINCT id, title FROM versions WHERE kind IN ({marks})"
        wanted = words(name)
        return tuple(
            str(one) for one, title in self._database.execute(asked, kinds) if name == one or words(title) == wanted
        )

    @cached_property
    def _snapshots(self) -> dict[int, str]:
        return dict(snapshots_in(self._database))

    def _content(self, version: int) -> dict[str, list[tuple[str, str]]]:
        ((content,),) = self._database.execute("SELECT content FROM versions WHERE version = ?", (version,))
        return unpack(content)

    def _path(self, object_id: str, slot: int) -> str:
        """The titles from the top, as they were in a snapshot."""
        titles: list[str] = []
        above: str | None = object_id
        seen: set[str] = set()
        while above is not None and above not in seen and len(titles) < _DEEPEST:
            seen.add(above)
            row = self._database.execute(
                "SELECT title, parent FROM versions v JOIN lives l USING (version) "
                "WHERE id = ? AND l.first <= ? AND l.last >= ?",
                (above, slot, slot),
            ).fetchone()
            if row is None:
                break
            titles.append(row[0] or "(untitled)")
            above = row[1]
        return "/".join(reversed(titles))


@dataclass(frozen=True, slots=True)
class _Match:
    version: int
    id: str
    kind: str
    title: str
    in_trash: int
    unshared: int
    first: int
    last: int
    score: float


def _match(found: tuple[Any, ...], score: float) -> _Match:
    version, one, kind, title, in_trash, unshared, first, last = found
    return _Match(version, one, kind, title, in_trash, unshared, first, last, score)


def _clauses(filters: Filters) -> tuple[list[str], list[Any]]:
    clauses: list[str] = []
    values: list[Any] = []

    def among(column: str, ids: tuple[str, ...]) -> str:
        values.extend(ids)
        return f"{column} IN ({', '.join('?' * len(ids))})"

    if filters.kinds:
        clauses.append(among("v.kind", filters.kinds))
    if filters.people is not None:
        clauses.append(f"({among('v.author', filters.people)} OR {among('v.editor', filters.people)})")
    if filters.databases is not None:
        clauses.append(among("v.parent", filters.databases))
    for column, wanted in (("v.in_trash", filters.in_trash), ("v.unshared", filters.unshared)):
        if wanted is not None:
            clauses.append(f"{column} = ?")
            values.append(int(wanted))
    for sign, moment in ((">=", filters.edited_from), ("<=", filters.edited_to)):
        if moment is not None:
            clauses.append(f"v.edited {sign} ?")
            values.append(int(moment.timestamp()))
    return clauses, values


def _has_properties(content: dict[str, list[tuple[str, str]]], wanted: tuple[tuple[str, str], ...]) -> bool:
    found = {words(name): f" {words(text)} " for name, text in content["properties"]}
    return all(f" {words(text)} " in found.get(words(name), "") for name, text in wanted)


def _excerpt(
    title: str, content: dict[str, list[tuple[str, str]]], query: Query, columns: tuple[str, ...]
) -> tuple[str, str | None, str]:
    """Where the first of the words stands: column, place in it, and what stands around them on one line."""
    texts: dict[str, list[tuple[str, str]]] = {"title": [("", title)], **content}
    for column in columns or (*COLUMNS[1:], COLUMNS[0]):
        for place, text in texts[column]:
            span = query.first_in(text)
            if span is not None:
                said = f"{place}: {text}" if column == "properties" else text
                shift = len(said) - len(text)
                return column, place or None, _around(said, span[0] + shift, span[1] + shift)
    return COLUMNS[0], None, _around(title, 0, 0)


def _around(text: str, start: int, end: int) -> str:
    begin, stop = max(0, start - _AROUND), min(len(text), end + _AROUND)
    shown = " ".join(text[begin:stop].split())
    return f"{'… ' if begin else ''}{shown}{' …' if stop < len(text) else ''}"
