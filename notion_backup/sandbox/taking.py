"""What a request brings along, taken apart: its query string and its body."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from notion_backup.sandbox import multipart
from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import MOST_BYTES
from notion_backup.sandbox.replies import invalid_json, validation


def take_query(query_string: str) -> dict[str, Any]:
    """Query parameters; ``filter_properties`` may come several times, with or without brackets."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        if name.startswith("filter_properties"):
            found.setdefault("filter_properties", []).append(value)
        else:
            found[name] = value
    return found


def take_body(ask: Ask, method: str, content_type: str, body: bytes) -> Any:
    """Put the body into the request, as JSON or in parts; gives what the log keeps of it. Raises 400 refusals."""
    if method == "GET" or not body:
        return None
    if content_type.startswith("multipart/"):
        ask.files, ask.content_type, ask.file_name = multipart.parts(content_type, body)
        return None
    if len(body) > MOST_BYTES:
        raise validation(f"The request's body is {len(body)} bytes long, more than {MOST_BYTES}.")
    ask.body = _document(body)
    return ask.body


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise invalid_json() from None
    if not isinstance(document, dict):
        raise validation("body failed validation: body should be an object.")
    return document
