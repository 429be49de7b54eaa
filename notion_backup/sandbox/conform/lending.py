"""Schemas lent to data sources that a recording never describes: what rows, requests and filters show of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.newest import old_source
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.undone import definition
from notion_backup.sandbox.conform.words import QUERY, answer, objects, told
from notion_backup.sandbox.ids import decode_property_id, normalise
from notion_backup.sandbox.workspace import Raw, Workspace

_NUMBERS = ("count", "sum", "average")


def lend_schemas(space: Workspace, evidence: Evidence) -> None:
    """Give every data source the properties that were named before anything described it."""
    for number, exchange in enumerate(evidence.exchanges):
        if exchange.status >= 400:
            continue
        for source_id, properties in _shown(exchange):
            _lend(space, evidence, number, source_id, properties)
    for source in list(space.all("data_source")):
        _lend_rolled(space, source)


def _lend(space: Workspace, evidence: Evidence, number: int, source_id: str, properties: list[Raw]) -> None:
    source = space.get("data_source", source_id)
    if source is None or number > evidence.first.get(("data_source", source_id), len(evidence.exchanges)):
        return
    schema: Raw = source["properties"]
    known = {decode_property_id(str(one["id"])) for one in schema.values()}
    described = ("data_source", source_id) in evidence.seen
    # The title first: it takes the place of the stub's, whose name may be that of another property.
    for one in sorted(properties, key=lambda one: one["type"] != "title"):
        name, kind = str(one["name"]), str(one["type"])
        if name in schema or decode_property_id(name) in known:
            _add_options(schema.get(name), one)
        elif kind == "title" and not described:
            # There is one title; whoever names it knows what it is called.
            source["properties"] = schema = {n: p for n, p in schema.items() if p["type"] != "title"}
            schema[name] = one
        elif decode_property_id(str(one["id"])) not in known:
            schema[name] = one
            known.add(decode_property_id(str(one["id"])))


def _add_options(known: Raw | None, one: Raw) -> None:
    """What further rows show of a lent select: its other options."""
    if known is None or known["type"] != one["type"] or known["type"] not in ("select", "multi_select", "status"):
        return
    options = known[known["type"]].setdefault("options", [])
    names = {option.get("name") for option in options}
    options += [option for option in one[one["type"]]["options"] if option.get("name") not in names]


def _shown(exchange: Exchange) -> Iterator[tuple[str, list[Raw]]]:
    """Data sources and what one exchange shows of their properties."""
    for raw in objects(answer(exchange)):
        if raw["object"] == "page" and isinstance(raw.get("properties"), dict):
            source_id = _source_of(raw.get("parent") or {})
            if source_id:
                yield source_id, _of_row(raw["properties"])
    query = QUERY.fullmatch(exchange.path)
    if query:
        given = normalise(query.group(1)) or ""
        source_id = old_source(given) if "/databases/" in exchange.path else given
        yield source_id, [*_of_filter(told(exchange).get("filter")), *_of_sorts(told(exchange).get("sorts"))]


def _source_of(parent: Raw) -> str | None:
    if parent.get("type") == "database_id" and isinstance(parent.get("database_id"), str):
        return old_source(parent["database_id"])
    found = parent.get("data_source_id")
    return found if isinstance(found, str) else None


def _of_row(values: Raw) -> list[Raw]:
    return [
        definition(name, str(value["type"]), _settings(value, values), str(value["id"]))
        for name, value in values.items()
        if isinstance(value, dict) and "type" in value and "id" in value
    ]


def _of_filter(given: Any) -> Iterator[Raw]:
    """The properties a filter names; of which type they are, its condition tells."""
    waiting = [given]
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, list):
            waiting += one
        if not isinstance(one, dict):
            continue
        waiting += [one.get("and"), one.get("or")]
        conditions = [key for key in one if key not in ("property", "type", "and", "or", "timestamp")]
        if isinstance(one.get("property"), str) and conditions:
            kind = conditions[0]
            empty: Raw = {kind: [] if kind in ("relation", "people") else None}
            yield definition(one["property"], kind, _settings({"type": kind, **empty}, {}))


def _of_sorts(given: Any) -> Iterator[Raw]:
    for one in given if isinstance(given, list) else ():
        if isinstance(one, dict) and isinstance(one.get("property"), str):
            yield definition(one["property"], "rich_text")


def _settings(value: Raw, row: Raw) -> Raw:
    """What a schema must say of a property for a row to have this value."""
    kind = str(value["type"])
    inner = value.get(kind)
    if kind in ("select", "multi_select", "status"):
        chosen = inner if isinstance(inner, list) else [inner] if inner else []
        options = [{**option, "description": None} for option in chosen]
        groups = [{"id": "g", "name": "To-do", "color": "gray", "option_ids": [o.get("id") for o in options]}]
        return {"options": options, **({"groups": groups} if kind == "status" else {})}
    if kind == "number":
        return {"format": "number"}
    if kind == "unique_id":
        return {"prefix": inner.get("prefix") if isinstance(inner, dict) else None}
    if kind == "formula":
        return {"expression": _expression(inner)}
    if kind == "rollup":
        return _rollup_settings(inner if isinstance(inner, dict) else {}, row)
    return {}


def _expression(inner: Any) -> str:
    """A formula that gives what was recorded."""
    kind = inner.get("type") if isinstance(inner, dict) else None
    value = inner.get(kind) if isinstance(inner, dict) else None
    if kind == "date":
        return "now()"
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "number":
        return str(abs(value)) if isinstance(value, (int, float)) else "0"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) and "\\" not in value else '""'


def _rollup_settings(inner: Raw, row: Raw) -> Raw:
    relations = [(name, one) for name, one in row.items() if isinstance(one, dict) and one.get("type") == "relation"]
    length = len(inner.get("array") or ())
    name, relation = next(
        ((name, one) for name, one in relations if len(one.get("relation") or ()) == length),
        relations[0] if relations else ("", {}),
    )
    function = str(
        inner.get("function") or {"array": "show_original", "date": "earliest_date"}.get(str(inner.get("type")), "sum")
    )
    return {
        "function": function,
        "relation_property_id": decode_property_id(str(relation.get("id", ""))),
        "relation_property_name": name,
        "rollup_property_id": "rold",
        "rollup_property_name": "Rolled up",
    }


def _lend_rolled(space: Workspace, source: Raw) -> None:
    """What a described rollup gathers is a property of the data source that its relation names."""
    for one in list(source["properties"].values()):
        rollup = one.get("rollup")
        if not isinstance(rollup, dict):
            continue
        wanted = str(rollup.get("relation_property_id"))
        relation: Raw = next(
            (p for p in source["properties"].values() if wanted in (p["id"], decode_property_id(str(p["id"])))), {}
        )
        target = space.get("data_source", str((relation.get("relation") or {}).get("data_source_id")))
        if target is None:
            continue
        ids = {decode_property_id(str(known["id"])) for known in target["properties"].values()}
        name, rolled = rollup.get("rollup_property_name"), rollup.get("rollup_property_id")
        if rolled and decode_property_id(str(rolled)) not in ids and name not in target["properties"]:
            target["properties"][str(name)] = definition(str(name), "rich_text", None, str(rolled))
