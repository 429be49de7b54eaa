"""The schema of a data source, made anew: what can be made at once, and what has to wait for other properties."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from notion_backup.restore.facts import Notes
from notion_backup.restore.limits import MOST_DESCRIPTION, MOST_ITEMS
from notion_backup.snapshot import Raw

BARE = (
    "title", "rich_text", "date", "people", "files", "checkbox", "url", "email", "phone_number", "created_time",
    "created_by", "last_edited_time", "last_edited_by", "place",
)  # fmt: skip
_AT_ONCE = (*BARE, "number", "select", "multi_select", "status", "unique_id")
_LATE = ("relation", "rollup", "formula")
_TIMES = ("created_time", "created_by", "last_edited_time", "last_edited_by")
_GROUPS = ("To-do", "In progress", "Complete")
_PROP = re.compile(r'prop\("((?:[^"\\]|\\.)*)"\)')
_UUID = "[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}"
_PLACEHOLDER = re.compile(r"\{\{notion:block_property:(.+?)(?::(" + _UUID + "))?(?::" + _UUID + r")?\}\}")
AS_TEXT: Raw = {"rich_text": {}}


def definitions(source: Raw) -> dict[str, Raw]:
    """The properties of a data source by name."""
    properties = source.get("properties")
    found = properties if isinstance(properties, dict) else {}
    return {str(name): one for name, one in found.items() if isinstance(one, dict)}


def is_late(definition: Raw) -> bool:
    """Whether a property needs others to be there first."""
    return definition.get("type") in _LATE


def kind_of(made: Raw) -> str:
    """The type of a property that is about to be made."""
    return next(name for name in made if name != "description")


def at_once(definition: Raw, source_id: str, notes: Notes) -> Raw | None:
    """A property that needs no other, as it is made; None where there can be none of its kind."""
    kind = str(definition.get("type"))
    where = ("data_source", source_id)
    name = str(definition.get("name"))
    if kind == "button":
        notes.lose("property-impossible", *where, name[:80])
        return None
    if kind == "verification":
        notes.lose("verification", *where, name[:80])
        return _described(AS_TEXT, definition)
    if kind not in _AT_ONCE:
        notes.lose("property-as-text", *where, f"{kind} {name}"[:80])
        return _described(AS_TEXT, definition)
    if kind in _TIMES:
        notes.lose("property-computed", *where, kind)
    inner = definition.get(kind)
    given: Raw = inner if isinstance(inner, dict) else {}
    return _described({kind: _settings(kind, given, notes, where)}, definition)


def _settings(kind: str, given: Raw, notes: Notes, where: tuple[str, str]) -> Raw:
    if kind == "number":
        return {"format": given.get("format") or "number"}
    if kind in ("select", "multi_select"):
        return {"options": _options(given, notes, where)}
    if kind == "status":
        return _status(given, notes, where)
    if kind == "unique_id":
        notes.lose("unique-id", *where)
        return {"prefix": given["prefix"]} if given.get("prefix") else {}
    return {}


def _options(given: Raw, notes: Notes, where: tuple[str, str]) -> list[Raw]:
    options = [one for one in given.get("options") or () if isinstance(one, dict) and one.get("name")]
    if len(options) > MOST_ITEMS:
        notes.lose("options-many", *where)
    return [
        {name: one[name] for name in ("name", "color", "description") if one.get(name)} for one in options[:MOST_ITEMS]
    ]


def _status(given: Raw, notes: Notes, where: tuple[str, str]) -> Raw:
    homes: dict[str, str] = {}
    for place, group in enumerate(given.get("groups") or ()):
        named = str(group.get("name"))
        home = named if named in _GROUPS else _GROUPS[min(place, len(_GROUPS) - 1)]
        if home != named:
            notes.lose("status-group", *where, named[:80])
        homes.update({str(option): home for option in group.get("option_ids") or ()})
    known = {str(one.get("name")): str(one.get("id")) for one in given.get("options") or () if isinstance(one, dict)}
    options = _options(given, notes, where)
    for option in options:
        group = homes.get(known[option["name"]])
        if group is not None:
            option["group"] = group
    return {"options": options} if options else {}


def simpler(property_: Raw) -> Raw | None:
    """The same property with fewer wishes, for a target that does not take it; None when nothing is left to give up."""
    kind = next(name for name in property_ if name != "description")
    inner = property_[kind]
    if "description" in property_:
        return {kind: inner}
    if any("group" in option for option in inner.get("options", ())):
        return {kind: {"options": [{k: v for k, v in one.items() if k != "group"} for one in inner["options"]]}}
    if any("description" in option for option in inner.get("options", ())):
        return {kind: {"options": [{k: v for k, v in one.items() if k != "description"} for one in inner["options"]]}}
    if inner and kind in ("status", "unique_id"):
        return {kind: {}}
    if kind == "number" and inner != {"format": "number"}:
        return {kind: {"format": "number"}}
    return AS_TEXT if kind != "rich_text" else None


def _described(property_: Raw, definition: Raw) -> Raw:
    about = definition.get("description")
    if isinstance(about, str) and about:
        return {**property_, "description": about[:MOST_DESCRIPTION]}
    return property_


def relation(definition: Raw, target: str) -> Raw:
    """A relation as it is made. ``target`` is the new id of the data source it points to."""
    told: Raw = definition["relation"]
    kind = "dual_property" if is_dual(told) else "single_property"
    return _described({"relation": {"data_source_id": target, "type": kind, kind: {}}}, definition)


def is_dual(told: Raw) -> bool:
    """Whether a relation shows on both sides."""
    return isinstance(told.get("dual_property"), dict) and bool(told["dual_property"].get("synced_property_id"))


def partner_of(definition: Raw) -> tuple[str, str]:
    """Data source and (decoded) property id at the other end of a dual relation, both old."""
    told = definition["relation"]
    return str(told.get("data_source_id")), unquote(str(told["dual_property"]["synced_property_id"]))


def are_partners(one: Raw, one_source: str, other: Raw, other_source: str) -> bool:
    """Whether two dual relations name each other."""
    both = all(isinstance(each.get("relation"), dict) and is_dual(each["relation"]) for each in (one, other))
    return both and partner_of(one) == own_key(other, other_source) and partner_of(other) == own_key(one, one_source)


def own_key(definition: Raw, source_id: str) -> tuple[str, str]:
    """What names a property among all: its data source and its decoded id."""
    return source_id, unquote(str(definition.get("id")))


def by_id(source: Raw | None, property_id: str) -> Raw | None:
    """A property of a schema by its id, encoded or not."""
    wanted = unquote(property_id)
    for one in definitions(source or {}).values():
        if unquote(str(one.get("id"))) == wanted:
            return one
    return None


def rollup(definition: Raw, source: Raw, target: Raw | None) -> tuple[Raw, Raw, Raw] | None:
    """A rollup as it is made, with the relation it goes over and the property it rolls up (old definitions)."""
    told = definition.get("rollup")
    if not isinstance(told, dict):
        return None
    over = by_id(source, str(told.get("relation_property_id"))) or definitions(source).get(
        str(told.get("relation_property_name"))
    )
    rolled = by_id(target, str(told.get("rollup_property_id"))) or definitions(target or {}).get(
        str(told.get("rollup_property_name"))
    )
    if over is None or rolled is None:
        return None
    inner = {
        "relation_property_name": over["name"],
        "rollup_property_name": rolled["name"],
        "function": told.get("function") or "show_original",
    }
    return _described({"rollup": inner}, definition), over, rolled


def relation_target(definition: Raw | None) -> str:
    """The old data source that a relation points to."""
    told = (definition or {}).get("relation")
    return str(told.get("data_source_id")) if isinstance(told, dict) else ""


def formula(definition: Raw, sources: Mapping[str, Raw], source_id: str) -> tuple[Raw, set[str]]:
    """A formula as it is made, its references by name, and the names of its own data source that it reads."""
    told = definition.get("formula")
    expression = str(told.get("expression") or "") if isinstance(told, dict) else ""

    def named(match: re.Match[str]) -> str:
        known = by_id(sources.get(match.group(2) or source_id), match.group(1)) or by_id(
            sources.get(source_id), match.group(1)
        )
        return 'prop("' + _escaped(str(known["name"])) + '")' if known else match.group(0)

    fresh = _PLACEHOLDER.sub(named, expression)
    reads = {re.sub(r"\\(.)", r"\1", name) for name in _PROP.findall(fresh)}
    return _described({"formula": {"expression": fresh}}, definition), reads


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')
