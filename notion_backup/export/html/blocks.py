"""Blocks as HTML. One writer a page; every block keeps its id, so that links to blocks lead to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notion_backup.export.atlas import Atlas, Target
from notion_backup.export.block_tree import Branch
from notion_backup.export.content import Content, ContentReader
from notion_backup.export.html.figures import Figures, figcaption
from notion_backup.export.html.formula import formula
from notion_backup.export.html.inline import Inline, colour_class, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.outline import HEADINGS, Outline
from notion_backup.export.html.page_links import PageLinks
from notion_backup.export.html.site import SiteMedia, block_anchor, href
from notion_backup.export.html.threads import Threads
from notion_backup.export.spans import Span, plain, safe_url, spans_of
from notion_backup.export.values import icon_emoji, shown_time

InlineTable = Callable[[str], Markup]
"""The table of a database that lies within a page, by its id; empty where there is none."""

_LISTS = {"bulleted_list_item": "ul", "to_do": "ul", "numbered_list_item": "ol"}
_MEDIA = ("image", "video", "audio", "pdf", "file")
_COUNTED = {"letters": "a", "roman": "i"}
_SYNC_DEPTH = 4


class Blocks:
    """Writes the body of one page. ``shown`` holds the id of every block that was written."""

    def __init__(
        self,
        atlas: Atlas,
        reader: ContentReader,
        content: Content,
        media: SiteMedia,
        inline: Inline,
        table: InlineTable,
    ) -> None:
        self.shown: set[str] = set()
        self._text: list[str] = []
        self._atlas = atlas
        self._reader = reader
        self._content = content
        self._figures = Figures(media, inline)
        self._threads = Threads(content, atlas, reader, inline, self._figures)
        self._inline = inline
        self._table = table
        self._links = PageLinks(atlas, reader, inline)
        self._outline = Outline((), self._words)
        self._copied: list[str] = []

    def body(self, branches: Sequence[Branch]) -> Markup:
        """All blocks of the page."""
        self._outline = Outline(branches, self._words)
        return self._all(branches)

    def comments(self, page_id: str) -> Markup:
        """The comments on the page as a whole, and those on blocks that are not in its body. Ask after ``body``."""
        return self._threads.others(page_id, self.shown)

    @property
    def text(self) -> list[str]:
        """What the blocks and comments say, piece by piece. Ask when both are written."""
        return self._text + self._threads.text

    def _all(self, branches: Sequence[Branch]) -> Markup:
        """Blocks one after the other; neighbours in a list make one list."""
        parts: list[Markup] = []
        at = 0
        while at < len(branches):
            kind = branches[at].type
            end = at + 1
            if kind in _LISTS:
                while end < len(branches) and branches[end].type == kind and not _counts_anew(branches[end]):
                    end += 1
                parts.append(self._list(kind, branches[at:end]))
            else:
                parts.append(self._one(branches[at]))
            at = end
        return Markup("\n").join(part for part in parts if part)

    def _one(self, branch: Branch) -> Markup:
        writer = _WRITERS.get(branch.type, Blocks._unknown)
        inner = writer(self, branch)
        threads = self._comments(branch)
        return Markup('<div class="{}"{}>{}{}</div>').format(
            _classes("block", f"k-{branch.type}" if branch.type in _WRITERS else "", branch.content.get("color"),
                     "noted" if threads else ""),
            self._anchor(branch), threads, inner)  # fmt: skip

    def _anchor(self, branch: Branch) -> Markup:
        """The block's id, unless this is a copy of it."""
        if self._copied or not branch.id or branch.id in self.shown:
            return Markup("")
        self.shown.add(branch.id)
        return Markup(' id="{}"').format(block_anchor(branch.id))

    def _comments(self, branch: Branch) -> Markup:
        """What is said about a block, unless this is a copy of it."""
        return Markup("") if self._copied else self._threads.about(branch.id)

    def _spans(self, branch: Branch, key: str = "rich_text") -> list[Span]:
        return spans_of(branch.content.get(key), self._atlas)

    def _words(self, branch: Branch) -> str:
        return plain(self._spans(branch))

    def _rich(self, branch: Branch, key: str = "rich_text") -> Markup:
        spans = self._spans(branch, key)
        self._text.append(plain(spans))
        return self._inline.spans(spans)

    def _inside(self, branch: Branch) -> Markup:
        """The blocks in a block, set in."""
        inner = self._all(branch.children)
        return Markup('<div class="inside">{}</div>').format(inner) if inner else Markup("")

    # Text

    def _paragraph(self, branch: Branch) -> Markup:
        icon = self._icon(branch)
        return Markup("<p>{}{}</p>{}").format(icon, self._rich(branch), self._inside(branch))

    def _heading(self, branch: Branch) -> Markup:
        heading = self._outline.heading(branch, self._rich(branch))
        if not branch.content.get("is_toggleable") and not branch.children:
            return heading
        return Markup("<details><summary>{}</summary>{}</details>").format(heading, self._inside(branch))

    def _list(self, kind: str, branches: Sequence[Branch]) -> Markup:
        tag = Markup(_LISTS[kind])
        start = branches[0].content.get("list_start_index")
        counted = _COUNTED.get(str(branches[0].content.get("list_format")))
        facts = Markup("")
        if kind == "numbered_list_item":
            facts += Markup(' start="{}"').format(start) if isinstance(start, int) and start > 1 else Markup("")
            facts += Markup(' type="{}"').format(counted) if counted else Markup("")
        items = Markup("\n").join(self._item(branch) for branch in branches)
        return Markup('<{0} class="{1}"{2}>{3}</{0}>').format(tag, "todo" if kind == "to_do" else "list", facts, items)

    def _item(self, branch: Branch) -> Markup:
        threads = self._comments(branch)
        text = self._rich(branch)
        if branch.type == "to_do":
            done = branch.content.get("checked") is True
            box = Markup('<span class="box" role="img" aria-label="{}">{}</span>').format(
                "done" if done else "to do", "☑" if done else "☐"
            )
            text = Markup('{} <span class="{}">{}</span>').format(box, "done" if done else "open", text)
        return Markup('<li class="{}"{}>{}<div>{}</div>{}</li>').format(
            _classes("item", "", branch.content.get("color"), "noted" if threads else ""),
            self._anchor(branch), threads, text, self._all(branch.children))  # fmt: skip

    def _toggle(self, branch: Branch) -> Markup:
        return Markup("<details><summary><span>{}</span></summary>{}</details>").format(
            self._rich(branch), self._inside(branch)
        )

    def _quote(self, branch: Branch) -> Markup:
        return Markup("<blockquote><p>{}</p>{}</blockquote>").format(self._rich(branch), self._all(branch.children))

    def _callout(self, branch: Branch) -> Markup:
        return Markup('<div class="callout {}">{}<div><p>{}</p>{}</div></div>').format(
            colour_class(branch.content.get("color")),
            self._icon(branch),
            self._rich(branch),
            self._all(branch.children),
        )

    def _template(self, branch: Branch) -> Markup:
        return Markup(
            '<div class="callout"><span class="icon" aria-hidden="true">➕</span><div><p>{}</p>{}</div></div>'
        ).format(self._rich(branch), self._all(branch.children))

    def _icon(self, branch: Branch) -> Markup:
        return self._inline.icon(icon_emoji(branch.content.get("icon")), self._content.file(branch.id, "icon"))

    def _code(self, branch: Branch) -> Markup:
        text = plain(self._spans(branch))
        self._text.append(text)
        caption = self._rich(branch, "caption")
        language = str(branch.content.get("language") or "")
        shown = Markup(' data-language="{}"').format(text_of(language)) if language not in ("", "plain text") else ""
        return Markup(
            '<figure class="code"><pre tabindex="0" role="region" aria-label="{}"{}><code>{}</code></pre>{}</figure>'
        ).format(text_of(f"Code, {language}" if language else "Code"), shown, text_of(text), figcaption(caption))

    def _equation(self, branch: Branch) -> Markup:
        expression = str(branch.content.get("expression") or "")
        self._text.append(expression)
        return Markup('<p class="equation">{}</p>').format(formula(expression, text_of, display=True))

    def _divider(self, _: Branch) -> Markup:
        return Markup("<hr>")

    # What holds other blocks

    def _inner(self, branch: Branch) -> Markup:
        return self._all(branch.children)

    def _columns(self, branch: Branch) -> Markup:
        return Markup('<div class="columns">{}</div>').format(self._all(branch.children))

    def _column(self, branch: Branch) -> Markup:
        ratio = branch.content.get("width_ratio")
        share = round(ratio * 20) * 5 if isinstance(ratio, float) and 0 < ratio < 1 else 0
        return Markup('<div class="column w-{}">{}</div>').format(share, self._all(branch.children))

    def _tab(self, branch: Branch) -> Markup:
        return Markup("").join(
            Markup('<div class="tab"{}>{}<p class="label">{}{}</p>{}</div>').format(
                self._anchor(label),
                self._comments(label),
                self._icon(label),
                self._rich(label),
                self._all(label.children),
            )
            for label in branch.children
        )

    def _simple_table(self, branch: Branch) -> Markup:
        rows = [row for row in branch.children if row.type == "table_row"]
        head = branch.content.get("has_column_header") is True
        side = branch.content.get("has_row_header") is True
        written = [self._row(row, head and number == 0, side) for number, row in enumerate(rows)]
        others = self._all([row for row in branch.children if row.type != "table_row"])
        top = Markup("<thead>{}</thead>").format(written[0]) if head and written else Markup("")
        body = Markup("\n").join(written[1:] if head else written)
        if not written:
            return others
        table = Markup('<div class="wide" tabindex="0" role="region" aria-label="Table"><table>{}{}</table></div>{}')
        threads = Markup("").join(self._comments(row) for row in rows)
        return threads + table.format(top, Markup("<tbody>{}</tbody>").format(body) if body else "", others)

    def _row(self, row: Branch, head: bool, side: bool) -> Markup:
        cells = row.content.get("cells")
        parts = []
        for number, cell in enumerate(cells if isinstance(cells, list) else []):
            spans = spans_of(cell, self._atlas)
            self._text.append(plain(spans))
            # An empty cell is the heading of nothing.
            scope = "" if not spans else "col" if head else "row" if side and number == 0 else ""
            shape = Markup('<th scope="{1}">{0}</th>') if scope else Markup("<td>{0}</td>")
            parts.append(shape.format(self._inline.spans(spans), scope))
        return Markup("<tr{}>{}</tr>").format(self._anchor(row), Markup("").join(parts) or Markup("<td></td>"))

    def _lone_row(self, branch: Branch) -> Markup:
        cells = branch.content.get("cells")
        found = [self._inline.spans(spans_of(cell, self._atlas)) for cell in (cells if isinstance(cells, list) else [])]
        return Markup("<p>{}</p>").format(Markup(" | ").join(found))

    def _synced(self, branch: Branch) -> Markup:
        source = branch.content.get("synced_from")
        original = str(source.get("block_id")) if isinstance(source, dict) else ""
        if not original or branch.children:
            return self._all(branch.children)
        target = self._atlas.find(original)
        if target is None:
            return Markup('<p class="quiet">A copy of a block that is not in this export.</p>')
        note = Markup('<p class="quiet">↻ Also on <a href="{}">{}</a></p>').format(
            href(self._inline.root, target), text_of(target.place.title)
        )
        if original in self._copied or len(self._copied) >= _SYNC_DEPTH:
            return note
        walked = (one for top in self._reader.body(target.place.id) for one in top.walk())
        found = next((one for one in walked if one.id == original), None)
        self._copied.append(original)
        inner = self._all(found.children) if found else Markup("")
        self._copied.pop()
        return note + inner

    def _meeting(self, branch: Branch) -> Markup:
        event = branch.content.get("calendar_event")
        event = event if isinstance(event, dict) else {}
        people = event.get("attendees")
        names = [self._reader.user_name({"id": one}) for one in (people if isinstance(people, list) else [])]
        facts = [shown_time(str(event["start_time"]))] if event.get("start_time") else []
        facts += [", ".join(names)] if names else []
        return Markup('<div class="meeting"><p class="label">{}</p><p class="quiet">{}</p>{}</div>').format(
            self._rich(branch, "title") or "Meeting", text_of(" · ".join(facts)), self._all(branch.children)
        )

    # What leads elsewhere

    def _breadcrumb(self, _: Branch) -> Markup:
        place = self._atlas.places.get(str(self._content.raw.get("id")))
        links = [self._links.to(Target(one)) for one in (place.above if place else [])]
        return Markup('<p class="quiet">{}</p>').format(Markup(" / ").join(links)) if links else Markup("")

    def _contents(self, _: Branch) -> Markup:
        return self._outline.contents()

    def _child(self, branch: Branch) -> Markup:
        link = self._links.child(branch.type, branch.id, str(branch.content.get("title") or "Untitled"))
        table = self._table(branch.id) if branch.type == "child_database" else Markup("")
        return Markup("<p>{}</p>{}{}").format(link, table, self._inside(branch))

    def _link_to_page(self, branch: Branch) -> Markup:
        kind = str(branch.content.get("type"))
        object_id = str(branch.content.get(kind))
        target = self._atlas.find(object_id)
        if target is not None:
            return Markup("<p>{}</p>").format(self._links.to(target, "↗"))
        if kind == "comment_id":
            return Markup('<p class="lost">↗ A comment</p>')
        title = self._reader.title_elsewhere(object_id) or "A page that is not in this export"
        url = "https://www.notion.so/" + object_id.replace("-", "")
        return Markup("<p>↗ {}</p>").format(self._inline.link(text_of(title), url))

    def _bookmark(self, branch: Branch) -> Markup:
        url = branch.content.get("url")
        self._text.append(str(url or ""))
        target = self._atlas.follow(url) if isinstance(url, str) else None
        safe = safe_url(url)
        if target is not None:
            shown = self._links.to(target, "↗")
        elif safe:
            shown = Markup('<a class="card out" href="{}" rel="noreferrer noopener">{}</a>').format(
                text_of(safe), text_of(str(url))
            )
        else:
            shown = Markup('<span class="lost">{}</span>').format(text_of(str(url or "")))
        return Markup("<figure>{}{}</figure>").format(shown, figcaption(self._rich(branch, "caption")))

    def _media_block(self, branch: Branch) -> Markup:
        file = self._content.file(branch.id, branch.type)
        caption = self._rich(branch, "caption")
        inner = self._inside(branch)
        if file is None:
            return Markup('<figure><span class="lost">{}</span>{}</figure>{}').format(
                branch.type, figcaption(caption), inner
            )
        return self._figures.figure(file, caption, plain(self._spans(branch, "caption"))) + inner

    def _unknown(self, branch: Branch) -> Markup:
        kind = str(branch.content.get("block_type") or branch.type or "unknown")
        text = self._rich(branch)
        note = "" if text else "Notion's API gives nothing more of this block."
        return Markup('<div class="callout lost"><div><p><b>{}</b> {}{}</p>{}</div></div>').format(
            text_of(kind), text, note, self._all(branch.children)
        )


