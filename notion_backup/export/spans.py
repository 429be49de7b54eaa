"""Rich text as pieces that any format can write: text, style, and what a link leads to in this export.

URLs are kept only when following them is harmless; everything else stays what it is: text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from notion_backup.export.atlas import Atlas, Target

_SAFE_SCHEMES = frozenset({"http", "https", "mailto", "tel"})
NOTION = "https://www.notion.so"


class Span(NamedTuple):
    """A piece of text in one style.

    ``kind`` is ``text``, ``equation``, or what is mentioned: ``user``, ``date``, ``emoji``, ``mention`` for all else.
    """

    text: str
    kind: str = "text"
    bold: bool = False
    italic: bool = False
    strikethrough: bool = False
    underline: bool = False
    code: bool = False
    colour: str = "default"
    target: Target | None = None
    url: str | None = None
    emoji_id: str | None = None

    @property
    def styled(self) -> bool:
        """Whether it is more than plain text: bold, coloured, …; code and links are no style."""
        return self.bold or self.italic or self.strikethrough or self.underline or self.colour != "default"

    def continues(self, other: Span) -> bool:
        """Whether ``other`` is the same but for its text."""
        return self.kind == "text" and self[1:] == other[1:]


def spans_of(items: Any, atlas: Atlas) -> list[Span]:
    """The pieces of a rich text array; neighbours of one style are one piece. Anything else has none."""
    found: list[Span] = []
    for item in items if isinstance(items, list) else []:
        span = _span(item, atlas) if isinstance(item, dict) else None
        if span is None or not span.text:
            continue
        if found and found[-1].continues(span):
            found[-1] = found[-1]._replace(text=found[-1].text + span.text)
        else:
            found.append(span)
    return found


def plain(spans: Iterable[Span]) -> str:
    """The text of pieces without any style."""
    return "".join(span.text for span in spans)


def safe_url(url: Any) -> str | None:
    """A URL that may be followed without harm; None for scripts, data and what is no URL."""
    if not isinstance(url, str):
        return None
    text = "".join(character for character in url.strip() if character.isprintable() and not character.isspace())
    if text.startswith("/") and not text.startswith("//"):
        return NOTION + text
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _SAFE_SCHEMES or (scheme in ("http", "https") and not parts.netloc):
        return None
    return text


def _span(item: dict[str, Any], atlas: Atlas) -> Span:
    marks = item.get("annotations")
    marks = marks if isinstance(marks, dict) else {}
    span = Span(
        text=str(item.get("plain_text") or ""),
        bold=marks.get("bold") is True,
        italic=marks.get("italic") is True,
        strikethrough=marks.get("strikethrough") is True,
        underline=marks.get("underline") is True,
        code=marks.get("code") is True,
        colour=str(marks.get("color") or "default"),
    )
    kind = item.get("type")
    inner = item.get(str(kind))
    inner = inner if isinstance(inner, dict) else {}
    if kind == "equation":
        return span._replace(kind="equation", text=str(inner.get("expression") or span.text))
    if kind == "mention":
        span = _mention(span, inner, atlas)
    link = item.get("href") or _link_in(inner)
    if span.target is None and isinstance(link, str):
        target = atlas.follow(link)
        span = span._replace(target=target, url=None if target else safe_url(link))
    return span


def _mention(span: Span, inner: dict[str, Any], atlas: Atlas) -> Span:
    kind = inner.get("type")
    about = inner.get(str(kind))
    about = about if isinstance(about, dict) else {}
    if kind in ("page", "database", "data_source"):
        target = atlas.find(str(about.get("id")))
        return span._replace(kind="mention", target=target, text=target.place.title if target else span.text)
    if kind == "custom_emoji":
        return span._replace(kind="emoji", emoji_id=str(about.get("id")), text=span.text or f":{about.get('name')}:")
    if kind == "user":
        return span._replace(kind="user")
    if kind in ("date", "template_mention"):
        return span._replace(kind="date")
    if kind in ("link_preview", "link_mention"):
        url = about.get("href") or about.get("url")
        return span._replace(kind="mention", url=safe_url(url), text=span.text or str(about.get("title") or url or ""))
    return span._replace(kind="mention")


def _link_in(inner: dict[str, Any]) -> Any:
    link = inner.get("link")
    return link.get("url") if isinstance(link, dict) else None
