"""The workspace that a recording presupposes: what its answers show and none of its requests made.

Nothing here answers a request. An object is put into the workspace as it must have been before the recording began: as
first seen, with what an update did to it taken back where the update says so.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.maker import parent_of, text
from notion_backup.sandbox.storage import child_block
from notion_backup.sandbox.values import plain
from notion_backup.sandbox.workspace import Raw, Workspace

_CREATING = re.compile(r"/v1/(pages|databases|data_sources|comments|views|file_uploads)/?")
_APPENDING = re.compile(r"/v1/blocks/([^/]+)/children/?")
_NAMED = re.compile(r"/v1/(pages|blocks|databases|data_sources|comments|users|views)/([^/]+)(/.*)?")
_KINDS = ("page", "database", "data_source", "block", "view", "comment", "user")
_MARKS = ("object", "id", "created_time", "created_by", "last_edited_time", "last_edited_by", "in_trash", "parent")
_LOOKS = ("icon", "cover", "url", "public_url")
_KEYS: dict[str, frozenset[str]] = {
    "page": frozenset((*_MARKS, *_LOOKS, "is_archived", "is_locked", "properties")),
    "database": frozenset((*_MARKS, *_LOOKS, "title", "description", "is_inline", "is_locked", "data_sources")),
    "data_source": frozenset((*_MARKS, *_LOOKS, "title", "description", "is_inline", "properties", "database_parent")),
    "block": frozenset((*_MARKS, "has_children", "type")),
    "comment": frozenset((*_MARKS, "discussion_id", "rich_text", "display_name", "attachments")),
}
_EPOCH = "2020-01-01T00:00:00.000Z"


def presupposed(exchanges: list[Exchange]) -> Workspace:
    """The workspace before the first of the exchanges."""
    return _Past(exchanges).workspace()


class _Past:
    def __init__(self, exchanges: list[Exchange]) -> None:
        self._exchanges = exchanges
        self._seen: dict[tuple[str, str], Raw] = {}
        self._order: list[tuple[str, str]] = []
        self._listed: dict[str, list[str]] = {}
        self._made: set[str] = set()
        self._absent: set[str] = set()
        self._views: dict[str, list[str]] = {}
        self._authors: Counter[str] = Counter()
        self._me: Raw | None = None
        self._users: dict[str, Raw] = {}
        self._users_listed: set[str] | None = None

    def workspace(self) -> Workspace:
        for exchange in self._exchanges:
            self._note_made(exchange)
        for exchange in self._exchanges:
            self._note_seen(exchange)
        space = self._empty()
        # A query without sorts answers the newest row first: rows are put in as they came to be.
        rows = [key for key in self._order if _is_row(self._seen[key])]
        for key in [key for key in self._order if key not in set(rows)] + rows[::-1]:
            kind, object_id = key
            if not self._is_made(object_id) and object_id not in self._absent:
                space.put(kind, _newest(self._seen[key]))
        self._complete(space)
        return space

    # --- what the recording made itself ------------------------------------------------------------------------

    def _note_made(self, exchange: Exchange) -> None:
        answer = exchange.response
        if exchange.status >= 400 or not isinstance(answer, dict):
            found = _NAMED.fullmatch(exchange.path)
            if exchange.status == 404 and found:
                self._absent.add(normalise(found.group(2)) or "")
            return
        if exchange.method == "POST" and _CREATING.fullmatch(exchange.path):
            self._made.add(str(answer.get("id")))
            self._made |= {str(source.get("id")) for source in answer.get("data_sources") or ()}
            if answer.get("object") == "comment" and "discussion_id" not in (exchange.request or {}):
                self._made.add(str(answer.get("discussion_id")))
            author = (answer.get("created_by") or {}).get("id")
            if author:
                self._authors[str(author)] += 1
        elif exchange.method == "PATCH" and _APPENDING.fullmatch(exchange.path):
            sent = len((exchange.request or {}).get("children") or ())
            self._made |= {str(block.get("id")) for block in (answer.get("results") or [])[:sent]}

    def _is_made(self, object_id: str) -> bool:
        """Whether the recording made it, or made what it lies in."""
        current: str | None = object_id
        for _ in range(100):
            if current is None:
                return False
            if current in self._made:
                return True
            current = self._parent(current)
        return False

    def _parent(self, object_id: str) -> str | None:
        for kind in _KINDS:
            raw = self._seen.get((kind, object_id))
            if raw is not None:
                parent = raw.get("parent") or {}
                target = parent.get(str(parent.get("type")))
                return target if isinstance(target, str) else None
        return None

    # --- what its answers show ---------------------------------------------------------------------------------

    def _note_seen(self, exchange: Exchange) -> None:
        answer = exchange.response
        if exchange.status >= 400 or not isinstance(answer, dict):
            return
        listing = _APPENDING.fullmatch(exchange.path)
        if exchange.path.rstrip("/") == "/v1/users/me":
            self._me = answer
        if exchange.path.rstrip("/") == "/v1/users":
            self._users_listed = {str(one.get("id")) for one in answer.get("results") or ()}
        if exchange.path.rstrip("/") == "/v1/views":
            owner = normalise(str(exchange.query.get("database_id") or exchange.query.get("data_source_id") or ""))
            self._views.setdefault(owner or "", []).extend(str(one["id"]) for one in answer.get("results") or ())
        for raw in _objects(answer):
            self._note_object(raw, exchange)
        if exchange.method == "GET" and listing:
            container = normalise(listing.group(1)) or ""
            known = self._listed.setdefault(container, [])
            known += [i for b in answer.get("results") or () if (i := str(b.get("id"))) not in known]

    def _note_object(self, raw: Raw, exchange: Exchange) -> None:
        kind, object_id = str(raw.get("object")), str(raw.get("id"))
        if kind == "user":
            if "type" in raw:
                user = {k: v for k, v in raw.items() if k != "request_id"}
                self._users[object_id] = max(user, self._users.get(object_id, {}), key=lambda one: len(str(one)))
            return
        if kind not in _KINDS or (kind, object_id) in self._seen:
            return
        if set(raw) <= {"object", "id", "request_id"}:
            return
        before = {name: value for name, value in raw.items() if name != "request_id"}
        if exchange.method in ("PATCH", "DELETE") and exchange.response.get("id") == object_id:
            before = _taken_back(before, exchange)
        self._seen[kind, object_id] = before
        self._order.append((kind, object_id))

    # --- the workspace -----------------------------------------------------------------------------------------

    def _empty(self) -> Workspace:
        me = self._me or {}
        for (_, object_id), raw in self._seen.items():
            author = (raw.get("created_by") or {}).get("id")
            if author and self._is_made(object_id):
                self._authors[str(author)] += 1
        if not self._authors:
            # Who writes is the connection.
            written = [e.response for e in self._exchanges if e.method == "PATCH" and isinstance(e.response, dict)]
            self._authors.update(str(r["last_edited_by"]["id"]) for r in written if r.get("last_edited_by"))
        bot = str(me.get("id") or (self._authors.most_common(1)[0][0] if self._authors else "") or "")
        facts = me.get("bot") or {}
        space = Workspace(name=str(facts.get("workspace_name") or "Recorded"))
        if bot:
            space.bot_id = bot
        known = self._users.get(space.bot_id) or {}
        space.bot_name = str(me.get("name") or known.get("name") or "Recorder")
        space.id = str(facts.get("workspace_id") or space.id)
        for user_id, user in self._users.items():
            if user_id not in self._absent:
                space.put("user", dict(user))
        if space.get("user", space.bot_id) is None:
            own = {"object": "user", "id": space.bot_id, "name": space.bot_name, "avatar_url": None}
            space.put("user", {**own, "type": "bot", "bot": {}})
        listed = self._users_listed
        if listed is not None:
            space.unlisted_users |= {user["id"] for user in space.all("user")} - listed
        return space

    def _complete(self, space: Workspace) -> None:
        """What the objects need around them: parents, schemas, children in order, views, discussions."""
        for exchange in self._exchanges:
            self._named_in(space, exchange)
        for kind in ("block", "page", "database", "data_source", "comment", "view"):
            for raw in list(space.all(kind)):
                self._ensure_parent(space, raw)
        for container, children in self._listed.items():
            kept = [child for child in children if not self._is_made(child) and space.get("block", child) is not None]
            if kept:
                space.children[container] = kept
                block = space.get("block", container)
                if block is not None:
                    block["has_children"] = True
        for kind, block_type in (("page", "child_page"), ("database", "child_database")):
            for raw in list(space.all(kind)):
                holder = raw["parent"].get("page_id")
                if holder and not raw.get("in_trash") and space.get("block", str(raw["id"])) is None:
                    space.put("block", child_block(space, kind, block_type, raw))
                    listed = space.children.setdefault(str(holder), [])
                    if raw["id"] not in listed and str(holder) not in self._listed:
                        listed.append(str(raw["id"]))
        for raw in list(space.all("page")):
            _lend_schema(space, raw)
        for database in list(space.all("database")):
            for entry in database.get("data_sources") or ():
                if space.get("data_source", str(entry["id"])) is None and not self._is_made(str(entry["id"])):
                    _stub(space, "data_source", str(entry["id"]), set())
                    stub = space.objects["data_source"][str(entry["id"])]
                    stub["parent"], stub["title"] = parent_of("database_id", str(database["id"])), text(entry["name"])
        for owner, ids in self._views.items():
            for view_id in ids:
                if space.get("view", view_id) is None and not self._is_made(view_id):
                    space.put("view", _stub_view(view_id, owner))

    def _named_in(self, space: Workspace, exchange: Exchange) -> None:
        """What a request names and no answer shows: a parent, a target, a discussion."""
        if exchange.status >= 400:
            return
        found = _NAMED.fullmatch(exchange.path)
        if found:
            self._ensure(space, found.group(1).removesuffix("s"), normalise(found.group(2)), exchange)
        told = exchange.request if isinstance(exchange.request, dict) else {}
        for kind, object_id in _names(told):
            self._ensure(space, kind, normalise(object_id), exchange)
        target = normalise(str(exchange.query.get("block_id") or ""))
        if target and space.get("page", target) is None:
            self._ensure(space, "block", target, exchange)
        discussion = told.get("discussion_id")
        answer = exchange.response if isinstance(exchange.response, dict) else {}
        known = {comment.get("discussion_id") for comment in space.all("comment")}
        if discussion and discussion not in self._made and discussion not in known:
            space.put("comment", _stub_comment(space, str(discussion), answer.get("parent") or {}))

    def _ensure(self, space: Workspace, kind: str, object_id: str | None, exchange: Exchange) -> None:
        if not object_id or self._is_made(object_id) or object_id in self._absent or kind not in _KINDS:
            return
        if any(space.get(other, object_id) is not None for other in _KINDS):
            return
        holds = [raw for raw in _objects(exchange.response) if raw.get("object") == "block"]
        if kind == "block" and any((raw.get("parent") or {}).get("page_id") == object_id for raw in holds):
            kind = "page"
        _stub(space, kind, object_id, {str(raw.get("type")) for raw in holds})

    def _ensure_parent(self, space: Workspace, raw: Raw) -> None:
        parent = raw.get("parent") or {}
        kind = str(parent.get("type", "")).removesuffix("_id")
        target = parent.get(f"{kind}_id")
        if not isinstance(target, str) or kind not in _KINDS or space.get(kind, target) is not None:
            if kind == "data_source" and isinstance(parent.get("database_id"), str):
                self._ensure_database(space, str(parent["database_id"]), str(target))
            return
        _stub(space, kind, target, {str(raw.get("type"))} if raw["object"] == "block" else set())
        if kind == "database" and raw["object"] == "data_source":
            self._ensure_database(space, target, str(raw["id"]))
        if kind == "data_source" and isinstance(parent.get("database_id"), str):
            space.objects["data_source"][target]["parent"] = parent_of("database_id", str(parent["database_id"]))
            self._ensure_database(space, str(parent["database_id"]), target)

    def _ensure_database(self, space: Workspace, database_id: str, source_id: str) -> None:
        database = space.get("database", database_id)
        if database is None:
            _stub(space, "database", database_id, set())
            database = space.objects["database"][database_id]
        source = space.get("data_source", source_id)
        if source is not None and not database.get("data_sources"):
            database["data_sources"] = [{"id": source_id, "name": plain(source.get("title") or [])}]


def _is_row(raw: Raw) -> bool:
    return raw.get("object") == "page" and (raw.get("parent") or {}).get("type") in ("data_source_id", "database_id")


def _objects(value: Any) -> Iterator[Raw]:
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


def _names(told: Any) -> Iterator[tuple[str, str]]:
    """What a request's body refers to: parents, relations, mentions, links."""
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            for kind in ("page", "database", "data_source", "block"):
                if isinstance(one.get(f"{kind}_id"), str):
                    yield kind, one[f"{kind}_id"]
                if isinstance(one.get(kind), dict) and isinstance(one[kind].get("id"), str) and "mention" not in one:
                    yield kind, one[kind]["id"]
            if isinstance(one.get("relation"), list):
                yield from (("page", item["id"]) for item in one["relation"] if isinstance(item, dict) and "id" in item)
            waiting += list(one.values())


