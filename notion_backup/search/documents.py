"""What is searched: one document an object, with all its text, as it was in one snapshot."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3

from notion_backup.export.plain_text import property_text
from notion_backup.snapshot import (
    KIND_NAMES,
    OBJECT_TABLES,
    PARTS,
    Raw,
    SnapshotReader,
    Table,
    outline_of,
    rich_text,
    title_of,
    unshared_in,
    whole_page,
)

COLUMNS = ("title", "properties", "text", "comments", "attachments")
"""Where a document's words stand, in the order of the index's columns."""

_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Document:
    """One object: ``version`` changes with anything that is searched or filtered by.

    The lists are (id, text): of properties by name, of blocks and comments by id, of attachments by the id of what
    shows them. ``parent`` is the object it stands in, where that is a block the page with the block.
    """

    id: str
    version: bytes
    kind: str
    title: str
    parent: str | None
    author: str | None
    editor: str | None
    edited: datetime | None
    in_trash: bool
    unshared: bool
    properties: list[tuple[str, str]]
    text: list[tuple[str, str]]
    comments: list[tuple[str, str]]
    attachments: list[tuple[str, str]]


def versions_in(snapshot: SnapshotReader) -> dict[str, bytes]:
    """The version of every object of a snapshot, from the catalog alone: object id -> 16 bytes."""
    catalog = snapshot.catalog()
    own = pa.array([table.value for table in OBJECT_TABLES])
    wanted = catalog.filter(pc.is_in(catalog["table"], pa.array([t.value for t in (*OBJECT_TABLES, *PARTS)])))
    objects = set(wanted.filter(pc.is_in(wanted["table"], own))["id"].to_pylist())
    marks = unshared_in(wanted).to_pylist()
    hashers: dict[str, Any] = {}
    columns = (wanted[name].to_pylist() for name in ("id", "table", "digest", "count", "parent_id"))
    for object_id, table, digest, count, parent, unshared in zip(*columns, marks, strict=True):
        if object_id in objects and count:
            hasher = hashers.setdefault(object_id, blake3())
            hasher.update(table.encode() + digest + str(parent).encode() + bytes((bool(unshared),)))
    return {object_id: hasher.digest(length=16) for object_id, hasher in hashers.items()}


def documents(
    snapshot: SnapshotReader,
    wanted: dict[str, bytes],
    attachment_text: Callable[[Any], str | None],
) -> Iterator[Document]:
    """The documents of some objects (id -> version), read a few segments at a time."""
    outline = outline_of(snapshot)
    parents = {place.entry.id: place.parent.entry.id for place in outline.places.values() if place.parent is not None}
    ids = sorted(wanted)
    for begin in range(0, len(ids), _BATCH):
        some = {one: wanted[one] for one in ids[begin : begin + _BATCH]}
        catalog = snapshot.catalog()
        catalog = catalog.filter(pc.is_in(catalog["id"], pa.array(list(some), pa.string())))
        yield from _batch(snapshot, catalog, some, parents, attachment_text)


def _batch(
    snapshot: SnapshotReader,
    catalog: pa.Table,
    wanted: dict[str, bytes],
    parents: dict[str, str],
    attachment_text: Callable[[Any], str | None],
) -> Iterator[Document]:
    bodies = _texts(snapshot, catalog, Table.BLOCKS)
    comments = _texts(snapshot, catalog, Table.COMMENTS)
    with_files = set(catalog.filter(pc.equal(catalog["table"], Table.FILES.value))["id"].to_pylist())
    long = set(catalog.filter(pc.equal(catalog["table"], Table.PROPERTIES.value))["id"].to_pylist())
    unshared = set(catalog["id"].filter(unshared_in(catalog)).to_pylist())
    facts = {
        (table, one): (parent, edited)
        for table, one, parent, edited in zip(
            *(catalog[name].to_pylist() for name in ("table", "id", "parent_id", "last_edited_time")), strict=True
        )
    }
    done: set[str] = set()
    for table in OBJECT_TABLES:
        for raw in snapshot.objects_in(table, catalog):
            object_id = str(raw["id"])
            if object_id in done:  # a template is a page under the same id
                continue
            done.add(object_id)
            files = list(snapshot.files(object_id)) if object_id in with_files else []
            full = dict(snapshot.full_values(object_id)) if object_id in long else {}
            parent, edited = facts[(table.value, object_id)]
            yield Document(
                id=object_id,
                version=wanted[object_id],
                kind=KIND_NAMES[table],
                title=title_of(raw),
                parent=parents.get(object_id) or parent,
                author=_user(raw.get("created_by")),
                editor=_user(raw.get("last_edited_by")),
                edited=edited,
                in_trash=bool(raw.get("in_trash")),
                unshared=object_id in unshared,
                properties=_properties(whole_page(raw, full)),
                text=bodies.get(object_id, []),
                comments=comments.get(object_id, []),
                attachments=[
                    (file.owner, "\n".join(part for part in (file.name, attachment_text(file)) if part))
                    for file in files
                ],
            )


def _texts(snapshot: SnapshotReader, catalog: pa.Table, table: Table) -> dict[str, list[tuple[str, str]]]:
    """The texts of blocks or comments with their ids, by the page they stand on, in order."""
    found: dict[str, list[tuple[str, str]]] = {}
    for rows in snapshot.columns(table, ["owner_id", "id", "text"], catalog):
        for owner, one, text in zip(*(rows[name].to_pylist() for name in ("owner_id", "id", "text")), strict=True):
            if text:
                found.setdefault(owner, []).append((one, text))
    return found


def _properties(raw: Raw) -> list[tuple[str, str]]:
    """Values by name as text, the title's apart; what a database describes itself with."""
    found: list[tuple[str, str]] = []
    properties = raw.get("properties")
    is_page = raw.get("object") == "page"
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if not isinstance(value, dict) or (is_page and value.get("type") == "title"):
            continue
        text = property_text(value) if is_page else str(name)
        if text:
            found.append((str(name), text))
    for key in ("description", "email", "person"):
        value = raw.get(key)
        text = rich_text(value) if isinstance(value, list) else json.dumps(value) if isinstance(value, dict) else ""
        if text:
            found.append((key, text))
    return found


def _user(value: Any) -> str | None:
    return value.get("id") if isinstance(value, dict) else None
