"""Comments: a fold for each discussion, beside what it is about."""

from __future__ import annotations

from notion_backup.export.atlas import Atlas
from notion_backup.export.content import Content, ContentReader, Discussion
from notion_backup.export.html.figures import Figures
from notion_backup.export.html.inline import Inline, text_of
from notion_backup.export.html.markup import Markup
from notion_backup.export.spans import plain, spans_of
from notion_backup.export.values import shown_time
from notion_backup.snapshot import Raw

_OPEN_COMMENTS = 4


class Threads:
    """The discussions of one page. ``text`` is what was said in those that were written."""

    def __init__(self, content: Content, atlas: Atlas, reader: ContentReader, inline: Inline, figures: Figures) -> None:
        self.text: list[str] = []
        self._content = content
        self._atlas = atlas
        self._reader = reader
        self._inline = inline
        self._figures = figures
        self._about: dict[str, list[Discussion]] = {}
        for discussion in content.discussions:
            self._about.setdefault(discussion.about, []).append(discussion)

    def about(self, object_id: str) -> Markup:
        """The discussions about one page or block."""
        return Markup("").join(self._thread(one) for one in self._about.get(object_id, ()))

    def others(self, page_id: str, shown: set[str]) -> Markup:
        """Those about the page as a whole, and about blocks that are not ``shown`` on it."""
        return Markup("").join(self.about(one) for one in [page_id, *sorted(set(self._about) - shown - {page_id})])

    def _thread(self, discussion: Discussion) -> Markup:
        number = len(discussion.comments)
        return Markup('<details class="thread"{}><summary>{}</summary>{}</details>').format(
            Markup(" open") if number < _OPEN_COMMENTS else "",
            f"{number} comment{'s' if number > 1 else ''}",
            Markup("").join(self._comment(comment) for comment in discussion.comments),
        )

    def _comment(self, comment: Raw) -> Markup:
        spans = spans_of(comment.get("rich_text"), self._atlas)
        self.text.append(plain(spans))
        comment_id = str(comment.get("id"))
        attachments = comment.get("attachments")
        count = len(attachments) if isinstance(attachments, list) else 0
        files = [self._content.file(comment_id, f"attachment:{number}") for number in range(count)]
        return Markup('<div class="comment" id="c{}"><p><b>{}</b> <time>{}</time></p><p>{}</p>{}</div>').format(
            "".join(one for one in comment_id if one.isalnum()),
            text_of(self._reader.author(comment)),
            text_of(shown_time(str(comment.get("created_time") or ""))),
            self._inline.spans(spans),
            Markup("").join(self._figures.figure(file, Markup("")) for file in files if file),
        )
