"""The schema of a data source: properties defined, renamed, changed and taken away, and the rows kept in step.

Shapes are those of recorded schema updates; which types can be created is from the reference of properties.
"""

from __future__ import annotations

import re
from typing import Any

from notion_backup.sandbox.checks import COLOURS, kind_of, need_list, need_object, need_text, wrong
from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.property_values import empty_value
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.values import title_of
from notion_backup.sandbox.workspace import Raw

PLAIN = (
    "title", "rich_text", "date", "people", "files", "checkbox", "url", "email", "phone_number", "created_time",
    "created_by", "last_edited_time", "last_edited_by", "place",
)  # fmt: skip
KINDS = (*PLAIN, "number", "select", "multi_select", "status", "formula", "relation", "rollup", "unique_id",
         "button", "verification", "location", "last_visited_time")  # fmt: skip
_NOT_CREATABLE = ("button", "verification", "location", "last_visited_time")
_STATUS = (("Not started", "default", "To-do", "gray"), ("In progress", "blue", "In progress", "blue"),
           ("Done", "green", "Complete", "green"))  # fmt: skip
_GROUPS = ("To-do", "In progress", "Complete")
_LARGEST_BYTES = 50 * 1024
_LONGEST_DESCRIPTION = 280
_FUNCTIONS = (
    "count", "count_values", "empty", "not_empty", "unique", "show_unique", "percent_empty", "percent_not_empty",
    "sum", "average", "median", "min", "max", "range", "earliest_date", "latest_date", "date_range", "checked",
    "unchecked", "percent_checked", "percent_unchecked", "count_per_group", "percent_per_group", "show_original",
)  # fmt: skip
_PROP = re.compile(r'prop\("((?:[^"\\]|\\.)*)"\)')


def find(source: Raw, key: str) -> Raw | None:
    """A property of a schema by name or by id, encoded or decoded."""
    properties: Raw = source["properties"]
    if key in properties:
        found: Raw = properties[key]
        return found
    return next((p for p in properties.values() if key in (p["id"], decode_property_id(str(p["id"])))), None)


def begin(room: Room, source: Raw, given: Any, place: str) -> None:
    """Fill the schema of a data source just made: exactly one title, what refers to others last."""
    told = need_object(given if given is not None else {"Name": {"title": {}}}, place)
    titles = [name for name, one in told.items() if isinstance(one, dict) and _kind(one, f"{place}.{name}") == "title"]
    if len(titles) > 1:
        raise validation("Cannot create new title property: a data source has exactly one.")
    if not titles:
        told = {"Name": {"title": {}}, **told}
    late = ("rollup", "formula")
    ordered = sorted(told.items(), key=lambda item: late.index(k) + 1 if (k := _kind(item[1], place)) in late else 0)
    for name, one in ordered:
        add(room, source, name, need_object(one, f"{place}.{name}"), f"{place}.{name}")
    source["properties"] = {name: source["properties"][name] for name in told if name in source["properties"]} | {
        name: one for name, one in source["properties"].items() if name not in told
    }


def change(room: Room, source: Raw, given: Any, place: str) -> None:
    """An update of properties by name or id: new ones, renamed ones, others of another type, and None to take away."""
    changes = need_object(given, place)
    _check_size(source, changes)
    for key, told in changes.items():
        known = find(source, key)
        where = f"{place}.{key}"
        if told is None:
            if known is None:
                raise validation(f"{key} is not a property that exists.")
            remove(room, source, known)
        elif known is None:
            one = need_object(told, where)
            add(room, source, str(one.get("name") or key), one, where)
        else:
            _alter(room, source, known, need_object(told, where), where)


def _check_size(source: Raw, changes: Raw) -> None:
    added = {key: told for key, told in changes.items() if told is not None and find(source, key) is None}
    if added and len(dumps(source["properties"])) + len(dumps(added)) > _LARGEST_BYTES:
        raise validation(f"The schema of a data source cannot be larger than {_LARGEST_BYTES} bytes.")


def add(room: Room, source: Raw, name: str, told: Raw, place: str) -> Raw:
    """One more property; every row gets its empty value."""
    kind = _kind(told, place)
    if kind in _NOT_CREATABLE:
        raise validation(f"body failed validation: {place}: properties of type {kind} cannot be created.")
    if kind == "title" and any(p["type"] == "title" for p in source["properties"].values()):
        raise validation("Cannot create new title property: a data source has exactly one.")
    definition = room.maker().property(name, kind, {}, _description(told, place))
    source["properties"][name] = definition
    try:
        definition[kind] = _settings(room, source, definition, told.get(kind) or {}, f"{place}.{kind}")
    except BaseException:
        del source["properties"][name]
        raise
    for row in room.workspace.rows(str(source["id"])):
        row["properties"][name] = empty_value(definition)
    room.workspace.touch(str(source["id"]))
    return definition


def _description(told: Raw, place: str) -> str | None:
    given = told.get("description")
    return None if given is None else need_text(given, f"{place}.description", _LONGEST_DESCRIPTION)


