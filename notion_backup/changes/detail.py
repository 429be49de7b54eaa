"""One change with what of the object changed: properties, fields, blocks, comments, files.

Quiet: URL signatures, request ids, times and people of an edit are no change; what formulas, rollups and the like
compute is one only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from notion_backup.changes.blocks import BlockChanges, block_changes
from notion_backup.changes.state import State, state_in
from notion_backup.export.plain_text import property_text
from notion_backup.snapshot import (
    KIND_NAMES,
    Change,
    ChangeKind,
    FileRef,
    Raw,
    SnapshotReader,
    canonical,
    diff_snapshots,
    rich_text,
    title_of,
    whole_value,
)

_COMPUTED = frozenset(
    {"formula", "rollup", "created_time", "created_by", "last_edited_time", "last_edited_by", "last_visited_time"}
)
_FORMATTED = ("title", "rich_text")
_NOT_FIELDS = frozenset(
    {
        *("object", "id", "parent", "in_trash", "archived", "is_archived", "url", "public_url", "properties"),
        *("created_time", "created_by", "last_edited_time", "last_edited_by", "request_id"),
    }
)

Pair = tuple[Any, Any]
"""Before and after."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What of an object changed. Empty (false) when nothing a person would see did."""

    properties: dict[str, Pair] = field(default_factory=dict)
    fields: dict[str, Pair] = field(default_factory=dict)
    blocks: BlockChanges = field(default_factory=BlockChanges)
    comments: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    edited_by: str | None = None
    edited_time: str | None = None

    def __bool__(self) -> bool:
        return bool(self.properties or self.fields or self.blocks or self.comments or self.files)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object. Property values are text as a person reads it."""
        return {
            "properties": {name: {"before": was, "after": now} for name, (was, now) in self.properties.items()},
            "fields": {name: {"before": was, "after": now} for name, (was, now) in self.fields.items()},
            "blocks": self.blocks.to_json(),
            "comments": {kind: self.comments.get(kind, []) for kind in ("added", "removed", "edited")},
            "files": {kind: self.files.get(kind, []) for kind in ("added", "removed")},
            "last_edited_by": self.edited_by,
            "last_edited_time": self.edited_time,
        }


def detailed(
    before: SnapshotReader, after: SnapshotReader, *, page: str | None = None, computed: bool = False
) -> Iterator[tuple[Change, Detail | None]]:
    """The objects that changed from ``before`` to ``after``, each once, with what of its content did (None: nothing).

    ``page`` is the id of the one object wanted. Objects that only look changed to the catalogs (an edit time, a
    computed value) are left out; what was changed of a moved or trashed object beside is found.
    """
    for change in diff_snapshots(before, after):
        if page is not None and change.id != page:
            continue
        was, now = state_in(before, change.table, change.id), state_in(after, change.table, change.id)
        detail = (detail_of(was, now, computed=computed) or None) if was is not None and now is not None else None
        kinds: list[ChangeKind] = [kind for kind in change.kinds if kind is not ChangeKind.CHANGED]
        if detail is not None:
            kinds.append(ChangeKind.CHANGED)
        if kinds:
            yield replace(change, kinds=tuple(kinds)), detail


def detail_of(was: State, now: State, *, computed: bool = False) -> Detail:
    """What differs between two states of one object. With ``computed`` also what Notion computes from others."""
    return Detail(
        properties=_properties(was, now, computed),
        fields=_fields(was.raw, now.raw),
        blocks=block_changes(was.body, now.body),
        comments=_comments(was.comments, now.comments),
        files=_files(was, now),
        edited_by=_id(now.raw.get("last_edited_by")),
        edited_time=now.raw.get("last_edited_time"),
    )


def as_json(change: Change, detail: Detail | None) -> dict[str, Any]:
    """One line of ``diff --json``."""
    line: dict[str, Any] = {
        "id": change.id,
        "kind": KIND_NAMES[change.table],
        "title": change.title,
        "change": change.kind.value,
        "changes": [kind.value for kind in change.kinds],
    }
    if change.parents is not None:
        line |= dict(zip(("before", "after"), change.parents, strict=True))
    if ChangeKind.CHANGED in change.kinds:
        line["parts"] = [part.value for part in change.parts]
    return line | (detail.to_json() if detail is not None else {})


def _properties(was: State, now: State, computed: bool) -> dict[str, Pair]:
    old, new = _by_id(was), _by_id(now)
    found: dict[str, Pair] = {}
    for property_id in (*new, *(one for one in old if one not in new)):
        name, before = old.get(property_id, ("", None))
        name, after = new.get(property_id, (name, None))
        if {_kind(before), _kind(after)} & _COMPUTED and not computed:
            continue
        pair = (_text(was, property_id, before), _text(now, property_id, after))
        formatted = _kind(after) in _FORMATTED and canonical(before) != canonical(after)
        if pair[0] != pair[1] or formatted:
            found[name] = pair
    return found


def _by_id(state: State) -> dict[str, tuple[str, Any]]:
    properties = state.raw.get("properties")
    if not isinstance(properties, dict):
        return {}
    return {
        str(value.get("id") if isinstance(value, dict) else name): (str(name), value)
        for name, value in properties.items()
    }


def _text(state: State, property_id: str, value: Any) -> str | None:
    """A value as a person reads it: with all its items where they were read in full; None for one that is not there."""
    if value is None:
        return None
    if state.raw.get("object") != "page" and isinstance(value, dict):
        return canonical({key: item for key, item in value.items() if key != "id"})
    return property_text(whole_value(value, state.properties.get(property_id)))


def _fields(was: Raw, now: Raw) -> dict[str, Pair]:
    """The other keys of the object: its icon and cover, a database's title, a view's settings."""
    found = {}
    for key in (*now, *(one for one in was if one not in now)):
        if key not in _NOT_FIELDS and canonical(was.get(key)) != canonical(now.get(key)):
            found[key] = (_field(key, was.get(key)), _field(key, now.get(key)))
    if was.get("in_trash") and not now.get("in_trash"):  # the other way round is a change of its own: trashed
        found["in_trash"] = (True, False)
    if title_of(was) != title_of(now) and "title" in found:
        found["title"] = (title_of(was), title_of(now))
    return found


def _field(key: str, value: Any) -> Any:
    return rich_text(value) if key in ("title", "description") and isinstance(value, list) else value


def _comments(was: list[Raw], now: list[Raw]) -> dict[str, list[dict[str, Any]]]:
    old, new = ({str(comment["id"]): rich_text(comment.get("rich_text")) for comment in side} for side in (was, now))
    changes = {
        "added": [{"id": one, "text": text} for one, text in new.items() if one not in old],
        "removed": [{"id": one, "text": text} for one, text in old.items() if one not in new],
        "edited": [
            {"id": one, "before": old[one], "after": text}
            for one, text in new.items()
            if one in old and old[one] != text
        ],
    }
    return changes if any(changes.values()) else {}


def _files(was: State, now: State) -> dict[str, list[str]]:
    old, new = ({(file.owner, file.slot, file.name, _content(file)) for file in side.files} for side in (was, now))
    if old == new:
        return {}
    return {"added": sorted(file[2] for file in new - old), "removed": sorted(file[2] for file in old - new)}


def _content(file: FileRef) -> str:
    return file.media.sha256 if file.media else file.url


def _kind(value: Any) -> str:
    return str(value.get("type")) if isinstance(value, dict) else ""


def _id(value: Any) -> str | None:
    return value.get("id") if isinstance(value, dict) else None
