"""Where files stand in an object: icon, cover, properties, blocks, attachments, custom emojis.

Custom emojis inside text are left out: they are listed by themselves. So are files inside rollups: they belong to
the pages rolled up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from notion_backup.capture.client import Raw


@dataclass(frozen=True, slots=True)
class FileSlot:
    """One reference to a file. ``url`` is as received, signature and all: never log or keep it.

    ``kind`` is the owner's kind of object and ``slot`` where in the owner it stands; ``hosted``: Notion keeps the
    file and signs the URL, so its path names the content.
    """

    kind: str
    owner: str
    slot: str
    name: str
    url: str
    hosted: bool


def files_in(kind: str, raw: Raw) -> list[FileSlot]:
    """Every file that one object of that kind (``page``, ``block``, ``comment``, …) refers to."""
    owner = raw.get("id")
    if not isinstance(owner, str):
        return []
    return [
        FileSlot(kind=kind, owner=owner, slot=slot, name=name or _last_part(url), url=url, hosted=hosted)
        for slot, name, url, hosted in _found(kind, raw)
    ]


def _found(kind: str, raw: Raw) -> Iterator[tuple[str, str, str, bool]]:
    if kind == "custom_emoji":
        if isinstance(raw.get("url"), str):
            yield "emoji", "", raw["url"], True
        return
    yield from _single("icon", raw.get("icon"))
    yield from _single("cover", raw.get("cover"))
    if kind == "page":
        yield from _properties(raw.get("properties"))
    elif kind == "block":
        content = raw.get(str(raw.get("type")))
        if isinstance(content, dict):
            yield from _single("icon", content.get("icon"))
            yield from _single(str(raw["type"]), content)
    elif kind == "comment":
        yield from _attachments(raw.get("attachments"))


def _single(slot: str, value: Any) -> Iterator[tuple[str, str, str, bool]]:
    """A file object: ``{"type": "file"|"external"|"custom_emoji", <type>: {"url": …}, "name"?}``."""
    if not isinstance(value, dict):
        return
    name = value.get("name") if isinstance(value.get("name"), str) else ""
    for mark, hosted in (("file", True), ("external", False), ("custom_emoji", True)):
        inner = value.get(mark)
        if value.get("type", mark) == mark and isinstance(inner, dict) and isinstance(inner.get("url"), str):
            yield slot, str(name), inner["url"], hosted
            return


def _properties(properties: Any) -> Iterator[tuple[str, str, str, bool]]:
    if not isinstance(properties, dict):
        return
    for value in properties.values():
        files = value.get("files") if isinstance(value, dict) and value.get("type") == "files" else None
        for number, file in enumerate(files if isinstance(files, list) else []):
            yield from _single(f"property:{value.get('id')}:{number}", file)


def _attachments(attachments: Any) -> Iterator[tuple[str, str, str, bool]]:
    for number, attachment in enumerate(attachments if isinstance(attachments, list) else []):
        if isinstance(attachment, dict):
            yield from _single(f"attachment:{number}", {**attachment, "type": "file"})


def _last_part(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rsplit("/", 1)[-1])
    except ValueError:
        return ""
