"""The HTML export: a page for each page and database, a first page, a tree, a search index."""

from __future__ import annotations

import json
from functools import partial
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from notion_backup.export.atlas import Atlas, draw_atlas
from notion_backup.export.content import Content, ContentReader
from notion_backup.export.facts import problems_of, snapshot_facts
from notion_backup.export.folder import ExportFolder, export_folder
from notion_backup.export.html.blocks import Blocks
from notion_backup.export.html.databases import Databases
from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.search_index import SHARD_PATHS, SearchIndex, script_value
from notion_backup.export.html.site import IMAGES, SiteMedia, bare, href, page_path
from notion_backup.export.inputs import Inputs
from notion_backup.export.purpose import purpose_of
from notion_backup.export.renewal import Renewal, Totals
from notion_backup.export.report import ExportProgress, ExportReport, Listener, Losses
from notion_backup.export.spans import plain, spans_of
from notion_backup.export.values import Values, description_of, icon_emoji, property_values, shown_time
from notion_backup.snapshot import FileRef, Place, Raw, SnapshotReader, Table

_ASSETS = ("site.css", "views.css", "site.js", "tables.js", "layouts.js", "charts.js")
_ALL_PAGES = "assets/search/pages.js"
_DEEPEST = 40


def export_html(
    snapshot: SnapshotReader,
    folder: Path,
    *,
    root: str | None = None,
    prune: bool = False,
    progress: Listener = lambda _: None,
) -> ExportReport:
    """Write a snapshot, or the part below ``root``, as a site that any browser opens from the disk.

    Raises UsageError for a folder in other use, ExportError when the disk refuses.
    """
    atlas = draw_atlas(snapshot, root)
    with export_folder(folder, purpose_of(snapshot, "html", root)) as files:
        return _SiteExport(snapshot, atlas, files, whole=root is None).run(progress, prune=prune)


