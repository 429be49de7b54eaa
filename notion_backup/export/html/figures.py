"""Files in place: pictures, films and sounds where browsers show them, everything else as a link."""

from __future__ import annotations

from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.site import IMAGES, SOUNDS, VIDEOS, SiteMedia, ending_of
from notion_backup.export.spans import safe_url
from notion_backup.snapshot import FileRef


class Figures:
    """Writes files for the pages of one ``inline``."""

    def __init__(self, media: SiteMedia, inline: Inline) -> None:
        self._media = media
        self._inline = inline

    def figure(self, file: FileRef, caption: Markup, words: str = "") -> Markup:
        """A file with its caption; ``words`` say what it shows to those who do not see it."""
        return Markup("<figure>{}{}</figure>").format(
            self._shown(file, words or file.name or "file"), figcaption(caption)
        )

    def _shown(self, file: FileRef, words: str) -> Markup:
        root = self._inline.root
        if path := self._media.shown(file, IMAGES):
            return Markup('<img src="{}{}" alt="{}" loading="lazy">').format(root, path, text_of(words))
        if path := self._media.shown(file, VIDEOS):
            film = Markup('<video controls preload="none" src="{}{}" aria-label="{}"></video>')
            return film.format(root, path, text_of(words))
        if path := self._media.shown(file, SOUNDS):
            sound = Markup('<audio controls preload="none" src="{}{}" aria-label="{}"></audio>')
            return sound.format(root, path, text_of(words))
        name = file.name or "file"
        if file.media is not None:
            size = f"{ending_of(file).removeprefix('.').upper()} {file.media.bytes:,} bytes".strip()
            card = Markup('<span class="card">📎 {} <span class="quiet">{}</span></span>')
            return card.format(self._inline.file(file, name), size)
        url = None if file.hosted else safe_url(file.url)
        link = self._inline.link(text_of(name), url) if url else text_of(name)
        return Markup('<span class="card lost">📎 {} <span class="quiet">not kept</span></span>').format(link)


def figcaption(caption: Markup) -> Markup:
    """A caption, where there is one."""
    return Markup("<figcaption>{}</figcaption>").format(caption) if caption else Markup("")
