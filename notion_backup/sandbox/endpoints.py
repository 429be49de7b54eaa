"""The table of endpoints: which request is answered by what, and which of them change something."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

_PART = r"([^/]+)"

_READS = (
    ("POST", "search", "reads.search"),
    ("GET", "pages/{id}", "reads.page"),
    ("GET", "pages/{id}/properties/{property}", "reads.page_property"),
    ("GET", "pages/{id}/markdown", "markdown.read"),
    ("GET", "blocks/{id}", "reads.block"),
    ("GET", "blocks/{id}/children", "reads.block_children"),
    ("GET", "databases/{id}", "reads.database"),
    ("GET", "data_sources/{id}", "reads.data_source"),
    ("POST", "data_sources/{id}/query", "reads.query"),
    ("GET", "data_sources/{id}/templates", "reads.templates"),
    ("GET", "views", "reads.views"),
    ("GET", "views/{id}", "reads.view"),
    ("POST", "views/{id}/queries", "views.run"),
    ("GET", "views/{id}/queries/{query}", "views.run_again"),
    ("DELETE", "views/{id}/queries/{query}", "views.forget"),
    ("GET", "comments", "reads.comments"),
    ("GET", "comments/{id}", "reads.comment"),
    ("GET", "users", "reads.users"),
    ("GET", "users/me", "reads.me"),
    ("GET", "users/{id}", "reads.user"),
    ("GET", "custom_emojis", "reads.custom_emojis"),
    ("GET", "file_uploads", "uploads.list"),
    ("GET", "file_uploads/{id}", "uploads.get"),
    ("POST", "blocks/meeting_notes/query", "meetings.query"),
    ("GET", "async_tasks/{id}", "tasks.get"),
    ("POST", "oauth/introspect", "oauth.introspect"),
)

_WRITES = (
    ("POST", "pages", "pages.create"),
    ("PATCH", "pages/{id}", "pages.update"),
    ("POST", "pages/{id}/move", "pages.move"),
    ("PATCH", "pages/{id}/markdown", "markdown.change"),
    ("POST", "blocks/meeting_notes", "meetings.create"),
    ("PATCH", "blocks/{id}", "blocks.update"),
    ("PATCH", "blocks/{id}/children", "blocks.append"),
    ("DELETE", "blocks/{id}", "blocks.delete"),
    ("POST", "databases", "databases.create"),
    ("PATCH", "databases/{id}", "databases.update"),
    ("POST", "data_sources", "databases.create_source"),
    ("PATCH", "data_sources/{id}", "databases.update_source"),
    ("POST", "views", "views.create"),
    ("PATCH", "views/{id}", "views.update"),
    ("DELETE", "views/{id}", "views.delete"),
    ("POST", "comments", "comments.create"),
    ("PATCH", "comments/{id}", "comments.update"),
    ("DELETE", "comments/{id}", "comments.delete"),
    ("POST", "file_uploads", "uploads.create"),
    ("POST", "file_uploads/{id}/send", "uploads.send"),
    ("POST", "file_uploads/{id}/complete", "uploads.complete"),
    ("POST", "oauth/token", "oauth.token"),
    ("POST", "oauth/revoke", "oauth.revoke"),
)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: its name in statistics, ``family.method`` of what answers it, and whether it changes anything."""

    name: str
    handler: str
    writes: bool
    pattern: re.Pattern[str]
    method: str


def _compile(method: str, template: str, handler: str, writes: bool) -> Endpoint:
    pattern = re.compile("/v1/" + re.sub(r"\{\w+\}", lambda _: _PART, template) + "/?")
    return Endpoint(f"{method} /v1/{template}", handler, writes, pattern, method)


# `users/me` stands before `users/{id}`, so the first match is the right one.
_TABLE = tuple(_compile(*row, False) for row in _READS) + tuple(_compile(*row, True) for row in _WRITES)


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
    return endpoint.writes if endpoint is not None else method not in ("GET", "HEAD", "OPTIONS")
