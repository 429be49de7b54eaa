"""What changed in a partition, for people: a report as Markdown and as one HTML page without scripts."""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC

from notion_backup.changes.detail import Detail, detailed
from notion_backup.changes.words import Words
from notion_backup.export.plain_text import block_line
from notion_backup.snapshot import KIND_NAMES, Change, ChangeKind, SnapshotReader, Table, partition_key

_SECTIONS = (
    (ChangeKind.REMOVED, "Gone"),
    (ChangeKind.UNSHARED, "No longer shared"),
    (ChangeKind.TRASHED, "Put in the trash"),
    (ChangeKind.ADDED, "New"),
    (ChangeKind.CHANGED, "Changed"),
    (ChangeKind.MOVED, "Moved"),
)
_SHOWN = 200
_EDITS_SHOWN = 12
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#.|<>~=&:/@])")


@dataclass(frozen=True, slots=True)
class Item:
    """One object in the report: its lines are pairs of a label and the words before and after."""

    change: Change
    where: str
    by: str
    edits: list[tuple[str, Words]] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """Everything both forms say."""

    heading: str
    notes: list[str]
    counts: dict[str, int]
    people: list[tuple[str, int]]
    sections: list[tuple[str, list[Item], int]]


def report_of(before: SnapshotReader, after: SnapshotReader) -> Report:
    """What changed from one snapshot to the other. The content of what changed is read."""
    titles = _Titles(after, before)
    items: dict[ChangeKind, list[Item]] = {kind: [] for kind, _ in _SECTIONS}
    people: Counter[str] = Counter()
    for change, detail in detailed(before, after):
        for kind in change.kinds:
            item = _item(kind, change, detail, titles)
            if item.by:
                people[item.by] += 1
            items[kind].append(item)
    notes = [
        f"Snapshot {one.commit.id[:12]} is incomplete: what it lacks can look removed or new here."
        for one in (before, after)
        if not one.manifest.verdict.complete
    ]
    name = after.manifest.workspace.workspace_name or after.manifest.workspace.name
    return Report(
        heading=f"Changes in {name}, {_stretch(before, after)}",
        notes=notes,
        counts={kind.value: len(items[kind]) for kind, _ in _SECTIONS},
        people=people.most_common(10),
        sections=[(words, items[kind][:_SHOWN], len(items[kind])) for kind, words in _SECTIONS if items[kind]],
    )


def markdown_report(report: Report) -> str:
    """The report as Markdown (CommonMark). Whatever titles and texts hold is shown as text."""
    return "\n".join(_markdown(report)) + "\n"


def html_report(report: Report) -> str:
    """The report as one HTML page: no scripts, no files beside it."""
    return "\n".join(_html(report)) + "\n"


def _markdown(report: Report) -> Iterator[str]:
    yield f"# {_plain(report.heading)}"
    for remark in report.notes:
        yield f"\n> {_plain(remark)}"
    yield "\n" + ", ".join(f"**{number:,}** {kind}" for kind, number in report.counts.items()) + "."
    if report.people:
        yield "\nEdited by " + ", ".join(f"{_plain(name)} ({number:,})" for name, number in report.people) + "."
    for words, items, total in report.sections:
        yield f"\n## {words} ({total:,})\n"
        for item in items:
            by = f", by {_plain(item.by)}" if item.by else ""
            where = f" in {_plain(item.where)}" if item.where else ""
            yield f"- **{_plain(_title(item))}** ({KIND_NAMES[item.change.table].replace('_', ' ')}{where}{by})"
            for label, pieces in item.edits:
                said = "".join(_marked(sign, text) for sign, text in pieces)
                yield f"  - {_plain(label)}: {said}"
            if item.more:
                yield f"  - … and {item.more:,} more"
        if total > len(items):
            yield f"- … and {total - len(items):,} more"


def _marked(sign: str, text: str) -> str:
    shown = _plain(text)
    if sign == "=" or not shown.strip():
        return shown
    return f"~~{shown.strip()}~~ " if sign == "-" else f"**{shown.strip()}** "


def _plain(text: str) -> str:
    """Text that Markdown takes for text, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(_visible(text).split(" ")).replace("\n", " "))


_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }
ins { background: #d8f3dc; text-decoration: none; } del { background: #ffe0e0; }
.note { border-left: 4px solid #b45309; padding-left: .7rem; } small { color: #555; } ul ul { color: #333; }
@media (prefers-color-scheme: dark) {
  body { background: #111; color: #eee; } ins { background: #14532d; } del { background: #5f1d1d; }
  small { color: #aaa; } ul ul { color: #ccc; }
}
"""


