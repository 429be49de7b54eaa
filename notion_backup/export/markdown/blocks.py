"""Blocks as lines of Markdown. One writer a note; what Markdown has no form for is said in words and kept in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from notion_backup.export.atlas import Target
from notion_backup.export.block_tree import Branch
from notion_backup.export.content import Content, ContentReader
from notion_backup.export.markdown.escape import escape, link_url, longest_run, visible
from notion_backup.export.markdown.footnotes import Footnotes, Lines, prefixed
from notion_backup.export.markdown.inline import Inline, acts, without_tags
from notion_backup.export.markdown.vault import Vault
from notion_backup.export.spans import Span, plain, safe_url, spans_of
from notion_backup.export.values import icon_emoji, shown_time
from notion_backup.snapshot import FileRef

Save = Callable[[str, FileRef], str | None]
"""Writes a file beside a note and gives the name by which the note embeds it; None for one that is not kept."""

_LISTS = {"bulleted_list_item": "- ", "to_do": "- ", "numbered_list_item": "1. "}
_HEADINGS = {"heading_1": 2, "heading_2": 3, "heading_3": 4, "heading_4": 5}
_MEDIA = ("image", "video", "audio", "pdf", "file")
_SHOWN_MEDIA = ("image", "video", "audio", "pdf")
# Languages of code that Obsidian or its plugins would run or draw as something of the vault.
_ACTING_LANGUAGES = re.compile(r"^(dataview.*|query|base|tasks.*|run-.*|js-engine.*|templater.*|button|meta-bind.*)$")
_CALLOUTS = {"💡": "tip", "⚠️": "warning", "⚠": "warning", "❗": "danger", "🚨": "danger", "❓": "question",
             "✅": "success", "❌": "failure", "🐛": "bug", "📝": "note", "ℹ️": "info", "📌": "important"}  # fmt: skip
_SYNC_DEPTH = 4
_ITEM = re.compile(r"(-|\d+\.) ")


class Blocks:
    """Writes the body of one note. ``shown`` holds the id of every block that was written."""

    def __init__(
        self,
        vault: Vault,
        reader: ContentReader,
        content: Content,
        note: str,
        save: Save,
    ) -> None:
        self.shown: set[str] = set()
        self.inline = Inline(vault, note)
        self._vault = vault
        self._reader = reader
        self._content = content
        self._note = note
        self._save = save
        self._headings: list[tuple[int, str]] = []
        self._copied: list[str] = []
        self._footnotes = Footnotes(content, vault.atlas, reader, self.inline, self._file)

    def body(self, branches: Sequence[Branch]) -> Lines:
        """All blocks of the page."""
        self._headings = [found for branch in branches for found in self._headings_in(branch)]
        return self._all(branches)

    def footnotes(self) -> Lines:
        """The comments on blocks, to stand at the end of the note. Ask after ``body``."""
        return self._footnotes.end()

    def comments(self, page_id: str) -> Lines:
        """The comments on the page as a whole, and those on blocks that are not in its body."""
        return self._footnotes.section(page_id, self.shown)

    def _headings_in(self, branch: Branch) -> list[tuple[int, str]]:
        found = [one for one in branch.walk() if one.type in _HEADINGS]
        return [(_HEADINGS[one.type] - 2, plain(self._spans(one))) for one in found]

    def _all(self, branches: Sequence[Branch]) -> Lines:
        """Blocks one after the other, with an empty line between any two that are not neighbours in a list.

        A block of which nothing is shown still parts the lists around it.
        """
        lines: Lines = []
        number = 0
        before = ""
        for branch in branches:
            number = self._number(branch, number if before == branch.type else 0)
            written = self._one(branch, number)
            close = before == branch.type and branch.type in _LISTS
            before = branch.type
            if not written:
                continue
            if lines and not close:
                lines.append("")
                if _ITEM.match(written[0]) and _ends_in_list(lines):
                    lines += ["<!-- -->", ""]  # else two lists would be one
            lines += written
        return lines

    def _number(self, branch: Branch, before: int) -> int:
        start = branch.content.get("list_start_index")
        return start if before == 0 and isinstance(start, int) and start > 0 else before + 1

    def _one(self, branch: Branch, number: int) -> Lines:
        if not self._copied:
            self.shown.add(branch.id)
        listed = branch.type in _LISTS
        lines = self._listed(branch, number) if listed else _WRITERS.get(branch.type, Blocks._unknown)(self, branch)
        return self._marked(branch, lines) if not self._copied else lines

    def _marked(self, branch: Branch, lines: Lines) -> Lines:
        """A block's lines with what others refer to it by: footnotes of its comments, and its block id."""
        notes = self._footnotes.marks(branch.id)
        if notes and branch.type not in _TEXTS:
            lines = [*lines, *([""] if lines else []), notes]
        if branch.id in self._vault.atlas.owners.linked and branch.type not in _TEXTS:
            lines = [*lines, "", f"^{self._vault.anchor(branch.id)}"]
        return lines

    def _tail(self, branch: Branch) -> str:
        """What stands behind the text of a block that has text: footnotes, block id."""
        if self._copied:
            return ""
        notes = self._footnotes.marks(branch.id)
        linked = branch.id in self._vault.atlas.owners.linked
        return notes + (f" ^{self._vault.anchor(branch.id)}" if linked else "")

    def _spans(self, branch: Branch, key: str = "rich_text") -> list[Span]:
        return spans_of(branch.content.get(key), self._vault.atlas)

    def _caption(self, branch: Branch) -> Lines:
        spans = [span._replace(italic=True) for span in self._spans(branch, "caption")]
        return ["", *self.inline.block(spans).split("\n")] if plain(spans).strip() else []

    # Text

    def _paragraph(self, branch: Branch) -> Lines:
        icon = icon_emoji(branch.content.get("icon"))
        text = (f"{icon} " if icon else "") + self.inline.block(self._spans(branch)) + self._tail(branch)
        inner = self._all(branch.children)
        lines = text.split("\n") if text.strip() else []
        return [*lines, *([""] if lines and inner else []), *inner]

    def _heading(self, branch: Branch) -> Lines:
        text = self.inline.line(self._spans(branch)) + self._tail(branch)
        inner = self._all(branch.children)
        return ["#" * _HEADINGS[branch.type] + " " + text, *([""] if inner else []), *inner]

    def _listed(self, branch: Branch, number: int) -> Lines:
        marker = f"{number}. " if branch.type == "numbered_list_item" else "- "
        box = ("[x] " if branch.content.get("checked") is True else "[ ] ") if branch.type == "to_do" else ""
        # An item without text could hold nothing but lists.
        text = box + (self.inline.block(self._spans(branch)) + self._tail(branch) or "&nbsp;")
        inner = self._all(branch.children)
        gap = [""] if inner and not inner[0].startswith(("- ", "1. ")) else []
        return prefixed(marker, " " * len(marker), [*text.split("\n"), *gap, *inner])

    def _toggle(self, branch: Branch) -> Lines:
        return self._callout_of("toggle", self._spans(branch), branch, folded=True)

    def _quote(self, branch: Branch) -> Lines:
        text = self.inline.block(self._spans(branch)) + self._tail(branch) or "&nbsp;"
        inner = self._all(branch.children)
        return prefixed("> ", "> ", [*text.split("\n"), *([""] if inner else []), *inner])

    def _callout(self, branch: Branch) -> Lines:
        icon = icon_emoji(branch.content.get("icon"))
        spans = self._spans(branch)
        file = self._content.file(branch.id, "icon")
        picture = self._save(self._note, file) if file else None
        shown = f"![[{picture}|20]] " if picture else f"{icon} " if icon else ""
        kind = _CALLOUTS.get(icon, "note")
        text = self.inline.block(spans) + self._tail(branch)
        inner = self._all(branch.children)
        first, *rest = text.split("\n")
        head = f"[!{kind}] {shown}{first}".rstrip()
        return prefixed("> ", "> ", [head, *rest, *([""] if inner else []), *inner])

    def _template(self, branch: Branch) -> Lines:
        return self._callout_of("template", self._spans(branch), branch)

    def _callout_of(self, kind: str, title: list[Span], branch: Branch, *, folded: bool = False) -> Lines:
        text = self.inline.line(title) + self._tail(branch)
        inner = self._all(branch.children)
        head = f"[!{kind}]{'-' if folded else ''} {text}".rstrip()
        return prefixed("> ", "> ", [head, *([""] if inner else []), *inner])

    def _code(self, branch: Branch) -> Lines:
        text = visible(plain(self._spans(branch)))
        language = str(branch.content.get("language") or "").lower()
        language = re.sub(r"[^\w+#-]", "", language.replace("plain text", "").replace(" ", "-"))
        language = "" if _ACTING_LANGUAGES.match(language) else language
        fence = "`" * max(3, longest_run(text, "`") + 1)
        return [fence + language, *text.split("\n"), fence, *self._caption(branch)]

    def _equation(self, branch: Branch) -> Lines:
        expression = visible(str(branch.content.get("expression") or "")).strip("\n")
        if acts(expression) or not expression.strip():
            return ["```latex", *expression.split("\n"), "```"]
        return ["$$", *(line for line in without_tags(expression).split("\n") if line.strip()), "$$"]

    def _divider(self, _: Branch) -> Lines:
        return ["---"]

    # What holds other blocks

    def _inner(self, branch: Branch) -> Lines:
        return self._all(branch.children)

    def _tab(self, branch: Branch) -> Lines:
        lines: Lines = []
        for label in branch.children:
            if not self._copied:
                self.shown.add(label.id)
            icon = icon_emoji(label.content.get("icon"))
            text = (f"{icon} " if icon else "") + self.inline.line(self._spans(label)) + self._tail(label)
            inner = self._all(label.children)
            tab = prefixed("> ", "> ", [f"[!tab] {text}".rstrip(), *([""] if inner else []), *inner])
            lines += [*([""] if lines else []), *tab]
        return lines

    def _table(self, branch: Branch) -> Lines:
        rows = [row for row in branch.children if row.type == "table_row"]
        if not self._copied:
            self.shown.update(row.id for row in rows)
        cells = [[self._cell(cell) for cell in _cells(row)] for row in rows]
        width = max([len(row) for row in cells] or [0])
        if not width:
            return []
        cells = [row + [""] * (width - len(row)) for row in cells]
        if not branch.content.get("has_column_header"):
            cells.insert(0, [""] * width)
        others = [row for row in branch.children if row.type != "table_row"]
        notes = "".join(self._footnotes.marks(row.id) for row in rows)
        lines = [f"| {' | '.join(row)} |" for row in cells]
        lines.insert(1, "|" + " --- |" * width)
        return [*lines, *(["", notes] if notes else []), *self._all(others)]

    def _cell(self, cell: object) -> str:
        return self.inline.cell(spans_of(cell, self._vault.atlas))

    def _table_row(self, branch: Branch) -> Lines:
        return ["| " + " | ".join(self._cell(cell) for cell in _cells(branch)) + " |"]

    def _synced_block(self, branch: Branch) -> Lines:
        source = branch.content.get("synced_from")
        original = str(source.get("block_id")) if isinstance(source, dict) else ""
        if not original or branch.children:
            return self._all(branch.children)
        target = self._vault.atlas.find(original)
        if target is None:
            return ["> [!synced] A copy of a block that is not in this export"]
        note = f"> [!synced] Also on {self.inline.link(Target(target.place), target.place.title)}"
        if original in self._copied or len(self._copied) >= _SYNC_DEPTH:
            return [note]
        found = next((one for one in self._top_branches(target) if one.id == original), None)
        if found is None:
            return [note]
        self._copied.append(original)
        lines = self._all(found.children)
        self._copied.pop()
        return [note, "", *lines]

    def _top_branches(self, target: Target) -> list[Branch]:
        return [one for top in self._reader.body(target.place.id) for one in top.walk()]

    def _meeting_notes(self, branch: Branch) -> Lines:
        title = self.inline.line(self._spans(branch, "title")) or "Meeting"
        event = branch.content.get("calendar_event")
        event = event if isinstance(event, dict) else {}
        people = event.get("attendees")
        names = [self._reader.user_name({"id": one}) for one in (people if isinstance(people, list) else [])]
        facts = [shown_time(str(event["start_time"]))] if event.get("start_time") else []
        facts += [escape(", ".join(names))] if names else []
        head = [f"[!meeting] {title}{self._tail(branch)}", *(["", " · ".join(facts)] if facts else [])]
        return prefixed("> ", "> ", [*head, "", *self._all(branch.children)])

    # What leads elsewhere

    def _breadcrumb(self, _: Branch) -> Lines:
        place = self._vault.atlas.places.get(str(self._content.raw.get("id")))
        above = place.above if place else []
        return [" / ".join(self.inline.link(Target(one), one.title) for one in above)] if above else []

    def _table_of_contents(self, _: Branch) -> Lines:
        return ["  " * level + f"- {_heading_link(text)}" for level, text in self._headings if text.strip()]

    def _child_page(self, branch: Branch) -> Lines:
        target = self._vault.atlas.find(branch.id)
        title = str(branch.content.get("title") or "Untitled")
        link = self.inline.link(target, target.place.title) if target else escape(title)
        return [f"📄 {link}", *self._all(branch.children)]

    def _child_database(self, branch: Branch) -> Lines:
        target = self._vault.atlas.find(branch.id)
        title = str(branch.content.get("title") or "Untitled")
        if target is None:
            return [f"🗃️ {escape(title)}"]
        lines = [f"🗃️ {self.inline.link(target, target.place.title)}"]
        for source in target.place.data_sources():
            lines += ["", f"![[{self._vault.name(source)}.base]]"]
        return [*lines, *self._all(branch.children)]

    def _link_to_page(self, branch: Branch) -> Lines:
        kind = str(branch.content.get("type"))
        object_id = str(branch.content.get(kind))
        target = self._vault.atlas.find(object_id)
        if target is not None:
            return [f"↗ {self.inline.link(target, target.place.title)}"]
        if kind == "comment_id":
            return ["↗ A comment"]
        title = self._reader.title_elsewhere(object_id) or "A page that is not in this export"
        return [f"↗ [{escape(title)}]({link_url('https://www.notion.so/' + object_id.replace('-', ''))})"]

    def _bookmark(self, branch: Branch) -> Lines:
        url = branch.content.get("url")
        target = self._vault.atlas.follow(url) if isinstance(url, str) else None
        if target is not None:
            return [self.inline.link(target, target.place.title), *self._caption(branch)]
        safe = safe_url(url)
        shown = escape(str(url or "")).replace("\n", " ")
        return [f"[{shown}]({link_url(safe)})" if safe else shown, *self._caption(branch)]

    def _media(self, branch: Branch) -> Lines:
        file = self._content.file(branch.id, branch.type)
        if file is not None:
            line = self._file(file, shown=branch.type in _SHOWN_MEDIA)
        else:
            line = f"[{branch.type}]".replace("[", "\\[")
        return [line, *self._caption(branch), *self._all(branch.children)]

    def _file(self, file: FileRef, *, shown: bool = True) -> str:
        """A link to a file, or the file itself in place; its address where it is not kept."""
        name = self._save(self._note, file)
        if name is not None:
            return f"![[{name}]]" if shown else f"[[{name}]]"
        text = escape(file.name or "file").replace("\n", " ")
        url = None if file.hosted else safe_url(file.url)
        return f"{'!' if shown and url else ''}[{text}]({link_url(url)})" if url else f"{text} (not kept)"

    def _unknown(self, branch: Branch) -> Lines:
        kind = escape(str(branch.content.get("block_type") or branch.type or "unknown"))
        text = self.inline.line(self._spans(branch))
        lines = [
            f"[!missing] {kind}: Notion's API gives nothing more of it" if not text else f"[!missing] {kind}",
            text,
        ]
        inner = self._all(branch.children)
        return prefixed("> ", "> ", [line for line in lines if line] + inner)


