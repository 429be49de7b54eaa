"""The trash: what is put there takes all below it along, and what comes back finds its old place.

``DELETE /blocks/{id}`` and ``in_trash`` do the same; a block in the trash is in no listing, and what lies below it
reads ``in_trash: true`` too (API guide; recorded deletions). The parent's edit time stays (recorded, 4 of 4).
"""

from __future__ import annotations

from collections.abc import Iterator

from notion_backup.sandbox.workspace import Raw, Workspace


def put_away(space: Workspace, object_id: str) -> None:
    """Put a block, page, database or data source into the trash."""
    if object_id in space.trash_roots:
        return
    holder, place = _place(space, object_id)
    space.trash_roots[object_id] = (holder, place)
    if holder is not None:
        _unlist(space, holder, object_id)
    _mark(space, object_id)


def take_back(space: Workspace, object_id: str) -> None:
    """Take something out of the trash, with all below it that was not put there by itself."""
    holder, place = space.trash_roots.pop(object_id, (None, 0))
    if holder is not None:
        listed = space.children.setdefault(holder, [])
        if object_id not in listed:
            listed.insert(min(place, len(listed)), object_id)
        _say_whether_parent(space, holder)
    _mark(space, object_id)


def _mark(space: Workspace, root: str) -> None:
    above = _is_away(space, space.parent_of(root))
    away = above or root in space.trash_roots
    for raw, state in _below(space, root, away):
        raw["in_trash"] = state
    space.touch(root)


def _is_away(space: Workspace, object_id: str | None) -> bool:
    for kind in ("page", "block", "database", "data_source"):
        raw = space.get(kind, object_id) if object_id else None
        if raw is not None:
            return bool(raw.get("in_trash"))
    return False


def _below(space: Workspace, root: str, away: bool) -> Iterator[tuple[Raw, bool]]:
    """Every object from ``root`` down with whether it is in the trash."""
    put_away_in: dict[str | None, list[str]] = {}
    for other, (holder, _) in space.trash_roots.items():
        put_away_in.setdefault(holder, []).append(other)
    waiting, met = [(root, away)], set()
    while waiting:
        object_id, state = waiting.pop()
        if object_id in met:
            continue
        met.add(object_id)
        for kind in ("page", "block", "database", "data_source"):
            raw = space.get(kind, object_id)
            if raw is not None:
                yield raw, state
        inside = [*space.children.get(object_id, ()), *(row["id"] for row in space.rows(object_id))]
        database = space.get("database", object_id)
        inside += [source["id"] for source in database["data_sources"]] if database is not None else []
        # What was put away below earlier stays away, but belongs here.
        inside += put_away_in.get(object_id, ())
        waiting += [(child, state or child in space.trash_roots) for child in inside]


def _place(space: Workspace, object_id: str) -> tuple[str | None, int]:
    holder = space.parent_of(object_id)
    listed = space.children.get(holder or "", [])
    return (holder, listed.index(object_id)) if holder is not None and object_id in listed else (None, 0)


def _unlist(space: Workspace, holder: str, object_id: str) -> None:
    listed = space.children.get(holder, [])
    if object_id in listed:
        listed.remove(object_id)
    _say_whether_parent(space, holder)


def _say_whether_parent(space: Workspace, holder: str) -> None:
    block = space.get("block", holder)
    if block is not None:
        block["has_children"] = bool(space.children.get(holder))
