"""What a Notion-like server answers, written from the API's reference and not from the product.

It is as unpleasant as Notion may be: short pages, cut values, a cap on rows, search that omits, addresses that expire,
and, seeded by request and attempt, answers that fail in nine ways, never more than three times running.
"""

from __future__ import annotations

import hashlib
import json
import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from notion_backup_tests.e2e.independent_workspace import Raw, Workspace

TOKEN = "ntn_independent"
CAP = 100
LIFETIME = 3.0  # seconds that a signed address lives
SORTS = {"created_time", "last_edited_time"}


class Refusal(Exception):
    """Any answer but 200."""

    def __init__(self, status: int, code: str, message: str = "no") -> None:
        self.status, self.code, self.message = status, code, message


@dataclass
class Service:
    """The workspace as served, what was asked, and how unpleasant to be."""

    world: Workspace
    fault_rate: float = 0.0
    without: tuple[str, ...] = ()  # "views", "custom_emojis", "templates", "comments", "users"
    revoked_after: int | None = None  # requests until every answer is 401
    url: str = ""
    requests: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    downloads: int = 0
    expired: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    attempts: Counter[str] = field(default_factory=Counter)
    running: Counter[str] = field(default_factory=Counter)
    cursors: dict[str, tuple[str, int]] = field(default_factory=dict)

    def fault(self, key: str) -> str | None:
        """How this attempt of this request fails, if it does; the same for every run whatever the order."""
        with self.lock:
            self.attempts[key] += 1
            chance = random.Random(f"{key} {self.attempts[key]}")
            if self.running[key] == 3 or chance.random() >= self.fault_rate:
                self.running[key] = 0
                return None
            self.running[key] += 1
            kind = chance.choice(["429", "500", "502", "503", "504", "529", "cut", "html", "drop"])
            self.faults[kind] += 1
            return kind

    def answer(self, method: str, path: str, query: dict[str, str], body: Raw) -> Raw:
        """The answer of one API request."""
        parts = [unquote(part) for part in path.removeprefix("/v1/").split("/")]
        with self.lock:
            self.requests[parts[0] if len(parts) < 3 else f"{parts[0]}/{parts[2]}"] += 1
            if self.revoked_after is not None and sum(self.requests.values()) > self.revoked_after:
                raise Refusal(401, "unauthorized", "API token is invalid.")
        match method, parts:
            case "POST", ["search"]:
                return self._search(body)
            case "POST", ["data_sources", source, "query"]:
                return self._query(source, body)
            case "GET", ["data_sources", source, "templates"]:
                self._needs("templates", 400, "invalid_request_url")
                found = self.world.templates.get(self._existing("data_source", source)["id"], [])
                listed = self._page(path, query, found, "template")
                return {"templates": listed["results"], **{key: listed[key] for key in ("has_more", "next_cursor")}}
            case "GET", ["users", "me"]:
                return next(raw for raw in self.world.of("user").values() if raw["type"] == "bot")
            case "GET", ["users"]:
                self._needs("users", 403, "restricted_resource")
                known = [raw for one, raw in self.world.of("user").items() if one not in self.world.unlisted]
                return self._page(path, query, known, "user")
            case "GET", ["custom_emojis"]:
                self._needs("custom_emojis", 404, "object_not_found")
                return self._page(path, query, [*self.world.of("custom_emoji").values()], "custom_emoji")
            case "GET", ["comments"]:
                self._needs("comments", 403, "restricted_resource")
                self._exists(query["block_id"])
                comments = [self.world.of("comment")[one] for one in self.world.comments.get(query["block_id"], [])]
                return self._page(path, query, comments, "comment")
            case "GET", ["views"]:
                self._needs("views", 400, "invalid_request_url")
                return self._page(path, query, self._views(query), "view")
            case "GET", ["blocks", parent, "children"]:
                return self._page(path, query, self._children(parent), "block")
            case "GET", ["blocks", own_id] if own_id in self.world.of("page"):
                raw = self.world.of("page")[own_id]
                title = {"title": "".join(run["plain_text"] for run in _title(raw))}
                as_block = {**raw, "object": "block", "type": "child_page", "child_page": title}
                return self.world.of("block").get(own_id, as_block)
            case "GET", ["pages", page, "properties", property_id]:
                return self._property(page, property_id, path, query)
            case "GET", [kind, own_id]:
                if kind != "users":  # a member can be read where the list of members cannot
                    self._needs(kind, 403 if kind == "comments" else 400, "restricted_resource")
                singular = {"pages": "page", "users": "user"}.get(kind, kind.removesuffix("s"))
                return self._existing(singular, own_id)
        raise Refusal(400, "invalid_request_url", f"Invalid request URL: {path}")

    def _needs(self, what: str, status: int, code: str) -> None:
        if what in self.without:
            raise Refusal(status, code)

    def _existing(self, kind: str, own_id: str) -> Raw:
        if own_id not in self.world.of(kind):
            raise Refusal(404, "object_not_found", f"Could not find {kind} with ID: {own_id}.")
        return self.world.of(kind)[own_id]

    def _exists(self, own_id: str) -> None:
        if not any(own_id in self.world.of(kind) for kind in ("page", "block")):
            raise Refusal(404, "object_not_found", f"Could not find block with ID: {own_id}.")

    def _children(self, parent: str) -> list[Raw]:
        if parent in self.world.refused:
            raise Refusal(*self.world.refused[parent])
        self._exists(parent)
        listed = self.world.children.get(self.world.echoes.get(parent, parent), [])
        return [self.world.of("block")[one] for one in listed]

    def _views(self, query: dict[str, str]) -> list[Raw]:
        if "database_id" in query:
            self._existing("database", query["database_id"])
            found = self.world.views.get(query["database_id"], [])
        else:
            wanted = self._existing("data_source", query["data_source_id"])["id"]
            found = [one for one, raw in self.world.of("view").items() if raw["data_source_id"] == wanted]
        return [{"object": "view", "id": one} for one in found]

    def _search(self, body: Raw) -> Raw:
        wanted = body.get("filter", {})
        trash = bool(wanted.get("in_trash"))
        kinds = [wanted["value"]] if "value" in wanted else ["page", "data_source"]
        found = [raw for kind in kinds for raw in self.world.of(kind).values() if raw["in_trash"] is trash]
        if not trash:
            found = [raw for raw in found if raw["id"] not in self.world.unlisted and not raw.get("is_archived")]
        sort = body.get("sort", {"timestamp": "last_edited_time", "direction": "descending"})
        return self._page("search", body, _sorted(found, [sort]), "page_or_data_source")

    def _query(self, source: str, body: Raw) -> Raw:
        self._existing("data_source", source)
        archived = bool(body.get("is_archived"))
        rows = [self.world.of("page")[one] for one in self.world.rows[source]]
        rows = [raw for raw in rows if raw["is_archived"] is archived and _matches(raw, body.get("filter"))]
        rows = _sorted(rows, body.get("sorts") or [{"timestamp": "created_time", "direction": "descending"}])
        listed = self._page(f"query {source}", body, rows[:CAP], "page_or_data_source")
        if len(rows) > CAP and not listed["has_more"]:
            listed["request_status"] = {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}
        return listed

    def _property(self, page: str, property_id: str, path: str, query: dict[str, str]) -> Raw:
        values = {unquote(raw["id"]): raw for raw in self._existing("page", page)["properties"].values()}
        if property_id not in values:
            raise Refusal(404, "object_not_found", f"Could not find property with ID: {property_id}.")
        value = values[property_id]
        kind, own_id = value["type"], value["id"]
        if kind not in ("title", "rich_text", "relation", "people"):
            return {"object": "property_item", **value}
        own = [{"object": "property_item", "type": kind, "id": own_id, kind: one} for one in value[kind]]
        listed = self._page(path, query, self.world.values.get((page, own_id), own), "property_item")
        return {**listed, "property_item": {"id": own_id, "next_url": None, "type": kind, kind: {}}}

    def _page(self, what: str, asked: Raw, found: list[Raw], kind: str) -> Raw:
        """One page of a list: often shorter than asked for, with a cursor that is good for this list only."""
        size = int(asked.get("page_size", 100))
        if not 1 <= size <= 100:
            raise Refusal(400, "validation_error", "page_size should be ≤ 100")
        named = json.dumps(
            [what, {key: asked[key] for key in sorted(asked) if key not in ("start_cursor", "page_size")}]
        )
        start = 0
        if asked.get("start_cursor") is not None:
            known, start = self.cursors.get(str(asked["start_cursor"]), ("", 0))
            if known != named:
                raise Refusal(400, "validation_error", "start_cursor is not valid")
        size = random.Random(f"{named} {start}").randint(max(1, size // 3), size)
        end = start + size
        cursor = hashlib.sha256(f"{named} {end}".encode()).hexdigest()[:32] if end < len(found) else None
        if cursor:
            self.cursors[cursor] = (named, end)
        listed = {"object": "list", "results": found[start:end], "has_more": cursor is not None}
        return {**listed, "next_cursor": cursor, "type": kind, kind: {}}

    def signed(self, raw: Any) -> Any:
        """The same with every ``@name`` as an address that lives a few seconds. One in seven is dead on arrival."""
        if isinstance(raw, list):
            return [self.signed(one) for one in raw]
        if not isinstance(raw, dict):
            return raw
        made = {key: self.signed(value) for key, value in raw.items()}
        if isinstance(address := made.get("url"), str) and address.startswith("@"):
            name = address[1:]
            with self.lock:
                self.attempts[f"sign {name}"] += 1
                stale = self.attempts[f"sign {name}"] == 1 and hashlib.sha256(name.encode()).digest()[0] % 7 == 0
            until = time.time() + (-1 if stale else LIFETIME)
            made["url"] = f"{self.url}/s3/{quote(name)}?X-Amz-Signature={random.random()}&until={until}"
            if "expiry_time" in made:
                made["expiry_time"] = datetime.fromtimestamp(until, UTC).isoformat()
        return made


def _title(raw: Raw) -> list[Raw]:
    return next((value["title"] for value in raw["properties"].values() if value["type"] == "title"), [])


def _sorted(found: list[Raw], sorts: list[Raw]) -> list[Raw]:
    for sort in reversed(sorts):
        if sort.get("timestamp") not in SORTS:
            raise Refusal(400, "validation_error", f"cannot sort by {sort}")
        found = sorted(found, key=lambda raw: str(raw[sort["timestamp"]]), reverse=sort["direction"] == "descending")
    return found


def _matches(raw: Raw, wanted: Raw | None) -> bool:
    if not wanted:
        return True
    if "and" in wanted:
        return all(_matches(raw, one) for one in wanted["and"])
    if "or" in wanted:
        return any(_matches(raw, one) for one in wanted["or"])
    if wanted.get("timestamp") not in SORTS:
        raise Refusal(400, "validation_error", f"cannot filter by {wanted}")
    [(test, bound)] = wanted[wanted["timestamp"]].items()
    mine, other = (datetime.fromisoformat(str(moment)) for moment in (raw[wanted["timestamp"]], bound))
    holds = {"on_or_after": mine >= other, "after": mine > other, "on_or_before": mine <= other, "before": mine < other}
    return {**holds, "equals": mine == other}[test]
