"""What the exchanges of a recording say by their form: which paths make, append and name, and the objects in a body."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.workspace import Raw

CREATING = re.compile(r"/v1/(pages|databases|data_sources|comments|views|file_uploads)/?")
CHILDREN = re.compile(r"/v1/blocks/([^/]+)/children/?")
NAMED = re.compile(r"/v1/(pages|blocks|databases|data_sources|comments|users|views|file_uploads)/([^/]+)(/.*)?")
MARKDOWN = re.compile(r"/v1/pages/([^/]+)/markdown/?")
RUNS = re.compile(r"/v1/views/([^/]+)/queries/?")
QUERY = re.compile(r"/v1/(?:data_sources|databases)/([^/]+)/query/?")
SEARCH = re.compile(r"/v1/search/?")
TEMPLATES = re.compile(r"/v1/data_sources/([^/]+)/templates/?")
MOVE = re.compile(r"/v1/pages/([^/]+)/move/?")
PROPERTY = re.compile(r"/v1/pages/([^/]+)/properties/([^/]+)/?")
KINDS = ("page", "database", "data_source", "block", "view", "comment", "user")
_ANY_ID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
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


def cursor(exchange: Exchange) -> str | None:
    """Where a request for a part of a list begins, or None for the beginning."""
    given = exchange.query.get("start_cursor") or told(exchange).get("start_cursor")
    return given if isinstance(given, str) else None


def created(method: str, path: str, sent: Any, body: Any) -> list[str]:
    """The ids of what a request made, as its answer shows them (blocks put below those are not shown)."""
    if not isinstance(body, dict) or body.get("object") == "error":
        return []
    given = sent if isinstance(sent, dict) else {}
    found: list[Any] = []
    if body.get("object") == "async_task":
        found = [body.get("id")] if method != "GET" else []
    elif method == "POST" and CREATING.fullmatch(path):
        found = [body.get("id"), *(one.get("id") for one in body.get("data_sources") or () if isinstance(one, dict))]
        if body.get("object") == "comment" and "discussion_id" not in given:
            found.append(body.get("discussion_id"))
        if body.get("object") == "view" and given.get("create_database"):
            found.append(parent_id(body))
    elif method == "POST" and RUNS.fullmatch(path):
        found = [body.get("id"), *(one.get("id") for one in (body.get("page"),) if isinstance(one, dict))]
    elif method == "PATCH" and CHILDREN.fullmatch(path):
        new = given.get("children")
        made = (body.get("results") or [])[: len(new) if isinstance(new, list) else 0]
        found = [one.get("id") for one in made if isinstance(one, dict)]
    return [one for one in found if isinstance(one, str)]


def objects(value: Any) -> Iterator[Raw]:
    """Every object in an answer, outermost first."""
    waiting = deque([value])
    while waiting:
        one = waiting.popleft()
        if isinstance(one, dict) and isinstance(one.get("object"), str) and isinstance(one.get("id"), str):
            yield one
        inside = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting.extend(each for each in inside if isinstance(each, dict | list))


def times(value: Any) -> Iterator[str]:
    """Every time of making or editing in an answer."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield from (v for n, v in one.items() if n in ("created_time", "last_edited_time") and isinstance(v, str))
            waiting += one.values()
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


def ids_in(value: Any) -> set[str]:
    """Every id in a value, in whichever spelling."""
    found = _ANY_ID.findall(json.dumps(value))
    return {known for one in found if (known := normalise(one)) is not None}


def id_in(value: Any) -> str | None:
    """The id that a cursor or other text ends with, or None."""
    return normalise(value.rpartition(":")[2]) if isinstance(value, str) else None
