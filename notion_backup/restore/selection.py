"""What is restored: whole trees of pages and databases, or certain objects only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from notion_backup.errors import UsageError
from notion_backup.restore.origin import Origin
from notion_backup.snapshot import Raw

Place = tuple[str, str]
"""Kind (``page`` or ``database``) and old id."""


@dataclass(frozen=True, slots=True)
class Selection:
    """``roots`` are made below the target page, in order, each with everything below it.

    ``only``: of what is below, these ids and no others. ``rows``: of these data sources, the rows named and no others.
    ``block``: of the one root, only what stands in this block.
    """

    roots: tuple[Place, ...]
    only: frozenset[str] | None = None
    rows: dict[str, tuple[str, ...]] = field(default_factory=dict)
    block: str | None = None

    def includes(self, object_id: str) -> bool:
        """Whether a page or database below a root comes along."""
        return self.only is None or object_id in self.only

    def rows_of(self, origin: Origin, source_id: str) -> list[str]:
        """The rows of a data source that come along."""
        if source_id in self.rows:
            return list(self.rows[source_id])
        return [row for row in origin.rows(source_id) if self.includes(row)]


def whole(origin: Origin) -> Selection:
    """Everything."""
    return Selection(tuple(origin.roots()))


def chosen(origin: Origin, wanted: Iterable[str]) -> Selection:
    """Pages and databases with all below them, rows in their database. Raises UsageError for what is neither.

    What lies below another chosen object comes with that one and is not made twice.
    """
    roots: list[Place] = []
    rows: dict[str, tuple[str, ...]] = {}
    ids = list(dict.fromkeys(wanted))
    inside = _below(origin, ids)
    for object_id in ids:
        if object_id in inside:
            continue
        page = origin.page(object_id)
        source_id = (page or {}).get("parent", {}).get("data_source_id") if page is not None else None
        source = origin.data_source(source_id) if source_id else None
        if source is not None and source_id is not None:
            database = str(source["parent"]["database_id"])
            rows[source_id] = (*rows.get(source_id, ()), object_id)
            if ("database", database) not in roots:
                roots.append(("database", database))
                others = (origin.database(database) or {}).get("data_sources") or ()
                rows.update({str(one["id"]): () for one in others if str(one["id"]) not in rows})
        elif page is not None:
            roots.append(("page", object_id))
        else:
            roots.append(("database", _database_of(origin, object_id)))
    return Selection(tuple(dict.fromkeys(roots)), rows=rows)


def only(origin: Origin, wanted: Iterable[str]) -> Selection:
    """These pages, rows and databases, each without what is below it unless that is named as well."""
    ids = frozenset(wanted)
    roots: list[Place] = []
    rows: dict[str, tuple[str, ...]] = {}
    for object_id in sorted(ids):
        raw: Raw | None = origin.page(object_id)
        kind = "page" if raw is not None else "database"
        raw = raw or origin.database(object_id)
        if raw is None:
            continue
        parent = raw.get("parent") or {}
        source_id = parent.get("data_source_id")
        source = origin.data_source(source_id) if source_id else None
        if source is not None:
            database = str(source["parent"]["database_id"])
            if database not in ids:
                rows[str(source_id)] = (*rows.get(str(source_id), ()), object_id)
                roots.append(("database", database))
        elif not any(object_id == child for above in ids for _, child in origin.below(above)):
            roots.append((kind, object_id))
    return Selection(tuple(dict.fromkeys(roots)), only=ids, rows=rows)


def everything_in(origin: Origin, selection: Selection) -> tuple[set[str], set[str]]:
    """The ids of all pages and databases, and of all data sources, that a selection takes in."""
    objects: set[str] = set()
    sources: set[str] = set()
    waiting = list(selection.roots)
    while waiting:
        kind, object_id = waiting.pop()
        if object_id in objects:
            continue
        objects.add(object_id)
        waiting += [place for place in origin.below(object_id) if selection.includes(place[1])]
        if kind != "database":
            continue
        for source in (origin.database(object_id) or {}).get("data_sources") or ():
            if origin.data_source(str(source["id"])) is not None:
                sources.add(str(source["id"]))
                waiting += [("page", row) for row in selection.rows_of(origin, str(source["id"]))]
    return objects, sources


def _below(origin: Origin, ids: list[str]) -> set[str]:
    """Those of the ids that lie below another of them."""
    found: set[str] = set()
    for object_id in ids:
        kind = "page" if origin.page(object_id) is not None else "database"
        if kind == "database" and origin.database(object_id) is None:
            continue
        inside, _ = everything_in(origin, Selection(((kind, object_id),)))
        found |= inside & set(ids) - {object_id}
    return found


def _database_of(origin: Origin, object_id: str) -> str:
    if origin.database(object_id) is not None:
        return object_id
    source = origin.data_source(object_id)
    if source is not None:
        return str(source["parent"]["database_id"])
    raise UsageError(
        f"{object_id} is neither a page nor a database of the snapshot.",
        cure="`notion-backup ls` shows pages and databases with their ids.",
    )
