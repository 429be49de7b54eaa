"""What an object is called, and what it says, as plain text: from the raw JSON, tolerant of shapes not yet known."""

from __future__ import annotations

from typing import Any

from notion_backup.snapshot.model import Raw


def rich_text(items: Any) -> str:
    """The plain text of a rich text array; "" for anything else."""
    if not isinstance(items, list):
        return ""
    return "".join(str(item.get("plain_text") or "") for item in items if isinstance(item, dict))


def title_of(raw: Raw) -> str:
    """The name of a page, database, data source, view, template, user or emoji; "" where it has none."""
    properties = raw.get("properties")
    if raw.get("object") == "page" and isinstance(properties, dict):
        for value in properties.values():
            if isinstance(value, dict) and value.get("type") == "title":
                return rich_text(value.get("title"))
        return ""
    title = raw.get("title")
    if isinstance(title, list):
        return rich_text(title)
    name = raw.get("name")
    return name if isinstance(name, str) else ""


def block_text(raw: Raw) -> str:
    """The text a block shows: rich text, caption, title, expression, or the cells of a table row."""
    content = raw.get(str(raw.get("type")))
    if not isinstance(content, dict):
        return ""
    parts = [rich_text(content.get("rich_text")), rich_text(content.get("caption"))]
    for key in ("title", "expression"):
        value = content.get(key)
        parts.append(value if isinstance(value, str) else rich_text(value))
    cells = content.get("cells")
    if isinstance(cells, list):
        parts.append("\t".join(rich_text(cell) for cell in cells))
    return "\n".join(part for part in parts if part)


def parent_of(raw: Raw) -> tuple[str | None, str | None]:
    """The type and id of an object's parent; the id is None for the workspace itself."""
    parent = raw.get("parent")
    if not isinstance(parent, dict):
        return None, None
    kind = parent.get("type")
    if not isinstance(kind, str):
        return None, None
    target = parent.get(kind)
    return kind, target if isinstance(target, str) else None
