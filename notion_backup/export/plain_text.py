"""Pages as plain text: property values and blocks, readable by a person, one line for each thing.

Made to be looked at, not parsed: the JSON export is the lossless one. Types not known here show their name.
The text is as Notion gave it; whoever prints it on a terminal makes it safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from notion_backup.snapshot import BlockNode, Raw, block_text, rich_text

_BULLETS = {
    "bulleted_list_item": "• ",
    "toggle": "▸ ",
    "quote": "> ",
    "callout": "! ",
    "heading_1": "# ",
    "heading_2": "## ",
    "heading_3": "### ",
    "heading_4": "#### ",
}
_TEXT_TYPES = frozenset({"paragraph", *_BULLETS})
_FILE_TYPES = frozenset({"image", "video", "audio", "pdf", "file"})
_URL_TYPES = frozenset({"bookmark", "embed", "link_preview"})


def body_lines(nodes: Iterable[BlockNode]) -> Iterator[str]:
    """The text of a body in document order, two spaces a level. Lists are numbered as a reader sees them."""
    for node, number in numbered(nodes):
        for line in block_line(node.raw, number).split("\n"):
            yield "  " * node.depth + line


def numbered(nodes: Iterable[BlockNode]) -> Iterator[tuple[BlockNode, int]]:
    """Every block with its place in the numbered list it is in; 0 for those in none."""
    numbers: dict[int, int] = {}
    for node in nodes:
        for depth in [depth for depth in numbers if depth > node.depth]:
            del numbers[depth]
        in_list = node.raw.get("type") == "numbered_list_item"
        numbers[node.depth] = numbers.get(node.depth, 0) + 1 if in_list else 0
        yield node, numbers[node.depth]


def block_line(raw: Raw, number: int = 1, file: str | None = None) -> str:
    """One block as text; ``number`` is its place in a numbered list, ``file`` what its file is called."""
    kind = str(raw.get("type"))
    content = raw.get(kind)
    fields: dict[str, Any] = content if isinstance(content, dict) else {}
    text = block_text(raw)
    if kind in _TEXT_TYPES:
        return _BULLETS.get(kind, "") + text
    if kind == "numbered_list_item":
        return f"{number}. {text}"
    if kind == "to_do":
        return f"[{'x' if fields.get('checked') else ' '}] {text}"
    if kind == "code":
        return f"```{fields.get('language') or ''}\n{text}\n```"
    if kind == "divider":
        return "---"
    if kind == "table_row":
        return "| " + text.replace("\t", " | ") + " |"
    if kind in ("child_page", "child_database"):
        return f"[{kind.removeprefix('child_')}: {text or 'untitled'}] {raw.get('id')}"
    if kind in _FILE_TYPES:
        return _bracketed(kind, fields.get("name") or file or _url_of(fields), text)
    if kind in _URL_TYPES:
        return _bracketed(kind, fields.get("url"), text)
    if kind == "link_to_page":
        return _bracketed("link to", fields.get(str(fields.get("type"))))
    if kind == "equation":
        return text
    if kind == "unsupported":
        return _bracketed("unsupported", fields.get("block_type"))
    return _bracketed(kind, text or None)


def property_text(value: Any) -> str:
    """A page's property value on one line; "" for an empty one."""
    if not isinstance(value, dict):
        return ""
    kind = str(value.get("type"))
    content = value.get(kind)
    if kind in ("title", "rich_text"):
        return rich_text(content)
    if kind == "rollup" and isinstance(content, dict):
        inner = content.get("array") if content.get("type") == "array" else None
        return ", ".join(map(property_text, inner)) if isinstance(inner, list) else property_text(content)
    if kind == "formula" and isinstance(content, dict):
        return property_text(content)
    if kind == "relation" and value.get("has_more"):
        return _plain(content) + ", …"
    return _plain(content)


def _plain(value: Any) -> str:
    """Any JSON value as a person would read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(text for text in map(_plain, value) if text)
    if not isinstance(value, dict):
        return str(value)
    if "start" in value:
        return " → ".join(str(part) for part in (value["start"], value.get("end")) if part)
    if "number" in value and "prefix" in value:
        return f"{value['prefix']}-{value['number']}" if value["prefix"] else str(value["number"])
    for key in ("name", "plain_text", "title", "id", "state"):
        if isinstance(value.get(key), str) and value[key]:
            return str(value[key])
    return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())


def _url_of(fields: dict[str, Any]) -> str | None:
    """Where a file is hosted elsewhere. A hosted file's own URL is signed and says nothing to a reader."""
    external = fields.get("external")
    return external.get("url") if isinstance(external, dict) else None


def _bracketed(*parts: Any) -> str:
    return f"[{': '.join(str(part) for part in parts if part)}]"
