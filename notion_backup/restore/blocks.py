"""A page's body as it was read, made into blocks that may be sent.

Every block of the snapshot becomes a :class:`Want`, in document order: what can be sent as it is, a substitute for what
cannot, a :class:`Hole` where a page or database has its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from notion_backup.restore.facts import Names, Notes
from notion_backup.restore.files import FileEncoder
from notion_backup.restore.limits import COLOURS, LANGUAGES, MOST_EQUATION, MOST_ITEMS, MOST_URL, cut, units
from notion_backup.restore.text import TextEncoder, plain
from notion_backup.restore.tree import Node
from notion_backup.restore.wants import Hole, Want, stand_in
from notion_backup.snapshot import Raw, block_text

HEADINGS = ("heading_1", "heading_2", "heading_3", "heading_4")
_TEXTS = ("paragraph", "bulleted_list_item", "numbered_list_item", "to_do", "toggle", "quote", "callout", *HEADINGS)
_PARENTS = frozenset((*_TEXTS, "column_list", "column", "table", "synced_block", "tab"))
_CONTINUED = ("paragraph", "bulleted_list_item", "quote", "code")
_MEDIA = ("image", "video", "pdf", "audio", "file")
_MEETINGS = ("meeting_notes", "transcription")


class BlockEncoder:
    """Encodes the blocks of one page.

    ``needed`` are blocks whose new ids have to be known; ``page_of_comment`` tells on which page a comment is.
    ``adopted`` are copies, by the original they show, that became originals because theirs does not come with the
    restore; ``content_of`` finds the content of such an original.
    """

    def __init__(
        self,
        names: Names,
        files: FileEncoder,
        *,
        needed: frozenset[str] | set[str] = frozenset(),
        adopted: dict[str, str] | None = None,
        page_of_comment: Mapping[str, str] | None = None,
        content_of: Callable[[str], list[Node]] = lambda _: [],
    ) -> None:
        self._names = names
        self._text = TextEncoder(names)
        self._files = files
        self._needed = needed
        self._page_of_comment = page_of_comment or {}
        self._content_of = content_of
        self._adopted = adopted if adopted is not None else {}

    def body(self, nodes: Iterable[Node]) -> list[Want | Hole]:
        """The blocks of a page's first level, each with what is below it."""
        found: list[Want | Hole] = []
        for node in nodes:
            if node.raw.get("type") in ("child_page", "child_database"):
                found.append(Hole(node.id))
            else:
                found.extend(self._wants(node))
        return found

    def absent(self, node: Node, code: str) -> Want:
        """What stands in for a page or database that cannot come."""
        kind = str(node.raw.get("type"))
        notes = Notes()
        notes.lose(code, kind.removeprefix("child_"), node.id)
        words = f"[{kind.removeprefix('child_')}] {block_text(node.raw)}".strip()
        return Want(None, "callout", stand_in(words), notes=notes)

    def _below(self, nodes: Iterable[Node]) -> list[Want]:
        return [want for node in nodes for want in self._wants(node)]

    def _wants(self, node: Node) -> list[Want]:
        """The block, or what stands in its place; several where one will not do."""
        kind = str(node.raw.get("type"))
        inner = node.raw.get(kind)
        given: Raw = inner if isinstance(inner, dict) else {}
        notes = Notes()
        if kind in _TEXTS or kind == "code":
            return self._text_block(node, kind, given, notes)
        maker = self._MAKERS.get(kind)
        if maker is not None:
            return maker(self, node, kind, given, notes)
        if kind in _MEDIA:
            return [self._media(node, kind, given, notes)]
        return self._unknown(node, kind, notes)

    def _want(self, node: Node, kind: str, inner: Raw, notes: Notes, children: list[Want] | None = None) -> Want:
        needed = node.id in self._needed
        return Want(node.id, kind, inner, children if children is not None else [], notes, needed)

    # --- text --------------------------------------------------------------------------------------------------

    def _text_block(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        where = ("block", node.id)
        pieces = self._text.encode(given.get("rich_text"), notes, where)
        more: list[list[Raw]] = []
        if len(pieces) > MOST_ITEMS and kind in _CONTINUED:
            notes.lose("text-continued", *where)
            more = [pieces[at : at + MOST_ITEMS] for at in range(MOST_ITEMS, len(pieces), MOST_ITEMS)]
            pieces = pieces[:MOST_ITEMS]
        elif len(pieces) > MOST_ITEMS:
            pieces = self._text.fit(given.get("rich_text"), Notes(), where)
            notes.lose("text-plain", *where)
        form = self._code(given, notes, where) if kind == "code" else self._form(kind, given, notes, where)
        children = self._below(node.children) if kind in _PARENTS else []
        if kind in HEADINGS and children:
            form["is_toggleable"] = True
        first = self._want(node, kind, {"rich_text": pieces, **form}, notes, children)
        plainly = {name: value for name, value in form.items() if name in ("color", "language")}
        if more and first.children:
            # What stands below the block comes after all of its text.
            rest = [Want(None, "paragraph", {"rich_text": part}) for part in more]
            first.children = [*rest, *first.children]
            return [first]
        return [first, *(Want(None, kind, {"rich_text": part, **plainly}) for part in more)]

    def _form(self, kind: str, given: Raw, notes: Notes, where: tuple[str, str]) -> Raw:
        form: Raw = _colour(given)
        if kind == "to_do":
            form["checked"] = bool(given.get("checked"))
        if kind in HEADINGS and given.get("is_toggleable"):
            form["is_toggleable"] = True
        if kind in ("callout", "paragraph"):
            icon = self._files.icon(given.get("icon"), notes, where)
            if icon is not None:
                form["icon"] = icon
            elif kind == "callout" and not given.get("icon"):
                notes.lose("callout-icon", *where)
        if kind == "numbered_list_item" and (
            given.get("list_start_index") not in (None, 1) or given.get("list_format") not in (None, "numbers")
        ):
            notes.lose("list-numbers", *where)
        return form

    def _code(self, given: Raw, notes: Notes, where: tuple[str, str]) -> Raw:
        language = given.get("language")
        if language not in LANGUAGES:
            notes.lose("code-language", *where, str(language)[:40])
            language = "plain text"
        return {"language": language, **self._caption(given, notes, where)}

    def _caption(self, given: Raw, notes: Notes, where: tuple[str, str]) -> Raw:
        caption = self._text.fit(given.get("caption"), notes, where)
        return {"caption": caption} if caption else {}

    # --- simple blocks -----------------------------------------------------------------------------------------

    def _bare(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        return [self._want(node, kind, _colour(given) if kind == "table_of_contents" else {}, notes)]

    def _equation(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        expression = str(given.get("expression") or "")
        if units(expression) <= MOST_EQUATION:
            return [self._want(node, kind, {"expression": expression}, notes)]
        notes.lose("equation-length", "block", node.id)
        text = [plain(part) for part in cut(expression)][:MOST_ITEMS]
        return [self._want(node, "code", {"rich_text": text, "language": "latex"}, notes)]

    def _linked(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        """Embeds, bookmarks, and link previews, which become bookmarks."""
        where = ("block", node.id)
        url = self._text.address(str(given.get("url") or ""), notes, where)
        if kind == "link_preview":
            notes.lose("link-preview", *where)
            kind = "bookmark"
        if not url.strip():
            return [self._placeholder(node, kind, notes, "unknown-block")]
        if units(url) > MOST_URL:
            notes.lose("url-length", *where)
            text = [plain(part) for part in cut(url)][:MOST_ITEMS]
            return [self._want(node, "paragraph", {"rich_text": text}, notes)]
        return [self._want(node, kind, {"url": url, **self._caption(given, notes, where)}, notes)]

    def _link_to_page(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        named = str(given.get("type"))
        old = str(given.get(named))
        where = ("block", node.id)
        if named == "comment_id":
            page = self._page_of_comment.get(old)
            if page is None:
                return [self._link_text(node, old, notes)]
            notes.lose("comment-link", *where)
            named, old = "page_id", page
        return [self._link(node, named, old, notes)]

    def _link(self, node: Node, named: str, old: str, notes: Notes) -> Want:
        new = self._names.find(old)
        if new is None and old in self._names.coming:
            notes.pending.add(old)
            return self._want(node, "link_to_page", {"type": named, named: old}, notes)
        if new is None:
            return self._link_text(node, old, notes)
        return self._want(node, "link_to_page", {"type": named, named: new}, notes)

    def _link_text(self, node: Node, old: str, notes: Notes) -> Want:
        notes.lose("link-outside", "block", node.id)
        url = f"https://app.notion.com/p/{old.replace('-', '')}"
        return self._want(node, "paragraph", {"rich_text": [plain(url, url)]}, notes)

    def _moved(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        """A page or database inside a block: it is made below the page, and a link stands here."""
        code, named = ("nested-page", "page_id") if kind == "child_page" else ("nested-database", "database_id")
        notes.lose(code, kind.removeprefix("child_"), node.id)
        link = self._link(node, named, node.id, notes)
        link.old = None  # the id is that of the page or database itself
        return [link]

    # --- media -------------------------------------------------------------------------------------------------

    def _media(self, node: Node, kind: str, given: Raw, notes: Notes) -> Want:
        where = ("block", node.id)
        shown = kind
        if given.get("type") != "external" and not self._files.suits(node.id, kind, kind):
            notes.lose("file-as-file", *where)
            shown = "file"
        source, name = self._files.source(given, kind, shown if shown != "file" else None, notes, where)
        caption = self._caption(given, notes, where)
        if source is None:
            text = [plain(f"{name or kind}"[:MOST_URL])]
            return self._want(node, "callout", {"rich_text": text, "icon": {"type": "emoji", "emoji": "📎"}}, notes)
        inner = {**source, **caption}
        if shown == "file" and name:
            inner["name"] = name
        return self._want(node, shown, inner, notes)

    # --- containers --------------------------------------------------------------------------------------------

    def _table(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        rows = [row for row in node.children if row.raw.get("type") == "table_row"]
        cells = [_cells(row.raw) for row in rows]
        width = given.get("table_width")
        wide = width if isinstance(width, int) and width > 0 else max((len(row) for row in cells), default=1)
        inner = {
            "table_width": wide,
            "has_column_header": bool(given.get("has_column_header")),
            "has_row_header": bool(given.get("has_row_header")),
        }
        children = [self._row(row, _cells(row.raw), wide) for row in rows]
        if not children:
            children = [Want(None, "table_row", {"cells": [[] for _ in range(wide)]})]
        return [self._want(node, kind, inner, notes, children)]

    def _row(self, node: Node, cells: list[Any], width: int) -> Want:
        notes = Notes()
        if len(cells) != width:
            notes.lose("table-cells", "block", node.id)
        fit = [*cells, *([] for _ in range(width - len(cells)))][:width]
        where = ("block", node.id)
        return self._want(node, "table_row", {"cells": [self._text.fit(cell, notes, where) for cell in fit]}, notes)

    def _columns(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        columns = [self._column(column) for column in node.children if column.raw.get("type") == "column"]
        if len(columns) >= 2:
            return [self._want(node, kind, {}, notes, columns)]
        content = [child for column in columns for child in column.children]
        content = content or [Want(None, "paragraph", {"rich_text": []})]
        for gone in (node.id, *(column.old for column in columns)):
            content[0].notes.lose("one-column", "block", str(gone))
        return content

    def _column(self, node: Node) -> Want:
        ratio = node.raw.get("column", {}).get("width_ratio")
        inner: Raw = {"width_ratio": ratio} if isinstance(ratio, (int, float)) and 0 < ratio < 1 else {}
        return self._want(node, "column", inner, Notes(), self._below(node.children))

    def _tabs(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        items = self._below(node.children)
        for place, item in enumerate(items):
            if item.kind != "paragraph":
                item.notes.lose("tab-item", "block", item.old or node.id)
                items[place] = Want(None, "paragraph", {"rich_text": []}, [item])
        return [self._want(node, kind, {}, notes, items)]

    def _synced(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        source = given.get("synced_from")
        original = source.get("block_id") if isinstance(source, dict) else None
        if not isinstance(original, str):
            return [self._want(node, kind, {"synced_from": None}, notes, self._below(node.children))]
        shown = self._adopted.get(original, original)
        new = self._names.find(shown)
        if shown != node.id and (new is not None or shown in self._names.coming):
            if new is None:
                notes.pending.add(shown)
            return [self._want(node, kind, {"synced_from": {"type": "block_id", "block_id": new or shown}}, notes)]
        self._adopted[original] = node.id
        if new is None:
            self._names.announce([node.id])
        notes.lose("synced-own", "block", node.id)
        want = self._want(
            node, kind, {"synced_from": None}, notes, self._below(node.children or self._content_of(original))
        )
        want.needed = True
        return [want]

    # --- substitutes -------------------------------------------------------------------------------------------

    def _template(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        notes.lose("template-block", "block", node.id)
        text = self._text.fit(given.get("rich_text"), notes, ("block", node.id))
        return [self._want(node, "toggle", {"rich_text": text}, notes, self._below(node.children))]

    def _meeting(self, node: Node, kind: str, given: Raw, notes: Notes) -> list[Want]:
        notes.lose("meeting-notes", "block", node.id)
        title = given.get("title")
        text = (
            self._text.fit(title, notes, ("block", node.id)) if isinstance(title, list) else [plain(str(title or kind))]
        )
        return [self._want(node, "toggle", {"rich_text": text}, notes, self._below(node.children))]

    def _unknown(self, node: Node, kind: str, notes: Notes) -> list[Want]:
        code = "unsupported-block" if kind == "unsupported" else "unknown-block"
        inner = node.raw.get(kind)
        named = inner.get("block_type") if isinstance(inner, dict) else None
        return [self._placeholder(node, str(named or kind), notes, code)]

    def _placeholder(self, node: Node, named: str, notes: Notes, code: str) -> Want:
        notes.lose(code, "block", node.id, named[:80])
        words = f"[{named}] {block_text(node.raw)}".strip()
        return self._want(node, "callout", stand_in(words), notes, self._below(node.children))

    _MAKERS: Mapping[str, Callable[[BlockEncoder, Node, str, Raw, Notes], list[Want]]] = {
        "divider": _bare,
        "breadcrumb": _bare,
        "table_of_contents": _bare,
        "equation": _equation,
        "embed": _linked,
        "bookmark": _linked,
        "link_preview": _linked,
        "link_to_page": _link_to_page,
        "child_page": _moved,
        "child_database": _moved,
        "table": _table,
        "column_list": _columns,
        "tab": _tabs,
        "synced_block": _synced,
        "template": _template,
        "meeting_notes": _meeting,
        "transcription": _meeting,
    }


def _cells(raw: Raw) -> list[Any]:
    inner = raw.get("table_row")
    cells = inner.get("cells") if isinstance(inner, dict) else None
    return cells if isinstance(cells, list) else []


def _colour(given: Raw) -> Raw:
    colour = given.get("color")
    return {"color": colour} if colour in COLOURS and colour != "default" else {}
