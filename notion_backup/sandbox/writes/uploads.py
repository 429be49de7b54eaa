"""``/file_uploads``: create, send, complete, look up."""

from __future__ import annotations

from dataclasses import dataclass

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import need_text, need_url, wrong
from notion_backup.sandbox.paging import Window, cut, envelope
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.upload_types import agree, type_of
from notion_backup.sandbox.uploads import LARGEST_PART, SMALLEST_PART, Upload, find, look, shown
from notion_backup.sandbox.waiting import Waiting
from notion_backup.sandbox.workspace import Raw

_MODES = ("single_part", "multi_part", "external_url")
_MOST_PARTS = 1000
_LONGEST_NAME = 900
"""Bytes of a file name (file upload reference)."""


@dataclass
class Uploads:
    """File uploads of one sandbox."""

    room: Room
    largest: int = 5 * 1024**3
    """Bytes of a file at most: 5 MiB on the Free plan, 5 GiB on paid ones."""

    def create(self, ask: Ask) -> Raw:
        """``POST /file_uploads``."""
        self.room.access.need("insert")
        body = ask.body
        mode = body.get("mode") or "single_part"
        if mode not in _MODES:
            raise wrong("body.mode", ", ".join(f'`"{name}"`' for name in _MODES), mode)
        filename, content_type = body.get("filename"), body.get("content_type")
        if (
            filename is not None
            and len(need_text(filename, "body.filename").encode("utf-8", "replace")) > _LONGEST_NAME
        ):
            raise validation(f"body failed validation: body.filename should be at most {_LONGEST_NAME} bytes.")
        if mode != "single_part" and filename is None:
            raise wrong("body.filename", "defined")
        wanted = body.get("number_of_parts")
        if mode == "multi_part" and not (isinstance(wanted, int) and 1 <= wanted <= _MOST_PARTS):
            raise wrong("body.number_of_parts", f"a number from `1` to `{_MOST_PARTS}`", wanted)
        if filename is not None:
            content_type = _agreed(filename, content_type)
        upload = Upload(
            id=self.room.maker().new_id(),
            mode=mode,
            filename=filename,
            content_type=content_type,
            parts_wanted=wanted or 1,
            created=self.room.clock.now(),
            created_by=self.room.author,
        )
        if mode == "external_url":
            url = need_url(body.get("external_url"), "body.external_url")
            if not url.startswith("https://"):
                raise wrong("body.external_url", "an https URL", url)
            upload.external_url, upload.importing = url, Waiting(upload.created)
        self.room.workspace.uploads[upload.id] = upload
        return shown(upload, ask.base_url)

    def send(self, ask: Ask) -> Raw:
        """``POST /file_uploads/{id}/send`` with a multipart body."""
        self.room.access.need("insert")
        upload = find(self.room, ask.ids[0], "path.file_upload_id")
        if upload.status != "pending" or upload.mode == "external_url":
            raise validation(f"File upload {upload.id} has a status of `{upload.status}` and takes no more parts.")
        if "file" not in ask.files:
            raise wrong("body.file", "defined")
        data = ask.files["file"]
        if upload.content_type and ask.content_type and upload.content_type != ask.content_type:
            raise validation(
                f"The content type of the file, {ask.content_type}, is not that of the file upload, "
                f"{upload.content_type}."
            )
        if len(data) > LARGEST_PART or upload.size + len(data) > self.largest:
            raise validation("The file is too large: see the limits of the workspace and of one part.")
        number = 1
        if upload.mode == "multi_part":
            told = ask.files.get("part_number", b"").decode("latin-1")
            if not told.isdigit() or not 1 <= int(told) <= upload.parts_wanted:
                raise wrong("body.part_number", f"a number from `1` to `{upload.parts_wanted}`", told or None)
            number = int(told)
            if len(data) < SMALLEST_PART and number < upload.parts_wanted:
                raise validation(f"Part {number} is smaller than {SMALLEST_PART} bytes, and not the last one.")
        upload.parts[number] = data
        if upload.filename is None:
            upload.filename = ask.file_name
        if upload.content_type is None:
            upload.content_type = ask.content_type or "application/octet-stream"
        if upload.mode == "single_part":
            upload.status = "uploaded"
        return shown(upload, ask.base_url)

    def complete(self, ask: Ask) -> Raw:
        """``POST /file_uploads/{id}/complete`` of a multi-part upload."""
        self.room.access.need("insert")
        upload = find(self.room, ask.ids[0], "path.file_upload_id")
        if upload.mode != "multi_part" or upload.status != "pending":
            raise validation(f"File upload {upload.id} ({upload.mode}, {upload.status}) cannot be completed.")
        if len(upload.parts) != upload.parts_wanted:
            raise validation(f"File upload {upload.id}: {len(upload.parts)} of {upload.parts_wanted} parts were sent.")
        upload.status = "uploaded"
        return shown(upload, ask.base_url)

    def get(self, ask: Ask) -> Raw:
        """``GET /file_uploads/{id}``."""
        upload = find(self.room, ask.ids[0], "path.file_upload_id")
        if upload.importing is not None:
            upload.importing.looks += 1
        return shown(upload, ask.base_url)

    def list(self, ask: Ask) -> str:
        """``GET /file_uploads``, newest first, by status if wished."""
        uploads = [*self.room.workspace.uploads.values()]
        for upload in uploads:
            look(upload, self.room.clock.now())
        wanted = ask.query.get("status")
        found = [upload for upload in reversed(uploads) if wanted in (None, upload.status)]
        part = cut(found, Window.read(ask.query, "query"), lambda upload: upload.id)
        return envelope([dumps(shown(upload, ask.base_url)) for upload in part.items], part, "file_upload")


def _agreed(filename: str, content_type: str | None) -> str | None:
    """The content type of a file by what was said of it. Raises a 400 refusal when that does not go together."""
    usual = type_of(filename)
    if "." in filename and usual is None:
        raise validation(f"body.filename: files with the extension of {filename} are not supported.")
    if content_type is None or usual is None:
        return content_type or usual
    if not agree(filename, content_type):
        raise validation(f"body.content_type: {content_type} does not belong to the extension of {filename}.")
    return content_type
