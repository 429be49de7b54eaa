"""Text of attachments, by what their names and media types say they are; each content is read once."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Text:
    """The text in a file, None where there is none. Not ``whole``: there is more that could not be read."""

    text: str | None
    whole: bool = True


def text_of(snapshot: SnapshotReader, file: FileRef) -> Text:
    """The text in a file that is kept, as far as it can be read within limits of size, memory and time.

    A process of its own reads it, without this one's environment, and so without any secret.
    """
    kind = kind_of(file)
    if kind is None or file.media is None:
        return Text(None)
    if file.media.bytes > MOST_BYTES:
        return Text(None, whole=False)
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
        return Text(None, whole=False)
    # What was read before the limits were reached is text like any other.
    text = done.stdout.decode("utf-8", "replace")
    return Text(text if text.strip() else None, whole=done.returncode == 0)
