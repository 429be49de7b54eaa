"""Values of properties: as a client sends them, made into what a read gives; what is empty; what follows of itself.

Limits are those of the API's page on request limits; shapes are recorded.
"""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox import pictures
from notion_backup.sandbox.checks import MOST_URL, need_list, need_object, need_text, wrong
from notion_backup.sandbox.computed import computed
from notion_backup.sandbox.dates import date_value
from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.rich_text import rich_text
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.workspace import Raw

_EMPTY_LISTS = ("title", "rich_text", "multi_select", "people", "files", "relation")
_READ_ONLY = ("formula", "rollup", "created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id",
              "button", "location", "last_visited_time")  # fmt: skip
_LONGEST = {"email": 200, "phone_number": 200, "url": MOST_URL}


def empty_value(definition: Raw) -> Raw:
    """What a row has of a property that was never filled."""
    kind = str(definition["type"])
    inner: Any = [] if kind in _EMPTY_LISTS else None
    if kind == "checkbox":
        inner = False
    elif kind in ("button",):
        inner = {}
    elif kind == "verification":
        inner = {"state": "unverified", "verified_by": None, "date": None}
    value: Raw = {"id": definition["id"], "type": kind, kind: inner}
    return {**value, "has_more": False} if kind == "relation" else value


def write_properties(room: Room, source: Raw, page: Raw | None, given: Raw) -> Raw:
    """All values of a row after a write: what is not named stays, or is empty in a new row."""
    schema: Raw = source["properties"]
    before: Raw = page["properties"] if page is not None else {}
    values = {name: before.get(name) or empty_value(definition) for name, definition in schema.items()}
    changes: dict[str, Any] = {}
    for key, told in given.items():
        definition = _definition(schema, key)
        if definition is None:
            raise validation(f"{key} is not a property that exists.")
        changes[definition["name"]] = _written(room, definition, told, f"body.properties.{key}")
    for name, inner in changes.items():
        kind = str(schema[name]["type"])
        if kind == "relation":
            old = [item["id"] for item in values[name]["relation"]]
            values[name] = {"id": schema[name]["id"], "type": kind, kind: inner, "has_more": False}
            if page is not None:
                _tell_partner(room, schema[name], page, old, [item["id"] for item in inner])
        else:
            values[name] = {"id": schema[name]["id"], "type": kind, kind: inner}
    return values


def fill_computed(room: Room, source: Raw, page: Raw, *, new: bool = False) -> None:
    """What follows of itself in a row: times, authors, numbers, formulas, rollups; the other ends of relations."""
    for name, definition in source["properties"].items():
        kind = str(definition["type"])
        value = page["properties"].setdefault(name, empty_value(definition))
        if kind in ("created_time", "last_edited_time"):
            value[kind] = page[kind]
        elif kind in ("created_by", "last_edited_by"):
            value[kind] = user_value(room, page[kind]["id"])
        elif kind == "unique_id" and value[kind] is None:
            numbers = (row["properties"].get(name, {}).get(kind) for row in room.workspace.rows(str(source["id"])))
            highest = max((n["number"] for n in numbers if n), default=0)
            value[kind] = {"prefix": definition[kind].get("prefix"), "number": highest + 1}
        elif kind == "relation" and new:
            _tell_partner(room, definition, page, [], [item["id"] for item in value[kind]])
    # Formulas are worked out twice, for those that refer to a later one.
    for kind in ("rollup", "formula", "formula"):
        for name, definition in source["properties"].items():
            if definition["type"] == kind:
                page["properties"][name][kind] = computed(room, source, page, definition)


def refresh_dependents(room: Room, source: Raw, page: Raw) -> None:
    """Work out anew what other rows roll up of this one; their edit times stay."""
    source_id, page_id = str(source["id"]), str(page["id"])
    for other in room.workspace.all("data_source"):
        relations = {
            str(definition["id"])
            for definition in other["properties"].values()
            if definition["type"] == "relation" and definition["relation"].get("data_source_id") == source_id
        }
        rolled = {definition["rollup"]["relation_property_id"] for definition in other["properties"].values()
                  if definition["type"] == "rollup"}  # fmt: skip
        if not {decode_property_id(one) for one in relations} & rolled:
            continue
        for row in room.workspace.rows(str(other["id"])):
            named = (value for value in row["properties"].values() if value["id"] in relations)
            if row is not page and any(item["id"] == page_id for value in named for item in value["relation"]):
                fill_computed(room, other, row)
                room.workspace.touch(str(row["id"]))


def _definition(schema: Raw, key: str) -> Raw | None:
    if key in schema:
        found: Raw = schema[key]
        return found
    return next((d for d in schema.values() if key in (d["id"], decode_property_id(str(d["id"])))), None)


