"""Notion-flavored Markdown read as the blocks a client would send.

A block that is only named (``<page url=…>``, ``<unknown url=…>``) is not made anew but kept: it is given as a block of
the type ``KEPT`` with its id.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from notion_backup.sandbox.checks import LANGUAGES
from notion_backup.sandbox.markdown.inline import attributes, colour_in, id_in, spans_of
from notion_backup.sandbox.signing import FILES_HOST
from notion_backup.sandbox.workspace import Raw

KEPT = "kept"
_TAB = 4
_ITEM = re.compile(r"([-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(.*)", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})\s+(.*)", re.DOTALL)
_BRACES = re.compile(r"\s*\{((?:[\w-]+=\"[^\"]*\"\s*)+)\}$")
_OPEN = re.compile(r"<([a-z_-]+)((?:\s+[\w-]+=\"[^\"]*\")*)\s*(/?)>")
_ONE_LINE = re.compile(r"<([a-z_-]+)((?:\s+[\w-]+=\"[^\"]*\")*)\s*(?:/>|>(.*)</\1>)$")
_IMAGE = re.compile(r"!\[((?:[^\[\]\\]|\\.)*)\]\((\S+)\)")
_FENCE = re.compile(r":{3,}\s*callout\s*(?:\{(.*)\})?$")
_SHORT = {"js": "javascript", "ts": "typescript", "py": "python", "sh": "shell", "yml": "yaml", "cpp": "c++",
          "cs": "c#", "rb": "ruby", "md": "markdown"}  # fmt: skip
_MEDIA = ("audio", "video", "file", "pdf")
_NAMED = ("page", "database", "unknown")


@dataclass(frozen=True)
class _Line:
    indent: int
    text: str
    raw: str


def blocks_of(text: str, emojis: dict[str, str] | None = None) -> list[Raw]:
    """The blocks that a text stands for, in the form of a request. ``emojis`` are ids of custom emojis by name."""
    lines = []
    for raw in text.split("\n"):
        shown = raw.expandtabs(_TAB)
        lines.append(_Line(len(shown) - len(shown.lstrip(" ")), shown.strip(), raw))
    return _Reader(lines, emojis or {}).level(0)


class _Reader:
    def __init__(self, lines: list[_Line], emojis: dict[str, str]) -> None:
        self._lines, self._at, self._emojis = lines, 0, emojis

    def level(self, least: int, end: Callable[[str], bool] = lambda text: False) -> list[Raw]:
        """Blocks of lines indented at least so far, up to a line that ``end`` knows (which is passed over)."""
        found: list[Raw] = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if end(line.text):
                self._at += 1
                break
            if line.text and line.indent < least:
                break
            if line.text:
                found.append(self._block(line))
            else:
                self._at += 1
        return found

    def _block(self, line: _Line) -> Raw:
        self._at += 1
        if line.text.startswith("```"):
            return self._code(line)
        if line.text == "$$":
            return {"type": "equation", "equation": {"expression": "\n".join(self._until("$$", line.indent))}}
        if line.text == "---":
            return {"type": "divider", "divider": {}}
        fence = _FENCE.fullmatch(line.text)
        if fence:
            body = self.level(0, lambda text: re.fullmatch(r":{3,}", text) is not None)
            return self._callout(attributes(fence.group(1) or ""), body)
        tagged = self._tagged(line)
        if tagged is not None:
            return tagged
        image = _IMAGE.fullmatch(line.text)
        if image:
            return _media("image", image.group(2), self._spans(image.group(1)))
        return self._text(line)

    # --- lines of text -----------------------------------------------------------------------------------------

    def _text(self, line: _Line) -> Raw:
        heading, item = _HEADING.fullmatch(line.text), _ITEM.fullmatch(line.text)
        if heading:
            content, told = _parted(heading.group(2))
            kind = f"heading_{min(len(heading.group(1)), 4)}"
            inner = self._inner(content, told)
            if told.get("toggle") == "true":
                inner["is_toggleable"] = True
                return self._holding(kind, inner, line)
            return {"type": kind, kind: inner}
        if item:
            content, told = _parted(item.group(3))
            inner = self._inner(content, told)
            if item.group(2):
                return self._holding("to_do", {**inner, "checked": item.group(2) != " "}, line)
            numbered = item.group(1)[0].isdigit()
            return self._holding("numbered_list_item" if numbered else "bulleted_list_item", inner, line)
        if line.text.startswith(">"):
            return self._holding("quote", self._inner(*_parted(line.text[1:].strip())), line)
        return self._holding("paragraph", self._inner(*_parted(line.text)), line)

    def _inner(self, content: str, told: dict[str, str]) -> Raw:
        inner: Raw = {"rich_text": self._spans(content)}
        if "color" in told:
            inner["color"] = colour_in(told["color"])
        return inner

    def _holding(self, kind: str, inner: Raw, line: _Line) -> Raw:
        below = self.level(line.indent + 1)
        return {"type": kind, kind: {**inner, **({"children": below} if below else {})}}

    def _spans(self, content: str) -> list[Raw]:
        return spans_of(content, self._emojis)

    def _code(self, line: _Line) -> Raw:
        content = "\n".join(self._until("```", line.indent))
        # Two units an emoji: pieces of half the most units always fit.
        pieces = [content[at : at + 1000] for at in range(0, len(content), 1000)]
        spans = [{"type": "text", "text": {"content": piece}} for piece in pieces]
        named = line.text[3:].strip().lower()
        language = _SHORT.get(named, named)
        known = language if language in LANGUAGES else "plain text"
        return {"type": "code", "code": {"rich_text": spans, "language": known}}

    def _until(self, mark: str, indent: int) -> list[str]:
        """Lines as they are, without the indentation of the mark they began with."""
        found = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            self._at += 1
            if line.text == mark:
                break
            found.append(_unindented(line.raw, indent))
        return found

    # --- tags --------------------------------------------------------------------------------------------------

    def _tagged(self, line: _Line) -> Raw | None:
        one = _ONE_LINE.fullmatch(line.text)
        if one:
            return self._single(one.group(1), attributes(one.group(2)), one.group(3) or "")
        opened = _OPEN.fullmatch(line.text)
        maker = _CONTAINERS.get(opened.group(1)) if opened else None
        return maker(self, attributes(opened.group(2))) if opened and maker else None

    def _single(self, tag: str, told: dict[str, str], content: str) -> Raw | None:
        """A tag that is whole in its line."""
        if tag in _MEDIA and "src" in told:
            return _media(tag, told["src"], self._spans(content))
        if tag in _NAMED:
            target = id_in(told.get("url", ""))
            return None if target is None else {"type": KEPT, KEPT: {"id": target}}
        if tag == "table_of_contents":
            colour = {"color": colour_in(told["color"])} if "color" in told else {}
            return {"type": tag, tag: colour}
        if tag == "empty-block":
            return {"type": "paragraph", "paragraph": {"rich_text": []}}
        if tag == "callout":
            return self._callout(told, [{"type": "paragraph", "paragraph": self._inner(content, {})}])
        target = id_in(told.get("url", ""))
        if tag in ("mention-page", "mention-database", "mention-comment") and target and not content:
            kind = tag.removeprefix("mention-") + "_id"
            return {"type": "link_to_page", "link_to_page": {"type": kind, kind: target}}
        return None

    def _inside(self, tag: str) -> list[Raw]:
        return self.level(0, lambda text: text == f"</{tag}>")

    def _details(self, told: dict[str, str]) -> Raw:
        title = ""
        while self._at < len(self._lines) and not self._lines[self._at].text:
            self._at += 1
        summary = _ONE_LINE.fullmatch(self._lines[self._at].text) if self._at < len(self._lines) else None
        if summary and summary.group(1) == "summary":
            title = summary.group(3) or ""
            self._at += 1
        inner = self._inner(title, told)
        below = self._inside("details")
        return {"type": "toggle", "toggle": {**inner, **({"children": below} if below else {})}}

    def _callout(self, told: dict[str, str], body: list[Raw]) -> Raw:
        """The first paragraph is the callout's own text."""
        own: Raw = {"rich_text": []}
        if body and body[0]["type"] == "paragraph":
            own = {"rich_text": body[0]["paragraph"]["rich_text"]}
            body = [*body[0]["paragraph"].get("children", ()), *body[1:]]
        if "color" in told:
            own["color"] = colour_in(told["color"])
        icon = told.get("icon")
        if icon:
            own["icon"] = {"external": {"url": icon}} if icon.startswith("http") else {"emoji": icon}
        return {"type": "callout", "callout": {**own, **({"children": body} if body else {})}}

    def _columns(self, told: dict[str, str]) -> Raw:
        return {"type": "column_list", "column_list": {"children": self._inside("columns")}}

    def _column(self, told: dict[str, str]) -> Raw:
        return {"type": "column", "column": {"children": self._inside("column")}}

    def _tabs(self, told: dict[str, str]) -> Raw:
        return {"type": "tab", "tab": {"children": self._inside("tabs")}}

    def _synced(self, told: dict[str, str]) -> Raw:
        below = self._inside("synced_block")
        return {"type": "synced_block", "synced_block": {"synced_from": None, "children": below}}

    def _reference(self, told: dict[str, str]) -> Raw:
        self._inside("synced_block_reference")  # the original's blocks, which stay where they are
        origin = {"type": "block_id", "block_id": id_in(told.get("url", ""))}
        return {"type": "synced_block", "synced_block": {"synced_from": origin}}

    def _meeting(self, told: dict[str, str]) -> Raw:
        self._inside("meeting-notes")  # written by Notion alone
        return {"type": KEPT, KEPT: {"id": id_in(told.get("url", ""))}}

    def _table(self, told: dict[str, str]) -> Raw:
        rows: list[Raw] = []
        cells: list[Any] = []
        for text in (text.strip() for text in self._until("</table>", 0)):
            if text == "<tr>":
                cells = []
            elif text == "</tr>":
                rows.append({"type": "table_row", "table_row": {"cells": cells}})
            else:
                found = re.findall(r"<td[^>]*>(.*?)</td>", text)
                cells += [self._spans(cell) for cell in found]
                if text.startswith("<tr>") and text.endswith("</tr>"):
                    rows.append({"type": "table_row", "table_row": {"cells": cells}})
                    cells = []
        inner = {
            "table_width": len(rows[0]["table_row"]["cells"]) if rows else 0,
            "has_column_header": told.get("header-row") == "true",
            "has_row_header": told.get("header-column") == "true",
            "children": rows,
        }
        return {"type": "table", "table": inner}


_CONTAINERS: dict[str, Callable[[_Reader, dict[str, str]], Raw]] = {
    "details": _Reader._details,
    "callout": lambda reader, told: reader._callout(told, reader._inside("callout")),
    "columns": _Reader._columns,
    "column": _Reader._column,
    "tabs": _Reader._tabs,
    "table": _Reader._table,
    "meeting-notes": _Reader._meeting,
    "synced_block": _Reader._synced,
    "synced_block_reference": _Reader._reference,
}


def _parted(text: str) -> tuple[str, dict[str, str]]:
    """A line without the attributes in braces at its end, and these."""
    found = _BRACES.search(text)
    return (text[: found.start()], attributes(found.group(1))) if found else (text, {})


def _media(kind: str, url: str, caption: list[Raw]) -> Raw:
    source = "file" if url.startswith(FILES_HOST) else "external"
    return {"type": kind, kind: {"type": source, source: {"url": url}, "caption": caption}}


def _unindented(raw: str, indent: int) -> str:
    """A line without the first ``indent`` columns of its indentation."""
    left = indent
    at = 0
    while left > 0 and at < len(raw) and raw[at] in " \t":
        left -= _TAB if raw[at] == "\t" else 1
        at += 1
    return raw[at:]