def remove(room: Room, source: Raw, definition: Raw) -> None:
    """Take a property away; the partner of a dual relation goes too."""
    if definition["type"] == "title":
        raise validation("Cannot delete the title property.")
    _drop(room, source, definition)
    partner = _partner(room, definition)
    if partner is not None:
        _drop(room, *partner)


def _drop(room: Room, source: Raw, definition: Raw) -> None:
    source["properties"].pop(definition["name"], None)
    for row in room.workspace.rows(str(source["id"])):
        row["properties"].pop(definition["name"], None)
    room.workspace.touch(str(source["id"]))


def _alter(room: Room, source: Raw, known: Raw, told: Raw, place: str) -> None:
    kinds = [kind for kind in KINDS if kind in told]
    kind = str(told.get("type") or (kinds[0] if kinds else known["type"]))
    before = str(known["type"])
    if kind != before and kind in KINDS:
        if "title" in (kind, before):
            raise validation("The title property cannot be changed to another type, nor another to it.")
        known.pop(before)
        known["type"] = kind
        known[kind] = _settings(room, source, known, told.get(kind) or {}, f"{place}.{kind}")
        for row in room.workspace.rows(str(source["id"])):
            row["properties"][known["name"]] = empty_value(known)
    elif kind in told and told[kind] is not None:
        known[kind] = _settings(room, source, known, told[kind], f"{place}.{kind}", before=known[kind])
    if "description" in told:
        known["description"] = _description(told, place)
    new = told.get("name")
    if new is not None and need_text(new, f"{place}.name") != known["name"]:
        _rename(room, source, known, new)
    room.workspace.touch(str(source["id"]))


def _rename(room: Room, source: Raw, known: Raw, new: str) -> None:
    old = known["name"]
    if new in source["properties"]:
        raise validation(f"Cannot rename property: {new} is the name of another one.")
    known["name"] = new
    source["properties"] = {new if name == old else name: one for name, one in source["properties"].items()}
    for row in room.workspace.rows(str(source["id"])):
        row["properties"] = {new if name == old else name: value for name, value in row["properties"].items()}
    for other in room.workspace.all("data_source"):
        for definition in other["properties"].values():
            dual = definition.get("relation", {}).get("dual_property")
            if dual and dual.get("synced_property_id") == known["id"] and _points_to(definition, source):
                dual["synced_property_name"] = new
            rollup = definition.get("rollup")
            if rollup and other is source and rollup["relation_property_name"] == old:
                rollup["relation_property_name"] = new
    room.workspace.touch(str(source["id"]))


def _points_to(definition: Raw, source: Raw) -> bool:
    return bool(definition["relation"].get("data_source_id") == source["id"])


def _kind(told: Any, place: str) -> str:
    one = need_object(told, place)
    return kind_of({**one, **({str(one["type"]): {}} if one.get("type") in KINDS and one["type"] not in one else {})},
                   KINDS, place)  # fmt: skip


def _settings(room: Room, source: Raw, definition: Raw, given: Any, place: str, before: Raw | None = None) -> Raw:
    kind = str(definition["type"])
    told = need_object(given, place)
    if kind == "number":
        return {"format": told.get("format") or (before or {}).get("format") or "number"}
    if kind in ("select", "multi_select"):
        return {"options": options(room, told.get("options"), (before or {}).get("options", []), f"{place}.options")}
    if kind == "status":
        return _status(room, told, before, place)
    if kind == "formula":
        return {"expression": _expression(room, source, need_text(told.get("expression"), f"{place}.expression"))}
    if kind == "relation":
        return _relation(room, source, definition, told, place, before)
    if kind == "rollup":
        return _rollup(room, source, {**(before or {}), **told}, place)
    if kind == "unique_id":
        return {"prefix": told.get("prefix", (before or {}).get("prefix")) or None}
    return {}


def options(room: Room, given: Any, before: list[Raw], place: str) -> list[Raw]:
    """The options of a select: known ones keep id and colour, new ones get an id and a colour."""
    if given is None:
        return before
    made: list[Raw] = []
    for number, one in enumerate(need_list(given, place)):
        told = need_object(one, f"{place}[{number}]")
        known = next((o for o in before if o["id"] == told.get("id") or o["name"] == told.get("name")), None)
        name = told.get("name") or (known or {}).get("name")
        if not isinstance(name, str) or not name:
            raise wrong(f"{place}[{number}].name", "defined")
        if "," in name:
            raise validation(f"body failed validation: {place}[{number}].name should not contain commas.")
        if any(o["name"].lower() == name.lower() for o in made):
            raise validation(f"body failed validation: {place}[{number}].name is not unique.")
        colour = told.get("color") or (known or {}).get("color") or "default"
        if colour not in COLOURS:
            raise wrong(f"{place}[{number}].color", "a known color", colour)
        if known and colour != known["color"]:
            raise validation(f"Cannot update color of select with name: {known['name']}.")
        made.append(
            {
                "id": known["id"] if known else room.maker().new_id(),
                "name": name,
                "color": colour,
                "description": told.get("description", (known or {}).get("description")),
            }
        )
    return made


