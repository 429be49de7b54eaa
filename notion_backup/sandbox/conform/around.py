"""What objects need around them: parents, what requests name, discussions, views; each put in as a stub if need be."""

from __future__ import annotations

from notion_backup.sandbox.conform import stubs
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.newest import old_source
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import (
    KINDS,
    NAMED,
    QUERY,
    another_id,
    answer,
    message,
    names,
    objects,
    parent_id,
    told,
)
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.maker import parent_of, text
from notion_backup.sandbox.values import plain
from notion_backup.sandbox.workspace import Raw, Workspace


def put_around(space: Workspace, evidence: Evidence) -> None:
    """Everything that has to be there for the requests to be answered as they were."""
    around = _Around(space, evidence)
    for exchange in evidence.exchanges:
        around.named_in(exchange)
    for kind in ("block", "page", "database", "data_source", "comment", "view"):
        for raw in list(space.all(kind)):
            around.ensure_parent(raw)
    for exchange in evidence.exchanges:
        for raw in objects(answer(exchange)):
            if raw["object"] in KINDS and isinstance(raw.get("parent"), dict) and evidence.is_made(str(raw["id"])):
                around.ensure_parent(raw)
    around.sources_of_databases()
    around.targets_of_relations()


class _Around:
    def __init__(self, space: Workspace, evidence: Evidence) -> None:
        self._space = space
        self._evidence = evidence

    # --- what requests name ------------------------------------------------------------------------------------

    def named_in(self, exchange: Exchange) -> None:
        """A refusal for what was sent presupposes that what it was sent to exists; 401 and 404 presuppose nothing."""
        if exchange.status in (401, 404) or exchange.status >= 500:
            return
        found = NAMED.fullmatch(exchange.path)
        if found and not (exchange.status == 400 and "uuid" in message(exchange)):
            self._ensure(found.group(1).removesuffix("s"), normalise(found.group(2)), exchange)
        query = QUERY.fullmatch(exchange.path)
        if query and "/databases/" in exchange.path:
            self._database(normalise(query.group(1)) or "", old_source(normalise(query.group(1)) or ""))
        self._several_sources(exchange)
        for kind, object_id in names(told(exchange)):
            self._ensure(kind, normalise(object_id), exchange)
        for name, kind in (("block_id", "block"), ("database_id", "database"), ("data_source_id", "data_source")):
            target = normalise(str(exchange.query.get(name) or ""))
            if target:
                self._ensure(kind, target, exchange)
        for raw in objects(answer(exchange)):
            if raw["object"] == "page_markdown":
                self._ensure("page", normalise(str(raw["id"])), exchange)
        if exchange.status < 400:
            self._discussion(exchange)

    def _ensure(self, kind: str, object_id: str | None, exchange: Exchange) -> None:
        if not object_id or kind not in KINDS or not self._evidence.is_past(object_id):
            return
        # A page or database answers as a block, too; but a block that shows a page is not yet that page.
        stands_for = KINDS if kind == "block" else (kind,)
        if any(self._space.get(other, object_id) is not None for other in stands_for):
            return
        shown = self._space.get("block", object_id)
        if shown is not None and shown.get("type") == f"child_{kind}":
            self._space.put(kind, stubs.behind_block(self._space, kind, shown))
            return
        holds = [raw for raw in objects(answer(exchange)) if parent_id(raw) == object_id]
        if kind == "block" and any((raw.get("parent") or {}).get("page_id") == object_id for raw in holds):
            kind = "page"
        stubs.stub(self._space, kind, object_id, [raw for raw in holds if raw.get("object") == "block"])
        own = answer(exchange).get("parent") if answer(exchange).get("id") == object_id else None
        if kind == "view" and isinstance(own, dict) and isinstance(own.get("database_id"), str):
            self._space.put("view", stubs.view(object_id, own["database_id"]))
        if "trash" in message(exchange) or "archived" in message(exchange):
            self._space.objects[kind][object_id]["in_trash"] = True

    def _several_sources(self, exchange: Exchange) -> None:
        """A refusal for a database of several data sources presupposes several."""
        found = NAMED.fullmatch(exchange.path)
        database = self._space.get("database", normalise(found.group(2)) or "") if found else None
        if database is not None and "multiple data sources" in message(exchange):
            known = list(database.get("data_sources") or ())
            more = [{"id": another_id(str(database["id"]), mark), "name": ""} for mark in (8, 9)]
            database["data_sources"] = [*known, *more[: max(0, 2 - len(known))]]

    def _discussion(self, exchange: Exchange) -> None:
        discussion = normalise(str(told(exchange).get("discussion_id") or ""))
        known = {comment.get("discussion_id") for comment in self._space.all("comment")}
        if discussion and discussion not in self._evidence.made and discussion not in known:
            parent = answer(exchange).get("parent") or stubs.TOP
            self._space.put("comment", stubs.comment(self._space, discussion, parent))

    # --- what objects lie in -----------------------------------------------------------------------------------

    def ensure_parent(self, raw: Raw) -> None:
        """What an object says it lies in exists."""
        parent = raw.get("parent") or {}
        kind = str(parent.get("type", "")).removesuffix("_id")
        target = parent.get(f"{kind}_id")
        if not isinstance(target, str) or kind not in KINDS:
            return
        database_id = parent.get("database_id")
        if kind == "database" and raw.get("object") == "page":
            kind, target = "data_source", old_source(target)
        if not self._evidence.is_past(target):
            return
        if self._space.get(kind, target) is None:
            stubs.stub(self._space, kind, target, [raw] if raw["object"] == "block" else [])
        if kind == "database" and raw["object"] == "data_source":
            self._database(target, str(raw["id"]), raw)
        if kind == "data_source" and isinstance(database_id, str):
            source = self._space.objects["data_source"][target]
            if ("data_source", target) not in self._evidence.seen:
                source["parent"] = parent_of("database_id", database_id)
            self._database(database_id, target)

    def _database(self, database_id: str, source_id: str, shown: Raw | None = None) -> None:
        """A database around a data source; ``shown`` is what is known of that."""
        shown = shown or {}
        if not self._evidence.is_past(database_id):
            return
        database = self._space.get("database", database_id)
        if database is None:
            stubs.stub(self._space, "database", database_id, [])
            database = self._space.objects["database"][database_id]
        if ("database", database_id) not in self._evidence.seen:
            # What nothing else tells of a database, its data sources do.
            if isinstance(shown.get("database_parent"), dict):
                database["parent"] = dict(shown["database_parent"])
            database["description"] = shown.get("description") or database["description"]
        source = self._space.get("data_source", source_id)
        if source is None and not database.get("data_sources") and self._evidence.is_past(source_id):
            stubs.stub(self._space, "data_source", source_id, [])
            source = self._space.objects["data_source"][source_id]
            source["parent"] = parent_of("database_id", database_id)
        if source is not None and not database.get("data_sources"):
            database["data_sources"] = [{"id": source_id, "name": plain(source.get("title") or [])}]

    def sources_of_databases(self) -> None:
        """Databases list data sources, and a database is needed around each."""
        for database in list(self._space.all("database")):
            for entry in database.get("data_sources") or ():
                source_id = str(entry["id"])
                if self._space.get("data_source", source_id) is None and self._evidence.is_past(source_id):
                    stubs.stub(self._space, "data_source", source_id, [])
                    source = self._space.objects["data_source"][source_id]
                    source["parent"] = parent_of("database_id", str(database["id"]))
                    source["database_parent"] = dict(database["parent"])
                    source["title"] = text(str(entry.get("name") or ""))
        for source in list(self._space.all("data_source")):
            home = source["parent"].get("database_id")
            if isinstance(home, str):
                self._database(home, str(source["id"]), source)

    def targets_of_relations(self) -> None:
        """What a relation of a known schema leads to, be it one that is yet to be made."""
        shown = [raw for one in self._evidence.exchanges for raw in objects(answer(one))]
        made = [raw for raw in shown if raw["object"] == "data_source" and isinstance(raw.get("properties"), dict)]
        for source in [*self._space.all("data_source"), *made]:
            for definition in source["properties"].values():
                relation = definition.get("relation") if isinstance(definition, dict) else None
                target = (relation or {}).get("data_source_id")
                if not isinstance(target, str) or not self._evidence.is_past(target):
                    continue
                if self._space.get("data_source", target) is None:
                    stubs.stub(self._space, "data_source", target, [])
                    home = (relation or {}).get("database_id")
                    if isinstance(home, str):
                        self._space.objects["data_source"][target]["parent"] = parent_of("database_id", home)
                        self._database(home, target)