_TEXTS = frozenset({"paragraph", *_HEADINGS, *_LISTS, "toggle", "quote", "callout", "template", "meeting_notes"})
_WRITERS: dict[str, Callable[[Blocks, Branch], Lines]] = {
    "paragraph": Blocks._paragraph,
    **dict.fromkeys(_HEADINGS, Blocks._heading),
    "toggle": Blocks._toggle,
    "quote": Blocks._quote,
    "callout": Blocks._callout,
    "template": Blocks._template,
    "code": Blocks._code,
    "equation": Blocks._equation,
    "divider": Blocks._divider,
    "column_list": Blocks._inner,
    "column": Blocks._inner,
    "tab": Blocks._tab,
    "table": Blocks._table,
    "table_row": Blocks._table_row,
    "synced_block": Blocks._synced_block,
    "meeting_notes": Blocks._meeting_notes,
    "transcription": Blocks._meeting_notes,
    "breadcrumb": Blocks._breadcrumb,
    "table_of_contents": Blocks._table_of_contents,
    "child_page": Blocks._child_page,
    "child_database": Blocks._child_database,
    "link_to_page": Blocks._link_to_page,
    **dict.fromkeys(("bookmark", "embed", "link_preview"), Blocks._bookmark),
    **dict.fromkeys(_MEDIA, Blocks._media),
}


def _ends_in_list(lines: Lines) -> bool:
    """Whether a list is still open at the end: all that is in an item is set in."""
    last = next((line for line in reversed(lines) if line and not line.startswith(" ")), "")
    return _ITEM.match(last) is not None


def _cells(row: Branch) -> list[object]:
    cells = row.content.get("cells")
    return cells if isinstance(cells, list) else []


def _heading_link(text: str) -> str:
    """A link to a heading of the same note; its text alone where that holds what is syntax in a link."""
    shown = " ".join(visible(text).split())
    return escape(shown) if re.search(r"[#|^:%\[\]\\<>`*_=~$&]", shown) else f"[[#{shown}]]"
