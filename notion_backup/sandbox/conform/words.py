"""What the exchanges of a recording say by their form: which paths make, append and name, and the objects in a body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.workspace import Raw

CREATING = re.compile(r"/v1/(pages|databases|data_sources|comments|views|file_uploads)/?")
CHILDREN = re.compile(r"/v1/blocks/([^/]+)/children/?")
NAMED = re.compile(r"/v1/(pages|blocks|databases|data_sources|comments|users|views|file_uploads)/([^/]+)(/.*)?")
QUERY = re.compile(r"/v1/(?:data_sources|databases)/([^/]+)/query/?")
MOVE = re.compile(r"/v1/pages/([^/]+)/move/?")
PROPERTY = re.compile(r"/v1/pages/([^/]+)/properties/([^/]+)/?")
KINDS = ("page", "database", "data_source", "block", "view", "comment", "user")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def told(exchange: Exchange) -> Raw:
    """The body of a request; empty for none and for what is no object."""
    return exchange.request if isinstance(exchange.request, dict) else {}


def answer(exchange: Exchange) -> Raw:
    """The body of an answer that is no refusal; empty for refusals and for what is no object."""
    return exchange.response if exchange.status < 400 and isinstance(exchange.response, dict) else {}


def results(exchange: Exchange) -> list[Raw]:
    """What a list answers; empty for what is no list."""
    found = answer(exchange).get("results")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def message(exchange: Exchange) -> str:
    """What a refusal says; empty for other answers."""
    body = exchange.response if isinstance(exchange.response, dict) else {}
    return str(body.get("message", "")) if exchange.status >= 400 else ""


def objects(value: Any) -> Iterator[Raw]:
    """Every object in an answer, outermost first."""
    waiting = [value]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, dict):
            if isinstance(one.get("object"), str) and isinstance(one.get("id"), str):
                yield one
            waiting += list(one.values())
        elif isinstance(one, list):
            waiting += one


def names(body: Any) -> Iterator[tuple[str, str]]:
    """What a request's body refers to, as kind and id: parents, relations, mentions, links."""
    waiting = [body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            for kind in ("page", "database", "data_source", "block", "view"):
                if isinstance(one.get(f"{kind}_id"), str):
                    yield kind, one[f"{kind}_id"]
                if isinstance(one.get(kind), dict) and isinstance(one[kind].get("id"), str) and "mention" not in one:
                    yield kind, one[kind]["id"]
            if isinstance(one.get("relation"), list):
                yield from (("page", item["id"]) for item in one["relation"] if isinstance(item, dict) and "id" in item)
            waiting += list(one.values())


def parent_id(raw: Raw) -> str | None:
    """The id of what an object says it lies in."""
    parent = raw.get("parent")
    target = parent.get(str(parent.get("type"))) if isinstance(parent, dict) else None
    return target if isinstance(target, str) else None


def another_id(object_id: str, mark: int = 0) -> str:
    """An id that goes with another one and is always the same: for what must be there and is named nowhere."""
    last = "0123456789abcdef".index(object_id[-1]) if object_id[-1] in "0123456789abcdef" else 0
    digits = f"{(last + 1 + mark) % 16:x}{mark:04x}" if mark else f"{(last + 1) % 16:x}"
    return object_id[: -len(digits)] + digits


def id_in(value: Any) -> str | None:
    """The id that a cursor or other text ends with, or None."""
    return normalise(value.rpartition(":")[2]) if isinstance(value, str) else None
