"""Rich text as it was read, made into what may be sent: cut to Notion's limits, ids renewed, nothing read-only left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from notion_backup.restore.facts import Names, Notes
from notion_backup.restore.limits import COLOURS, MOST_EQUATION, MOST_ITEMS, MOST_URL, cut, units
from notion_backup.snapshot import Raw

_FLAGS = ("bold", "italic", "strikethrough", "underline", "code")
NOTION_SITE = "https://www.notion.so"
_HEX = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}", re.IGNORECASE)
_OWN = re.compile(r"^(https?://([\w-]+\.)*notion\.(so|com|site)/|/)", re.IGNORECASE)


class TextEncoder:
    """Encodes rich text. ``where`` in calls is the kind and id of the object it stands in, for losses."""

    def __init__(self, names: Names) -> None:
        self.names = names

    def encode(self, items: Any, notes: Notes, where: tuple[str, str]) -> list[Raw]:
        """All of a rich text as pieces that may be sent; there may be more than 100 of them."""
        pieces: list[Raw] = []
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                pieces.extend(self._piece(item, notes, where))
        return _joined(pieces)

    def fit(self, items: Any, notes: Notes, where: tuple[str, str], most: int = MOST_ITEMS) -> list[Raw]:
        """The same in at most 100 pieces: what is beyond loses its form, not its words."""
        pieces = self.encode(items, notes, where)
        if len(pieces) <= most:
            return pieces
        notes.lose("text-plain", *where)
        for kept in range(min(len(items), most), -1, -1):
            begun = self.encode(items[:kept], Notes(), where)
            rest = "".join(str(item.get("plain_text") or "") for item in items[kept:])
            tail = [plain(part) for part in cut(rest) if part]
            if len(begun) + len(tail) <= most:
                break
        return [*begun, *tail][:most]

    def address(self, url: str, notes: Notes, where: tuple[str, str]) -> str:
        """An address; one that leads to something restored leads to its new place."""
        if not _OWN.match(url):
            return url
        if url.startswith("/"):
            # The product writes links to its own pages without a host; the API takes whole addresses.
            url = NOTION_SITE + url
        head, mark, anchor = url.partition("#")

        def renewed(match: re.Match[str]) -> str:
            old = dashed(match.group())
            new = self.names.find(old)
            if new is None:
                if old in self.names.coming:
                    notes.pending.add(old)
                return match.group()
            return new if "-" in match.group() else new.replace("-", "")

        fresh = _HEX.sub(renewed, head)
        if not mark:
            return fresh
        block = self.names.find(dashed(anchor)) if _HEX.fullmatch(anchor) else None
        if block is not None:
            return f"{fresh}#{block.replace('-', '')}"
        if fresh == head:
            return url
        notes.lose("link-block", *where)
        return fresh

    def _piece(self, item: Raw, notes: Notes, where: tuple[str, str]) -> list[Raw]:
        kind = item.get("type")
        form = _annotations(item.get("annotations"))
        inner = item.get(str(kind))
        if kind == "text" and isinstance(inner, dict):
            link = inner.get("link")
            url = link.get("url") if isinstance(link, dict) else None
            return self._text(str(inner.get("content") or ""), url, form, notes, where)
        if kind == "equation" and isinstance(inner, dict):
            expression = str(inner.get("expression") or "")
            if not expression or units(expression) > MOST_EQUATION:
                return [_span(part, None, form) for part in cut(expression) if part]
            return [{"type": "equation", "equation": {"expression": expression}, **form}]
        if kind == "mention" and isinstance(inner, dict):
            return self._mention(item, inner, form, notes, where)
        return self._text(str(item.get("plain_text") or ""), item.get("href"), form, notes, where)

    def _text(self, words: str, url: Any, form: Raw, notes: Notes, where: tuple[str, str]) -> list[Raw]:
        if not words:
            return []
        address = self.address(url, notes, where) if isinstance(url, str) and url else None
        if address is not None and units(address) > MOST_URL:
            notes.lose("url-length", *where)
            address = None
        return [_span(part, address, form) for part in cut(words)]

    def _mention(self, item: Raw, inner: Raw, form: Raw, notes: Notes, where: tuple[str, str]) -> list[Raw]:
        kind = str(inner.get("type"))
        told = inner.get(kind)
        words = str(item.get("plain_text") or "")
        if not isinstance(told, dict):
            return self._text(words, item.get("href"), form, notes, where)
        made = self._known_mention(kind, told, notes, where)
        if made is not None:
            return [{"type": "mention", "mention": {"type": kind, kind: made}, **form}]
        if kind == "custom_emoji":
            notes.lose("mention-emoji", *where)
            return self._text(words or f":{told.get('name', '')}:", None, form, notes, where)
        if kind == "user":
            notes.lose("mention-person", *where)
            return self._text(words or f"@{told.get('name') or 'Anonymous'}", None, form, notes, where)
        if kind in ("page", "database", "data_source"):
            if str(told.get("id")) not in notes.pending:
                notes.lose("mention-outside", *where)
            return self._text(words or "Untitled", item.get("href"), form, notes, where)
        notes.lose("mention-link", *where)
        url = told.get("href") or told.get("url") or item.get("href")
        return self._text(words or str(url or kind), url, form, notes, where)

    def _known_mention(self, kind: str, told: Raw, notes: Notes, where: tuple[str, str]) -> Raw | None:
        """The mention as it may be sent; None where it cannot be one."""
        if kind == "date":
            return date(told)
        if kind == "template_mention":
            which = str(told.get("type"))
            return {"type": which, which: told[which]} if told.get(which) else None
        if kind == "user":
            person = self.names.facts.users.get(str(told.get("id")))
            return {"id": person} if person else None
        if kind == "custom_emoji":
            emoji = self.names.facts.emojis.get(str(told.get("id")))
            return {"id": emoji} if emoji else None
        if kind in ("page", "database"):
            old = str(told.get("id"))
            new = self.names.find(old)
            if new is None and old in self.names.coming:
                notes.pending.add(old)
            return {"id": new} if new else None
        return None


def date(told: Any) -> Raw | None:
    """A date as it may be sent: what it has not is left out."""
    if not isinstance(told, dict) or not told.get("start"):
        return None
    return {name: told[name] for name in ("start", "end", "time_zone") if told.get(name)}


def plain(words: str, url: str | None = None) -> Raw:
    """One piece of plain text."""
    return _span(words, url, {})


def dashed(text: str) -> str:
    """An id with its hyphens, in small letters."""
    bare = text.replace("-", "").lower()
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))


def _span(words: str, url: str | None, form: Raw) -> Raw:
    if not words.isascii():
        # Half a character, as careless programs leave behind, cannot be sent at all.
        words = words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    content: Raw = {"content": words, "link": {"url": url}} if url else {"content": words}
    return {"type": "text", "text": content, **form}


def _annotations(given: Any) -> Raw:
    """Only what differs from plain."""
    if not isinstance(given, dict):
        return {}
    form: Raw = {name: True for name in _FLAGS if given.get(name) is True}
    colour = given.get("color")
    if colour in COLOURS and colour != "default":
        form["color"] = colour
    return {"annotations": form} if form else {}


def _joined(pieces: Sequence[Raw]) -> list[Raw]:
    """Neighbours of the same form in as few pieces as the limit allows."""
    joined: list[Raw] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last is not None and _alike(last, piece):
            words = last["text"]["content"] + piece["text"]["content"]
            if units(words) <= 2000:
                joined[-1] = {**last, "text": {**last["text"], "content": words}}
                continue
        joined.append(piece)
    return joined


def _alike(one: Raw, other: Raw) -> bool:
    return bool(
        one["type"] == other["type"] == "text"
        and one.get("annotations") == other.get("annotations")
        and one["text"].get("link") == other["text"].get("link")
    )