def _taken_back(raw: Raw, exchange: Exchange) -> Raw:
    """An object as it was before an update: flags and looks that the request names the other way round or away."""
    told = exchange.request if isinstance(exchange.request, dict) else {}
    if exchange.method == "DELETE":
        return {**raw, "in_trash": False, **({"archived": False} if "archived" in raw else {})}
    changes: Raw = {}
    for name in ("in_trash", "archived", "is_locked", "is_archived", "is_inline"):
        if isinstance(told.get(name), bool) and name in raw:
            changes[name] = not told[name]
    if "archived" in told or "in_trash" in told:
        before = not told.get("in_trash", told.get("archived"))
        changes |= {name: before for name in ("in_trash", "archived") if name in raw}
    return {**raw, **changes}


def _newest(raw: Raw) -> Raw:
    """An object in the words of the newest version."""
    known = _KEYS.get(str(raw.get("object")))
    # What the API does not have here would be an echo, not a state.
    found = {name: value for name, value in raw.items() if known is None or name in known or name == raw.get("type")}
    if raw.get("object") in ("page", "block", "database", "data_source"):
        found.setdefault("in_trash", bool(raw.get("archived", False)))
    if raw.get("object") == "page":
        found.setdefault("is_archived", False)
        found.setdefault("is_locked", False)
        found.setdefault("properties", {})
        if (found.get("parent") or {}).get("type") == "database_id":
            database_id = str(found["parent"]["database_id"])
            found["parent"] = {"type": "data_source_id", "data_source_id": database_id, "database_id": database_id}
    if raw.get("object") == "data_source":
        found.setdefault("properties", {})
    found.setdefault("parent", {"type": "workspace", "workspace": True})
    return found


