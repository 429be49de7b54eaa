"""File uploads: created, sent in one part or many, completed, attached; what was sent is what the file server gives.

States, limits and times are those of the file upload guide (autumn 2026): a part of at most 20 MB, attached within
the hour, and after its first attachment usable again and again.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from notion_backup.sandbox.clock import to_minute
from notion_backup.sandbox.replies import Refusal, validation
from notion_backup.sandbox.signing import hosted_url
from notion_backup.sandbox.upload_types import fits
from notion_backup.sandbox.waiting import Waiting
from notion_backup.sandbox.workspace import HostedFile, Raw

if TYPE_CHECKING:
    from notion_backup.sandbox.room import Room

LARGEST_PART = 20 * 1024 * 1024
SMALLEST_PART = 5 * 1024 * 1024
"""But for the last one."""
LIFETIME = timedelta(hours=1)


@dataclass
class Upload:
    """One upload and what was sent of it so far."""

    id: str
    mode: str
    filename: str | None
    content_type: str | None
    parts_wanted: int
    created: datetime
    created_by: Raw
    status: str = "pending"
    parts: dict[int, bytes] = field(default_factory=dict)
    external_url: str | None = None
    path: str | None = None
    """Where the file server has it, once it was attached."""
    importing: Waiting | None = None
    """The import of an external file while it goes on."""
    imported: datetime | None = None
    problem: Raw | None = None
    """Why an import failed."""

    @property
    def size(self) -> int:
        """Bytes sent so far."""
        return sum(len(part) for part in self.parts.values())

    def to_json(self) -> Raw:
        """For the file of a workspace; an import that goes on begins anew there."""
        told = {
            name: getattr(self, name)
            for name in ("id", "mode", "filename", "content_type", "parts_wanted", "created_by", "status",
                         "external_url", "path", "problem")
        }  # fmt: skip
        parts = {str(number): base64.b64encode(data).decode() for number, data in self.parts.items()}
        times = {"created": self.created.isoformat(), "imported": self.imported and self.imported.isoformat()}
        return {**told, **times, "parts": parts, "importing": self.importing is not None}

    @classmethod
    def from_json(cls, given: Raw) -> Upload:
        """What ``to_json`` gave."""
        told = dict(given)
        created = datetime.fromisoformat(told.pop("created"))
        imported, importing, parts = told.pop("imported"), told.pop("importing"), told.pop("parts")
        return cls(
            **told,
            created=created,
            imported=datetime.fromisoformat(imported) if imported else None,
            importing=Waiting(created) if importing else None,
            parts={int(number): base64.b64decode(data) for number, data in parts.items()},
        )


def look(upload: Upload, now: datetime) -> None:
    """Let an import come to its end, and an upload that nobody attached in time expire."""
    if upload.importing is not None and upload.importing.over(now):
        _end_import(upload, now)
    if upload.path is None and upload.status in ("pending", "uploaded") and now >= upload.created + LIFETIME:
        upload.status = "expired"


def _end_import(upload: Upload, now: datetime) -> None:
    """Nothing leaves the sandbox: an import succeeds with bytes of its own, but for the host ``….invalid``."""
    url = str(upload.external_url)
    upload.importing, upload.imported = None, now
    if (urlsplit(url).hostname or "").endswith(".invalid"):
        upload.status = "failed"
        upload.problem = {
            "type": "download_error",
            "code": "download_error",
            "message": "The file could not be downloaded from the external URL.",
            "parameter": "external_url",
            "status_code": None,
        }
        return
    upload.status, upload.parts = "uploaded", {1: f"imported from {url}\n".encode()}


def find(room: Room, given: Any, place: str) -> Upload:
    """An upload by id. Raises 400 for what is no id and 404 for what is not there."""
    upload_id = room.id(given, place.partition(".")[2] or place, place.partition(".")[0])
    upload = room.workspace.uploads.get(upload_id)
    if upload is None:
        raise Refusal(404, "object_not_found", f"Could not find file_upload with ID: {upload_id}.")
    look(upload, room.clock.now())
    return upload


def attach(room: Room, given: Any, place: str, *, of_block: str = "file") -> Raw:
    """The hosted file that an upload becomes where it is attached.

    Raises a 400 refusal when it is not ready, or of another kind than the block shows.
    """
    upload = find(room, given, place)
    if upload.status != "uploaded":
        raise validation(
            f"File upload {upload.id} has a status of `{upload.status}`: only an uploaded file can be attached."
        )
    if not fits(upload.content_type, of_block):
        raise validation(
            f"File upload {upload.id} has the content type {upload.content_type}, which a block of type {of_block} "
            "does not show."
        )
    if upload.path is None:
        name = quote(upload.filename or "file", safe="", errors="replace")
        upload.path = f"{room.workspace.id}/{upload.id}/{name}"
        data = b"".join(upload.parts[number] for number in sorted(upload.parts))
        room.workspace.files[upload.path] = HostedFile(len(data), upload.content_type, data=data)
    return dict(hosted_url(upload.path))


def shown(upload: Upload, base_url: str) -> Raw:
    """An upload as the API answers it."""
    expiry = None if upload.path is not None else to_minute(upload.created + LIFETIME)
    raw: Raw = {
        "object": "file_upload",
        "id": upload.id,
        "created_time": to_minute(upload.created),
        "created_by": {"id": upload.created_by["id"], "type": "bot"},
        "last_edited_time": to_minute(upload.created),
        "in_trash": False,
        "expiry_time": expiry,
        "status": upload.status,
        "filename": upload.filename,
        "content_type": upload.content_type,
        "content_length": upload.size if upload.status == "uploaded" else None,
    }
    if upload.status == "pending" and upload.mode != "external_url":
        raw["upload_url"] = f"{base_url}/v1/file_uploads/{upload.id}/send"
        if upload.mode == "multi_part":
            raw["complete_url"] = f"{base_url}/v1/file_uploads/{upload.id}/complete"
    if upload.mode == "multi_part":
        raw["number_of_parts"] = {"total": upload.parts_wanted, "sent": len(upload.parts)}
    if upload.imported is not None:
        outcome: Raw = {"type": "success", "success": {}}
        if upload.problem is not None:
            outcome = {"type": "error", "error": upload.problem}
        raw["file_import_result"] = {"imported_time": to_minute(upload.imported), **outcome}
    return raw
