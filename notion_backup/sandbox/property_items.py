"""The property endpoint: single items, and paginated lists for title, rich text, people, relations and rollups."""

from __future__ import annotations

from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.paging import Window, cut_by_place, envelope
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.workspace import Raw, Workspace

LISTED = ("title", "rich_text", "people", "relation", "rollup")


def find_property(page: Raw, wanted: str) -> Raw | None:
    """A page's property value by id, encoded or decoded, or None."""
    for value in page.get("properties", {}).values():
        if wanted in (value.get("id"), decode_property_id(str(value.get("id")))):
            return dict(value)
    return None


def property_answer(workspace: Workspace, page: Raw, value: Raw, window: Window, base_url: str) -> str:
    """The JSON text of the answer."""
    kind, encoded = str(value["type"]), str(value["id"])
    recorded = workspace.property_items.get(str(page["id"]), {}).get(encoded)
    if recorded:
        if recorded[0].get("object") != "list":
            return dumps({k: v for k, v in recorded[0].items() if k != "request_id"})
        items = [item for answer in recorded for item in answer["results"]]
        detail = dict(recorded[0]["property_item"])
    elif kind not in LISTED:
        return dumps({"object": "property_item", "type": kind, "id": encoded, kind: value[kind]})
    else:
        items = _items(workspace, page, value)
        detail = {"id": encoded, "next_url": None, "type": kind, kind: {}}
        if kind == "rollup":
            rollup = dict(value["rollup"])
            if "array" in rollup:
                rollup["array"] = []
            detail["rollup"] = rollup
    part = cut_by_place(items, window)
    if part.next_cursor is not None:
        detail["next_url"] = (
            f"{base_url}/v1/pages/{page['id']}/properties/{encoded}?start_cursor={part.next_cursor}"
            f"&page_size={window.size}"
        )
    return envelope([dumps(item) for item in part.items], part, "property_item", detail=dumps(detail))


def _items(workspace: Workspace, page: Raw, value: Raw) -> list[Raw]:
    kind, encoded = str(value["type"]), str(value["id"])
    if kind == "rollup":
        return _rolled_up(workspace, page, value)
    items = [{"id": item["id"]} for item in value[kind]] if kind == "relation" else value[kind]
    return [{"object": "property_item", "type": kind, "id": encoded, kind: item} for item in items]


def _rolled_up(workspace: Workspace, page: Raw, value: Raw) -> list[Raw]:
    """What a rollup gathers: the named property of every related page, single items or lists taken apart."""
    source = workspace.get("data_source", str(page.get("parent", {}).get("data_source_id")))
    definition = next((d for d in (source or {}).get("properties", {}).values() if d["id"] == value["id"]), None)
    if definition is None:
        return []
    relation = find_property(page, definition["rollup"]["relation_property_id"])
    gathered: list[Raw] = []
    for target in relation["relation"] if relation else ():
        related = workspace.get("page", target["id"])
        found = find_property(related, definition["rollup"]["rollup_property_id"]) if related else None
        if found is None:
            continue
        kind = str(found["type"])
        if kind in LISTED and kind != "rollup":
            gathered += [
                {"object": "property_item", "type": kind, "id": found["id"], kind: item} for item in found[kind]
            ]
        else:
            gathered.append({"object": "property_item", "type": kind, "id": found["id"], kind: found[kind]})
    return gathered
