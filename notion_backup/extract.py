"""The text in one attachment, taken out by a process of its own: ``python -m notion_backup.extract KIND``.

The content comes by standard input, its text goes to standard output. Attachments are hostile: before a byte of them is
parsed the process gives up most of its memory, its time, and the right to write files. Whatever happens to it happens
to nobody else. It stands alone, outside the packages, so that it imports nothing of them.
"""

from __future__ import annotations

import io
import resource
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
MOST_CHARACTERS = 1_000_000


def main() -> int:
    """Read, extract, print. Whatever is wrong with the content ends in a traceback nobody reads, and status 1."""
    kind = sys.argv[1]
    content = sys.stdin.buffer.read()
    reader = READERS[kind]
    _give_up()
    left = MOST_CHARACTERS
    for piece in reader(content):
        sys.stdout.write(piece[:left] + "\n")
        left -= len(piece)
        if left <= 0:
            break
    return 0


def _give_up() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _pdf(content: bytes) -> Iterator[str]:
    from pypdf import PdfReader

    for page in PdfReader(io.BytesIO(content)).pages:
        yield page.extract_text()


def _docx(content: bytes) -> Iterator[str]:
    from docx import Document

    document = Document(io.BytesIO(content))
    for paragraph in document.paragraphs:
        yield paragraph.text
    for table in document.tables:
        for row in table.rows:
            yield "\t".join(cell.text for cell in row.cells)


def _pptx(content: bytes) -> Iterator[str]:
    from pptx import Presentation

    for slide in Presentation(io.BytesIO(content)).slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if shape.has_table:
                for row in shape.table.rows:
                    yield "\t".join(cell.text for cell in row.cells)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            yield slide.notes_slide.notes_text_frame.text


def _xlsx(content: bytes) -> Iterator[str]:
    from openpyxl import load_workbook

    for sheet in load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets:
        yield sheet.title
        for row in sheet.iter_rows(values_only=True):
            yield "\t".join(str(value) for value in row if value is not None)


def _text(content: bytes) -> Iterator[str]:
    yield content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")


def _html(content: bytes) -> Iterator[str]:
    parser = _Visible()
    parser.feed(next(_text(content)))
    yield " ".join(parser.pieces)


class _Visible(HTMLParser):
    """Collects the text of a page, without scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(data.strip())


READERS: dict[str, Callable[[bytes], Iterator[str]]] = {
    "pdf": _pdf,
    "docx": _docx,
    "pptx": _pptx,
    "xlsx": _xlsx,
    "text": _text,
    "html": _html,
}
"""What can be read, by kind."""


if __name__ == "__main__":
    sys.exit(main())
