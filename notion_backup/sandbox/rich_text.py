"""Rich text as a client sends it, made into what a read gives.

Annotations get their defaults, plain text and links are worked out, mentions are resolved, and neighbouring pieces of
text of the same format become one (replayed recordings).
"""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.checks import (
    COLOURS,
    MOST_EQUATION,
    MOST_TEXT,
    kind_of,
    need_list,
    need_object,
    need_text,
    need_url,
    wrong,
)
from notion_backup.sandbox.dates import date_value
from notion_backup.sandbox.maker import style
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.values import title_of
from notion_backup.sandbox.workspace import Raw

_KINDS = ("text", "mention", "equation")
_MENTIONS = (
    "user",
    "page",
    "database",
    "data_source",
    "date",
    "template_mention",
    "custom_emoji",
    "link_mention",
    "link_preview",
)
_FLAGS = ("bold", "italic", "strikethrough", "underline", "code")


def rich_text(room: Room, given: Any, place: str) -> list[Raw]:
    """Stored rich text. Raises 400 refusals for what breaks a limit or has no meaning."""
    spans: list[Raw] = []
    for number, item in enumerate(need_list(given, place)):
        span = _span(room, need_object(item, f"{place}[{number}]"), f"{place}[{number}]")
        if spans and span["type"] == "text" and _alike(spans[-1], span):
            _join(spans[-1], span)
        elif span["type"] != "text" or span["plain_text"]:
            spans.append(span)
    return spans


def _span(room: Room, item: Raw, place: str) -> Raw:
    kind = kind_of(item, _KINDS, place)
    inner = need_object(item[kind], f"{place}.{kind}")
    annotations = _annotations(item.get("annotations"), f"{place}.annotations")
    if kind == "text":
        content = need_text(inner.get("content"), f"{place}.text.content", MOST_TEXT)
        url = _link(inner.get("link"), f"{place}.text.link")
        shown, plain, href = {"content": content, "link": {"url": url} if url else None}, content, url
    elif kind == "equation":
        expression = need_text(inner.get("expression"), f"{place}.equation.expression", MOST_EQUATION)
        shown, plain, href = {"expression": expression}, expression, None
    else:
        shown, plain, href = _mention(room, inner, f"{place}.mention")
    return {"type": kind, kind: shown, "annotations": annotations, "plain_text": plain, "href": href}


def _annotations(given: Any, place: str) -> Raw:
    if given is None:
        return style()
    found = need_object(given, place)
    colour = found.get("color") or "default"
    if colour not in COLOURS:
        raise wrong(f"{place}.color", "a known color", colour)
    return style(**{name: bool(found.get(name, False)) for name in _FLAGS}, color=colour)


def _link(given: Any, place: str) -> str | None:
    if given is None:
        return None
    return need_url(need_object(given, place).get("url"), f"{place}.url")


def _mention(room: Room, inner: Raw, place: str) -> tuple[Raw, str, str | None]:
    kind = kind_of(inner, _MENTIONS, place)
    told = need_object(inner[kind], f"{place}.{kind}")
    if kind == "user":
        user = room.workspace.get("user", room.id(told.get("id"), f"{place}.user.id"[5:], "body"))
        known = user or {"object": "user", "id": told["id"]}
        return {"type": kind, kind: known}, f"@{known.get('name') or 'Anonymous'}", None
    if kind in ("page", "database", "data_source"):
        target = room.id(told.get("id"), f"{place}.{kind}.id"[5:], "body")
        raw = room.workspace.get(kind, target)
        seen = raw is not None and room.access.sees(target)
        title = title_of(raw) if raw is not None and seen else ""
        return {"type": kind, kind: {"id": target}}, title or "Untitled", _url(target)
    if kind == "date":
        date = date_value(told, f"{place}.date")
        return {"type": kind, kind: date}, " → ".join(str(date[name]) for name in ("start", "end") if date[name]), None
    if kind == "template_mention":
        which = str(told.get("type"))
        return {"type": kind, kind: {"type": which, which: told.get(which)}}, f"@{told.get(which)}", None
    if kind == "custom_emoji":
        emoji = room.workspace.get("custom_emoji", str(told.get("id"))) or told
        return {"type": kind, kind: dict(emoji)}, f":{emoji.get('name', '')}:", None
    url = str(told.get("href") or told.get("url") or "")
    return {"type": kind, kind: dict(told)}, str(told.get("title") or url), url or None


def _url(object_id: str) -> str:
    return f"https://app.notion.com/p/{object_id.replace('-', '')}"


def _alike(one: Raw, other: Raw) -> bool:
    return bool(
        one["type"] == "text"
        and one["annotations"] == other["annotations"]
        and one["text"]["link"] == other["text"]["link"]
    )


def _join(one: Raw, other: Raw) -> None:
    one["text"]["content"] += other["text"]["content"]
    one["plain_text"] += other["plain_text"]
