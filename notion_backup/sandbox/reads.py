"""The read endpoints: a request in, the JSON text of the answer out (without its request id)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.filters import compile_filter, sort_rows, with_me
from notion_backup.sandbox.paging import MAX_PAGE_SIZE, Slice, Window, cut, cut_by_place, envelope
from notion_backup.sandbox.property_items import property_answer
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import restricted, validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.values import find_property, title_of
from notion_backup.sandbox.workspace import Raw

ROW_CAP = 10_000
_INCOMPLETE = ', "request_status": {"type": "incomplete", "incomplete_reason": "query_result_limit_reached"}'


@dataclass
class Reads:
    """Answers every read endpoint from one workspace."""

    room: Room
    row_cap: int = ROW_CAP
    page_cap: int = MAX_PAGE_SIZE
    """Most items any answer holds, whatever was asked for: Notion may give fewer while there are more."""
    largest_upload: int = 5 * 1024**3
    """Bytes of a file at most: 5 MiB on the Free plan, 5 GiB on paid ones."""
    _orders: dict[str, list[Raw]] = field(default_factory=dict)
    _orders_version: int = -1

    def __post_init__(self) -> None:
        self.workspace, self.access, self.clock = self.room.workspace, self.room.access, self.room.clock
        self.renderer = self.room.renderer

    # --- finding -----------------------------------------------------------------------------------------------

    def _window(self, values: dict[str, Any], where: str) -> Window:
        asked = Window.read(values, where)
        return Window(min(asked.size, self.page_cap), asked.cursor)

    def _ordered(self, key: str, make: Callable[[], list[Raw]]) -> list[Raw]:
        """A list worked out once per state of the workspace: following pages of a listing reuse it."""
        if self._orders_version != self.workspace.version or len(self._orders) > 256:
            self._orders.clear()
            self._orders_version = self.workspace.version
        if key not in self._orders:
            self._orders[key] = make()
        return self._orders[key]

    def _list(self, part: Slice, kind_of: Callable[[Raw], str], envelope_kind: str, extra: str = "") -> str:
        return envelope([self.renderer.text(kind_of(raw), raw) for raw in part.items], part, envelope_kind, extra)

    # --- search and pages --------------------------------------------------------------------------------------

    def search(self, ask: Ask) -> str:
        """``POST /search``: pages and data sources, never databases; trash only when asked for it."""
        window = self._window(ask.body, "body")
        wanted, sort = ask.body.get("filter") or {}, ask.body.get("sort") or {}
        for name, given in (("filter", wanted), ("sort", sort)):
            if not isinstance(given, dict):
                raise validation(f"body failed validation: body.{name} should be an object.")
        value, in_trash = wanted.get("value"), wanted.get("in_trash")
        if value not in (None, "page", "data_source"):
            raise validation(
                'body failed validation: body.filter.value should be `"page"` or `"data_source"`, instead was '
                f"`{dumps(value)}`."
            )
        words = stems(str(ask.body.get("query") or ""))
        ascending = sort.get("direction") == "ascending"

        def found() -> list[Raw]:
            kinds = [value] if value else ["page", "data_source"]
            templates = self.workspace.template_page_ids()
            hits = [
                raw
                for kind in kinds
                for raw in self.workspace.all(kind)
                if _is_where_asked(raw, kind, in_trash)
                and not raw.get("is_archived")
                and raw["id"] not in templates
                and self.access.searchable(raw["id"])
                and (not words or words & stems(title_of(raw)))
            ]
            return sorted(hits, key=lambda raw: str(raw["last_edited_time"]), reverse=not ascending)

        def indexed() -> list[Raw]:
            now = self.clock.now()
            times = [(self.workspace.indexed_time(raw, now), raw) for raw in found()]
            known = [(time, raw) for time, raw in times if time is not None]
            return [raw for _, raw in sorted(known, key=lambda pair: pair[0], reverse=not ascending)]

        if self.workspace.search_lag:
            hits = indexed()
        else:
            hits = self._ordered(f"search {value} {in_trash} {ascending} {sorted(words)}", found)
        part = cut(hits, window, _by_id)
        return self._list(part, _kind_of, "page_or_data_source")

    def page(self, ask: Ask) -> str:
        """``GET /pages/{id}``."""
        page = self.room.object("page", self.room.id(ask.ids[0], "page_id"))
        return self.renderer.text("page", page, set(ask.query.get("filter_properties", ())))

    def page_property(self, ask: Ask) -> str:
        """``GET /pages/{id}/properties/{property}``: a single item, or a list of them."""
        page = self.room.object("page", self.room.id(ask.ids[0], "page_id"))
        window = self._window(ask.query, "query")
        value = find_property(page, ask.ids[1])
        if value is None:
            raise self.room.missing("property", ask.ids[1])
        return property_answer(self.workspace, page, value, window, ask.base_url)

    # --- blocks ------------------------------------------------------------------------------------------------

    def block(self, ask: Ask) -> str:
        """``GET /blocks/{id}``; pages and databases answer as the block they show up as."""
        return self.renderer.text("block", self.room.block(self.room.id(ask.ids[0], "block_id")))

    def block_children(self, ask: Ask) -> str:
        """``GET /blocks/{id}/children``: one level, in order."""
        object_id = self.room.id(ask.ids[0], "block_id")
        window = self._window(ask.query, "query")
        block = self.room.block(object_id)
        ids = self.workspace.children.get(object_id)
        if ids is None and block["type"] == "synced_block":
            # A reference without a list of its own shows its original's blocks.
            source = (block["synced_block"].get("synced_from") or {}).get("block_id")
            ids = self.workspace.children.get(str(source)) if source and self.access.sees(source) else None
        blocks = self.workspace.objects["block"]
        part = cut([blocks[child] for child in ids or () if child in blocks], window, _by_id)
        return self._list(part, lambda _: "block", "block")

    # --- databases, data sources, views ------------------------------------------------------------------------

    def database(self, ask: Ask) -> str:
        """``GET /databases/{id}``."""
        return self.renderer.text("database", self.room.object("database", self.room.id(ask.ids[0], "database_id")))

    def data_source(self, ask: Ask) -> str:
        """``GET /data_sources/{id}``."""
        found = self.room.object("data_source", self.room.id(ask.ids[0], "data_source_id"))
        return self.renderer.text("data_source", found)

    def matching(self, source: Raw, body: Raw) -> list[Raw]:
        """The rows of a data source that a query's body asks for, in its order."""
        schema = source.get("properties", {})
        given = with_me(body.get("filter"), str(self._owner().get("user", {}).get("id", self.workspace.bot_id)))
        test = compile_filter(given, schema, self.clock.now()) if given else None
        rows = [row for row in self._rows(source, body) if test is None or test(row)]
        return sort_rows(rows, body.get("sorts") or [], schema)

    def query(self, ask: Ask) -> str:
        """``POST /data_sources/{id}/query``: rows, at most ``row_cap`` of them, archived ones only when asked."""
        source = self.room.object("data_source", self.room.id(ask.ids[0], "data_source_id"))
        body = ask.body
        window = self._window(body, "body")
        asked = {key: body.get(key) for key in ("filter", "sorts", "is_archived", "in_trash", "result_type")}

        everything = self._ordered(f"query {source['id']} {dumps(asked)}", lambda: self.matching(source, body))
        part = cut(everything[: self.row_cap], window, _by_id)
        capped = part.next_cursor is None and len(everything) > self.row_cap
        wanted = set(ask.query.get("filter_properties", ()))
        texts = [
            self.renderer.text(_kind_of(raw), raw, wanted if raw["object"] == "page" else None) for raw in part.items
        ]
        return envelope(texts, part, "page_or_data_source", _INCOMPLETE if capped else "")

    def _rows(self, source: Raw, body: dict[str, Any]) -> list[Raw]:
        archived, in_trash = bool(body.get("is_archived")), bool(body.get("in_trash"))
        templates = {template["id"] for template in self.workspace.templates.get(str(source["id"]), ())}
        result_type = body.get("result_type")
        rows: list[Raw] = []
        if result_type != "data_source":
            rows = [
                row
                for row in self.workspace.rows(str(source["id"]))
                if bool(row.get("is_archived")) == archived
                and bool(row.get("in_trash") or row.get("archived")) == in_trash
                and row["id"] not in templates
                and self.access.sees(row["id"])
            ]
        if result_type != "page" and not archived and not in_trash:
            wiki_database = source["parent"].get("database_id")
            rows += [
                child
                for child in self.workspace.all("data_source")
                if (child.get("database_parent") or {}).get("database_id") == wiki_database
                and not child.get("in_trash")
                and self.access.sees(child["id"])
            ]
        return rows

    def templates(self, ask: Ask) -> str:
        """``GET /data_sources/{id}/templates``; the list is under ``templates``."""
        source = self.room.object("data_source", self.room.id(ask.ids[0], "data_source_id"))
        window = self._window(ask.query, "query")
        name = str(ask.query.get("name") or "").lower()
        items = [t for t in self.workspace.templates.get(str(source["id"]), []) if name in t["name"].lower()]
        part = cut(items, window, _by_id)
        return dumps(
            {"templates": part.items, "has_more": part.next_cursor is not None, "next_cursor": part.next_cursor}
        )

    def views(self, ask: Ask) -> str:
        """``GET /views``: bare references to the views of a database, or of a data source wherever they are."""
        self._need(self.access.views)
        window = self._window(ask.query, "query")
        for name, kind in (("database_id", "database"), ("data_source_id", "data_source")):
            if ask.query.get(name):
                owner = self.room.object(kind, self.room.id(str(ask.query[name]), name, "query"))
                ids = [v for v in self.workspace.view_ids(str(owner["id"])) if self.access.sees(v)]
                part = cut([{"object": "view", "id": view_id} for view_id in ids], window, _by_id)
                return envelope([dumps(item) for item in part.items], part, "view")
        raise validation(
            "query failed validation: query.database_id or query.data_source_id should be defined, instead was "
            "`undefined`."
        )

    def view(self, ask: Ask) -> str:
        """``GET /views/{id}``."""
        self._need(self.access.views)
        return self.renderer.text("view", self.room.object("view", self.room.id(ask.ids[0], "view_id")))

    # --- comments, users, emojis -------------------------------------------------------------------------------

    def _need(self, capability: bool) -> None:
        if not capability:
            raise restricted()

    def comments(self, ask: Ask) -> str:
        """``GET /comments?block_id=``: open comments of exactly that page or block."""
        self._need(self.access.comments)
        window = self._window(ask.query, "query")
        if "block_id" not in ask.query:
            raise validation("query failed validation: query.block_id should be defined, instead was `undefined`.")
        target = self.room.id(str(ask.query["block_id"]), "block_id", "query")
        self.room.block(target)
        part = cut(self.workspace.comments_on(target), window, _by_id)
        return self._list(part, lambda _: "comment", "comment")

    def comment(self, ask: Ask) -> str:
        """``GET /comments/{id}``; comments of resolved discussions are gone."""
        self._need(self.access.comments)
        comment_id = self.room.id(ask.ids[0], "comment_id")
        raw = self.workspace.get("comment", comment_id)
        if raw is None or raw.get("discussion_id") in self.workspace.resolved_discussions:
            raise self.room.missing("comment", comment_id)
        if not self.access.sees(str(raw["parent"][raw["parent"]["type"]])):
            raise self.room.missing("comment", comment_id)
        return self.renderer.text("comment", raw)

    def users(self, ask: Ask) -> str:
        """``GET /users``: members, without guests; refused to personal access tokens."""
        self._need(self.access.users and not self.access.personal)
        listed = [u for u in self.workspace.all("user") if u["id"] not in self.workspace.unlisted_users]
        part = cut(listed, self._window(ask.query, "query"), _by_id)
        return self._list(part, lambda _: "user", "user")

    def user(self, ask: Ask) -> str:
        """``GET /users/{id}``."""
        self._need(self.access.users)
        user_id = self.room.id(ask.ids[0], "user_id")
        raw = self.workspace.get("user", user_id)
        if raw is None:
            raise self.room.missing("user", user_id)
        return self.renderer.text("user", raw)

    def me(self, ask: Ask) -> str:
        """``GET /users/me``: the connection itself, its workspace and that workspace's limits."""
        space = self.workspace
        bot = space.get("user", space.bot_id) or {}
        if "owner" in (bot.get("bot") or {}):  # it is known what it is shown as
            return self.renderer.text("user", bot)
        return dumps(
            {
                "object": "user",
                "id": space.bot_id,
                "name": space.bot_name,
                "avatar_url": bot.get("avatar_url"),
                "type": "bot",
                "bot": {
                    "owner": self._owner(),
                    "workspace_name": space.name,
                    "workspace_id": space.id,
                    "workspace_limits": {"max_file_upload_size_in_bytes": self.largest_upload},
                },
            }
        )

    def _owner(self) -> Raw:
        """Whose the connection is: the workspace's, or that of the person who made the token."""
        person = next((user for user in self.workspace.all("user") if user.get("type") == "person"), None)
        if self.access.personal and person is not None:
            return {"type": "user", "user": person}
        return {"type": "workspace", "workspace": True}

    def custom_emojis(self, ask: Ask) -> str:
        """``GET /custom_emojis``, optionally by exact name."""
        name = ask.query.get("name")
        emojis = [e for e in self.workspace.all("custom_emoji") if name is None or e["name"] == name]
        part = cut_by_place(emojis, self._window(ask.query, "query"))
        return self._list(part, lambda _: "custom_emoji", "custom_emoji")


def stems(text: str) -> set[str]:
    """The words of a query or title as search compares them: one in common is enough, plurals are alike (recorded)."""
    return {word.removesuffix("s") for word in re.findall(r"\w+", text.lower())}


def _is_where_asked(raw: Raw, kind: str, in_trash: bool | None) -> bool:
    """Trash is only shown when asked for, but data sources in the trash are found without (recorded)."""
    trashed = bool(raw.get("in_trash") or raw.get("archived"))
    if in_trash is None:
        return not trashed or kind == "data_source"
    return trashed == in_trash


def _by_id(raw: Raw) -> str:
    return str(raw["id"])


def _kind_of(raw: Raw) -> str:
    return str(raw["object"])