class _SiteExport:
    def __init__(self, snapshot: SnapshotReader, atlas: Atlas, files: ExportFolder, *, whole: bool) -> None:
        self._snapshot = snapshot
        self._atlas = atlas
        self._files = files
        self._whole = whole
        self._losses = Losses()
        self._reader = ContentReader(snapshot, self._losses, atlas.asked)
        self._values = Values(atlas, self._reader)
        self._media = SiteMedia(snapshot, files, self._losses)
        self._emojis = self._emoji_files()
        self._index = SearchIndex(files.folder)
        self._numbers = {place.id: number for number, place in enumerate(sorted(atlas.documents(), key=lambda p: p.id))}
        self._totals = Totals(media=self._media.sizes)
        self._counts = self._totals.counts
        self._templates = Environment(
            loader=PackageLoader("notion_backup.export.html"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            keep_trailing_newline=True,
        )
        template = self._templates.get_template("source.html")
        self._databases = Databases(atlas, self._reader, self._values, self._media, template)

    def run(self, progress: Listener, *, prune: bool) -> ExportReport:
        inputs = Inputs(self._atlas, self._reader, page_path, "html", self._workspace)
        renewal = Renewal(inputs, self._atlas, self._files, self._losses, self._totals)
        renewal.leave_what_is_the_same(_ALL_PAGES, *SHARD_PATHS)
        if renewal.left:
            self._take_over_words(renewal.left)
        documents = self._atlas.documents()
        for done, place in enumerate(documents):
            progress(ExportProgress("pages", done, len(documents)))
            if place.id not in renewal.left:
                renewal.begin()
                self._document(place)
                renewal.made(place)
        self._first_page()
        self._assets()
        facts = {"snapshot": self._snapshot.commit.id}
        changes = self._files.finish(facts, prune=prune and not self._losses.all(), inputs=renewal.lines())
        return ExportReport(
            folder=self._files.folder,
            counts=dict(self._counts),
            media_files=len(self._media.sizes),
            media_bytes=sum(self._media.sizes.values()),
            unreadable=self._losses.all(),
            changes=changes,
            in_the_way=tuple(self._files.in_the_way),
        )

    def _take_over_words(self, left: set[str]) -> None:
        """Have the search find the pages that are not made again: by their new numbers, where they were found."""
        listed = script_value((self._files.folder / _ALL_PAGES).read_text(encoding="ascii"))
        numbers = {bare(place_id): self._numbers[place_id] for place_id in left}
        self._index.take_over(self._files.folder, [numbers.get(page[0]) for page in listed])

    def _document(self, place: Place) -> None:
        before = len(self._losses)
        content = self._reader.read(place)
        lost = len(self._losses) > before
        inline = self._inline("../")
        table = partial(self._databases.on_page, inline=inline)
        blocks = Blocks(self._atlas, self._reader, content, self._media, inline, table)
        body = blocks.body(content.branches)
        properties = self._properties(place, content, inline) if place.table is Table.PAGES else []
        sources = [] if place.table is Table.PAGES else self._databases.page(place, inline)
        description = spans_of(description_of(content.raw), self._atlas)
        text = self._templates.get_template("page.html").render(
            root="../",
            page_id=place.id,
            place_id=next((one.id for one in [place, *reversed(place.above)] if not _is_row(one)), ""),
            title=text_of(place.title),
            workspace=text_of(self._workspace),
            above=[{"path": page_path(one), "title": text_of(one.title)} for one in place.above],
            cover=self._media.shown(content.file(place.id, "cover"), IMAGES),
            icon=inline.icon(icon_emoji(content.raw.get("icon")), content.file(place.id, "icon")),
            state=_state(place, content.raw, lost),
            description=inline.spans(description),
            properties=properties,
            threads=blocks.comments(place.id),
            body=body,
            sources=sources,
            inside=[
                {"path": page_path(one), "title": text_of(one.title)}
                for one in place.below()
                if one.id not in blocks.shown
            ],
            facts=self._facts(content.raw),
        )
        if not (lost and self._files.keep(page_path(place))):
            self._files.write(page_path(place), text.encode("utf-8"))
        said = [one["text"] for one in properties]
        self._index.add(self._numbers[place.id], [place.title, plain(description), *blocks.text, *said])
        self._counts["pages" if place.table is Table.PAGES else "databases"] += place.table is not Table.DATA_SOURCES
        self._counts["data_sources"] += 0 if place.table is Table.PAGES else len(place.data_sources())
        self._counts["blocks"] += len(blocks.shown)
        self._counts["comments"] += sum(len(one.comments) for one in content.discussions)

    def _properties(self, place: Place, content: Content, inline: Inline) -> list[dict[str, Any]]:
        found = []
        for name, raw in property_values(content.raw):
            value = self._values.of(place.id, raw, content)
            if not value.empty:
                text = f"{name} {value.text}"
                found.append({"name": text_of(name), "value": inline.value(value), "text": text})
        return found

    def _first_page(self) -> None:
        inline = self._inline("")
        text = self._templates.get_template("index.html").render(
            root="",
            page_id="",
            place_id="",
            title=text_of(self._workspace),
            workspace=text_of(self._workspace),
            facts=[(name, text_of(value)) for name, value in snapshot_facts(self._snapshot)],
            tops=[_branch(top.document, 0) for top in self._atlas.tops],
            people=sorted(
                (_person(user) for user in self._reader.users.values()), key=lambda one: str(one["name"]).casefold()
            ),
            emojis=[
                {
                    "name": text_of(str(one.get("name") or "")),
                    "path": self._media.shown(self._emojis.get(emoji_id), IMAGES),
                }
                for emoji_id, one in sorted(self._reader.emojis.items())
            ],
            problems=[self._problem(one) for one in problems_of(self._snapshot, self._losses)],
            loose=self._loose(inline) if self._whole else Markup(""),
        )
        self._files.write("index.html", text.encode("utf-8"))

    def _problem(self, problem: Any) -> dict[str, Any]:
        target = self._atlas.find(problem.object_id)
        shown: Any = text_of(f"{problem.object_kind} {problem.object_id}")
        if target:
            shown = Markup('<a href="{}">{}</a>').format(href("", target), text_of(target.place.title))
        return {
            "severity": problem.severity.value,
            "object": shown,
            "why": text_of(problem.why),
            "cure": text_of(problem.cure),
        }

    def _loose(self, inline: Inline) -> Markup:
        """Blocks that are known by themselves."""
        parts = []
        for owner in self._atlas.loose:
            content = Content({}, self._reader.body(owner), self._reader.discussions(owner), self._reader.files(owner))
            blocks = Blocks(self._atlas, self._reader, content, self._media, inline, lambda _: Markup(""))
            parts += [blocks.body(content.branches), blocks.comments(owner)]
            self._counts["blocks"] += len(blocks.shown)
            self._counts["comments"] += sum(len(one.comments) for one in content.discussions)
        return Markup("").join(parts)

    def _assets(self) -> None:
        for name in _ASSETS:
            data = package_files("notion_backup.export.html").joinpath("assets", name).read_bytes()
            self._files.write(f"assets/{name}", data)
        by_number = sorted(self._atlas.documents(), key=lambda place: place.id)
        pages = [
            [
                place.id.replace("-", ""),
                place.title,
                self._numbers[place.above[-1].id] if place.above else -1,
                int(_is_row(place)),
            ]
            for place in by_number
        ]
        tree = [[number, *page] for number, page in enumerate(pages) if not page[3]]
        self._files.write("assets/tree.js", f"siteTree({_script_json(tree)})\n".encode())
        self._files.write(_ALL_PAGES, f"sitePages({_script_json(pages)})\n".encode())
        for path, data in self._index.shards():
            self._files.write(path, data)

    def _emoji_files(self) -> dict[str, FileRef]:
        found = {}
        for emoji_id in self._reader.emojis:
            for file in self._reader.files(emoji_id).values():
                found[emoji_id] = file
        return found

    def _inline(self, root: str) -> Inline:
        return Inline(self._reader, self._media, self._emojis, root)

    @property
    def _workspace(self) -> str:
        facts = self._snapshot.manifest.workspace
        return facts.workspace_name or facts.name

    def _facts(self, raw: Raw) -> list[Markup]:
        """When and by whom, and where it was: for the foot of a page."""
        found = []
        for word, time, user in (
            ("Created", "created_time", "created_by"),
            ("Edited", "last_edited_time", "last_edited_by"),
        ):
            if isinstance(raw.get(time), str):
                name = self._reader.user_name(raw.get(user))
                found.append(text_of(f"{word} {shown_time(raw[time])}{f' by {name}' if name else ''}"))
        return [*found, Markup('<span class="id">{}</span>').format(text_of(str(raw.get("id"))))]


def _is_row(place: Place) -> bool:
    """Whether a place is found through a table, and not through the tree."""
    above = place.parent
    return place.table is Table.PAGES and above is not None and above.table is Table.DATA_SOURCES


def _state(place: Place, raw: Raw, lost: bool) -> str:
    """What sets a page apart: that it lies in the trash, for one."""
    states = [
        ("In the trash", place.entry.in_trash),
        ("Archived", raw.get("is_archived") is True),
        ("Locked", raw.get("is_locked") is True),
        ("Some of this page could not be read back", lost),
        ("No longer shared: as it was last seen", place.entry.unshared),
    ]
    return ". ".join(words for words, is_so in states if is_so)


def _branch(place: Place, depth: int) -> dict[str, Any]:
    """A document with those below it, for the tree of the first page; rows are in their tables."""
    below = place.below()
    if depth >= _DEEPEST:
        below = []
    return {
        "path": page_path(place),
        "title": text_of(place.title),
        "children": [_branch(child.document, depth + 1) for child in below],
    }


def _person(user: Raw) -> dict[str, Any]:
    person = user.get("person")
    return {
        "anchor": str(user.get("id")).replace("-", ""),
        "name": text_of(str(user.get("name") or user.get("id"))),
        "kind": text_of(str(user.get("type") or "")),
        "mail": text_of(str(person.get("email") or "") if isinstance(person, dict) else ""),
    }


def _script_json(value: Any) -> str:
    """JSON in ASCII: nothing in it ends a script or a line."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")