def _status(room: Room, told: Raw, before: Raw | None, place: str) -> Raw:
    maker = room.maker()
    if before is None and not told.get("options"):
        found: Any = [{"name": name, "color": colour} for name, colour, _, _ in _STATUS]
        homes = {name: group for name, _, group, _ in _STATUS}
    else:
        found = told.get("options")
        homes = {o["name"]: o["group"] for o in found or () if isinstance(o, dict) and o.get("group")}
        for home in homes.values():
            if home not in _GROUPS:
                raise wrong(f"{place}.options.group", ", ".join(f'`"{name}"`' for name in _GROUPS), home)
    made = options(room, found, (before or {}).get("options", []), f"{place}.options")
    groups = (before or {}).get("groups") or [
        {"id": maker.new_id(), "name": group, "color": colour, "option_ids": []} for _, _, group, colour in _STATUS
    ]
    kept = {o["id"] for o in made}
    for group in groups:
        group["option_ids"] = [o for o in group["option_ids"] if o in kept]
    placed = {o for group in groups for o in group["option_ids"]}
    for option in made:
        if option["id"] not in placed:
            home = next((g for g in groups if g["name"] == homes.get(option["name"])), groups[0])
            home["option_ids"].append(option["id"])
    return {"options": made, "groups": groups}


def _expression(room: Room, source: Raw, text: str) -> str:
    """References to properties by id, as recorded reads give them."""

    def by_id(match: re.Match[str]) -> str:
        known = source["properties"].get(match.group(1))
        if known is None:
            raise validation(f"Type error with formula: Undefined property {match.group(0)}.")
        return "{{notion:block_property:" + f"{known['id']}:{source['id']}:{room.workspace.id}" + "}}"

    return _PROP.sub(by_id, text)


def _relation(room: Room, source: Raw, definition: Raw, told: Raw, place: str, before: Raw | None) -> Raw:
    given = told.get("data_source_id") or told.get("database_id") or (before or {}).get("data_source_id")
    target_id = room.id(given, f"{place}.data_source_id"[5:], "body")
    database = room.workspace.get("database", target_id)
    if database is not None and len(database["data_sources"]) == 1:
        target_id = str(database["data_sources"][0]["id"])
    target = room.object("data_source", target_id)
    kind = str(told.get("type") or ("dual_property" if "dual_property" in told else "single_property"))
    settings: Raw = {"database_id": target["parent"]["database_id"], "data_source_id": target_id, "type": kind}
    old = _partner(room, definition) if before is not None else None
    if kind == "single_property":
        if old is not None:
            # The partner stays, as a relation of its own (replayed recordings).
            partner = old[1]["relation"]
            partner.pop("dual_property", None)
            partner |= {"type": "single_property", "single_property": {}}
        return {**settings, "single_property": {}}
    if old is None:
        named = (told.get("dual_property") or {}).get("synced_property_name")
        name = named or f"Related to {title_of(source) or 'Untitled'} ({definition['name']})"
        while name in target["properties"]:
            name += " 1"
        other = room.maker().property(name, "relation")
        other["relation"] = {
            "database_id": source["parent"]["database_id"],
            "data_source_id": source["id"],
            "type": "dual_property",
            "dual_property": {"synced_property_name": definition["name"], "synced_property_id": definition["id"]},
        }
        target["properties"][name] = other
        for row in room.workspace.rows(target_id):
            row["properties"][name] = empty_value(other)
        room.workspace.touch(target_id)
    else:
        other = old[1]
    dual = {"synced_property_name": other["name"], "synced_property_id": other["id"]}
    return {**settings, "dual_property": dual}


def _partner(room: Room, definition: Raw) -> tuple[Raw, Raw] | None:
    """The data source and property at the other end of a dual relation."""
    relation = definition.get("relation") or {}
    dual = relation.get("dual_property")
    target = room.workspace.get("data_source", str(relation.get("data_source_id")))
    if not dual or target is None:
        return None
    other = find(target, str(dual.get("synced_property_id")))
    return None if other is None or other is definition else (target, other)


def _rollup(room: Room, source: Raw, told: Raw, place: str) -> Raw:
    key = told.get("relation_property_id") or told.get("relation_property_name")
    relation = find(source, str(key))
    if relation is None or relation["type"] != "relation":
        raise validation(f"body failed validation: {place}: {key} is not a relation of this data source.")
    target = room.object("data_source", str(relation["relation"]["data_source_id"]))
    key = told.get("rollup_property_id") or told.get("rollup_property_name")
    rolled = find(target, str(key))
    if rolled is None:
        raise validation(f"body failed validation: {place}: {key} is not a property of the related data source.")
    function = told.get("function") or "show_original"
    if function not in _FUNCTIONS:
        raise wrong(f"{place}.function", ", ".join(f'`"{name}"`' for name in _FUNCTIONS), function)
    return {
        "rollup_property_name": rolled["name"],
        "relation_property_name": relation["name"],
        "rollup_property_id": decode_property_id(str(rolled["id"])),
        "relation_property_id": decode_property_id(str(relation["id"])),
        "function": function,
    }
