"""Comments in Markdown: footnotes for those on blocks, a section for those on the page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from notion_backup.export.atlas import Atlas
from notion_backup.export.content import Content, ContentReader, Discussion
from notion_backup.export.markdown.escape import escape
from notion_backup.export.markdown.inline import Inline
from notion_backup.export.names import mark
from notion_backup.export.spans import spans_of
from notion_backup.export.values import shown_time
from notion_backup.snapshot import FileRef

Lines = list[str]


class Footnotes:
    """The discussions of one note. ``file`` writes a link to a file."""

    def __init__(
        self, content: Content, atlas: Atlas, reader: ContentReader, inline: Inline, file: Callable[[FileRef], str]
    ) -> None:
        self._content = content
        self._atlas = atlas
        self._reader = reader
        self._inline = inline
        self._file = file
        self._notes: Lines = []
        self._about: dict[str, list[Discussion]] = {}
        for discussion in content.discussions:
            self._about.setdefault(discussion.about, []).append(discussion)

    def marks(self, block_id: str) -> str:
        """What stands behind a block for each discussion about it; their text stands at the end of the note."""
        return "".join(self._footnote(one) for one in self._about.get(block_id, ()))

    def end(self) -> Lines:
        """The footnotes, for the end of the note."""
        return self._notes

    def section(self, page_id: str, shown: set[str]) -> Lines:
        """The discussions about the page as a whole, and about blocks that are not ``shown`` on it."""
        about = [page_id, *sorted(set(self._about) - shown - {page_id})]
        lines: Lines = []
        for discussion in (one for name in about for one in self._about.get(name, ())):
            lines += ["", *prefixed("> ", "> ", ["[!comment]", *self._discussion(discussion)])]
        return ["", "## Comments", *lines] if lines else []

    def _footnote(self, discussion: Discussion) -> str:
        first = discussion.comments[0]
        name = f"c{mark(str(first.get('discussion_id') or first.get('id')), 8)}"
        self._notes += ["", *prefixed(f"[^{name}]: ", "    ", self._discussion(discussion))]
        return f"[^{name}]"

    def _discussion(self, discussion: Discussion) -> Lines:
        lines: Lines = []
        for comment in discussion.comments:
            when = shown_time(str(comment.get("created_time") or ""))
            text = self._inline.block(spans_of(comment.get("rich_text"), self._atlas))
            head = f"**{escape(self._reader.author(comment))}** ({when})"
            lines += ["", *f"{head}: {text}".split("\n")]
            attachments = comment.get("attachments")
            for number in range(len(attachments) if isinstance(attachments, list) else 0):
                file = self._content.file(str(comment.get("id")), f"attachment:{number}")
                if file is not None:
                    lines.append(self._file(file))
        return lines[1:]


def prefixed(first: str, others: str, lines: Sequence[str]) -> Lines:
    """Lines set in: the first behind one mark, the others behind another. Empty ones end without a space."""
    marks = (others if number else first for number in range(len(lines)))
    return [mark + line if line else mark.rstrip(" ") for mark, line in zip(marks, lines, strict=True)]
