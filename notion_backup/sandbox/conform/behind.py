"""What lay behind a cursor: an answer that says there is more presupposes more of the same."""

from __future__ import annotations

import copy

from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import CHILDREN, another_id, answer, id_in, results
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.workspace import Raw, Workspace

_KINDS = ("page", "data_source", "block", "comment", "user", "view")


def add_what_lies_behind(space: Workspace, evidence: Evidence) -> None:
    """For every recorded cursor, the object it leads to; it is like the last one that was answered."""
    for exchange in evidence.exchanges:
        body = answer(exchange)
        shown = results(exchange)
        if not isinstance(body.get("next_cursor"), str) or not shown:
            continue
        last = shown[-1]
        kind, last_id = str(last.get("object")), str(last.get("id"))
        following = id_in(body["next_cursor"]) or another_id(last_id)
        known = space.get(kind, last_id) if kind in _KINDS else None
        if known is None or any(space.get(one, following) is not None for one in _KINDS):
            continue
        if evidence.is_past(following):
            _put_behind(space, exchange, known, following)


def _put_behind(space: Workspace, exchange: Exchange, last: Raw, following: str) -> None:
    raw: Raw = {**copy.deepcopy(last), "id": following}
    kind = str(raw["object"])
    space.put(kind, raw)
    listing = CHILDREN.fullmatch(exchange.path)
    if listing:
        listed = space.children.setdefault(normalise(listing.group(1)) or "", [])
        if following not in listed and last["id"] in listed:
            listed.insert(listed.index(last["id"]) + 1, following)
    elif kind == "page":
        _behind_in_rows(space, last, following)


def _behind_in_rows(space: Workspace, last: Raw, following: str) -> None:
    """A query answers the newest row first: what comes after the last one was put in before it."""
    source_id = last["parent"].get("data_source_id")
    if source_id is None:
        return
    rows = [str(row["id"]) for row in space.rows(str(source_id))]
    rows.remove(following)
    rows.insert(rows.index(str(last["id"])), following)
    for row in rows:
        space.put("page", space.objects["page"][row])
