"""Rich text and property values as HTML. Everything that comes from a workspace is escaped where it is put in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from markupsafe import escape

from notion_backup.export.content import ContentReader
from notion_backup.export.html.formula import formula
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.site import IMAGES, SiteMedia, href
from notion_backup.export.spans import Span
from notion_backup.export.values import Part, Value
from notion_backup.snapshot import FileRef

COLOURS = ("gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
_CLASSES = {name: f"c-{name}" for name in COLOURS} | {f"{name}_background": f"bg-{name}" for name in COLOURS}
_TAGS: tuple[tuple[Callable[[Span], bool], Markup], ...] = (
    (lambda span: span.code, Markup("<code>{}</code>")),
    (lambda span: span.bold, Markup("<strong>{}</strong>")),
    (lambda span: span.italic, Markup("<em>{}</em>")),
    (lambda span: span.strikethrough, Markup("<s>{}</s>")),
    (lambda span: span.underline, Markup("<u>{}</u>")),
)
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)} | {0x7F: 0x2421}
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0xFDD0, 0xFDF0)), 0xFFFD)
_CONTROLS |= {plane * 0x10000 + last: 0xFFFD for plane in range(17) for last in (0xFFFE, 0xFFFF)}


class Inline:
    """Writes text and values for pages whose way to the top of the site is ``root``."""

    def __init__(self, reader: ContentReader, media: SiteMedia, emojis: dict[str, FileRef], root: str) -> None:
        self.root = root
        self._reader = reader
        self._media = media
        self._emojis = emojis

    def spans(self, spans: Sequence[Span]) -> Markup:
        """Rich text."""
        return Markup("").join(self._span(span) for span in spans)

    def value(self, value: Value, most: int | None = None) -> Markup:
        """A property's value: chips, links, names, or text; of a long list only the first ``most`` things."""
        if value.spans:
            return self.spans(value.spans)
        if value.kind == "check":
            return Markup('<span class="check">{}</span>').format("☑ Yes" if value.data else "☐ No")
        joint = Markup(" ") if value.kind in ("options", "files", "links", "people") else Markup(", ")
        written = joint.join(self._part(part, value.kind) for part in value.parts[:most])
        rest = len(value.parts) - (most or len(value.parts))
        return written + (Markup(' <span class="quiet">+{}</span>').format(rest) if rest > 0 else Markup(""))

    def link(self, text: str | Markup, url: str) -> Markup:
        """A link out of the site."""
        return Markup('<a class="out" href="{}" rel="noreferrer noopener">{}</a>').format(text_of(url), text)

    def file(self, file: FileRef, text: str) -> Markup:
        """A link to a file that is kept; its name alone where it is not."""
        path = self._media.linked(file)
        if path is None:
            return Markup('<span class="lost">{}</span>').format(text_of(text))
        return Markup('<a class="file" href="{}{}">{}</a>').format(self.root, path, text_of(text))

    def icon(self, emoji: str, file: FileRef | None) -> Markup:
        """The icon of a page or callout: decoration, so without words."""
        path = self._media.shown(file, IMAGES)
        if path is not None:
            return Markup('<img class="icon" src="{}{}" alt="">').format(self.root, path)
        return Markup('<span class="icon" aria-hidden="true">{}</span>').format(text_of(emoji)) if emoji else Markup("")

    def _span(self, span: Span) -> Markup:
        emoji = self._media.shown(self._emojis.get(span.emoji_id), IMAGES) if span.emoji_id else None
        if emoji is not None:
            return Markup('<img class="emoji" src="{}{}" alt="{}">').format(self.root, emoji, text_of(span.text))
        text = breaks(span.text)
        if span.kind == "equation":
            text = Markup(formula(span.text, text_of))
        elif span.kind in ("user", "date"):
            text = Markup('<span class="mention">{}</span>').format(text)
        for has, tagged in _TAGS if span.styled or span.code else ():
            if has(span):
                text = tagged.format(text)
        if span.colour in _CLASSES:
            text = Markup('<span class="{}">{}</span>').format(_CLASSES[span.colour], text)
        if span.target:
            return Markup('<a href="{}">{}</a>').format(href(self.root, span.target), text)
        return self.link(text, span.url) if span.url else text

    def _part(self, part: Part, kind: str) -> Markup:
        if part.file is not None and (part.file.media is not None or not part.url):
            return self.file(part.file, part.text)
        if part.target is not None:
            return Markup('<a class="to" href="{}">{}</a>').format(href(self.root, part.target), text_of(part.text))
        if part.url:
            return self.link(text_of(part.text), part.url)
        if kind == "options":
            return Markup('<span class="chip {}">{}</span>').format(
                _CLASSES.get(f"{part.colour}_background", ""), text_of(part.text)
            )
        return (
            Markup('<span class="person">{}</span>').format(text_of(part.text))
            if kind == "people"
            else text_of(part.text)
        )


def colour_class(colour: object) -> str:
    """The class of a block's colour; "" for none."""
    return _CLASSES.get(str(colour), "")


def text_of(text: str) -> Markup:
    """Text, escaped; characters that HTML forbids are shown by pictures of them."""
    if not text.isprintable():
        text = text.encode("utf-8", "replace").decode("utf-8").translate(_CONTROLS)
    return Markup(escape(text))


def breaks(text: str) -> Markup:
    """Text whose line ends are line breaks."""
    if text.isprintable():
        return text_of(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").split("\n")
    return Markup("<br>").join(text_of(line) for line in lines)
