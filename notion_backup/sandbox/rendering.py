"""Objects as the API answers them: JSON text, made once per state of the object.

Pages show at most 25 references of a relation (with ``has_more``) and 25 people (without any flag); the whole value
lies behind the property endpoint (recorded traffic; Notion's reference for page properties).
"""

from __future__ import annotations

import json
from typing import Any

from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.workspace import Raw, Workspace

REFERENCE_LIMIT = 25
TEXT_LIMIT = 100
"""Elements of a title or text in a page object: a recorded one shows 50 mentions among 100 elements uncut."""


def shorten_property(value: Raw, mention_cap: int | None = None) -> Raw:
    """A page's property value with its references cut as a page object shows them."""
    kind = value.get("type")
    if mention_cap is not None and kind in ("title", "rich_text"):
        value = {**value, kind: _up_to(value[kind], mention_cap)}
    if kind == "relation":
        items = value["relation"]
        more = len(items) > REFERENCE_LIMIT
        if more or "has_more" not in value:
            return {**value, "relation": items[:REFERENCE_LIMIT], "has_more": more}
    elif kind == "people" and len(value["people"]) > REFERENCE_LIMIT:
        return {**value, "people": value["people"][:REFERENCE_LIMIT]}
    elif kind == "rollup" and len(value["rollup"].get("array", ())) > REFERENCE_LIMIT:
        return {**value, "rollup": {**value["rollup"], "array": value["rollup"]["array"][:REFERENCE_LIMIT]}}
    elif kind in ("title", "rich_text") and len(value[kind]) > TEXT_LIMIT:
        return {**value, kind: value[kind][:TEXT_LIMIT]}
    return value


def _up_to(spans: list[Raw], mentions: int) -> list[Raw]:
    """Rich text up to so many mentions, and the text between them."""
    found = 0
    for place, span in enumerate(spans):
        if span.get("type") == "mention":
            found += 1
            if found > mentions:
                return spans[:place]
    return spans


def shown_page(page: Raw, mention_cap: int | None = None) -> Raw:
    """A page with every property shortened. The page itself is not changed."""
    properties = page.get("properties")
    if not properties:
        return page
    shown = {name: shorten_property(value, mention_cap) for name, value in properties.items()}
    return {**page, "properties": shown}


def wants(value: Raw, name: str, wanted: set[str]) -> bool:
    """Whether ``filter_properties`` keeps this property: named by name, or by id in either form."""
    encoded = str(value.get("id", ""))
    return name in wanted or encoded in wanted or decode_property_id(encoded) in wanted


class Renderer:
    """JSON text of objects, cached until the workspace changes."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._version = workspace.version
        self._texts: dict[tuple[str, str], str] = {}
        self.mention_cap: int | None = None
        """Most mentions of a title or text in a page: the reference says 25, recordings show more."""

    def text(self, kind: str, raw: Raw, filter_properties: set[str] | None = None) -> str:
        """The object as JSON, hosted URLs not yet signed."""
        if self._version != self._workspace.version:
            self._texts.clear()
            self._version = self._workspace.version
        if filter_properties:
            shown = shown_page(raw, self.mention_cap)
            kept = {n: v for n, v in shown["properties"].items() if wants(v, n, filter_properties)}
            return dumps({**shown, "properties": kept})
        key = (kind, str(raw.get("id")))
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = dumps(shown_page(raw, self.mention_cap) if kind == "page" else raw)
        return text


def dumps(document: Any) -> str:
    """JSON with the separators that signing relies on. Lone surrogates stay escaped, as in hostile titles."""
    return json.dumps(document)
