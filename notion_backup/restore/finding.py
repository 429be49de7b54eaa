"""Looking for what became of a write that nobody answered for: in the target, among what was not there before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict
from typing import Any

from notion_backup.capture.client import NotionReader, PageSize
from notion_backup.capture.paging import Listing, collect, get, is_list
from notion_backup.errors import NotionNotFound
from notion_backup.restore.target import Schema
from notion_backup.snapshot import Raw, rich_text, title_of

_NEWEST = 100
"""How many of the newest rows are looked through for one that may have been made."""


class Finder:
    """Reads in the target. ``know`` tells what is accounted for; whatever else is there is what is looked for."""

    def __init__(self, reader: NotionReader) -> None:
        self.reader = reader
        self._known: defaultdict[str, set[str]] = defaultdict(set)
        self._along: dict[str, int] = {}

    def know(self, holder: str, ids: list[str]) -> None:
        """These children of an object are accounted for."""
        self._known[holder].update(ids)

    def came_along(self, page_id: str, count: int) -> None:
        """So many of a page's first blocks were sent with it, and their ids are not known."""
        self._along[page_id] = count

    def children(self, parent: str) -> list[Raw]:
        """All children of a page or block."""
        return collect(self.reader, get("blocks/{id}/children", id=parent))[0]

    def children_ids(self, parent: str) -> list[str]:
        """Their ids."""
        return [str(one["id"]) for one in self.children(parent)]

    def upload(self, upload_id: str) -> Raw:
        """A file upload as it stands. Raises NotionNotFound."""
        return self.reader.get("file_uploads/{id}", id=upload_id)

    def blocks(self, parent: str, blocks: list[Raw]) -> list[str] | None:
        """The ids of blocks that were to be appended: new children whose types follow one another like theirs."""
        fresh = self._fresh(parent, self.children(parent))[self._along.get(parent, 0) :]
        wanted = [str(block["type"]) for block in blocks]
        shown = [one for one in fresh if one.get("type") not in ("child_page", "child_database")]
        kinds = [str(one.get("type")) for one in shown][: len(wanted)]
        if not kinds or kinds != wanted[: len(kinds)]:
            return None
        return [str(one["id"]) for one in shown[: len(wanted)]]

    def page(self, parent: Raw, title: str, committed: str | None, children: list[Raw]) -> str | None:
        """A page or row that was to be made."""
        kind = str(parent["type"])
        if committed is not None and self._exists("pages/{id}", committed):
            return committed
        if kind == "page_id":
            for one in self._fresh(parent[kind], self.children(parent[kind])):
                if one.get("type") == "child_page" and (one.get("child_page") or {}).get("title") == title:
                    return str(one["id"])
            return None
        answer = self.reader.ask(
            "POST",
            "data_sources/{id}/query",
            ids={"id": str(parent[kind])},
            body={"sorts": [{"timestamp": "created_time", "direction": "descending"}]},
            size=PageSize(_NEWEST),
            live=True,
            shape=is_list,
        )
        for one in self._fresh(str(parent[kind]), answer["results"]):
            if title_of(one) == title:
                return str(one["id"])
        return None

    def database(self, page_id: str, title: str, committed: str | None) -> Raw | None:
        """A database that was to be made."""
        if committed is not None and self._exists("databases/{id}", committed):
            return self.database_facts(self.reader.get("databases/{id}", id=committed))
        for one in self._fresh(page_id, self.children(page_id)):
            if one.get("type") != "child_database":
                continue
            raw = self.reader.get("databases/{id}", id=str(one["id"]))
            if raw.get("data_sources") and (not title or title_of(raw) == title):
                return self.database_facts(raw)
        return None

    def database_facts(self, raw: Raw) -> Raw:
        """What the journal keeps of a database that was made."""
        source_id = str(raw["data_sources"][0]["id"])
        source = self.reader.get("data_sources/{id}", id=source_id)
        return {"id": str(raw["id"]), "source": source_id, "schema": asdict(schema_of(source))}

    def source(self, database_id: str) -> Raw | None:
        """A data source that was to be made."""
        raw = self.reader.get("databases/{id}", id=database_id)
        for one in raw.get("data_sources") or ():
            if str(one["id"]) not in self._known[database_id]:
                source = self.reader.get("data_sources/{id}", id=str(one["id"]))
                return {"id": str(one["id"]), "schema": asdict(schema_of(source))}
        return None

    def view_ids(self, database_id: str) -> list[str]:
        """The views of a database."""
        listing = Listing("GET", "views", {}, {"database_id": database_id})
        return [str(one["id"]) for one in collect(self.reader, listing)[0]]

    def view(self, body: Raw, page_id: str | None) -> Raw | None:
        """A view that was to be made; with ``page_id`` the first of a linked database on that page."""
        if page_id is not None:
            for one in self._fresh(page_id, self.children(page_id)):
                if one.get("type") == "child_database":
                    views = self.view_ids(str(one["id"]))
                    if views:
                        return {"id": views[0], "database": str(one["id"])}
            return None
        database = body.get("database_id")
        if database is None:
            board = self.reader.get("views/{id}", id=str(body["view_id"]))
            database = str((board.get("parent") or {}).get("database_id"))
        for view_id in self.view_ids(str(database)):
            if view_id not in self._known[f"views {database}"]:
                view = self.reader.get("views/{id}", id=view_id)
                if view.get("name") == body.get("name") and view.get("type") == body.get("type"):
                    return {"id": view_id, "database": str(database)}
        return None

    def comment(self, target_id: str, body: Raw) -> Raw | None:
        """A comment that was to be made."""
        listing = Listing("GET", "comments", {}, {"block_id": target_id})
        wanted = "".join(piece.get("text", {}).get("content", "") for piece in body["rich_text"][:1])
        for one in collect(self.reader, listing)[0]:
            is_new = str(one["id"]) not in self._known[f"comments {target_id}"]
            if is_new and rich_text(one.get("rich_text")).startswith(wanted):
                return {"id": str(one["id"]), "discussion": str(one.get("discussion_id"))}
        return None

    def _fresh(self, holder: Any, listed: list[Raw]) -> list[Raw]:
        known = self._known[str(holder)]
        return [one for one in listed if str(one["id"]) not in known]

    def _exists(self, template: str, object_id: str) -> bool:
        try:
            self.reader.get(template, id=object_id, live=True)
        except NotionNotFound:
            return False
        return True


def schema_of(source: Raw) -> Schema:
    """Property ids and partners out of a data source."""
    properties: dict[str, str] = {}
    partners: dict[str, tuple[str, str]] = {}
    for name, one in (source.get("properties") or {}).items():
        properties[str(name)] = str(one.get("id"))
        dual = (one.get("relation") or {}).get("dual_property") if isinstance(one.get("relation"), dict) else None
        if isinstance(dual, dict) and dual.get("synced_property_id"):
            partners[str(name)] = (str(dual["synced_property_id"]), str(dual.get("synced_property_name") or ""))
    return Schema(properties, partners)
