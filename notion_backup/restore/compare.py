"""Two forms of one object, old and restored, made comparable: without ids, times and authors, and without defaults.

Nothing here is shared with what encodes requests: what an encoder forgets, this sees.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from notion_backup.snapshot import Raw

_VOLATILE = frozenset(
    {
        "id", "parent", "created_time", "created_by", "last_edited_time", "last_edited_by", "request_id", "url",
        "public_url", "object", "has_children", "in_trash", "archived", "is_archived", "is_locked", "expiry_time",
        "list_start_index", "list_format", "plain_text", "href",
    }
)  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_COMPUTED = frozenset(
    {"created_time", "created_by", "last_edited_time", "last_edited_by", "unique_id", "formula", "rollup", "button",
     "verification", "location", "last_visited_time"}
)  # fmt: skip
_PLACEHOLDER = re.compile(r"\{\{notion:block_property:(.+?)(?::" + _UUID.pattern + r"){0,2}\}\}")


class Canonical:
    """Makes comparable forms. ``ids`` maps old ids to new ones, ``users`` people; empty for what was read back."""

    def __init__(self, ids: Mapping[str, str], users: Mapping[str, str]) -> None:
        self._ids = ids
        self._users = users

    def block(self, raw: Raw) -> Any:
        """A block's own content, without what stands below it."""
        kind = str(raw.get("type"))
        return [kind, self._content(raw.get(kind) or {})]

    def page(self, raw: Raw) -> dict[str, Any]:
        """A page's looks and values, by what they are called."""
        found: dict[str, Any] = {name: self._content(raw.get(name)) for name in ("icon", "cover")}
        for name, value in (raw.get("properties") or {}).items():
            kind = str(value.get("type"))
            if kind in _COMPUTED:
                continue
            label = "title" if kind == "title" else f"property {name}"
            found[label] = self._value(kind, value.get(kind))
        return {name: value for name, value in found.items() if not _empty(value)}

    def database(self, raw: Raw) -> dict[str, Any]:
        """A database's looks."""
        names = ("title", "description", "icon", "cover", "is_inline")
        found = {name: self._content(raw.get(name)) for name in names}
        return {name: value for name, value in found.items() if not _empty(value)}

    def source(self, raw: Raw) -> dict[str, Any]:
        """A data source's title and schema, properties by name."""
        found: dict[str, Any] = {"title": self._content(raw.get("title"))}
        properties = raw.get("properties") or {}
        by_id = {unquote(str(one.get("id"))): name for name, one in properties.items()}
        for name, one in properties.items():
            found[f"property {name}"] = self._definition(one, by_id)
        return {name: value for name, value in found.items() if not _empty(value)}

    def view(self, raw: Raw, source: Raw | None) -> dict[str, Any]:
        """A view, its properties by name."""
        properties = (source or {}).get("properties") or {}
        by_id = {unquote(str(one.get("id"))): name for name, one in properties.items()}
        found: dict[str, Any] = {"name": raw.get("name"), "type": raw.get("type")}
        for name in ("filter", "sorts", "quick_filters", "configuration"):
            found[name] = self._named(raw.get(name), by_id)
        if not _empty(found["configuration"]) and set(found["configuration"]) <= {"type"}:
            found["configuration"] = None
        return {name: value for name, value in found.items() if not _empty(value)}

    def text(self, items: Any) -> Any:
        """Rich text: neighbours of the same form are one."""
        pieces: list[Any] = []
        for item in items if isinstance(items, list) else ():
            kind = str(item.get("type"))
            form = {k: v for k, v in (item.get("annotations") or {}).items() if v not in (False, None, "default")}
            if kind != "text":
                pieces.append([kind, self._content(item.get(kind)), form])
                continue
            content = item.get("text") or {}
            link = (content.get("link") or {}).get("url")
            form["link"] = self._address(link) if link else None
            if pieces and pieces[-1][0] == "text" and pieces[-1][2] == form:
                pieces[-1][1] += str(content.get("content"))
            elif content.get("content"):
                pieces.append(["text", str(content.get("content")), form])
        return pieces

    def _content(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._ids.get(value, value)
        if isinstance(value, list):
            if value and all(isinstance(one, dict) and "annotations" in one for one in value):
                return self.text(value)
            return [self._content(one) for one in value]
        if not isinstance(value, dict):
            return value
        kind = value.get("type")
        if kind == "file" or (kind is None and "expiry_time" in value):
            rest = {k: v for k, v in value.items() if k not in ("file", "url", "expiry_time", "type")}
            return {"type": "hosted", **self._dict(rest)}
        if kind == "user" and isinstance(value.get("user"), dict):
            old = str(value["user"].get("id"))
            return {"user": self._users.get(old, old)}
        if kind in ("page", "database", "data_source") and isinstance(value.get(kind), dict):
            old = str(value[kind].get("id"))
            return {kind: self._ids.get(old, old)}
        if kind == "custom_emoji":
            inner = value.get("custom_emoji")
            return {"custom_emoji": inner.get("name") if isinstance(inner, dict) else None}
        if kind == "external" and isinstance(value.get("external"), dict):
            rest = {k: v for k, v in value.items() if k != "external"}
            return {**self._dict(rest), "external": value["external"].get("url")}
        if "url" in value and kind is None:
            return {**self._dict(value), "url": self._address(str(value["url"]))}
        return self._dict(value)

    def _dict(self, value: Raw) -> Raw:
        made = {name: self._content(one) for name, one in value.items() if name not in _VOLATILE}
        return {name: one for name, one in made.items() if not _empty(one) and one not in (False, "default")}

    def _value(self, kind: str, inner: Any) -> Any:
        if kind in ("title", "rich_text"):
            return self.text(inner)
        if kind in ("select", "status"):
            return inner.get("name") if isinstance(inner, dict) else None
        if kind == "multi_select":
            return [one.get("name") for one in inner or ()]
        if kind == "relation":
            return [self._ids.get(str(one.get("id")), str(one.get("id"))) for one in inner or ()]
        if kind == "people":
            return sorted(self._users.get(str(one.get("id")), str(one.get("id"))) for one in inner or ())
        if kind == "checkbox":
            return bool(inner) or None
        return self._content(inner)

    def _definition(self, one: Raw, by_id: Mapping[str, str]) -> Raw:
        kind = str(one.get("type"))
        inner = one.get(kind) or {}
        found: Raw = {"type": kind, "description": one.get("description")}
        if kind in ("select", "multi_select", "status"):
            names = ("name", "color", "description")
            found["options"] = [{n: o[n] for n in names if o.get(n)} for o in inner.get("options") or ()]
        if kind == "status":
            label = {str(o.get("id")): o.get("name") for o in inner.get("options") or ()}
            found["groups"] = [
                [g.get("name"), sorted(str(label.get(str(o))) for o in g.get("option_ids") or ())]
                for g in inner.get("groups") or ()
            ]
        elif kind == "number":
            found["format"] = inner.get("format")
        elif kind == "unique_id":
            found["prefix"] = inner.get("prefix")
        elif kind == "relation":
            target = str(inner.get("data_source_id"))
            found["target"] = self._ids.get(target, target)
            found["partner"] = (inner.get("dual_property") or {}).get("synced_property_name")
        elif kind == "rollup":
            found |= {n: inner.get(n) for n in ("relation_property_name", "rollup_property_name", "function")}
        elif kind == "formula":

            def named(match: re.Match[str]) -> str:
                return f'prop("{by_id.get(unquote(match.group(1)), match.group(1))}")'

            found["expression"] = _PLACEHOLDER.sub(named, str(inner.get("expression")))
        return {name: value for name, value in found.items() if not _empty(value)}

    def _named(self, value: Any, by_id: Mapping[str, str]) -> Any:
        if isinstance(value, str):
            return self._ids.get(value) or self._users.get(value) or by_id.get(unquote(value), value)
        if isinstance(value, list):
            return [self._named(one, by_id) for one in value]
        if isinstance(value, dict):
            return {
                by_id.get(unquote(name), name): self._named(one, by_id)
                for name, one in value.items()
                if one is not None and name not in ("property_name", "rows")
            }
        return value

    def _address(self, url: str) -> str:
        """An address with new ids in it, and whole."""
        url = f"https://www.notion.so{url}" if url.startswith("/") else url

        def renewed(match: re.Match[str]) -> str:
            bare = match.group().replace("-", "")
            old = "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
            new = self._ids.get(old)
            return new.replace("-", "") if new else bare

        return _UUID.sub(renewed, url)


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The names under which two comparable forms differ."""
    return sorted(name for name in {*old, *new} if old.get(name) != new.get(name))


def _empty(value: Any) -> bool:
    return value is None or value in ([], {}, "")
