"""The property endpoint: single items, and paginated lists for title, rich text, people, relations and rollups."""

from __future__ import annotations

from notion_backup.sandbox.computed import gathered, rolled_up
from notion_backup.sandbox.paging import Window, cut_by_place, envelope
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.workspace import Raw, Workspace

LISTED = ("title", "rich_text", "people", "relation", "rollup")


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
            definition = _definition(workspace, page, encoded)
            whole = rolled_up(workspace, page, definition["rollup"]) if definition else dict(value["rollup"])
            detail["rollup"] = {**whole, "array": []} if "array" in whole else whole
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
        return _gathered(workspace, page, value)
    items = [{"id": item["id"]} for item in value[kind]] if kind == "relation" else value[kind]
    return [{"object": "property_item", "type": kind, "id": encoded, kind: item} for item in items]


def _definition(workspace: Workspace, page: Raw, property_id: str) -> Raw | None:
    source = workspace.get("data_source", str(page.get("parent", {}).get("data_source_id")))
    return next((d for d in (source or {}).get("properties", {}).values() if d["id"] == property_id), None)


def _gathered(workspace: Workspace, page: Raw, value: Raw) -> list[Raw]:
    """What a rollup gathers: single items, or lists taken apart."""
    definition = _definition(workspace, page, str(value["id"]))
    items: list[Raw] = []
    for found in gathered(workspace, page, definition["rollup"]) if definition else ():
        kind = str(found["type"])
        inner = found[kind] if kind in LISTED and kind != "rollup" else [found[kind]]
        items += [{"object": "property_item", "type": kind, "id": found["id"], kind: item} for item in inner]
    return items
