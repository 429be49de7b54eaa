"""Property values as parts that any format can write: text with links, chips with colours, dates, files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from notion_backup.export.atlas import Atlas, Target
from notion_backup.export.content import Content, ContentReader
from notion_backup.export.spans import Span, plain, safe_url, spans_of
from notion_backup.snapshot import FileRef, Raw


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in a value: what it says, its colour, what it leads to, which file it is; a person's or page's id."""

    text: str
    colour: str = "default"
    target: Target | None = None
    url: str | None = None
    file: FileRef | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """A property's value. ``kind`` is ``text``, ``number``, ``check``, ``date``, ``options``, ``people``, ``links``,
    ``files``, ``url``, ``place`` or ``list``; ``data`` is the plain value where there is one: a number, a bool, start
    and end, latitude and longitude."""

    kind: str
    parts: tuple[Part, ...] = ()
    spans: tuple[Span, ...] = ()
    data: Any = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return self.data is None and not self.text

    @property
    def text(self) -> str:
        """The whole value on one line."""
        return plain(self.spans) if self.spans else ", ".join(part.text for part in self.parts)


EMPTY = Value("text")


class Values:
    """Reads property values against one snapshot's map and people."""

    def __init__(self, atlas: Atlas, reader: ContentReader) -> None:
        self._atlas = atlas
        self._reader = reader

    def of(self, page_id: str, value: Any, content: Content | None = None) -> Value:
        """One property value of a page. Types not known here show their JSON."""
        if not isinstance(value, dict):
            return EMPTY
        kind = str(value.get("type"))
        inner = value.get(kind)
        if inner is None or inner in ("", [], {}):
            return EMPTY
        if kind == "files" and isinstance(inner, list):
            return self._files(page_id, str(value.get("id")), inner, content)
        return self._plain(kind, inner)

    def _plain(self, kind: str, inner: Any) -> Value:
        if kind in ("title", "rich_text"):
            return Value("text", spans=tuple(spans_of(inner, self._atlas)))
        if kind == "number" and isinstance(inner, int | float) and not isinstance(inner, bool):
            return Value("number", (Part(f"{inner}"),), data=inner)
        if kind in ("checkbox", "boolean"):
            return Value("check", (Part("Yes" if inner else "No"),), data=bool(inner))
        if kind in ("select", "status") and isinstance(inner, dict):
            return Value("options", (_option(inner),))
        if kind == "multi_select" and isinstance(inner, list):
            return Value("options", tuple(_option(one) for one in inner if isinstance(one, dict)))
        if kind == "date" and isinstance(inner, dict):
            return _date(inner)
        if kind in ("created_time", "last_edited_time", "last_visited_time") and isinstance(inner, str):
            return _date({"start": inner})
        if kind in ("created_by", "last_edited_by"):
            return Value("people", (self._person(inner),))
        if kind == "people" and isinstance(inner, list):
            return Value("people", tuple(self._person(one) for one in inner))
        if kind == "relation" and isinstance(inner, list):
            return Value("links", tuple(self._link(one) for one in inner if isinstance(one, dict)))
        if kind == "url" and isinstance(inner, str):
            target = self._atlas.follow(inner)
            return Value("url", (Part(inner, target=target, url=None if target else safe_url(inner)),))
        if kind == "email" and isinstance(inner, str):
            return Value("url", (Part(inner, url=safe_url(f"mailto:{inner}")),))
        if kind == "unique_id" and isinstance(inner, dict):
            return _text("-".join(str(inner[name]) for name in ("prefix", "number") if inner.get(name) is not None))
        if kind in ("formula", "rollup") and isinstance(inner, dict):
            return self._result(inner)
        if kind == "verification" and isinstance(inner, dict):
            return self._verification(inner)
        if kind == "place" and isinstance(inner, dict):
            return _place(inner)
        return _text(inner if isinstance(inner, str) else _json(inner))

    def _result(self, inner: Raw) -> Value:
        kind = str(inner.get("type"))
        content = inner.get(kind)
        if content is None or content in ("", [], {}):
            return EMPTY
        if kind == "array" and isinstance(content, list):
            found = [self.of("", one) for one in content]
            return Value("list", tuple(part for one in found for part in (one.parts or _parts(one))))
        return self._plain(kind, content)

    def _verification(self, inner: Raw) -> Value:
        by = self._reader.user_name(inner.get("verified_by"))
        return _text(" ".join([str(inner.get("state")), *([f"by {by}"] if by else [])]))

    @property
    def day(self) -> date:
        """The day of the capture, in UTC."""
        return self._reader.day

    def called(self, object_id: str) -> str:
        """The name of a person, or the title of a page; the id where there is neither."""
        name = self._reader.user_name({"id": object_id})
        return name if name != object_id else self._link({"id": object_id}).text

    def _person(self, user: Any) -> Part:
        user_id = user.get("id") if isinstance(user, dict) else None
        return Part(self._reader.user_name(user), id=user_id if isinstance(user_id, str) else None)

    def _link(self, one: Raw) -> Part:
        page_id = str(one.get("id"))
        target = self._atlas.find(page_id)
        if target is not None:
            return Part(target.place.title, target=target, id=page_id)
        entry = self._reader.title_elsewhere(page_id)
        return Part(entry or page_id, url=f"https://www.notion.so/{page_id.replace('-', '')}", id=page_id)

    def _files(self, page_id: str, property_id: str, inner: list[Any], content: Content | None) -> Value:
        parts = []
        for number, one in enumerate(inner):
            if not isinstance(one, dict):
                continue
            file = content.file(page_id, f"property:{property_id}:{number}") if content else None
            external = one.get("external")
            url = safe_url(external.get("url")) if isinstance(external, dict) else None
            parts.append(Part(str(one.get("name") or (file.name if file else "") or "file"), url=url, file=file))
        return Value("files", tuple(parts))


