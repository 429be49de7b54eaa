"""Views and their runs: those that were listed, changed or run, and a second one beside each that could be deleted."""

from __future__ import annotations

import re
from datetime import datetime

from notion_backup.sandbox.conform import stubs
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import KINDS, NAMED, another_id, answer, id_in, results
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.workspace import Raw, Workspace

_RUN = re.compile(r"/v1/views/[^/]+/queries/([^/]+)/?")


def put_views(space: Workspace, evidence: Evidence, now: datetime) -> None:
    """Everything about views that the requests presuppose; ``now`` is when they are replayed."""
    for owner, ids in evidence.views.items():
        source = owner if space.get("data_source", owner) is not None else None
        home = str(space.objects["data_source"][source]["parent"]["database_id"]) if source else owner
        past = [view_id for view_id in ids if evidence.is_past(view_id)]
        for view_id in past:
            if space.get("view", view_id) is None:
                space.put("view", stubs.view(view_id, home, source))
        known = space.view_ids(owner)
        space.order_views(owner, [*past, *(one for one in known if one not in past)])
    for exchange in evidence.exchanges:
        if exchange.status < 400:
            _about(space, evidence, exchange, now)


def _about(space: Workspace, evidence: Evidence, exchange: Exchange, now: datetime) -> None:
    found = NAMED.fullmatch(exchange.path)
    if found is None or found.group(1) != "views":
        return
    view = space.get("view", normalise(found.group(2)) or "")
    run = _RUN.fullmatch(exchange.path)
    run_id = normalise(run.group(1)) if run else None
    rows = [str(one.get("id")) for one in results(exchange)]
    if run_id and evidence.is_past(run_id):
        begun, known = space.view_runs.get(run_id, (now, []))
        following = answer(exchange).get("next_cursor")
        if isinstance(following, str) and rows:
            rows.append(id_in(following) or another_id(rows[-1]))
        space.view_runs[run_id] = (begun, [*known, *(row for row in rows if row not in known)])
    if view is not None and exchange.method == "DELETE" and run is None:
        _another(space, view)
    elif view is not None and (rows or exchange.method == "POST"):
        _run(space, evidence, view, rows)


def _another(space: Workspace, view: Raw) -> None:
    """The last view of a database cannot be deleted: one that was deleted had another beside it."""
    home = str(view["parent"].get("database_id"))
    if len(space.view_ids(home)) < 2:
        space.put("view", stubs.view(another_id(str(view["id"])), home, view.get("data_source_id")))


def _run(space: Workspace, evidence: Evidence, view: Raw, rows: list[str]) -> None:
    """A view that was run shows a data source, which has the rows it answered."""
    source_id = view.get("data_source_id") or another_id(str(view["id"]), 3)
    if space.get("data_source", source_id) is None:
        stubs.stub(space, "data_source", source_id, [])
    if view.get("data_source_id") is None:
        view["data_source_id"] = source_id
        space.put("view", view)
    source = space.objects["data_source"][source_id]
    parent = {"type": "data_source_id", "data_source_id": source_id, "database_id": source["parent"].get("database_id")}
    for row_id in reversed(rows):
        if evidence.is_past(row_id) and all(space.get(kind, row_id) is None for kind in KINDS):
            space.put("page", stubs.page(space, row_id, parent))
