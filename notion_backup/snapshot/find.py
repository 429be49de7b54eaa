"""Finding one object of a snapshot by what a person has at hand: an id, a Notion URL, or a path of titles."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.compute as pc

from notion_backup.errors import UsageError
from notion_backup.snapshot.model import OBJECT_TABLES, Table
from notion_backup.snapshot.outline import Outline, outline_of
from notion_backup.snapshot.place import KIND_NAMES
from notion_backup.snapshot.reader import SnapshotReader

_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_MANY = 10
_LONGEST = 120


@dataclass(frozen=True, slots=True)
class Found:
    """One object: the table it is in, its id, its raw JSON, and for blocks and comments the page they are on."""

    table: Table
    id: str
    raw: dict[str, Any]
    owner_id: str | None = None

    @property
    def kind(self) -> str:
        """What the API calls it."""
        return KIND_NAMES[self.table]


def id_in(text: str) -> str | None:
    """The id that ``text`` is, or that its Notion URL names, with its hyphens; None for anything else.

    A URL's fragment names a block, ``p`` in its query the page that is open beside; else its path ends in the id.
    """
    if "://" in text:
        parts = urlsplit(text)
        candidates = [parts.fragment, *parse_qs(parts.query).get("p", []), parts.path.rstrip("/")[-36:]]
    else:
        candidates = [text.strip()]
    for candidate in candidates:
        match = _ID.search(candidate) if "://" in text else _ID.fullmatch(candidate)
        if match and match.end() == len(candidate):
            plain = match.group().replace("-", "").lower()
            return "-".join((plain[:8], plain[8:12], plain[12:16], plain[16:20], plain[20:]))
    return None


def find(snapshot: SnapshotReader, text: str, shown: Callable[[str], str] = str) -> Found:
    """The object that ``text`` names: an id, a Notion URL, a path of titles or a title that only one object has.

    ``shown`` is how titles were shown to the person who repeats them. Raises UsageError when there is none, or several.
    """
    object_id = id_in(text)
    if object_id is not None:
        found = _by_id(snapshot, object_id)
        if found is None:
            raise UsageError(
                f"Snapshot {snapshot.commit.id[:12]} holds no object {object_id}.",
                cure="See what it holds with `notion-backup ls`, or try another snapshot.",
            )
        return found
    place_id = id_by_path(snapshot, outline_of(snapshot), text, shown)
    found = _by_id(snapshot, place_id)
    assert found is not None, "the outline holds only what the snapshot holds"
    return found


def id_by_path(snapshot: SnapshotReader, outline: Outline, path: str, shown: Callable[[str], str] = str) -> str:
    """The id of the one object at a path of titles. Raises UsageError when there is none, or several."""
    places = outline.by_path(path, shown)
    if not places:
        raise UsageError(
            f"Nothing in snapshot {snapshot.commit.id[:12]} is called {path[:_LONGEST]!r}.",
            cure="Give the titles from the top, with / between them, or an id; `notion-backup ls` shows both.",
        )
    if len(places) > 1:
        which = "; ".join(f"{place.id} ({place.kind} {place.path[:_LONGEST]!r})" for place in places[:_MANY])
        raise UsageError(f"{len(places)} objects are called {path[:_LONGEST]!r}.", cure=f"Name one by its id: {which}.")
    return places[0].entry.id


def _by_id(snapshot: SnapshotReader, object_id: str) -> Found | None:
    for table in OBJECT_TABLES:
        raw = snapshot.object(table, object_id)
        if raw is not None:
            return Found(table, object_id, raw)
    for rows in snapshot.columns(Table.BLOCKS, ["id", "owner_id"]):
        at = pc.index(rows["id"], object_id).as_py()
        if at >= 0:
            owner_id = rows["owner_id"][at].as_py()
            node = next(node for node in snapshot.body(owner_id) or [] if node.raw.get("id") == object_id)
            return Found(Table.BLOCKS, object_id, node.raw, owner_id)
    for comment in snapshot.comments():
        if comment.get("id") == object_id:
            return Found(Table.COMMENTS, object_id, comment)
    return None
