"""The pictures on cards: a page's cover, the first picture in it, or one in a property."""

from __future__ import annotations

from urllib.parse import unquote

from notion_backup.export.content import ContentReader
from notion_backup.export.html.site import IMAGES, SiteMedia
from notion_backup.export.views import View
from notion_backup.snapshot import FileRef, Place


class Covers:
    """Finds the pictures of rows. A picture's source is told as the view tells it, in one word."""

    def __init__(self, reader: ContentReader, media: SiteMedia) -> None:
        self._reader = reader
        self._media = media

    def of(self, place: Place, source: str) -> str | None:
        """The path of a page's picture, from the top of the site; None where there is none to show."""
        files = self._reader.files(place.id)
        kind, _, property_id = source.partition(":")
        if kind == "page_cover":
            found = [file for file in [files.get((place.id, "cover"))] if file]
        elif kind == "property":
            found = [file for (_, slot), file in sorted(files.items()) if _property_of(slot) == property_id]
        else:
            found = self._in_order(place, {owner: file for (owner, slot), file in files.items() if slot == "image"})
        return next((path for file in found if (path := self._media.shown(file, IMAGES))), None)

    def _in_order(self, place: Place, pictures: dict[str, FileRef]) -> list[FileRef]:
        """The pictures of a body, by block; the body is read when there are several."""
        if len(pictures) < 2:
            return list(pictures.values())
        blocks = [block.id for top in self._reader.body(place.id) for block in top.walk()]
        return [pictures[block] for block in blocks if block in pictures]


def cover_source(view: View) -> str | None:
    """Where the pictures of a view's cards come from; None for cards without."""
    cover = view.configuration.get("cover")
    if view.kind not in ("board", "gallery") or not isinstance(cover, dict):
        return None
    if cover.get("type") == "property":
        return f"property:{unquote(str(cover.get('property_id')))}"
    return str(cover.get("type"))


def _property_of(slot: str) -> str:
    kind, _, rest = slot.partition(":")
    return unquote(rest.rpartition(":")[0]) if kind == "property" else ""
