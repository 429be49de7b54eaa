"""Files that a client points to, made into what a read gives: icons, covers, media, files of a property.

An upload becomes a hosted file with a signed URL when it is attached (file upload guide); Notion's own icon URLs come
back as ``icon`` (replayed recordings).
"""

from __future__ import annotations

import re
from typing import Any

from notion_backup.sandbox.checks import kind_of, need_object, need_text, need_url
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.uploads import attach
from notion_backup.sandbox.workspace import Raw

_SOURCES = ("external", "file_upload", "file")
_ICONS = ("emoji", "external", "file_upload", "file", "custom_emoji", "icon")
_NOTION_ICON = re.compile(r"https://www\.notion\.so/icons/(.+)_(\w+)\.svg")


def icon(room: Room, given: Any, place: str) -> Raw | None:
    """An icon as stored; None takes it away."""
    if given is None:
        return None
    told = need_object(given, place)
    kind = kind_of(told, _ICONS, place)
    if kind == "emoji":
        return {"type": "emoji", "emoji": need_text(told["emoji"], f"{place}.emoji")}
    if kind == "custom_emoji":
        wanted = str(need_object(told["custom_emoji"], f"{place}.custom_emoji").get("id"))
        known = room.workspace.get("custom_emoji", wanted) or told["custom_emoji"]
        return {"type": kind, kind: {name: known.get(name) for name in ("id", "name", "url")}}
    if kind == "icon":
        named = need_object(told["icon"], f"{place}.icon")
        return {"type": "icon", "icon": {"name": named.get("name"), "color": named.get("color") or "gray"}}
    if kind == "external":
        url = need_url(need_object(told["external"], f"{place}.external").get("url"), f"{place}.external.url")
        own = _NOTION_ICON.fullmatch(url)
        if own:
            return {"type": "icon", "icon": {"name": own.group(1), "color": own.group(2)}}
    return source(room, told, place)


def cover(room: Room, given: Any, place: str) -> Raw | None:
    """A cover as stored; None takes it away."""
    return None if given is None else source(room, need_object(given, place), place)


def source(room: Room, told: Raw, place: str, *, of_block: str = "file") -> Raw:
    """Where a file is: ``{type, external|file}``. A block that shows media takes only uploads of its own kind."""
    kind = kind_of(told, _SOURCES, place)
    inner = need_object(told[kind], f"{place}.{kind}")
    if kind == "file_upload":
        return {"type": "file", "file": attach(room, inner.get("id"), f"{place}.file_upload.id", of_block=of_block)}
    url = need_url(inner.get("url"), f"{place}.{kind}.url")
    if kind == "file":
        return {"type": "file", "file": {"url": url, "expiry_time": inner.get("expiry_time")}}
    return {"type": "external", "external": {"url": url}}


def name_in(url: str) -> str:
    """The file name that a URL ends with."""
    return url.partition("?")[0].rstrip("/").rpartition("/")[2]
