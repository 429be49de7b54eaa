"""Where everything lies in a vault, and how links are spelled.

A page is a note; what lies below it is in a folder beside, of the same name. Folders end at a depth that keeps paths
short enough for Windows: what lies deeper is put side by side in the last one. Note names are unique in the whole
vault, so a wikilink needs no path and outlives a move.
"""

from __future__ import annotations

import posixpath
from urllib.parse import quote

from notion_backup.export.atlas import Atlas, Target
from notion_backup.export.names import Names, file_name, mark
from notion_backup.snapshot import FileRef, Place, Table

FOLDERS_DEEP = 3
ABOUT = "About this export"
ATTACHMENTS = "attachments"
EMOJIS = "About this export/emojis"


class Vault:
    """The names of all notes. They depend on titles and ids only, in order of id."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        names = Names()
        self._names = {place.id: names.name(place.title, place.id) for _, place in sorted(atlas.places.items())}
        self._emojis: dict[str, str] = {}

    def name(self, place: Place) -> str:
        """The name of a place's note, or of its table, without ending."""
        return self._names[place.id]

    def note(self, place: Place) -> str:
        """The path of the note that shows a place."""
        return self._path(place.document, f"{self.name(place.document)}.md")

    def table(self, source: Place, ending: str) -> str:
        """The path of a data source's CSV file or Base, beside its database's note."""
        return self._path(source.document, f"{self.name(source)}{ending}")

    def attachment(self, note: str, file: FileRef) -> str:
        """The path of an attachment, beside the note that shows it."""
        assert file.media is not None, "only files that are kept have a place"
        name = file_name(file.name, file.media.sha256, ending_of(file))
        return posixpath.join(posixpath.dirname(note), ATTACHMENTS, name)

    def add_emoji(self, emoji_id: str, file: FileRef) -> str:
        """Give a custom emoji its path."""
        assert file.media is not None, "only files that are kept have a place"
        name = file_name(file.name, emoji_id + file.media.sha256, ending_of(file))
        self._emojis[emoji_id] = name
        return f"{EMOJIS}/{name}"

    def emoji(self, emoji_id: str) -> str | None:
        """The file name of a custom emoji's picture, where it is kept."""
        return self._emojis.get(emoji_id)

    def goal(self, target: Target) -> str:
        """What stands in a wikilink to lead there."""
        return self.name(target.place.document) + (
            f"#^{self.anchor(target.block_id)}" if self._anchored(target) else ""
        )

    def path_from(self, note: str, target: Target) -> str:
        """The same as a relative URL, for Markdown links."""
        path = posixpath.relpath(self.note(target.place), posixpath.dirname(note) or ".")
        return quote(path) + (f"#^{self.anchor(target.block_id)}" if self._anchored(target) else "")

    def anchor(self, block_id: str | None) -> str:
        """The block id, in Obsidian's sense, of a block that something links to."""
        return f"b{mark(block_id or '', 8)}"

    def _anchored(self, target: Target) -> bool:
        return target.block_id in self.atlas.owners.linked

    def _path(self, document: Place, name: str) -> str:
        folders = [self.name(place) for place in document.above[:FOLDERS_DEEP]]
        return "/".join([*folders, name])


def ending_of(file: FileRef) -> str:
    """The ending of a file whose name has none, from its type; "" to keep the name's own."""
    from mimetypes import guess_extension

    from notion_backup.export.names import extension_of

    if extension_of(file.name) or not file.content_type:
        return ""
    return guess_extension(file.content_type.partition(";")[0].strip()) or ""


def is_page(place: Place) -> bool:
    """Whether a place is a page and not a database."""
    return place.table is Table.PAGES