_WRITERS: dict[str, Callable[[Blocks, Branch], Markup]] = {
    "paragraph": Blocks._paragraph,
    **dict.fromkeys(HEADINGS, Blocks._heading),
    "toggle": Blocks._toggle,
    "quote": Blocks._quote,
    "callout": Blocks._callout,
    "template": Blocks._template,
    "code": Blocks._code,
    "equation": Blocks._equation,
    "divider": Blocks._divider,
    "column_list": Blocks._columns,
    "column": Blocks._column,
    "tab": Blocks._tab,
    "table": Blocks._simple_table,
    "table_row": Blocks._lone_row,
    "synced_block": Blocks._synced,
    "meeting_notes": Blocks._meeting,
    "transcription": Blocks._meeting,
    "breadcrumb": Blocks._breadcrumb,
    "table_of_contents": Blocks._contents,
    "child_page": Blocks._child,
    "child_database": Blocks._child,
    "link_to_page": Blocks._link_to_page,
    **dict.fromkeys(("bookmark", "embed", "link_preview"), Blocks._bookmark),
    **dict.fromkeys(_MEDIA, Blocks._media_block),
}


def _classes(first: str, kind: str, colour: object, more: str) -> str:
    # A callout has its colour inside, where its frame is.
    shown = "" if kind == "k-callout" else colour_class(colour)
    return " ".join(name for name in (first, kind.replace("_", "-"), shown, more) if name)


def _counts_anew(branch: Branch) -> bool:
    """Whether a numbered item begins a list of its own: it is counted in another way, or from another number."""
    start = branch.content.get("list_start_index")
    return isinstance(start, int) and start > 1
