"""The text in one attachment, taken out by a process of its own: ``python -m notion_backup.extract KIND``.

The content comes by standard input, its text goes to standard output. Attachments are hostile: before a byte of them is
parsed the process gives up most of its memory, its time, and the right to write files; where the kernel lets it, also
the network and all files but the interpreter's libraries (``confinement``). Whatever happens to it happens to nobody
else. It stands alone, outside the packages, so that it imports nothing of them.

With ``confined`` in place of a kind it prints what it is kept off, one word a line.
"""

from __future__ import annotations

import importlib
import io
import resource
import sys
import zipfile
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

from notion_backup.confinement import confine

MEMORY_BYTES = 1024 * 1024 * 1024
CPU_SECONDS = 20
MOST_CHARACTERS = 1_000_000

CONFINED = "confined"
CUT = 3
"""Exit status where there is more text than ``MOST_CHARACTERS``."""


def main() -> int:
    """Read, extract, print. Whatever is wrong with the content ends in a traceback nobody reads, and status 1."""
    kind = sys.argv[1]
    if kind == CONFINED:
        print("\n".join(sorted(confine())))
        return 0
    content = sys.stdin.buffer.read()
    # openpyxl takes numpy where it is installed: its threads would begin before the confinement, and outside of it.
    sys.modules["numpy"] = None  # type: ignore[assignment]
    for library in _LIBRARIES.get(kind, ()):
        importlib.import_module(library)
    _give_up()
    left = MOST_CHARACTERS
    for piece in READERS[kind](content):
        if len(piece) > left:
            sys.stdout.write(piece[:left])
            return CUT
        sys.stdout.write(piece + "\n")
        left -= len(piece)
    return 0


def _give_up() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    confine()


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


def _opendocument(content: bytes) -> Iterator[str]:
    """Paragraphs and headings, those in cells and shapes included, in their order."""
    from defusedxml.ElementTree import iterparse

    text = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("content.xml") as part:
        for _, element in iterparse(part):
            if element.tag in (f"{text}s", f"{text}tab", f"{text}line-break"):
                element.text = " "
            if element.tag in (f"{text}p", f"{text}h"):
                yield "".join(element.itertext())
                element.clear()


def _epub(content: bytes) -> Iterator[str]:
    """The pages of a book, in the order in which they lie in it."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "META-INF/rights.xml" in archive.namelist():
            raise ValueError("The book is locked.")
        for name in archive.namelist():
            if name.lower().endswith((".xhtml", ".html", ".htm")):
                yield from _html(archive.read(name))


def _rtf(content: bytes) -> Iterator[str]:
    from striprtf.striprtf import rtf_to_text

    yield rtf_to_text(content.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]


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
    "opendocument": _opendocument,
    "epub": _epub,
    "rtf": _rtf,
    "text": _text,
    "html": _html,
}
"""What can be read, by kind."""

_LIBRARIES = {
    "pdf": ("pypdf",),
    "docx": ("docx",),
    "pptx": ("pptx",),
    "xlsx": ("openpyxl",),
    "opendocument": ("defusedxml.ElementTree",),
    "rtf": ("striprtf.striprtf",),
}
"""What reads a kind: imported before the process is confined, for it may look at other files of the machine then."""


if __name__ == "__main__":
    sys.exit(main())
