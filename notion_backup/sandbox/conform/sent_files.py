"""File uploads that were begun before the recording, and those that its requests attach."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from notion_backup.sandbox.clock import parse_time
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import NAMED, answer, objects, told
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.uploads import Upload
from notion_backup.sandbox.workspace import Raw, Workspace


def add_uploads(space: Workspace, evidence: Evidence, now: datetime) -> None:
    """Put the uploads that were there before into the workspace; ``now`` is when the recording is replayed."""
    for exchange in evidence.exchanges:
        # Lists begin with the newest.
        for raw in reversed(list(objects(answer(exchange)))):
            if raw["object"] == "file_upload" and _is_new(space, evidence, raw["id"]):
                space.uploads[raw["id"]] = _before(space, raw, exchange, now)
        for upload_id in _attached(told(exchange)) if exchange.status <= 400 else ():
            if _is_new(space, evidence, upload_id):
                # What was refused may not have been sent yet.
                known = _ready if exchange.status < 400 else _begun
                space.uploads[upload_id] = known(space, upload_id, exchange, now)
        named = NAMED.fullmatch(exchange.path)
        if exchange.status == 400 and named and named.group(1) == "file_uploads":
            upload_id = normalise(named.group(2)) or ""
            if upload_id and _is_new(space, evidence, upload_id):
                space.uploads[upload_id] = _ready(space, upload_id, exchange, now)


def _is_new(space: Workspace, evidence: Evidence, upload_id: str) -> bool:
    return upload_id not in space.uploads and upload_id not in evidence.made and upload_id not in evidence.absent


def _before(space: Workspace, raw: Raw, exchange: Exchange, now: datetime) -> Upload:
    """An upload as it was before the request that shows it."""
    parts = raw.get("number_of_parts") or {}
    sending, completing = exchange.path.rstrip("/").endswith("/send"), exchange.path.rstrip("/").endswith("/complete")
    many = bool(parts) or completing
    mode = "multi_part" if many else "external_url" if "file_import_result" in raw else "single_part"
    total = parts.get("total") or 1
    sent = parts.get("sent") or 0
    if completing:
        sent = total
    elif sending:
        sent = max(0, sent - 1)
    status = "pending" if sending or completing else str(raw.get("status"))
    upload = _upload(space, str(raw["id"]), now)
    upload.mode, upload.status, upload.parts_wanted = mode, status, total
    upload.filename, upload.content_type = raw.get("filename"), raw.get("content_type")
    upload.created = _time(raw.get("created_time"), now)
    size = raw.get("content_length")
    if many:
        upload.parts = dict.fromkeys(range(1, sent + 1), b"x")
    elif not sending and isinstance(size, int):
        upload.parts = {1: b"x"}
    if raw.get("expiry_time") is None and status == "uploaded":
        upload.path = f"{space.id}/{upload.id}/{upload.filename or 'file'}"
    return upload


def _ready(space: Workspace, upload_id: str, exchange: Exchange, now: datetime) -> Upload:
    """An upload of which no more is known than that it could be attached."""
    upload = _upload(space, upload_id, now)
    upload.status, upload.parts = "uploaded", {1: b"x"}
    kinds = {"image": "image/png", "video": "video/mp4", "audio": "audio/mpeg", "pdf": "application/pdf"}
    for raw in objects(answer(exchange)):
        category = next((str(one.get("category")) for one in raw.get("attachments") or () if isinstance(one, dict)), "")
        found = kinds.get(str(raw.get("type"))) or kinds.get(category)
        upload.content_type = upload.content_type or found
    upload.content_type = upload.content_type or "text/plain"
    upload.filename = "recorded"
    return upload


def _begun(space: Workspace, upload_id: str, exchange: Exchange, now: datetime) -> Upload:
    """An upload of which nothing was sent."""
    return _upload(space, upload_id, now)


def _upload(space: Workspace, upload_id: str, now: datetime) -> Upload:
    author = {"object": "user", "id": space.bot_id}
    return Upload(upload_id, "single_part", None, None, 1, now, author)


def _time(given: Any, now: datetime) -> datetime:
    try:
        return parse_time(str(given))
    except ValueError:
        return now


def _attached(body: Any) -> Iterator[str]:
    """The uploads that a request attaches."""
    waiting = [body]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            inner = one.get("file_upload")
            given = one.get("file_upload_id") or (inner.get("id") if isinstance(inner, dict) else None)
            found = normalise(given) if isinstance(given, str) else None
            if found:
                yield found
            waiting += list(one.values())
