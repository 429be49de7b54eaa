"""The Markdown export: notes, tables, attachments, and a note about the export itself."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from notion_backup.errors import Damaged
from notion_backup.export.atlas import Atlas, draw_atlas
from notion_backup.export.content import Content, ContentReader
from notion_backup.export.folder import ExportFolder, export_folder
from notion_backup.export.inputs import Inputs
from notion_backup.export.markdown.about import about_note
from notion_backup.export.markdown.bases import SOURCE_KEY, base_file
from notion_backup.export.markdown.blocks import Blocks
from notion_backup.export.markdown.database import database_lines
from notion_backup.export.markdown.escape import escape, visible
from notion_backup.export.markdown.front_matter import (
    authorship,
    date_end,
    front_matter,
    property_key,
    property_yaml,
)
from notion_backup.export.markdown.vault import ABOUT, Vault
from notion_backup.export.purpose import purpose_of
from notion_backup.export.renewal import Renewal, Totals
from notion_backup.export.report import ExportProgress, ExportReport, Listener, Losses
from notion_backup.export.spans import spans_of
from notion_backup.export.tables import write_table
from notion_backup.export.values import Values, description_of, icon_emoji, property_values
from notion_backup.export.views import view_of
from notion_backup.snapshot import FileRef, Place, Raw, SnapshotReader, Table, properties_of


def export_markdown(
    snapshot: SnapshotReader,
    folder: Path,
    *,
    root: str | None = None,
    prune: bool = False,
    progress: Listener = lambda _: None,
) -> ExportReport:
    """Write a snapshot, or the part below ``root``, as a vault of Markdown notes.

    Raises UsageError for a folder in other use, ExportError when the disk refuses.
    """
    atlas = draw_atlas(snapshot, root)
    with export_folder(folder, purpose_of(snapshot, "markdown", root)) as files:
        return _VaultExport(snapshot, atlas, files, whole=root is None).run(progress, prune=prune)


class _VaultExport:
    def __init__(self, snapshot: SnapshotReader, atlas: Atlas, files: ExportFolder, *, whole: bool) -> None:
        self._snapshot = snapshot
        self._atlas = atlas
        self._files = files
        self._whole = whole
        self._losses = Losses()
        self._reader = ContentReader(snapshot, self._losses, atlas.asked)
        self._values = Values(atlas, self._reader)
        self._vault = Vault(atlas)
        self._totals = Totals()
        self._counts, self._media = self._totals.counts, self._totals.media

    def run(self, progress: Listener, *, prune: bool) -> ExportReport:
        self._save_emojis()
        inputs = Inputs(self._atlas, self._reader, self._vault.note, "markdown")
        renewal = Renewal(inputs, self._atlas, self._files, self._losses, self._totals)
        renewal.leave_what_is_the_same()
        documents = self._atlas.documents()
        for done, place in enumerate(documents):
            progress(ExportProgress("notes", done, len(documents)))
            if place.id not in renewal.left:
                renewal.begin()
                self._page(place) if place.table is Table.PAGES else self._database(place)
                renewal.made(place)
        self._about()
        facts = {"snapshot": self._snapshot.commit.id}
        changes = self._files.finish(facts, prune=prune and not self._losses.all(), inputs=renewal.lines())
        return ExportReport(
            folder=self._files.folder,
            counts=dict(self._counts),
            media_files=len(self._media),
            media_bytes=sum(self._media.values()),
            unreadable=self._losses.all(),
            changes=changes,
            in_the_way=tuple(self._files.in_the_way),
        )

    def _page(self, place: Place) -> None:
        content, note, lost = self._read(place)
        blocks = Blocks(self._vault, self._reader, content, note, self._save)
        lines = [
            *self._facts(place, content, note, lost),
            *self._title(place, content, note),
            *blocks.body(content.branches),
        ]
        self._finish(place, content, note, blocks, lines, lost)
        self._counts["pages"] += 1

    def _database(self, place: Place) -> None:
        content, note, lost = self._read(place)
        blocks = Blocks(self._vault, self._reader, content, note, self._save)
        lines = [*self._facts(place, content, note, lost), *self._title(place, content, note)]
        description = description_of(content.raw)
        if description:
            lines += [blocks.inline.block(spans_of(description, self._atlas)), ""]
        for source in place.data_sources():
            raw = content.raw if source is place else self._reader.raw(source)
            views = self._reader.views.get(place.id, [])
            lines += database_lines(source, raw, views, self._vault, blocks.inline, self._reader, self._values)
            pictures = [name for file in self._reader.files(source.id).values() if (name := self._save(note, file))]
            if pictures and source is not place:
                lines += ["Its pictures: " + ", ".join(f"[[{name}]]" for name in pictures), ""]
            self._tables(source, raw, views)
            self._counts["data_sources"] += 1
        if not place.data_sources():
            views = self._reader.views.get(place.id, [])
            lines += database_lines(None, {}, views, self._vault, blocks.inline, self._reader, self._values)
        lines += blocks.body(content.branches)
        self._finish(place, content, note, blocks, lines, lost)
        self._counts["databases"] += place.table is Table.DATABASES

    def _read(self, place: Place) -> tuple[Content, str, bool]:
        """What a note shows, its path, and whether some of it cannot be read back."""
        before = len(self._losses)
        content = self._reader.read(place)
        return content, self._vault.note(place), len(self._losses) > before

    def _finish(self, place: Place, content: Content, note: str, blocks: Blocks, lines: list[str], lost: bool) -> None:
        for file in content.files.values():
            self._save(note, file)
        lines += blocks.comments(place.id)
        lines += blocks.footnotes()
        if not (lost and self._files.keep(note)):
            self._write(note, lines)
        self._counts["blocks"] += len(blocks.shown)
        self._counts["comments"] += sum(len(one.comments) for one in content.discussions)

    def _facts(self, place: Place, content: Content, note: str, lost: bool) -> list[str]:
        """The front matter."""
        raw = content.raw
        parent = place.above[-1] if place.above else None
        cover = content.file(place.id, "cover")
        icon = content.file(place.id, "icon")
        values: dict[str, Any] = {
            "aliases": [visible(place.title).replace("\n", " ")],
            "notion-title": visible(place.title),
            "notion-id": place.id,
            "notion-kind": place.kind.replace("_", " "),
            "notion-url": raw.get("url") if isinstance(raw.get("url"), str) else None,
            "notion-public-url": raw.get("public_url") if isinstance(raw.get("public_url"), str) else None,
            "notion-parent": f"[[{self._vault.name(parent)}]]" if parent else None,
            SOURCE_KEY: self._source_id(place),
            "notion-icon": icon_emoji(raw.get("icon")) or self._embedded(note, icon),
            "notion-cover": self._embedded(note, cover),
            **authorship(raw, self._reader),
            "notion-locked": True if raw.get("is_locked") is True else None,
            "notion-archived": True if raw.get("is_archived") is True else None,
            "notion-in-trash": True if place.entry.in_trash else None,
            "notion-partly-unreadable": True if lost else None,
            "notion-no-longer-shared": True if place.entry.unshared else None,
        }
        if place.table is Table.PAGES:
            values |= self._properties(place, content, note)
        return [*front_matter(values), ""]

    def _source_id(self, place: Place) -> str | None:
        if place.table is not Table.PAGES or place.parent is None:
            return None
        return place.parent.id if place.parent.table is Table.DATA_SOURCES else None

    def _properties(self, place: Place, content: Content, note: str) -> dict[str, Any]:
        taken: set[str] = set()
        found: dict[str, Any] = {}
        for name, value in property_values(content.raw):
            read = self._values.of(place.id, value, content)
            key = property_key(name, taken)
            if read.kind == "files":
                found[key] = [self._embedded(note, part.file) or visible(part.url or part.text) for part in read.parts]
            else:
                found[key] = property_yaml(read, self._vault)
            end = date_end(read)
            if end is not None:
                found[property_key(f"{name} end", taken)] = end
        return found

    def _embedded(self, note: str, file: FileRef | None) -> str | None:
        name = self._save(note, file) if file else None
        return f"[[{name}]]" if name else None

    def _title(self, place: Place, content: Content, note: str) -> list[str]:
        emoji = icon_emoji(content.raw.get("icon"))
        cover = content.file(place.id, "cover")
        name = self._save(note, cover) if cover else None
        title = escape(place.title).replace("\n", "<br>")
        return [*([f"![[{name}]]", ""] if name else []), f"# {emoji + ' ' if emoji else ''}{title}", ""]

    def _tables(self, source: Place, raw: Raw, views: list[Raw]) -> None:
        """The CSV file and the Base of a data source."""
        path = self._vault.table(source, ".csv")
        write_table(self._snapshot, source, self._files, path, self._losses, self._reader.name)
        taken: set[str] = set()
        titles = [name for name, kind in properties_of(raw) if kind == "title"]
        keys = {name: property_key(name, taken) for name, kind in properties_of(raw) if kind != "title"}
        shown = [view_of(view, raw, self._values) for view in views if view.get("data_source_id") == source.id]
        data = base_file(source.id, keys, titles[0] if titles else None, shown)
        self._files.write(self._vault.table(source, ".base"), data)

    def _save(self, note: str, file: FileRef) -> str | None:
        """Write an attachment beside a note, once; gives the name it is embedded by."""
        if file.media is None:
            return None
        return self._copy(self._vault.attachment(note, file), file)

    def _copy(self, path: str, file: FileRef) -> str | None:
        media = file.media
        assert media is not None, "only files that are kept are copied"
        if not self._files.holds(path):
            try:
                self._files.copy(path, media.sha256, media.bytes, lambda: self._snapshot.open_media(media))
            except Damaged as error:
                self._losses.add("media", media.sha256, error.what)
                return None
            self._media[path] = media.bytes
        return posixpath.basename(path)

    def _save_emojis(self) -> None:
        for emoji_id in self._reader.emojis:
            for file in self._reader.files(emoji_id).values():
                if file.media is not None:
                    self._copy(self._vault.add_emoji(emoji_id, file), file)

    def _about(self) -> None:
        note = f"{ABOUT}.md"
        content = Content()
        lines = about_note(self._snapshot, self._atlas, self._vault, self._reader, self._losses)
        if self._whole:
            for owner in self._atlas.loose:
                content.branches = self._reader.body(owner)
                content.discussions = self._reader.discussions(owner)
                content.files = self._reader.files(owner)
                blocks = Blocks(self._vault, self._reader, content, note, self._save)
                lines += ["", *blocks.body(content.branches), *blocks.comments(owner), *blocks.footnotes()]
                self._counts["blocks"] += len(blocks.shown)
                self._counts["comments"] += sum(len(one.comments) for one in content.discussions)
        self._write(note, lines)

    def _write(self, note: str, lines: list[str]) -> None:
        text = "\n".join(lines).strip("\n") + "\n"
        self._files.write(note, text.encode("utf-8", "replace"))
