"""The headings of a page: their levels, and the table of contents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notion_backup.export.block_tree import Branch
from notion_backup.export.html.inline import text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.html.site import block_anchor

HEADINGS = {"heading_1": 2, "heading_2": 3, "heading_3": 4, "heading_4": 5}
"""The types of headings and the levels they look like: the title of the page is the first."""


class Outline:
    """The headings of one page. ``words`` gives the text of a block."""

    def __init__(self, branches: Sequence[Branch], words: Callable[[Branch], str]) -> None:
        self._level = 1
        self._headings = [
            (HEADINGS[one.type], words(one), one.id)
            for branch in branches
            for one in branch.walk()
            if one.type in HEADINGS
        ]

    def heading(self, branch: Branch, text: Markup) -> Markup:
        """A heading that looks as its type says, of a level that skips none; ask in the order of the page."""
        look = HEADINGS[branch.type]
        self._level = min(look, self._level + 1)
        seen = Markup(' class="like-h{}"').format(look) if look != self._level else Markup("")
        return Markup("<h{0}{1}>{2}</h{0}>").format(self._level, seen, text)

    def contents(self) -> Markup:
        """Links to all headings that say something."""
        items = [
            Markup('<li class="l{}"><a href="#{}">{}</a></li>').format(look - 2, block_anchor(block_id), text_of(text))
            for look, text, block_id in self._headings
            if text.strip()
        ]
        return Markup('<ul class="contents">{}</ul>').format(Markup("").join(items)) if items else Markup("")
