"""Properties that were asked for one by one: pages have them, with at least the items that were answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import PROPERTY, answer, cursor, results
from notion_backup.sandbox.ids import decode_property_id, normalise
from notion_backup.sandbox.workspace import Raw, Workspace


@dataclass
class Asked:
    """What the property endpoint answered of one property of one page, its parts put together."""

    page_id: str
    property_id: str
    detail: Raw
    """The property item alone, or what a list says of it."""
    items: list[Raw] = field(default_factory=list)
    more: bool = False
    """Whether the recording ends before the list does."""
    first: Exchange | None = None

    @property
    def kind(self) -> str:
        """The type of the property."""
        return str(self.detail["type"])


def asked_properties(evidence: Evidence) -> tuple[list[Asked], dict[str, str]]:
    """What was asked for of past pages; and for cursors that no answer gave, the places they lead to."""
    found: dict[tuple[str, str], Asked] = {}
    places: dict[str, int] = {}
    unknown: dict[str, str] = {}
    for exchange in evidence.exchanges:
        one = _asked(exchange)
        if one is None or not evidence.is_past(one.page_id):
            continue
        known = found.setdefault((one.page_id, decode_property_id(one.property_id)), one)
        given = cursor(exchange)
        place = places.get(given, len(known.items)) if given else 0
        if given and given not in places:
            unknown[given] = f"s:{place}"
        end = place + len(results(exchange))
        following = answer(exchange).get("next_cursor")
        if end > len(known.items) or known is one:
            known.items[place:] = results(exchange)
            known.more = isinstance(following, str)
        if isinstance(following, str):
            places[following] = end
    return list(found.values()), unknown


def put_items(space: Workspace, evidence: Evidence) -> None:
    """Give pages the properties that were asked for."""
    for one in asked_properties(evidence)[0]:
        page = space.get("page", one.page_id)
        if page is not None:
            _put(space, page, one, known=("page", one.page_id) in evidence.seen)


def _asked(exchange: Exchange) -> Asked | None:
    path = PROPERTY.fullmatch(exchange.path)
    body = answer(exchange)
    detail = body.get("property_item") if body.get("object") == "list" else body
    if path is None or not isinstance(detail, dict) or not isinstance(detail.get("type"), str):
        return None
    page_id = normalise(path.group(1)) or ""
    return Asked(page_id, str(detail.get("id") or path.group(2)), detail, first=exchange)


def _put(space: Workspace, page: Raw, one: Asked, known: bool) -> None:
    values = page["properties"]
    wanted = decode_property_id(one.property_id)
    name = next((n for n, v in values.items() if decode_property_id(str(v.get("id"))) == wanted), None)
    items = one.items + one.items[-1:] if one.more else one.items
    body = answer(one.first) if one.first else {}
    kind = one.kind
    if kind == "rollup":
        # What a rollup gathers lies on other pages: the answer itself is all there is to go by.
        told = {key: value for key, value in body.items() if key != "request_id"}
        if "results" in told:
            told["results"] = items
        space.property_items.setdefault(str(page["id"]), {})[one.property_id] = [told]
        values.setdefault(name or "Rolled up", {"id": one.property_id, "type": kind, kind: one.detail.get(kind)})
    elif body.get("object") != "list":
        if name is None or not known:
            values[name or one.property_id] = _value(one, body.get(kind))
    else:
        inner = [item.get(kind) for item in items]
        if name is None or not known or len(values[name].get(kind) or ()) < len(inner):
            values[name or ("Title" if kind == "title" else one.property_id)] = _value(one, inner)


def _value(one: Asked, inner: Any) -> Raw:
    return {"id": one.property_id, "type": one.kind, one.kind: inner}
