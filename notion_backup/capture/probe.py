"""What a connection can do, told before a backup is run: for ``notion-backup doctor``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from notion_backup.capture.client import NotionReader, PageSize, Raw
from notion_backup.capture.source import Source
from notion_backup.errors import NotionError, NotionForbidden, NotionRefused

_SKEW_SECONDS = 120


class ProbeStatus(StrEnum):
    """How one line of the examination turned out."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class ProbeLine:
    """One line: what was looked at, how it is, in words, and what to do about it."""

    name: str
    status: ProbeStatus
    text: str
    cure: str = ""


def probe(source: Source, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> list[ProbeLine]:
    """Look at token, capabilities, what is shared, limits and clock. A handful of reads; never raises NotionError."""
    with NotionReader(source, now=clock) as reader:
        try:
            me = reader.get("users/me")
        except NotionError as error:
            return [ProbeLine("token", ProbeStatus.ERROR, error.what, error.cure)]
        lines = [ProbeLine("token", ProbeStatus.OK, _who(me)), _clock(reader, clock())]
        shared, page_id = _shared(reader)
        lines += [shared, _users(reader), _comments(reader, page_id), _limits(me, source)]
        return lines


def _who(me: Raw) -> str:
    owner = _inside(me, "bot", "owner", "type")
    kind = "personal access token" if owner == "user" else "connection"
    return f"accepted; {kind} {me.get('id')}, workspace {_inside(me, 'bot', 'workspace_id') or 'not named'}"


def _clock(reader: NotionReader, now: datetime) -> ProbeLine:
    try:
        server = parsedate_to_datetime(reader.server_date or "")
    except ValueError:
        return ProbeLine("clock", ProbeStatus.WARNING, "the server does not tell its time")
    skew = (now - (server if server.tzinfo else server.replace(tzinfo=UTC))).total_seconds()
    if abs(skew) <= _SKEW_SECONDS:
        return ProbeLine("clock", ProbeStatus.OK, "agrees with the server's to two minutes")
    return ProbeLine(
        "clock",
        ProbeStatus.WARNING,
        f"differs from the server's by {skew:.0f} seconds",
        "Set this machine's clock; snapshots would carry wrong times.",
    )


def _shared(reader: NotionReader) -> tuple[ProbeLine, str | None]:
    try:
        answer = _list(reader, "POST", "search", {}, 100)
    except NotionError as error:
        return ProbeLine("shared", ProbeStatus.ERROR, error.what, error.cure), None
    results = answer["results"]
    pages = [found for found in results if found.get("object") == "page" and isinstance(found.get("id"), str)]
    if not results:
        cure = "In Notion, open a page's menu, choose Connections and add this one; pages below it come with it."
        return ProbeLine("shared", ProbeStatus.WARNING, "nothing is shared with this connection", cure), None
    more = "at least " if answer["has_more"] else ""
    text = f"{more}{len(results)} pages and data sources are shared"
    return ProbeLine("shared", ProbeStatus.OK, text), pages[0]["id"] if pages else None


def _users(reader: NotionReader) -> ProbeLine:
    try:
        _list(reader, "GET", "users", {}, 1)
    except (NotionForbidden, NotionRefused) as error:
        return ProbeLine(
            "users",
            ProbeStatus.WARNING,
            f"the list of users is refused (HTTP {error.status}); users are then read one by one",
            "Give the connection the capability to read user information; tokens of persons cannot have it.",
        )
    except NotionError as error:
        return ProbeLine("users", ProbeStatus.ERROR, error.what, error.cure)
    return ProbeLine("users", ProbeStatus.OK, "may be listed")


def _comments(reader: NotionReader, page_id: str | None) -> ProbeLine:
    if page_id is None:
        return ProbeLine("comments", ProbeStatus.WARNING, "cannot be tried: no page is shared")
    try:
        _list(reader, "GET", "comments", {"block_id": page_id}, 1)
    except NotionForbidden as error:
        return ProbeLine(
            "comments",
            ProbeStatus.WARNING,
            f"may not be read (HTTP {error.status}); every snapshot will be incomplete",
            "Give the connection the capability to read comments.",
        )
    except NotionError as error:
        return ProbeLine("comments", ProbeStatus.ERROR, error.what, error.cure)
    return ProbeLine("comments", ProbeStatus.OK, "may be read")


def _limits(me: Raw, source: Source) -> ProbeLine:
    budget = f"{source.requests_per_minute} requests a minute" if source.requests_per_minute else "no budget of our own"
    largest = _inside(me, "bot", "workspace_limits", "max_file_upload_size_in_bytes")
    upload = f"; files up to {largest} bytes may be uploaded" if isinstance(largest, int) else ""
    return ProbeLine("limits", ProbeStatus.OK, budget + upload)


def _list(reader: NotionReader, method: str, template: str, parameters: Raw, size: int) -> Raw:
    get = method == "GET"
    return reader.ask(
        method,
        template,
        query=parameters if get else None,
        body=None if get else parameters,
        size=PageSize(size),
        shape=lambda answer: (
            isinstance(answer, dict)
            and isinstance(answer.get("results"), list)
            and isinstance(answer.get("has_more"), bool)
        ),
    )


def _inside(value: Any, *path: str) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
