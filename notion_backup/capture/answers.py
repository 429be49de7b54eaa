"""What went wrong with one attempt, and whether asking again may help.

Which status means what is from the API's list of status codes (autumn 2026); that cut bodies, HTML pages of
gateways and lists without ``results`` arrive in place of an answer is from field reports about other extractors.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from notion_client.errors import HTTPResponseError, InvalidPathParameterError, RequestTimeoutError

from notion_backup.errors import (
    NotionError,
    NotionForbidden,
    NotionGarbled,
    NotionNotFound,
    NotionRefused,
    NotionUnauthorized,
    NotionUnavailable,
)

UNREACHABLE = "unreachable"
TIMEOUT = "timeout"
BLOCKED = "public_api_request_blocked"
_OF_WORKSPACE = ("public_api_space_request_rate_limit",)
_LIMITED = (429, 529)
_RETRIED = (409, 500, 502, 503, 504)
_TOO_HEAVY = (502, 503, 504)


# What is refused to a token (401, 403) may be granted by the time somebody goes on.
_ABOUT_OBJECTS: tuple[type[NotionError], ...] = (NotionNotFound, NotionRefused)


class WrongShape(ValueError):
    """An answer that is JSON but not what the endpoint promises."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt. ``limited``: the server said "too fast"; ``heavy``: a smaller page may succeed.

    ``shared``: what was asked too fast is the whole workspace, by whatever token.
    """

    kind: type[NotionError]
    why: str
    cure: str
    status: int | None = None
    code: str = ""
    transient: bool = False
    limited: bool = False
    heavy: bool = False
    shared: bool = False
    retry_after: float | None = None

    @property
    def final(self) -> bool:
        """Whether the same request of another token, or later, would be answered alike: it is about the object."""
        return not self.transient and self.kind in _ABOUT_OBJECTS

    def encode(self) -> bytes:
        """As JSON, for the journal."""
        told = {"kind": self.kind.__name__, "why": self.why, "cure": self.cure, "status": self.status}
        return json.dumps({**told, "code": self.code}).encode()

    @classmethod
    def decode(cls, data: bytes) -> Failure:
        """Read back what :meth:`encode` gave."""
        told = json.loads(data)
        kind = next(kind for kind in _ABOUT_OBJECTS if kind.__name__ == told.pop("kind"))
        return cls(kind, **told)

    def error(self, about: str) -> NotionError:
        """The error to raise when this attempt was the last. ``about`` names the request and its object."""
        return self.kind(
            f"{about}: {self.why}.",
            cure=self.cure,
            retry_after=self.retry_after,
            status=self.status,
            code=self.code,
        )

    def outage(self, about: str) -> NotionError:
        """The error when nothing else was answered either: the server is out, not this object."""
        alone = replace(self, why=f"{self.why}, and meanwhile nothing else was answered either", code=UNREACHABLE)
        return alone.error(about)


def classify(error: Exception, now: datetime) -> Failure | None:
    """What an exception of one attempt means; None when it is none of the network's or Notion's."""
    if isinstance(error, HTTPResponseError):
        return _refusal(error, now)
    if isinstance(error, (RequestTimeoutError, httpx.TimeoutException)):
        return Failure(
            NotionUnavailable,
            "no answer came in time",
            "Run the backup again later.",
            code=TIMEOUT,
            transient=True,
            heavy=True,
        )
    if isinstance(error, (httpx.NetworkError, httpx.ProxyError, httpx.UnsupportedProtocol)):
        return Failure(
            NotionUnavailable,
            f"the server cannot be reached ({type(error).__name__})",
            "Check the network and NOTION_BASE_URL, then run the backup again.",
            code=UNREACHABLE,
            transient=True,
        )
    if isinstance(error, (httpx.HTTPError, ValueError, RecursionError)):
        return _garbled(type(error).__name__ if not isinstance(error, WrongShape) else str(error), None)
    if isinstance(error, InvalidPathParameterError):
        return Failure(NotionRefused, "the client library does not send such a path", "Please report this.")
    return None


def _refusal(error: HTTPResponseError, now: datetime) -> Failure:
    status, body = error.status, _error_body(error.body)
    waits = _retry_after(error.headers, body, now)
    if status in _LIMITED or status in _RETRIED:
        return _transient(status, body, waits)
    if not body:
        # Notion's own refusals are JSON; this page comes from something between it and us.
        return _garbled(f"HTTP {status} without Notion's error body", status)
    return _final(status, body)


def _transient(status: int, body: dict[str, Any], waits: float | None) -> Failure:
    code = _code(body)
    extra = body.get("additional_data")
    reason = extra.get("rate_limit_reason") if isinstance(extra, dict) else None
    if reason == BLOCKED:
        return Failure(
            NotionForbidden,
            "Notion has blocked this connection's requests (HTTP 429)",
            "Ask Notion's support; waiting does not lift a block.",
            status=status,
            code=BLOCKED,
        )
    limited = status in _LIMITED
    why = f"the server asks to slow down (HTTP {status})" if limited else f"the server failed (HTTP {status})"
    return Failure(
        NotionUnavailable,
        why,
        "Run the backup again later; status.notion.so tells of outages.",
        status=status,
        code=code,
        transient=True,
        limited=limited,
        heavy=status in _TOO_HEAVY,
        shared=status == 529 or reason in _OF_WORKSPACE,
        retry_after=waits,
    )


def _final(status: int, body: dict[str, Any]) -> Failure:
    code = _code(body)
    if status == 401:
        return Failure(
            NotionUnauthorized,
            "Notion does not accept the token (HTTP 401)",
            "Check NOTION_TOKEN; make a new token when it was revoked or has expired.",
            status=status,
            code=code,
        )
    if status == 403:
        return Failure(
            NotionForbidden,
            f"the connection may not do this (HTTP 403, {code or 'no code'})",
            "Give the connection the capability in Notion's settings.",
            status=status,
            code=code,
        )
    if status == 404:
        return Failure(
            NotionNotFound,
            "it does not exist, or it is not shared with the connection (HTTP 404)",
            "Share it with the connection in Notion if it still exists.",
            status=status,
            code=code,
        )
    return Failure(
        NotionRefused,
        f"Notion refuses the request (HTTP {status}, {code or 'no code'})",
        "Asking again does not help.",
        status=status,
        code=code,
    )


def _garbled(why: str, status: int | None) -> Failure:
    return Failure(
        NotionGarbled,
        f"the answer is not what the API promises ({why})",
        "Check what stands between this machine and Notion (a proxy, a login page), then run the backup again.",
        status=status,
        code="garbled",
        transient=True,
    )


def _error_body(text: str) -> dict[str, Any]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) and ("code" in body or body.get("object") == "error") else {}


def _code(body: dict[str, Any]) -> str:
    """The error code, as far as it looks like one: it goes into messages."""
    code = body.get("code")
    return code[:80] if isinstance(code, str) and code.replace("_", "").isalnum() and code.isascii() else ""


def _retry_after(headers: httpx.Headers, body: dict[str, Any], now: datetime) -> float | None:
    """Seconds to wait: the header as a number or a date, else ``additional_data.retry_after``."""
    value = headers.get("retry-after")
    if value is not None:
        seconds = _number(value)
        return seconds if seconds is not None else _until(value, now)
    extra = body.get("additional_data")
    return _number(extra.get("retry_after")) if isinstance(extra, dict) else None


def _number(value: Any) -> float | None:
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _until(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
