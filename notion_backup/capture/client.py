"""The one way to Notion: reads only, paced, repeated with patience, every attempt counted."""

from __future__ import annotations

import json
import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NoReturn

import httpx

from notion_backup.capture.answers import Failure, WrongShape, classify
from notion_backup.capture.deadline import end_in_time
from notion_backup.capture.journal import Journal, request_key
from notion_backup.capture.lanes import Lane, Lanes
from notion_backup.capture.ledger import OwnLedger, ledger_of
from notion_backup.capture.pacing import Pacing
from notion_backup.capture.source import NOTION_VERSION, RetryPolicy, Source
from notion_backup.capture.waiting import Waiting
from notion_backup.capture.wires import Wires
from notion_backup.errors import NotionError, NotionRefused, NotionUnauthorized

Raw = dict[str, Any]

READING_POSTS = ("search", "data_sources/{id}/query")
"""The POST endpoints that only read. No other request than these and GET ever leaves a backup."""
_READING_PATH = re.compile(r"/v1/(search|data_sources/[^/]+/query)/?")
_SMALLEST_PAGE = 1
_SIGNS_OF_LIFE = 3
"""How often the smallest question is asked before a server that answers nothing is taken to be out."""


class PageSize:
    """How many items one listing asks for at a time; halved when the server fails under the load."""

    def __init__(self, value: int = 100) -> None:
        self.value = value

    def halve(self) -> None:
        """Ask for less from now on."""
        self.value = max(_SMALLEST_PAGE, self.value // 2)


class NotionReader:
    """Reads from one workspace through ``notion-client``, whose own retries are off.

    Thread-safe; each thread has a connection of its own, unless a ``transport`` is given to all. ``jitter`` gives
    numbers in [0, 1).
    """

    def __init__(
        self,
        source: Source,
        *,
        waiting: Waiting | None = None,
        transport: httpx.BaseTransport | None = None,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        journal: Journal | None = None,
    ) -> None:
        self._waiting = waiting or Waiting()
        self._policy: RetryPolicy = source.retry
        self._jitter = jitter
        self._now = now
        self._journal = journal
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._answered_at = float("-inf")
        self._server_date: str | None = None
        self._lanes = Lanes([self._lane(source, token) for token in source.tokens], self._waiting.sleep)
        self._wires = Wires(
            source.base_url,
            NOTION_VERSION,
            source.retry.timeout,
            before=_refuse_writes,
            after=self._note_answer,
            transport=transport,
        )

    def _lane(self, source: Source, token: str) -> Lane:
        shared = source.ledger if source.requests_per_minute is not None else None
        ledger = OwnLedger(self._waiting.monotonic) if shared is None else ledger_of(shared, token, source.base_url)
        return Lane(token, Pacing(source.requests_per_minute, sleep=self._waiting.sleep, ledger=ledger))

    @property
    def budget(self) -> int | None:
        """Requests a minute that all tokens together may send now; None: no limit of our own."""
        budgets = [lane.pacing.budget for lane in (self._lanes.first, *self._lanes.others())]
        return None if None in budgets else sum(budget for budget in budgets if budget is not None)

    def same_workspace(self) -> None:
        """See to it that every token is one of the same workspace.

        Raises NotionUnauthorized when one is not: its answers would be another workspace's.
        """
        homes: list[Any] = []
        for number, lane in enumerate((self._lanes.first, *self._lanes.others()) if self._lanes.others() else (), 1):
            lane.pacing.acquire()
            with self._lock:
                self._counts["GET users/me"] += 1
            outcome = self._attempt(lane, "GET", "users/me", None, None, None, _is_object)
            if isinstance(outcome, Failure):
                raise outcome.error(f"token {number} of the workspace")
            homes.append((outcome.get("bot") or {}).get("workspace_id"))
            if homes[-1] != homes[0]:
                raise NotionUnauthorized(
                    f"Token {number} is one of another workspace than the first.",
                    cure="Give only tokens of connections of the same workspace.",
                )

    def __enter__(self) -> NotionReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections and the books of what was spent."""
        self._wires.close()
        for lane in (self._lanes.first, *self._lanes.others()):
            lane.pacing.close()

    @property
    def requests(self) -> Mapping[str, int]:
        """How many requests were sent, by endpoint template (``GET blocks/{id}/children``), repeats included."""
        with self._lock:
            return dict(sorted(self._counts.items()))

    @property
    def total_requests(self) -> int:
        """How many requests were sent, repeats included."""
        with self._lock:
            return self._counts.total()

    @property
    def server_date(self) -> str | None:
        """The ``Date`` header of the newest answer."""
        return self._server_date

    def get(
        self, template: str, *, query: Raw | None = None, attempts: int | None = None, live: bool = False, **ids: str
    ) -> Raw:
        """One object. ``template`` is the path with names for ids in it, as in ``pages/{id}``.

        ``request_id`` is taken away: it names the answer, not the object. Raises a :class:`NotionError`. ``live``:
        the server itself has to answer, not the journal.
        """
        answer = self.ask("GET", template, ids=ids, query=query, attempts=attempts, live=live, shape=_is_object)
        answer.pop("request_id", None)
        return answer

    def ask(
        self,
        method: str,
        template: str,
        *,
        ids: Mapping[str, str] | None = None,
        query: Raw | None = None,
        body: Raw | None = None,
        size: PageSize | None = None,
        attempts: int | None = None,
        live: bool = False,
        shape: Callable[[Any], bool],
    ) -> Raw:
        """Send one read until it is answered in the promised shape, within the policy's bounds.

        ``size`` is put into the query or body as ``page_size`` and halved when the server fails under the load.
        ``attempts`` takes the place of the policy's, for a question that is not worth more patience.
        Raises a :class:`NotionError` that names the request.
        """
        if method != "GET" and not (method == "POST" and template in READING_POSTS):
            raise NotionRefused(f"{method} {template} is not a read; a backup sends only reads.")
        endpoint, path = f"{method} {template}", template.format(**(ids or {}))
        about = f"{method} {path}"
        key = request_key(method, path, query, body)
        told = self._recalled(key, live)
        if told is not None:
            return told if isinstance(told, dict) else _raise(told.error(about))
        began = self._waiting.monotonic()
        failures, doubted = 0, False
        while True:
            lane = self._lanes.first if doubted else self._lanes.acquire(method, template)
            if doubted:
                lane.pacing.acquire()
            with self._lock:
                self._counts[endpoint] += 1
            outcome = self._attempt(lane, method, path, query, body, size, shape)
            # An answer that comes after a stop is not passed on: whoever stopped us may have closed what we write to.
            self._waiting.check()
            if not isinstance(outcome, Failure) or not outcome.transient:
                self._answered_at = self._waiting.monotonic()
            if not isinstance(outcome, Failure):
                self._keep(key, self._of_thread.content)
                return outcome
            if not outcome.transient and lane is not self._lanes.first:
                # Another token may have been given less to see: the first one's word counts.
                doubted = True
                continue
            if not outcome.transient:
                if outcome.final:
                    self._keep(key, outcome.encode(), refused=True)
                raise outcome.error(about)
            failures += not outcome.limited
            if outcome.heavy and size is not None:
                size.halve()
            wait = self._delay(outcome, failures)
            if attempts is not None and failures >= attempts:
                raise outcome.error(about)
            if failures >= self._policy.attempts or self._spent(began) + wait > self._policy.patience:
                raise outcome.error(about) if self._is_alive(began, outcome) else outcome.outage(about)
            if outcome.limited:
                self._lanes.limited(lane, wait, all_of_them=outcome.shared)
            else:
                self._waiting.sleep(wait)

    @property
    def answered_at(self) -> datetime:
        """When this thread's last answer was given by the server: now, or before the capture was interrupted."""
        return getattr(self._of_thread, "at", None) or self._now()

    def _recalled(self, key: bytes, live: bool) -> Raw | Failure | None:
        """What an interrupted run of this capture was answered to the same request; None: ask."""
        told = self._journal.recall(key) if self._journal is not None and not live else None
        if told is None:
            return None
        self._waiting.check()
        self._of_thread.at = told.at
        if told.refused:
            return Failure.decode(told.body)
        answer: Raw = json.loads(told.body)
        return answer

    def _keep(self, key: bytes, content: bytes, *, refused: bool = False) -> None:
        self._of_thread.at = self._now()
        if self._journal is not None:
            self._journal.keep(key, content, refused=refused)

    def _is_alive(self, since: float, failure: Failure) -> bool:
        """Whether anything was answered after ``since``, or the smallest question is now.

        Else it is not one object that fails: going on would ask for each of the others as patiently, for days.
        A server that has limited us for all that time is not asked still more.
        """
        for tries in range(0 if failure.limited else _SIGNS_OF_LIFE):
            if self._answered_at >= since:
                return True
            lane = self._lanes.acquire("GET", "users/me")
            with self._lock:
                self._counts["GET users/me"] += 1
            outcome = self._attempt(lane, "GET", "users/me", None, None, None, _is_object)
            self._waiting.check()
            if not isinstance(outcome, Failure) or not outcome.transient:
                return True
            self._waiting.sleep(self._delay(outcome, tries + 1))
        return self._answered_at >= since

    def _attempt(
        self,
        lane: Lane,
        method: str,
        path: str,
        query: Raw | None,
        body: Raw | None,
        size: PageSize | None,
        shape: Callable[[Any], bool],
    ) -> Raw | Failure:
        if size is not None and method == "GET":
            query = {**(query or {}), "page_size": size.value}
        elif size is not None:
            body = {**(body or {}), "page_size": size.value}
        try:
            answer = self._wires.client.request(path=path, method=method, query=query, body=body, auth=lane.token)
            if not shape(answer):
                raise WrongShape("not the promised shape")
        except Exception as error:
            failure = classify(error, self._now())
            if failure is None:
                raise
            return failure
        result: Raw = answer
        return result

    def _delay(self, failure: Failure, failures: int) -> float:
        """Seconds before the next attempt: what the server named, else doubling, with jitter."""
        if failure.retry_after is not None:
            return failure.retry_after * (1 + 0.02 * self._jitter())
        doubled = self._policy.first_delay * 2.0 ** min(max(failures - 1, 0), 16)
        return min(doubled, self._policy.longest_delay) * (0.5 + self._jitter() / 2)

    def _spent(self, began: float) -> float:
        return self._waiting.monotonic() - began

    def _note_answer(self, response: httpx.Response) -> None:
        self._server_date = response.headers.get("date", self._server_date)
        end_in_time(response, self._policy.timeout)
        self._of_thread.content = response.read() if self._journal is not None else b""


def _raise(error: NotionError) -> NoReturn:
    raise error


def _is_object(answer: Any) -> bool:
    return (
        isinstance(answer, dict)
        and isinstance(answer.get("object"), str)
        and answer["object"] != "error"
        and isinstance(answer.get("id"), str)
    )


def _refuse_writes(request: httpx.Request) -> None:
    """The last look at what leaves: whatever the code above believes, a write never passes here."""
    if request.method == "GET":
        return
    if request.method == "POST" and _READING_PATH.fullmatch(request.url.path[request.url.path.find("/v1/") :]):
        return
    raise NotionRefused(f"A {request.method} request was about to leave; a backup sends only reads.")
