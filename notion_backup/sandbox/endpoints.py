"""The table of endpoints: which request is answered by what, and which of them would write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_PART = r"([^/]+)"

_READS = (
    ("POST", "search", "search"),
    ("GET", "pages/{id}", "page"),
    ("GET", "pages/{id}/properties/{property}", "page_property"),
    ("GET", "blocks/{id}", "block"),
    ("GET", "blocks/{id}/children", "block_children"),
    ("GET", "databases/{id}", "database"),
    ("GET", "data_sources/{id}", "data_source"),
    ("POST", "data_sources/{id}/query", "query"),
    ("GET", "data_sources/{id}/templates", "templates"),
    ("GET", "views", "views"),
    ("GET", "views/{id}", "view"),
    ("GET", "comments", "comments"),
    ("GET", "comments/{id}", "comment"),
    ("GET", "users", "users"),
    ("GET", "users/me", "me"),
    ("GET", "users/{id}", "user"),
    ("GET", "custom_emojis", "custom_emojis"),
)

_WRITES = (
    ("POST", "pages"),
    ("PATCH", "pages/{id}"),
    ("POST", "pages/{id}/move"),
    ("PATCH", "pages/{id}/markdown"),
    ("PATCH", "blocks/{id}"),
    ("PATCH", "blocks/{id}/children"),
    ("DELETE", "blocks/{id}"),
    ("POST", "databases"),
    ("PATCH", "databases/{id}"),
    ("POST", "data_sources"),
    ("PATCH", "data_sources/{id}"),
    ("POST", "views"),
    ("PATCH", "views/{id}"),
    ("DELETE", "views/{id}"),
    ("POST", "views/{id}/queries"),
    ("POST", "comments"),
    ("PATCH", "comments/{id}"),
    ("DELETE", "comments/{id}"),
    ("POST", "file_uploads"),
    ("POST", "file_uploads/{id}/send"),
    ("POST", "file_uploads/{id}/complete"),
    ("POST", "blocks/meeting_notes"),
)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: its name in statistics, and the read that answers it (None: a write, refused)."""

    name: str
    read: str | None
    pattern: re.Pattern[str]
    method: str


def _compile(method: str, template: str, read: str | None) -> Endpoint:
    pattern = re.compile("/v1/" + re.sub(r"\{\w+\}", lambda _: _PART, template) + "/?")
    return Endpoint(f"{method} /v1/{template}", read, pattern, method)


# `users/me` stands before `users/{id}`, so the first match is the right one.
_TABLE = tuple(_compile(m, t, read) for m, t, read in _READS) + tuple(_compile(m, t, None) for m, t in _WRITES)


def match(method: str, raw_path: str) -> tuple[Endpoint, list[str]] | None:
    """The endpoint of a request with the decoded variable parts of its path, or None."""
    for endpoint in _TABLE:
        if endpoint.method == method:
            found = endpoint.pattern.fullmatch(raw_path)
            if found:
                return endpoint, [unquote(part) for part in found.groups()]
    return None


def is_write(method: str, endpoint: Endpoint | None) -> bool:
    """Whether a request would change something. What is not known is judged by its verb."""
    return endpoint.read is None if endpoint is not None else method not in ("GET", "HEAD", "OPTIONS")
