"""Rich text as Notion-flavored Markdown, and back into what a client would send.

Special characters are escaped by a backslash outside code; underlines, colours and mentions are tags.
"""

from __future__ import annotations

import re
from typing import Any

from notion_backup.sandbox.checks import MOST_TEXT
from notion_backup.sandbox.workspace import Raw

_SPECIAL = re.compile(r"([\\*~`$\[\]<>{}|^])")
_MARKS = (("**", "bold"), ("*", "italic"), ("~~", "strikethrough"))
_TAG = re.compile(r"<(/?)([a-z_-]+)((?:\s+[\w-]+=\"[^\"]*\")*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"([\w-]+)=\"([^\"]*)\"")
_LIKE_A_BLOCK = re.compile(r"^(?:([-+#:])|\d+(?=[.)]))")
_EMOJI = re.compile(r":([\w-]+):")
_ID = re.compile(r"([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})(?![0-9a-f])")


def safe_start(line: str) -> str:
    """A line of plain words that would be read as a heading or list, marked so that it is not."""
    return _LIKE_A_BLOCK.sub(lambda found: "\\" + found.group(0) if found.group(1) else found.group(0) + "\\", line)


def escaped(text: str) -> str:
    """Plain text with what Markdown would take for its own marked; line breaks as tags."""
    return _SPECIAL.sub(r"\\\1", text).replace("\n", "<br>")


def colour_out(colour: str) -> str:
    """A colour as Markdown names it: ``red_bg`` for a red background."""
    return colour.replace("_background", "_bg")


def colour_in(colour: str) -> str:
    """A colour as blocks name it."""
    return colour.removesuffix("_bg") + "_background" if colour.endswith("_bg") else colour


def attributes(text: str) -> dict[str, str]:
    """The attributes of a tag or of a list in braces."""
    return dict(_ATTRIBUTE.findall(text))


def id_in(url: str) -> str | None:
    """The last id in a URL, in its dashed form; None when there is none."""
    found = _ID.findall(url.lower())
    return "-".join(found[-1]) if found else None


def url_of(object_id: str) -> str:
    """Where Notion shows an object."""
    return f"https://app.notion.com/p/{object_id.replace('-', '')}"


# --- out ---------------------------------------------------------------------------------------------------------


def line_of(spans: list[Raw]) -> str:
    """Rich text as one line."""
    return "".join(_shown(span) for span in spans)


def _shown(span: Raw) -> str:
    kind = str(span.get("type"))
    if kind == "equation":
        return _styled(f"${span['equation']['expression']}$", span)
    if kind == "mention":
        return _styled(_mention(span), span)
    content = str(span.get("plain_text", ""))
    inner = f"`{content}`" if span.get("annotations", {}).get("code") else escaped(content)
    return _styled(f"[{inner}]({span['href']})" if span.get("href") else inner, span)


def _styled(text: str, span: Raw) -> str:
    given: Raw = span.get("annotations") or {}
    # A mark next to a space marks nothing, so the spaces stay outside.
    bare = text.strip()
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :] if bare else ""
    for mark, name in reversed(_MARKS):
        if given.get(name) and bare:
            bare = f"{mark}{bare}{mark}"
    text = lead + bare + trail
    if given.get("underline"):
        text = f'<span underline="true">{text}</span>'
    colour = given.get("color", "default")
    return text if colour == "default" else f'<span color="{colour_out(str(colour))}">{text}</span>'


def _mention(span: Raw) -> str:
    inner: Raw = span["mention"]
    kind, plain = str(inner["type"]), escaped(str(span.get("plain_text", "")))
    told = inner[kind]
    if kind == "user":
        return f'<mention-user url="user://{told["id"]}">{plain.removeprefix("@")}</mention-user>'
    if kind in ("page", "database", "data_source"):
        tag = "mention-" + kind.replace("_", "-")
        return f'<{tag} url="{url_of(str(told["id"]))}">{plain}</{tag}>'
    if kind == "date":
        named = (("start", told.get("start")), ("end", told.get("end")), ("timeZone", told.get("time_zone")))
        return "<mention-date" + "".join(f' {name}="{value}"' for name, value in named if value) + "/>"
    if kind == "custom_emoji":
        return f":{told.get('name', '')}:"
    return f"[{plain}]({span['href']})" if span.get("href") else plain


# --- in ----------------------------------------------------------------------------------------------------------


def spans_of(text: str, emojis: dict[str, str] | None = None) -> list[Raw]:
    """A line read as the rich text a client would send. ``emojis`` are ids of custom emojis by name."""
    return _Line(text, emojis or {}).read({}, None)


