"""The one way to write to Notion: paced, patient where repeating is safe, honest where nobody knows what happened."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, BinaryIO

import httpx
from notion_client import Client
from notion_client.errors import HTTPResponseError

from notion_backup.capture.answers import Failure, classify
from notion_backup.capture.deadline import end_in_time
from notion_backup.capture.ledger import ledger_of
from notion_backup.capture.pacing import Pacing
from notion_backup.capture.source import NOTION_VERSION, RetryPolicy, Source
from notion_backup.capture.waiting import Waiting
from notion_backup.capture.wires import silent_logger
from notion_backup.errors import NotionForbidden, NotionNotFound, NotionRefused, NotionUnauthorized, NotionUnavailable
from notion_backup.restore.target import TargetRefused
from notion_backup.snapshot import Raw

_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_CONFLICT = 409
_CURE = "Run the same line again: it goes on where it stopped."


class Ambiguous(Exception):
    """Nobody knows whether a request was carried out. ``committed`` is the id of what the server says it made."""

    def __init__(self, failure: Failure, committed: str | None) -> None:
        super().__init__(failure.why)
        self.failure = failure
        self.committed = committed


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a file to be sent, read while it is sent. ``number`` is None where the file is sent at once."""

    filename: str
    content_type: str
    data: BinaryIO
    number: int | None = None


class NotionWriter:
    """Sends writes through ``notion-client``. One request at a time: order is what a restore is about."""

    def __init__(
        self,
        source: Source,
        *,
        waiting: Waiting | None = None,
        http: httpx.Client | None = None,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.waiting = waiting or Waiting()
        self._policy: RetryPolicy = source.retry
        self._token = source.token
        self._jitter = jitter
        self._now = now
        ledger = ledger_of(source.ledger, source.token, source.base_url) if source.requests_per_minute else None
        self._pacing = Pacing(source.requests_per_minute, sleep=self.waiting.sleep, ledger=ledger)
        self._http = http or httpx.Client()
        hooks = self._http.event_hooks
        self._http.event_hooks = {**hooks, "response": [*hooks.get("response", []), self._bound]}
        self._client = Client(
            client=self._http,
            base_url=source.base_url.rstrip("/"),
            notion_version=NOTION_VERSION,
            retry=False,
            timeout_ms=int(source.retry.timeout * 1000),
            logger=silent_logger(),
            log_level=logging.CRITICAL,
        )
        self.requests: Counter[str] = Counter()

    def __enter__(self) -> NotionWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._pacing.close()

    def send(
        self,
        method: str,
        template: str,
        ids: Mapping[str, str] | None = None,
        body: Raw | None = None,
        *,
        part: Part | None = None,
        repeatable: bool = False,
    ) -> Raw:
        """Send one write and give its answer.

        ``repeatable``: doing it twice does no harm. Raises Ambiguous where it would and nobody knows; TargetRefused for
        what is refused for good; NotionUnauthorized, NotionForbidden; NotionUnavailable when patience is at an end.
        """
        path = template.format(**(ids or {}))
        began = self.waiting.monotonic()
        failures = 0
        while True:
            self._pacing.acquire()
            self.requests[f"{method} {template}"] += 1
            try:
                answer: Raw = self._request(method, path, body, part)
                if not isinstance(answer, dict) or not isinstance(answer.get("object"), str):
                    raise ValueError("not an object")
                return answer
            except Exception as error:
                failure = classify(error, self._now())
                if failure is None:
                    raise
                if not failure.transient:
                    raise self._final(failure, error, f"{method} {path}") from error
                unsent = failure.limited or failure.status == _CONFLICT or _never_left(error)
                if not unsent and not repeatable:
                    raise Ambiguous(failure, _committed(error)) from error
            self.waiting.check()
            failures += not failure.limited
            self.pause(failure, failures, began, f"{method} {path}")

    def pause(self, failure: Failure, failures: int, began: float, about: str) -> None:
        """Wait before another try. Raises NotionUnavailable when enough have been made."""
        wait = failure.retry_after
        if wait is None:
            wait = min(self._policy.first_delay * 2.0 ** min(max(failures - 1, 0), 16), self._policy.longest_delay)
            wait *= 0.5 + self._jitter() / 2
        spent = self.waiting.monotonic() - began
        if failures >= self._policy.attempts or spent + wait > self._policy.patience:
            raise NotionUnavailable(f"{about}: {failure.why}.", cure=_CURE, status=failure.status, code=failure.code)
        if failure.limited:
            self._pacing.limited(wait)
        else:
            self.waiting.sleep(wait)

    def _request(self, method: str, path: str, body: Raw | None, part: Part | None) -> Any:
        if part is None:
            return self._client.request(path=path, method=method, body=body, auth=self._token)
        part.data.seek(0)
        form: dict[str, Any] = {"file": (part.filename, part.data, part.content_type)}
        if part.number is not None:
            form["part_number"] = str(part.number)
        return self._client.request(path=path, method=method, form_data=form, auth=self._token)

    def _final(self, failure: Failure, error: Exception, about: str) -> Exception:
        if failure.kind in (NotionRefused, NotionNotFound):
            return TargetRefused(_words(error, failure), code=failure.code)
        if failure.kind is NotionUnauthorized:
            return NotionUnauthorized(
                f"{about}: Notion does not accept the token of the restore (HTTP 401).",
                cure=f"Check NOTION_RESTORE_TOKEN. {_CURE}",
                status=failure.status,
                code=failure.code,
            )
        if failure.kind is NotionForbidden:
            return NotionForbidden(
                f"{about}: {failure.why}{_limit(error)}.",
                cure=f"Give the connection the capability to insert and update content, or make room. {_CURE}",
                status=failure.status,
                code=failure.code,
            )
        return failure.error(about)

    def _bound(self, response: httpx.Response) -> None:
        end_in_time(response, self._policy.timeout)


def _never_left(error: Exception) -> bool:
    """Whether the request cannot have reached the server: no connection was made."""
    return isinstance(error, _UNSENT) or isinstance(error.__context__, _UNSENT)


def _additional(error: Exception) -> Raw:
    extra = error.additional_data if isinstance(error, HTTPResponseError) else None
    return extra if isinstance(extra, dict) else {}


def _committed(error: Exception) -> str | None:
    committed = _additional(error).get("committed_resource_id")
    return committed if isinstance(committed, str) else None


def _limit(error: Exception) -> str:
    return "; the target's plan takes no more blocks" if "block_limit" in _additional(error) else ""


def _words(error: Exception, failure: Failure) -> str:
    """The server's own words, without the value it complains of: that is somebody's text."""
    message = str(error).partition(", instead was")[0]
    return f"{failure.code or failure.status}: {message}"[:240]
