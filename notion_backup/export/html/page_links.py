"""Links to other pages of the site, as blocks of their own."""

from __future__ import annotations

from notion_backup.export.atlas import Atlas, Target
from notion_backup.export.content import ContentReader
from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.site import href
from notion_backup.export.values import icon_emoji

_MARKS = {"child_page": "📄", "child_database": "🗃️"}


class PageLinks:
    """Writes links for the pages of one ``inline``."""

    def __init__(self, atlas: Atlas, reader: ContentReader, inline: Inline) -> None:
        self._atlas = atlas
        self._reader = reader
        self._inline = inline

    def to(self, target: Target, mark: str = "") -> Markup:
        """A link with a mark before its title."""
        icon = self._inline.icon(mark, None) + Markup(" ") if mark else Markup("")
        link = Markup('<a class="page" href="{}">{}{}</a>')
        return link.format(href(self._inline.root, target), icon, text_of(target.place.title))

    def child(self, kind: str, object_id: str, title: str) -> Markup:
        """A link to a page or database inside a page, with its icon; its title alone where it is not in the export."""
        target = self._atlas.find(object_id)
        if target is None:
            return Markup('<span class="lost">{} {}</span>').format(_MARKS[kind], text_of(title))
        return self.to(target, icon_emoji(self._reader.raw(target.place).get("icon")) or _MARKS[kind])
