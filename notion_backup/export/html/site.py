"""Where everything lies in a site: pages by id, media by hash. No name in it comes from a title.

An attachment that a browser would run (HTML, SVG, XML, scripts) is linked as a text file, so that opening it shows it.
An SVG that is a picture on a page is written a second time under its own ending, and only ever shown by ``<img>``,
where its scripts do not run (https://www.w3.org/TR/SVG2/conform.html#secure-static-mode).
"""

from __future__ import annotations

from mimetypes import guess_extension

from notion_backup.errors import Damaged
from notion_backup.export.atlas import Target
from notion_backup.export.folder import ExportFolder
from notion_backup.export.names import extension_of
from notion_backup.export.report import Losses
from notion_backup.snapshot import FileRef, Place, SnapshotReader

IMAGES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".bmp", ".ico", ".svg"})
VIDEOS = frozenset({".mp4", ".webm", ".mov", ".m4v", ".ogv"})
SOUNDS = frozenset({".mp3", ".wav", ".ogg", ".oga", ".m4a", ".flac", ".aac", ".opus"})
_ACTING = frozenset(
    {".svg", ".svgz", ".html", ".htm", ".xhtml", ".xht", ".shtml", ".xml", ".xsl", ".xslt", ".rdf", ".mht", ".mhtml",
     ".js", ".mjs", ".hta", ".swf"}
)  # fmt: skip


def page_path(place: Place) -> str:
    """The path of the page that shows a place."""
    return f"pages/{bare(place.document.id)}.html"


def block_anchor(block_id: str) -> str:
    """The HTML id of a block."""
    return f"b{bare(block_id)}"


def view_anchor(view_id: str) -> str:
    """The HTML id of a view, on the page of its database."""
    return f"v{bare(view_id)}"


def href(root: str, target: Target) -> str:
    """A link to a place, or to a block on it, from a page whose way to the top is ``root``."""
    if target.block_id:
        anchor = "#" + block_anchor(target.block_id)
    elif target.view_id:
        anchor = "#" + view_anchor(target.view_id)
    else:
        anchor = "" if target.place.document is target.place else f"#s{bare(target.place.id)}"
    return f"{root}{page_path(target.place)}{anchor}"


class SiteMedia:
    """The folder ``media/`` of a site: each content once for each ending it is used under."""

    def __init__(self, snapshot: SnapshotReader, folder: ExportFolder, losses: Losses) -> None:
        self.sizes: dict[str, int] = {}
        self._snapshot = snapshot
        self._folder = folder
        self._losses = losses
        self._lost: set[str] = set()

    def linked(self, file: FileRef | None) -> str | None:
        """The path of a file to be opened by a click; None for one that is not kept."""
        ending = ending_of(file) if file else ""
        return self._copy(file, ending + ".txt" if ending in _ACTING else ending)

    def shown(self, file: FileRef | None, endings: frozenset[str]) -> str | None:
        """The path of a file to be shown in place; None when it is of another kind, or not kept."""
        ending = ending_of(file) if file else ""
        return self._copy(file, ending) if ending in endings else None

    def _copy(self, file: FileRef | None, ending: str) -> str | None:
        media = file.media if file else None
        if media is None or media.sha256 in self._lost:
            return None
        path = f"media/{media.sha256[:2]}/{media.sha256}{ending}"
        if not self._folder.holds(path):
            try:
                self._folder.copy(path, media.sha256, media.bytes, lambda: self._snapshot.open_media(media))
            except Damaged as error:
                self._losses.add("media", media.sha256, error.what)
                self._lost.add(media.sha256)
                return None
        self.sizes[path] = media.bytes
        return path


def ending_of(file: FileRef) -> str:
    """The ending of a file: its name's, or what its type is known by."""
    ending = extension_of(file.name)
    if not ending and file.content_type:
        ending = guess_extension(file.content_type.partition(";")[0].strip()) or ""
    return ending


def bare(object_id: str) -> str:
    """An id as it stands in paths and anchors: letters and digits only."""
    bare = object_id.replace("-", "")
    return bare if bare.isalnum() else "".join(character for character in bare if character.isalnum())