def icon_emoji(icon: Any) -> str:
    """The emoji of an icon; "" for one that is a picture, or none."""
    emoji = icon.get("emoji") if isinstance(icon, dict) else None
    return emoji if isinstance(emoji, str) else ""


def property_values(raw: Raw) -> list[tuple[str, Raw]]:
    """A page's properties but for its title, by name."""
    properties = raw.get("properties")
    found = properties.items() if isinstance(properties, dict) else ()
    return sorted(
        ((name, value) for name, value in found if isinstance(value, dict) and value.get("type") != "title"),
        key=lambda one: (one[0].casefold(), one[0]),
    )


def description_of(raw: Raw) -> list[Any]:
    """The rich text of a database's description."""
    description = raw.get("description")
    return description if isinstance(description, list) else []


def _option(one: Raw) -> Part:
    return Part(str(one.get("name") or ""), colour=str(one.get("color") or "default"))


def _date(inner: Raw) -> Value:
    start, end = inner.get("start"), inner.get("end")
    if not isinstance(start, str):
        return EMPTY
    ends = [shown_time(one) for one in (start, end) if isinstance(one, str)]
    return Value("date", (Part(" → ".join(ends)),), data=(start, end if isinstance(end, str) else None))


def _place(inner: Raw) -> Value:
    words = ", ".join(str(inner[name]) for name in ("name", "address") if inner.get(name))
    at = [inner.get(name) for name in ("lat", "lon")]
    data = tuple(at) if all(isinstance(one, int | float) and not isinstance(one, bool) for one in at) else None
    return Value("place", (Part(words or _json(inner)),), data=data)


def shown_time(text: str) -> str:
    """A date or time of the API for people: to the minute, without what says nothing."""
    day, mark, time = text.partition("T")
    if not mark:
        return day
    zone = "" if time.endswith(("Z", "+00:00")) else " " + time[-6:] if time[-6:-5] in ("+", "-") else ""
    return f"{day} {time[:5]}{zone}"


def _parts(value: Value) -> tuple[Part, ...]:
    return (Part(value.text),) if value.text else ()


def _text(text: str) -> Value:
    return Value("text", (Part(text),))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
