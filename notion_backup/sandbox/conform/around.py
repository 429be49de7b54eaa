"""What objects need around them: parents, what requests name, discussions, views; each put in as a stub if need be."""

from __future__ import annotations

from notion_backup.sandbox.conform import stubs
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.newest import old_source
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import (
    KINDS,
    NAMED,
    PROPERTY,
    QUERY,
    another_id,
    answer,
    message,
    names,
    objects,
    parent_id,
    results,
    told,
)
from notion_backup.sandbox.ids import decode_property_id, normalise
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
    around.views()


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
        for kind, object_id in names(told(exchange)):
            self._ensure(kind, normalise(object_id), exchange)
        for name, kind in (("block_id", "block"), ("database_id", "database"), ("data_source_id", "data_source")):
            target = normalise(str(exchange.query.get(name) or ""))
            if target:
                self._ensure(kind, target, exchange)
        if exchange.status < 400:
            self._discussion(exchange)
            self._property(exchange)

    def _ensure(self, kind: str, object_id: str | None, exchange: Exchange) -> None:
        if not object_id or kind not in KINDS or not self._evidence.is_past(object_id):
            return
        if any(self._space.get(other, object_id) is not None for other in KINDS):
            return
        holds = [raw for raw in objects(answer(exchange)) if parent_id(raw) == object_id]
        if kind == "block" and any((raw.get("parent") or {}).get("page_id") == object_id for raw in holds):
            kind = "page"
        stubs.stub(self._space, kind, object_id, [raw for raw in holds if raw.get("object") == "block"])
        if "trash" in message(exchange) or "archived" in message(exchange):
            self._space.objects[kind][object_id]["in_trash"] = True

    def _discussion(self, exchange: Exchange) -> None:
        discussion = normalise(str(told(exchange).get("discussion_id") or ""))
        known = {comment.get("discussion_id") for comment in self._space.all("comment")}
        if discussion and discussion not in self._evidence.made and discussion not in known:
            parent = answer(exchange).get("parent") or stubs.TOP
            self._space.put("comment", stubs.comment(self._space, discussion, parent))

    def _property(self, exchange: Exchange) -> None:
        """A property that was asked for is one of its page, with at least the items that were answered."""
        found = PROPERTY.fullmatch(exchange.path)
        page = self._space.get("page", normalise(found.group(1)) or "") if found else None
        body = answer(exchange)
        if found is None or page is None or not self._evidence.is_past(str(page["id"])):
            return
        detail = body.get("property_item") if body.get("object") == "list" else body
        if not isinstance(detail, dict) or "type" not in detail:
            return
        kind, property_id = str(detail["type"]), str(detail.get("id") or found.group(2))
        wanted = decode_property_id(property_id)
        values = page["properties"]
        name = next((n for n, v in values.items() if decode_property_id(str(v.get("id"))) == wanted), None)
        items = [one.get(kind) for one in results(exchange)]
        if kind == "rollup":
            kept = {k: v for k, v in body.items() if k != "request_id"}
            answers = self._space.property_items.setdefault(str(page["id"]), {}).setdefault(property_id, [])
            answers.append(kept)
            values.setdefault(name or "Rolled up", {"id": property_id, "type": kind, kind: detail.get(kind)})
        elif body.get("object") != "list":
            if name is None:
                values["Title" if kind == "title" else property_id] = {
                    "id": property_id,
                    "type": kind,
                    kind: body.get(kind),
                }
        elif name is None or ("properties" in page and len(values[name].get(kind) or ()) < len(items)):
            values[name or property_id] = {"id": property_id, "type": kind, kind: items}

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
            self._database(target, str(raw["id"]), raw.get("database_parent"))
        if kind == "data_source" and isinstance(database_id, str):
            source = self._space.objects["data_source"][target]
            if ("data_source", target) not in self._evidence.seen:
                source["parent"] = parent_of("database_id", database_id)
            self._database(database_id, target)

    def _database(self, database_id: str, source_id: str, parent: Raw | None = None) -> None:
        if not self._evidence.is_past(database_id):
            return
        database = self._space.get("database", database_id)
        if database is None:
            stubs.stub(self._space, "database", database_id, [])
            database = self._space.objects["database"][database_id]
        if isinstance(parent, dict) and ("database", database_id) not in self._evidence.seen:
            database["parent"] = dict(parent)
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
                self._database(home, str(source["id"]), source.get("database_parent"))

    def targets_of_relations(self) -> None:
        """What a relation of a known schema leads to."""
        for source in list(self._space.all("data_source")):
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

    # --- views -------------------------------------------------------------------------------------------------

    def views(self) -> None:
        """Views that were listed or run, and a second one beside each that could be deleted."""
        space, evidence = self._space, self._evidence
        for owner, ids in evidence.views.items():
            source = owner if space.get("data_source", owner) is not None else None
            home = str(space.objects["data_source"][source]["parent"]["database_id"]) if source else owner
            for view_id in ids:
                if space.get("view", view_id) is None and evidence.is_past(view_id):
                    space.put("view", stubs.view(view_id, home, source))
        for exchange in evidence.exchanges:
            found = NAMED.fullmatch(exchange.path)
            if found is None or found.group(1) != "views" or exchange.status >= 400:
                continue
            view = space.get("view", normalise(found.group(2)) or "")
            if view is None:
                continue
            if exchange.method == "DELETE" and not found.group(3):
                self._another_view(view)
            elif exchange.method == "POST":
                self._run(view, exchange)

    def _another_view(self, view: Raw) -> None:
        home = str(view["parent"].get("database_id"))
        if len(self._space.view_ids(home)) < 2:
            self._space.put("view", stubs.view(another_id(str(view["id"])), home, view.get("data_source_id")))

    def _run(self, view: Raw, exchange: Exchange) -> None:
        """A view that was run shows a data source, which has the rows it answered."""
        source_id = view.get("data_source_id") or another_id(str(view["id"]), 3)
        if self._space.get("data_source", source_id) is None:
            stubs.stub(self._space, "data_source", source_id, [])
        view["data_source_id"] = source_id
        self._space.put("view", view)
        source = self._space.objects["data_source"][source_id]
        parent = {"type": "data_source_id", "data_source_id": source_id, **source["parent"]}
        parent["type"] = "data_source_id"
        for one in reversed(results(exchange)):
            row_id = str(one.get("id"))
            if self._evidence.is_past(row_id) and self._space.get("page", row_id) is None:
                self._space.put("page", stubs.page(self._space, row_id, parent))
