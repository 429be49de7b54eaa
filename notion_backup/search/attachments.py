"""Text of attachments, by what their names and media types say they are; each content is read once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import PurePath

from notion_backup.snapshot import FileRef, SnapshotReader

MOST_BYTES = 64 * 1024 * 1024
SECONDS = 30

_BY_SUFFIX = {
    **{f".{kind}": kind for kind in ("pdf", "docx", "pptx", "xlsx", "html")},
    **dict.fromkeys((".htm", ".xhtml"), "html"),
    **dict.fromkeys((".txt", ".md", ".csv", ".tsv", ".json", ".log", ".yaml", ".yml", ".xml", ".rst", ".ics"), "text"),
}
_BY_TYPE = {
    "application/pdf": "pdf",
    "text/html": "html",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


def kind_of(file: FileRef) -> str | None:
    """How its text can be read; None for what has no text known here (pictures, archives)."""
    media_type = (file.content_type or "").partition(";")[0].strip().lower()
    by_type = _BY_TYPE.get(media_type) or ("text" if media_type.startswith("text/") else None)
    return _BY_SUFFIX.get(PurePath(file.name).suffix.lower()) or by_type


def text_of(snapshot: SnapshotReader, file: FileRef) -> str | None:
    """The text in a file that is kept; None where it has none, is too large, or could not be read in its limits.

    A process of its own reads it, without this one's environment, and so without any secret.
    """
    kind = kind_of(file)
    if kind is None or file.media is None or file.media.bytes > MOST_BYTES:
        return None
    with snapshot.open_media(file.media) as media:
        content = media.read()
    command = [sys.executable, "-I", "-m", "notion_backup.extract", kind]
    try:
        done = subprocess.run(
            command,
            input=content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "PYTHONIOENCODING": "utf-8"},
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    # What was read before the limits were reached is text like any other.
    text = done.stdout.decode("utf-8", "replace")
    return text if text.strip() else None