def _html(report: Report) -> Iterator[str]:
    title = _escaped(report.heading)
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    yield '<meta name="viewport" content="width=device-width">'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>"
    for remark in report.notes:
        yield f'<p class="note">{_escaped(remark)}</p>'
    yield "<p>" + ", ".join(f"<strong>{number:,}</strong> {kind}" for kind, number in report.counts.items()) + ".</p>"
    if report.people:
        people = ", ".join(f"{_escaped(name)} ({number:,})" for name, number in report.people)
        yield f"<p>Edited by {people}.</p>"
    for words, items, total in report.sections:
        yield f"<h2>{words} ({total:,})</h2>\n<ul>"
        for item in items:
            yield from _html_item(item)
        if total > len(items):
            yield f"<li>… and {total - len(items):,} more</li>"
        yield "</ul>"
    yield "</main>\n</body>\n</html>"


def _html_item(item: Item) -> Iterator[str]:
    by = f", by {_escaped(item.by)}" if item.by else ""
    where = f" in {_escaped(item.where)}" if item.where else ""
    kind = KIND_NAMES[item.change.table].replace("_", " ")
    yield f'<li><strong dir="auto">{_escaped(_title(item))}</strong> <small>{kind}{where}{by}</small>'
    if item.edits:
        yield "<ul>"
        for label, pieces in item.edits:
            said = "".join(
                _escaped(text) if sign == "=" else f"<{_TAGS[sign]}>{_escaped(text)}</{_TAGS[sign]}>"
                for sign, text in pieces
            )
            yield f'<li>{_escaped(label)}: <span dir="auto">{said}</span></li>'
        if item.more:
            yield f"<li>… and {item.more:,} more</li>"
        yield "</ul>"
    yield "</li>"


_TAGS = {"-": "del", "+": "ins"}


def _escaped(text: str) -> str:
    return html.escape(_visible(text))


def _visible(text: str) -> str:
    """Without characters that no text format may hold, and without those that reorder what stands around them."""
    return "".join(" " if c < " " or c == "\x7f" or c in _REORDERING or "\ud800" <= c <= "\udfff" else c for c in text)


_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _title(item: Item) -> str:
    return item.change.title or "(untitled)"


def _item(kind: ChangeKind, change: Change, detail: Detail | None, titles: _Titles) -> Item:
    """The object where its changes of one kind are told."""
    if kind is ChangeKind.MOVED and change.parents is not None:
        was, now = (titles.of(parent) for parent in change.parents)
        return Item(change, "", "", [("from", [("-", was)]), ("to", [("+", now)])])
    where = titles.parent_of(change)
    if kind is not ChangeKind.CHANGED or detail is None:
        return Item(change, where, "")
    edits = list(_edits(detail))
    by = titles.person(detail.edited_by)
    return Item(change, where, by, edits[:_EDITS_SHOWN], max(0, len(edits) - _EDITS_SHOWN))


def _edits(detail: Detail) -> Iterator[tuple[str, Words]]:
    pairs: Iterable[tuple[str, tuple[object, object]]] = [*detail.properties.items(), *detail.fields.items()]
    for name, (was, now) in pairs:
        yield name, _pieces(was, now)
    for edit in detail.blocks.edited:
        yield "text", edit.words
    for sign, blocks in (("+", detail.blocks.added), ("-", detail.blocks.removed)):
        for raw in blocks:
            text = block_line(raw)
            if text.strip():
                yield "text", [(sign, text)]
    for raw in detail.blocks.moved:
        yield "moved", [("=", block_line(raw))]
    for sign, kind in (("+", "added"), ("-", "removed")):
        for comment in detail.comments.get(kind, []):
            yield "comment", [(sign, comment["text"])]
        for name in detail.files.get(kind, []):
            yield "file", [(sign, name)]
    for comment in detail.comments.get("edited", []):
        yield "comment", _pieces(comment["before"], comment["after"])


def _pieces(was: object, now: object) -> Words:
    return [(sign, str(side)) for sign, side in (("-", was), ("+", now)) if side not in (None, "")]


class _Titles:
    """Titles of parents and names of people, looked up in either snapshot."""

    def __init__(self, *snapshots: SnapshotReader) -> None:
        self._snapshots = snapshots

    def of(self, object_id: str | None) -> str:
        if object_id is None:
            return "the top"
        for snapshot in self._snapshots:
            for table in (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES):
                entry = snapshot.entry(table, object_id)
                if entry is not None:
                    return entry.title or "(untitled)"
        return object_id

    def parent_of(self, change: Change) -> str:
        for snapshot in self._snapshots:
            entry = snapshot.entry(change.table, change.id)
            if entry is not None:
                return self.of(entry.parent_id) if entry.parent_id else ""
        return ""

    def person(self, user_id: str | None) -> str:
        for snapshot in self._snapshots:
            entry = snapshot.entry(Table.USERS, user_id) if user_id else None
            if entry is not None:
                return entry.title
        return ""


def _stretch(before: SnapshotReader, after: SnapshotReader) -> str:
    """From when to when: the partitions, and the times of capture where these are the same or there are none."""
    was, now = partition_key(before.commit), partition_key(after.commit)
    if was and now and was != now:
        return f"{was} to {now}"
    return " to ".join(f"{one.manifest.captured_from.astimezone(UTC):%Y-%m-%d %H:%M}Z" for one in (before, after))
