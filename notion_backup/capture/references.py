"""What an object points to: relation targets, mentions, links and users, found wherever they stand in its JSON.

Found by their marks, not by the object's type, so that types nobody knows yet give up their references as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from notion_backup.capture.client import Raw

_ID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_MENTIONS = ("page", "database", "data_source")


@dataclass(frozen=True, slots=True)
class Reference:
    """``kind`` is ``page``, ``database``, ``data_source``, ``block`` or ``user``."""

    kind: str
    id: str


def references_in(raw: Raw) -> Iterator[Reference]:
    """Every object that ``raw`` names, in no special order, repeats possible."""
    waiting: list[Any] = [raw]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            for kind, name in _named(value):
                # A person may call a property "relation" or "mention": only what looks like an id is one.
                if isinstance(name, str) and _ID.fullmatch(name):
                    yield Reference(kind, name)
            waiting.extend(value.values())


def parent_in(raw: Raw) -> Reference | None:
    """The parent that an object names; None at the top of the workspace or when it names none."""
    parent = raw.get("parent")
    if not isinstance(parent, dict):
        return None
    for kind in ("data_source", "database", "page", "block"):
        name = parent.get(f"{kind}_id")
        if isinstance(name, str):
            return Reference(kind, name)
    return None


def _named(value: Raw) -> Iterator[tuple[str, Any]]:
    if value.get("object") == "user":
        yield "user", value.get("id")
    mention = value.get("mention")
    if isinstance(mention, dict):
        for kind in _MENTIONS:
            if isinstance(mention.get(kind), dict):
                yield kind, mention[kind].get("id")
    link = value.get("link_to_page")
    if isinstance(link, dict):
        yield "page", link.get("page_id")
        yield "database", link.get("database_id")
    relation = value.get("relation")
    if isinstance(relation, list):
        for target in relation:
            if isinstance(target, dict):
                yield "page", target.get("id")
    elif isinstance(relation, dict):
        # A schema names a data source, a property item one page.
        yield "page", relation.get("id")
        yield "data_source", relation.get("data_source_id")
    if value.get("object") == "view":
        yield "data_source", value.get("data_source_id")
