"""Multipart bodies taken apart: only what file uploads send."""

from __future__ import annotations

import re

from notion_backup.sandbox.replies import validation

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(rb'\bname="([^"]*)"')
_FILENAME = re.compile(rb'filename="([^"]*)"')
_TYPE = re.compile(rb"content-type:\s*([^\r\n;]+)", re.IGNORECASE)


def parts(content_type: str, body: bytes) -> tuple[dict[str, bytes], str, str | None]:
    """The parts by name, and the content type and file name of the one named ``file``.

    Raises a 400 refusal for other bodies.
    """
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise validation("The request should be multipart/form-data with a boundary.")
    found: dict[str, bytes] = {}
    kind, filename = "", None
    mark = b"--" + boundary.group(1).encode("latin-1")
    for piece in (b"\r\n" + body).split(b"\r\n" + mark)[1:]:
        head, gap, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if not gap or name is None:
            continue
        found[name.group(1).decode("utf-8", "replace")] = data
        told = _TYPE.search(head)
        if name.group(1) == b"file":
            kind = told.group(1).decode("latin-1").strip() if told is not None else ""
            named = _FILENAME.search(head)
            filename = named.group(1).decode("utf-8", "replace") if named is not None else None
    return found, kind, filename