def _written(room: Room, definition: Raw, told: Any, place: str) -> Any:
    kind = str(definition["type"])
    if kind in _READ_ONLY:
        raise validation(f"body failed validation: {place}.{kind} should be not present: it is computed by Notion.")
    if isinstance(told, dict):
        named = told.get("type")
        if kind not in told and (named not in (None, kind) or any(name in told for name in _ALL_KINDS)):
            raise validation(f"{definition['name']} is expected to be {kind}.")
        if kind not in told:
            raise wrong(f"{place}.{kind}", "defined")
        told = told[kind]
    elif told is not None and not isinstance(told, list):
        raise validation(f"{definition['name']} is expected to be {kind}.")
    return _inner(room, definition, kind, told, f"{place}.{kind}")


def _inner(room: Room, definition: Raw, kind: str, told: Any, place: str) -> Any:
    if kind in ("title", "rich_text"):
        return rich_text(room, told or [], place)
    if kind in ("multi_select", "people", "files", "relation"):
        return [
            _item(room, definition, kind, one, f"{place}[{n}]") for n, one in enumerate(need_list(told or [], place))
        ]
    if kind == "checkbox":
        return bool(told)
    if told is None:
        return {"state": "unverified", "verified_by": None, "date": None} if kind == "verification" else None
    if kind == "number":
        if isinstance(told, bool) or not isinstance(told, (int, float)):
            raise wrong(place, "a number", told)
        return told
    if kind in ("select", "status"):
        return _chosen(room, definition, kind, told, place)
    if kind in _LONGEST:
        return need_text(told, place, _LONGEST[kind])
    if kind == "date":
        return date_value(told, place)
    if kind == "place":
        names = ("lat", "lon", "name", "address", "aws_place_id", "google_place_id")
        return {name: need_object(told, place).get(name) for name in names}
    if kind == "verification":
        given = need_object(told, place)
        state = given.get("state", "unverified")
        by = user_value(room, room.workspace.bot_id) if state == "verified" else None
        return {"state": state, "verified_by": by, "date": given.get("date")}
    return told


def _item(room: Room, definition: Raw, kind: str, one: Any, place: str) -> Raw:
    if kind == "multi_select":
        return _chosen(room, definition, kind, one, place)
    told = need_object(one, place)
    if kind == "people":
        person = room.id(told.get("id"), f"{place}.id"[5:], "body")
        return user_value(room, person)
    if kind == "relation":
        target = room.id(told.get("id"), f"{place}.id"[5:], "body")
        row = room.object("page", target)
        wanted = definition["relation"].get("data_source_id")
        if wanted and row["parent"].get("data_source_id") not in (wanted, None):
            raise validation(f"{place}.id: page {target} is not in the related data source {wanted}.")
        return {"id": target}
    source = pictures.source(room, told, place)
    url = source[str(source["type"])]["url"]
    name = told.get("name") or pictures.name_in(url)
    return {"name": need_text(name, f"{place}.name", 100), **source}


def _chosen(room: Room, definition: Raw, kind: str, told: Any, place: str) -> Raw:
    """An option by id or name; a new name makes a new option, but for a status."""
    given = need_object(told, place)
    known: list[Raw] = definition[kind]["options"]
    wanted = given.get("id"), given.get("name")
    if not any(wanted):
        raise wrong(f"{place}.name", "defined")
    found = next((o for o in known if wanted[0] and o["id"] == wanted[0]), None)
    found = found or next((o for o in known if wanted[1] and o["name"].lower() == str(wanted[1]).lower()), None)
    if found is None:
        if kind == "status" or not wanted[1]:
            raise validation(
                f'Invalid {kind} option. {kind.capitalize()} option "{wanted[1] or wanted[0]}" does not exist.'
            )
        if "," in str(wanted[1]):
            raise validation(f"Invalid {kind} option, commas not allowed: {wanted[1]}")
        colour = given.get("color") or "default"
        found = {"id": room.maker().new_id(), "name": str(wanted[1]), "color": colour, "description": None}
        known.append(found)
    return {"id": found["id"], "name": found["name"], "color": found["color"]}


def user_value(room: Room, user_id: str) -> Raw:
    """A user as values show one: a bot without what only the bot itself is told (recorded)."""
    user = room.workspace.get("user", user_id) or {"object": "user", "id": user_id}
    return {**user, "bot": {}} if user.get("type") == "bot" else user


def _tell_partner(room: Room, definition: Raw, page: Raw, old: list[str], new: list[str]) -> None:
    """The other side of a dual relation shows the row, or no longer does."""
    relation = definition["relation"]
    dual = relation.get("dual_property")
    if not dual:
        return
    for target_id in {*old, *new}:
        target = room.workspace.get("page", target_id)
        if target is None:
            continue
        for value in target["properties"].values():
            if value.get("id") == dual.get("synced_property_id") and value["type"] == "relation":
                ids = [item["id"] for item in value["relation"] if item["id"] != page["id"] or target_id in new]
                if target_id in new and page["id"] not in ids:
                    ids.append(page["id"])
                value["relation"] = [{"id": one} for one in ids]
                room.workspace.touch(target_id)


_ALL_KINDS = (
    "title", "rich_text", "number", "select", "multi_select", "status", "date", "people", "files", "checkbox", "url",
    "email", "phone_number", "relation", "place", "verification",
)  # fmt: skip
