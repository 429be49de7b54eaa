"""Blocks as a client sends them, made into what a read gives; which types may be sent, with which children.

From the API's reference of blocks and of appending children (autumn 2026) and from recorded appends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from notion_backup.sandbox import pictures
from notion_backup.sandbox.checks import (
    LANGUAGES,
    MOST_BLOCKS,
    MOST_EQUATION,
    MOST_ITEMS,
    colour,
    kind_of,
    need_flag,
    need_list,
    need_object,
    need_text,
    need_url,
    wrong,
)
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.rich_text import rich_text
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.workspace import Raw

_HEADINGS = ("heading_1", "heading_2", "heading_3", "heading_4")
_TEXTS = ("paragraph", "bulleted_list_item", "numbered_list_item", "to_do", "toggle", "quote", "callout", *_HEADINGS)
_MEDIA = ("image", "video", "pdf", "audio", "file")
_PARENTS = (*_TEXTS, "column_list", "column", "table", "synced_block", "tab", "template")
CREATABLE = (
    "embed", "bookmark", "image", "video", "pdf", "file", "audio", "code", "equation", "divider", "breadcrumb",
    "tab", "table_of_contents", "link_to_page", "table_row", "table", "column_list", "column", *_HEADINGS,
    "paragraph", "bulleted_list_item", "numbered_list_item", "quote", "to_do", "toggle", "template", "callout",
    "synced_block",
)  # fmt: skip
KEPT = "kept"
"""The type of a block that Markdown only names: it exists and is put where its name stands."""


@dataclass(frozen=True)
class Limits:
    """What one request may hold: ``items`` of any list of blocks, ``deep`` levels below a block, ``blocks`` in all."""

    items: int = MOST_ITEMS
    deep: int = 2
    blocks: int = MOST_BLOCKS


OF_MARKDOWN = Limits(items=100_000, deep=1000, blocks=100_000)
"""Markdown is held back by the bytes of its request alone."""


@dataclass(frozen=True)
class Wanted:
    """One block to make: its type, its stored content, and the blocks below it."""

    kind: str
    inner: Raw
    children: list[Wanted] = field(default_factory=list)

    @property
    def count(self) -> int:
        """It and all below it."""
        return 1 + sum(child.count for child in self.children)


def wanted_blocks(room: Room, given: Any, place: str, limits: Limits = Limits()) -> list[Wanted]:
    """The blocks of one request. Raises 400 refusals for what the API would not take."""
    listed = need_list(given, place, limits.items)
    found = [_wanted(room, item, f"{place}[{n}]", 0, limits) for n, item in enumerate(listed)]
    count = sum(block.count for block in found)
    if count > limits.blocks:
        raise validation(f"body failed validation: the request holds {count} blocks, more than {limits.blocks}.")
    return found


def updated(room: Room, block: Raw, given: Raw, place: str) -> Raw:
    """The content of a block after an update: what is not named stays (recorded: captions, table headers)."""
    kind = str(block["type"])
    before: Raw = block[kind]
    told = need_object(given, place)
    if kind == "table":
        if told.get("table_width", before["table_width"]) != before["table_width"]:
            raise wrong(f"{place}.table_width", "not present", told["table_width"])
        flags: Raw = {
            n: need_flag(told[n], f"{place}.{n}") for n in ("has_column_header", "has_row_header") if n in told
        }
        return {**before, **flags}
    if kind in _MEDIA and not any(name in told for name in ("external", "file_upload", "file")):
        after = dict(before)
        if "caption" in told:
            after["caption"] = rich_text(room, told["caption"], f"{place}.caption")
        if kind == "file" and "name" in told:
            after["name"] = _with_suffix(need_text(told["name"], f"{place}.name"), str(before.get("name", "")))
        return after
    merged = {name: value for name, value in before.items() if name in _KEPT.get(kind, ()) and name not in told}
    if kind in _TEXTS and "rich_text" not in told:
        merged["rich_text"] = before["rich_text"]
    made = _inner(room, kind, {**merged, **told}, place)
    if kind in _TEXTS and "color" not in told:
        made["color"] = before.get("color", "default")
    return {**{n: v for n, v in before.items() if n in ("list_start_index", "list_format")}, **made}


_KEPT = {
    "to_do": ("checked",),
    "callout": ("icon",),
    "code": ("language", "rich_text", "caption"),
    "embed": ("url", "caption"),
    "bookmark": ("url", "caption"),
    **dict.fromkeys(_HEADINGS, ("is_toggleable",)),
}
"""What an update that does not name it leaves alone; given back to the maker in the form it was read."""


def _wanted(room: Room, item: Any, place: str, depth: int, limits: Limits) -> Wanted:
    given = need_object(item, place)
    if limits is OF_MARKDOWN and given.get("type") == KEPT:
        return Wanted(KEPT, {"id": str(given[KEPT]["id"])})
    kind = kind_of(given, CREATABLE, place)
    if kind == "template":
        # Types still have it; it is refused since March 2023 (changelog).
        raise validation(f"{place}: block type template is not supported for creation via the API.")
    if kind == "column_list" and depth and limits is not OF_MARKDOWN:
        raise wrong(f"{place}.column_list", "not present", given[kind])
    inner = need_object(given[kind], f"{place}.{kind}")
    below = inner.get("children", given.get("children"))
    children: list[Wanted] = []
    if below:
        if kind not in _PARENTS or (kind in _HEADINGS and not inner.get("is_toggleable")):
            raise wrong(f"{place}.{kind}.children", "not present", below)
        if depth >= limits.deep:
            raise wrong(f"{place}.{kind}.children", "not present", below)
        listed = need_list(below, f"{place}.{kind}.children", limits.items)
        # A column may hold as much as a block of the first level (request types).
        deeper = depth if kind == "column_list" else depth + 1
        children = [
            _wanted(room, child, f"{place}.{kind}.children[{n}]", deeper, limits) for n, child in enumerate(listed)
        ]
    _check_family(kind, inner, children, place)
    return Wanted(kind, _inner(room, kind, inner, f"{place}.{kind}"), children)


def _check_family(kind: str, inner: Raw, children: list[Wanted], place: str) -> None:
    if kind == "table":
        width = inner.get("table_width")
        if not isinstance(width, int) or width < 1:
            raise wrong(f"{place}.table.table_width", "a positive number", width)
        if not children:
            raise wrong(f"{place}.table.children.length", "≥ `1`", 0)
        for row in children:
            if row.kind != "table_row":
                raise wrong(f"{place}.table.children", "table rows", row.kind)
            if len(row.inner["cells"]) != width:
                raise validation("Number of cells in table row must match the table width of the parent table")
    if kind == "column_list" and len(children) < 2:
        raise wrong(f"{place}.column_list.children.length", "≥ `2`", len(children))
    if kind == "column_list" and any(child.kind != "column" for child in children):
        raise wrong(f"{place}.column_list.children", "columns")
    if kind == "tab" and any(child.kind != "paragraph" for child in children):
        raise wrong(f"{place}.tab.children", "paragraphs")


def _inner(room: Room, kind: str, given: Raw, place: str) -> Raw:
    if kind in _TEXTS or kind == "template":
        return _text(room, kind, given, place)
    if kind in _MEDIA:
        return _media(room, kind, given, place)
    return _MAKERS[kind](room, given, place)


def _text(room: Room, kind: str, given: Raw, place: str) -> Raw:
    if "rich_text" not in given:
        raise wrong(f"{place}.rich_text", "defined")
    made: Raw = {"rich_text": rich_text(room, given["rich_text"], f"{place}.rich_text")}
    if kind == "template":
        return made
    if kind in ("callout", "paragraph"):
        made["icon"] = pictures.icon(room, given.get("icon"), f"{place}.icon")
    if kind == "callout" and made["icon"] is None:
        made["icon"] = {"type": "emoji", "emoji": "💡"}
    if kind == "to_do":
        made["checked"] = bool(given.get("checked", False))
    if kind in _HEADINGS:
        made["is_toggleable"] = bool(given.get("is_toggleable", False))
    return {**made, "color": colour(given, place)}


def _media(room: Room, kind: str, given: Raw, place: str) -> Raw:
    made: Raw = {"caption": rich_text(room, given.get("caption") or [], f"{place}.caption")}
    made |= pictures.source(room, given, place, of_block=kind)
    if kind == "file":
        where = made[str(made["type"])]["url"]
        name = given.get("name")
        made["name"] = need_text(name, f"{place}.name") if name else pictures.name_in(where)
    return made


def _captioned(room: Room, given: Raw, place: str) -> Raw:
    caption = rich_text(room, given.get("caption") or [], f"{place}.caption")
    return {"caption": caption, "url": need_url(given.get("url"), f"{place}.url")}


def _code(room: Room, given: Raw, place: str) -> Raw:
    if "rich_text" not in given:
        raise wrong(f"{place}.rich_text", "defined")
    return {
        "caption": rich_text(room, given.get("caption") or [], f"{place}.caption"),
        "rich_text": rich_text(room, given["rich_text"], f"{place}.rich_text"),
        "language": _language(given.get("language", "plain text"), f"{place}.language"),
    }


def _language(given: Any, place: str) -> str:
    if given not in LANGUAGES:
        raise wrong(place, ", ".join(f'`"{name}"`' for name in LANGUAGES), given)
    return str(given)


def _row(room: Room, given: Raw, place: str) -> Raw:
    cells = need_list(given.get("cells"), f"{place}.cells")
    return {"cells": [rich_text(room, cell, f"{place}.cells[{n}]") for n, cell in enumerate(cells)]}


def _table(room: Room, given: Raw, place: str) -> Raw:
    return {
        "table_width": given.get("table_width"),
        "has_column_header": bool(given.get("has_column_header", False)),
        "has_row_header": bool(given.get("has_row_header", False)),
    }


def _column(room: Room, given: Raw, place: str) -> Raw:
    ratio = given.get("width_ratio")
    return {} if ratio is None else {"width_ratio": ratio}


def _synced(room: Room, given: Raw, place: str) -> Raw:
    origin = given.get("synced_from")
    if origin is None:
        return {"synced_from": None}
    target = room.id(need_object(origin, f"{place}.synced_from").get("block_id"), "synced_from.block_id", "body")
    if room.block(target)["type"] != "synced_block":
        raise validation(f"{place}.synced_from.block_id is not an original synced block.")
    return {"synced_from": {"type": "block_id", "block_id": target}}


def _link(room: Room, given: Raw, place: str) -> Raw:
    kind = kind_of(given, ("page_id", "database_id", "comment_id"), place)
    return {"type": kind, kind: room.id(given[kind], kind, "body")}


def _nothing(room: Room, given: Raw, place: str) -> Raw:
    return {}


_MAKERS: dict[str, Callable[[Room, Raw, str], Raw]] = {
    "embed": _captioned,
    "bookmark": _captioned,
    "code": _code,
    "equation": lambda room, given, place: {
        "expression": need_text(given.get("expression"), f"{place}.expression", MOST_EQUATION)
    },
    "divider": _nothing,
    "breadcrumb": _nothing,
    "tab": _nothing,
    "column_list": _nothing,
    "table_of_contents": lambda room, given, place: {"color": colour(given, place)},
    "link_to_page": _link,
    "table_row": _row,
    "table": _table,
    "column": _column,
    "synced_block": _synced,
}


def _with_suffix(name: str, before: str) -> str:
    """A renamed file keeps the extension it had (recorded)."""
    suffix = before.rpartition(".")[2] if "." in before else ""
    return name if not suffix or name.endswith("." + suffix) else f"{name}.{suffix}"
