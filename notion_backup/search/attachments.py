"""Text of attachments, by what their names and media types say they are; each content is read once."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath

from notion_backup.extract import CONFINED, CUT
from notion_backup.snapshot import FileRef, SnapshotReader

MOST_BYTES = 64 * 1024 * 1024
SECONDS = 30

_OPENDOCUMENT = ("odt", "ods", "odp", "ott", "ots", "otp")
_KNOWN_UNREADABLE = (
    "doc",
    "xls",
    "ppt",
    "dot",
    "xlt",
    "pot",
    "pps",
    "xlsb",
    "pages",
    "numbers",
    "key",
    "odg",
    "mobi",
    "msg",
)
_UNREADABLE = "unreadable"

_BY_SUFFIX = {
    **{f".{kind}": kind for kind in ("pdf", "docx", "pptx", "xlsx", "html", "epub", "rtf")},
    **dict.fromkeys((".htm", ".xhtml"), "html"),
    **dict.fromkeys((".txt", ".md", ".csv", ".tsv", ".json", ".log", ".yaml", ".yml", ".xml", ".rst", ".ics"), "text"),
    **dict.fromkeys((".xlsm", ".xltx", ".xltm"), "xlsx"),
    **dict.fromkeys((".docm", ".dotx", ".dotm"), "docx"),
    **dict.fromkeys((".pptm", ".ppsx", ".potx"), "pptx"),
    **{f".{suffix}": "opendocument" for suffix in _OPENDOCUMENT},
    **{f".{suffix}": _UNREADABLE for suffix in _KNOWN_UNREADABLE},
}
_BY_TYPE = {
    "application/pdf": "pdf",
    "text/html": "html",
    "text/rtf": "rtf",
    "application/rtf": "rtf",
    "application/epub+zip": "epub",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    **{
        f"application/vnd.oasis.opendocument.{kind}": "opendocument" for kind in ("text", "spreadsheet", "presentation")
    },
    **dict.fromkeys(
        ("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        _UNREADABLE,
    ),
}


def kind_of(file: FileRef) -> str | None:
    """How its text can be read; ``unreadable`` for documents that no reader here knows; None for what is known to have
    no text, or not known at all (pictures, archives)."""
    media_type = (file.content_type or "").partition(";")[0].strip().lower()
    by_type = _BY_TYPE.get(media_type) or ("text" if media_type.startswith("text/") else None)
    return _BY_SUFFIX.get(PurePath(file.name).suffix.lower()) or by_type


class Extent(StrEnum):
    """How far the text of a file was read."""

    WHOLE = "whole"
    CUT = "cut"
    """Its first ``extract.MOST_CHARACTERS``; there is more."""
    UNREAD = "unread"
    """Not at all, or not to its end: unknown, damaged, locked, too large, or against the limits."""


@dataclass(frozen=True, slots=True)
class Text:
    """The text in a file as far as it was read, None where there is none."""

    text: str | None
    extent: Extent


def text_of(snapshot: SnapshotReader, file: FileRef) -> Text:
    """The text in a file that is kept, as far as it can be read within limits of size, memory and time.

    A process of its own reads it, without this one's environment, and so without any secret; see ``extract``.
    """
    kind = kind_of(file)
    if kind is None or file.media is None:
        return Text(None, Extent.WHOLE)
    if kind == _UNREADABLE or file.media.bytes > MOST_BYTES:
        return Text(None, Extent.UNREAD)
    with snapshot.open_media(file.media) as media:
        content = media.read()
    try:
        done = _process(kind, content)
    except subprocess.TimeoutExpired:
        return Text(None, Extent.UNREAD)
    # What was read before the limits were reached is text like any other.
    text = done.stdout.decode("utf-8", "replace")
    extent = {0: Extent.WHOLE, CUT: Extent.CUT}.get(done.returncode, Extent.UNREAD)
    return Text(text if text.strip() else None, extent)


def kept_off() -> frozenset[str]:
    """What this machine's kernel keeps the reader of attachments off: ``files``, ``network``, both or neither."""
    try:
        return frozenset(_process(CONFINED, b"").stdout.decode().split())
    except subprocess.TimeoutExpired:
        return frozenset()  # what does not answer is not known to be kept off anything


def _process(what: str, content: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-I", "-m", "notion_backup.extract", what],
        input=content,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "PYTHONIOENCODING": "utf-8"},
        timeout=SECONDS,
        check=False,
    )