class _Line:
    def __init__(self, text: str, emojis: dict[str, str]) -> None:
        self._text, self._at, self._emojis = text, 0, emojis
        self._spans: list[Raw] = []
        self._held = ""

    def read(self, style: Raw, link: str | None, end: str = "") -> list[Raw]:
        """Read up to ``end`` (or the line's end) in a style; gives all spans so far."""
        while self._at < len(self._text) and not (end and self._text.startswith(end, self._at)):
            self._one(style, link)
        self._flush(style, link)
        self._at += len(end)
        return self._spans

    def _one(self, style: Raw, link: str | None) -> None:
        text, at = self._text, self._at
        if text[at] == "\\" and at + 1 < len(text):
            self._held += text[at + 1]
            self._at += 2
        elif text[at] == "`" and "`" in text[at + 1 :]:
            close = text.index("`", at + 1)
            self._flush(style, link)
            self._put(text[at + 1 : close], {**style, "code": True}, link)
            self._at = close + 1
        elif not (self._marked(style, link) or self._linked(style, link) or self._tagged(style, link)
                  or self._counted(style) or self._emoji(style)):  # fmt: skip
            self._held += text[at]
            self._at += 1

    def _marked(self, style: Raw, link: str | None) -> bool:
        for mark, name in _MARKS:
            inside = self._at + len(mark)
            if self._text.startswith(mark, self._at) and not style.get(name) and _closes(self._text, mark, inside):
                self._flush(style, link)
                self._at = inside
                self.read({**style, name: True}, link, mark)
                return True
        return False

    def _linked(self, style: Raw, link: str | None) -> bool:
        found = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\(([^()\s]+)\)").match(self._text, self._at)
        if found is None or link is not None:
            return False
        self._flush(style, link)
        inner = _Line(found.group(1), self._emojis)
        self._spans += inner.read(style, found.group(2))
        self._at = found.end()
        return True

    def _tagged(self, style: Raw, link: str | None) -> bool:
        found = _TAG.match(self._text, self._at)
        if found is None or found.group(1):
            return False
        name, told = found.group(2), attributes(found.group(3))
        close = "" if found.group(4) else f"</{name}>"
        if close and name != "br" and close not in self._text[found.end() :]:
            return False
        if name == "br":
            self._held += "\n"
            self._at = found.end()
            return True
        if name != "span" and not name.startswith("mention-"):
            return False
        self._flush(style, link)
        self._at = found.end()
        if name == "span":
            more = {"underline": True} if told.get("underline") == "true" else {}
            colour = {"color": colour_in(told["color"])} if "color" in told else {}
            self.read({**style, **more, **colour}, link, close)
            return True
        inner = _named(name.removeprefix("mention-").replace("-", "_"), told)
        shown = self._text[self._at : self._text.index(close, self._at)] if close else ""
        self._at += len(shown) + len(close)
        if inner is None:
            self._put(shown, style, link)
        else:
            self._spans.append({"type": "mention", "mention": inner, "annotations": style})
        return True

    def _counted(self, style: Raw) -> bool:
        found = re.compile(r"\$(?!\s)([^$\n]+?)(?<!\s)\$").match(self._text, self._at)
        if found is None:
            return False
        self._flush(style, None)
        self._spans.append({"type": "equation", "equation": {"expression": found.group(1)}, "annotations": style})
        self._at = found.end()
        return True

    def _emoji(self, style: Raw) -> bool:
        found = _EMOJI.match(self._text, self._at)
        if found is None or found.group(1) not in self._emojis:
            return False
        self._flush(style, None)
        told = {"type": "custom_emoji", "custom_emoji": {"id": self._emojis[found.group(1)]}}
        self._spans.append({"type": "mention", "mention": told, "annotations": style})
        self._at = found.end()
        return True

    def _flush(self, style: Raw, link: str | None) -> None:
        if self._held:
            self._put(self._held, style, link)
            self._held = ""

    def _put(self, content: str, style: Raw, link: str | None) -> None:
        # Half the most units, so that a piece of nothing but emojis fits too.
        step = MOST_TEXT // 2
        for start in range(0, len(content), step):
            text: dict[str, Any] = {"content": content[start : start + step], "link": {"url": link} if link else None}
            self._spans.append({"type": "text", "text": text, "annotations": style})


def _closes(text: str, mark: str, start: int) -> bool:
    """Whether a mark opened before ``start`` is closed again, around something that is no space."""
    end = text.find(mark, start + 1)
    return end > start and not text[start].isspace() and not text[end - 1].isspace()


def _named(kind: str, told: dict[str, str]) -> Raw | None:
    """What a mention's tag names."""
    if kind == "date":
        return {"type": kind, kind: {"start": told.get("start"), "end": told.get("end"),
                                     "time_zone": told.get("timeZone")}}  # fmt: skip
    target = id_in(told.get("url", ""))
    return (
        {"type": kind, kind: {"id": target}} if target and kind in ("user", "page", "database", "data_source") else None
    )