def _stub(space: Workspace, kind: str, object_id: str, below: set[str]) -> None:
    """The least that an object nobody described has to be."""
    author = {"object": "user", "id": space.bot_id}
    marks: Raw = {"created_time": _EPOCH, "last_edited_time": _EPOCH, "created_by": author, "last_edited_by": author}
    top: Raw = {"type": "workspace", "workspace": True}
    looks: Raw = {"icon": None, "cover": None, "in_trash": False, "public_url": None, "url": "https://www.notion.so/x"}
    if kind == "page":
        title = {"title": {"id": "title", "type": "title", "title": text("Recorded")}}
        flags = {"is_archived": False, "is_locked": False}
        space.put(
            "page", {"object": "page", "id": object_id, **marks, **looks, **flags, "parent": top, "properties": title}
        )
    elif kind == "block":
        home = {"table_row": "table", "column": "column_list"}.get(next(iter(below), ""), "toggle")
        inner: Raw = {"rich_text": [], "color": "default"} if home == "toggle" else {}
        if home == "table":
            inner = {"table_width": 2, "has_column_header": False, "has_row_header": False}
        common = {"has_children": False, "in_trash": False, "type": home, home: inner}
        space.put("block", {"object": "block", "id": object_id, "parent": top, **marks, **common})
    elif kind == "database":
        more = {"title": [], "description": [], "is_inline": False, "is_locked": False, "data_sources": []}
        space.put("database", {"object": "database", "id": object_id, "parent": top, **marks, **looks, **more})
    elif kind == "data_source":
        home_id = object_id[:-1] + ("0" if object_id[-1] != "0" else "1")
        title_property: Raw = {"id": "title", "name": "Name", "description": None, "type": "title", "title": {}}
        more = {"title": [], "description": [], "is_inline": False, "properties": {"Name": title_property}}
        parent = {"parent": parent_of("database_id", home_id), "database_parent": top}
        space.put("data_source", {"object": "data_source", "id": object_id, **marks, **looks, **more, **parent})


def _stub_view(view_id: str, owner: str) -> Raw:
    return {"object": "view", "id": view_id, "parent": parent_of("database_id", owner), "data_source_id": owner}


def _stub_comment(space: Workspace, discussion: str, parent: Raw) -> Raw:
    author = {"object": "user", "id": space.bot_id}
    return {
        "object": "comment",
        "id": discussion[:-1] + ("0" if discussion[-1] != "0" else "1"),
        "parent": parent or {"type": "workspace", "workspace": True},
        "discussion_id": discussion,
        "created_time": _EPOCH,
        "last_edited_time": _EPOCH,
        "created_by": author,
        "rich_text": [],
        "display_name": {"type": "integration", "resolved_name": space.bot_name},
    }


def _lend_schema(space: Workspace, page: Raw) -> None:
    """A data source that only its rows were seen of has at least the properties that they show."""
    source = space.get("data_source", str(page["parent"].get("data_source_id")))
    if source is None or len(source["properties"]) > 1:
        return
    shown = {
        name: {
            "id": value["id"],
            "name": name,
            "description": None,
            "type": value["type"],
            value["type"]: _config(value),
        }
        for name, value in page["properties"].items()
        if isinstance(value, dict) and "type" in value
    }
    if shown:
        source["properties"] = shown


def _config(value: Raw) -> Raw:
    kind = str(value["type"])
    inner = value.get(kind)
    if kind in ("select", "multi_select", "status"):
        chosen = inner if isinstance(inner, list) else [inner] if inner else []
        options = [{**option, "description": None} for option in chosen]
        return {"options": options, **({"groups": []} if kind == "status" else {})}
    known: Raw = {
        "number": {"format": "number"},
        "unique_id": {"prefix": None},
        "formula": {"expression": '""'},
    }
    return dict(known.get(kind, {}))
