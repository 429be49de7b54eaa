"""Recordings put to the sandbox one after the other, and the tally of what agreed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from typing import Any

from notion_backup.sandbox.access import Access
from notion_backup.sandbox.ask import NEWEST
from notion_backup.sandbox.clock import SandboxClock, parse_time
from notion_backup.sandbox.conform.additions import later_additions
from notion_backup.sandbox.conform.background import put_tasks
from notion_backup.sandbox.conform.compare import Comparison, Names
from notion_backup.sandbox.conform.cursors import unknown_cursors
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.presupposed import presupposed
from notion_backup.sandbox.conform.sending import Sent, as_sent
from notion_backup.sandbox.conform.spelling import plain
from notion_backup.sandbox.conform.texts import as_write, texts_before
from notion_backup.sandbox.conform.traffic import Exchange, recordings
from notion_backup.sandbox.conform.words import SEARCH, answer, created, times
from notion_backup.sandbox.plans import CAPABILITIES
from notion_backup.sandbox.replies import by_status
from notion_backup.sandbox.sandbox import DEFAULT_TOKEN, Answer, Sandbox
from notion_backup.sandbox.workspace import Workspace

TROUBLE = (409, 429, 500, 502, 503, 504, 529)
"""Statuses that tell of Notion's own trouble and not of what was asked."""
_OURS = {"authorization": f"Bearer {DEFAULT_TOKEN}", "notion-version": NEWEST}
_DONE = ("succeeded", "failed", "uploaded")
_PATIENCE = 5
"""Seconds after which work in the background is done."""
_SHOWN = 5
"""Differences of one exchange that are kept: the first say what is wrong, the others follow from it."""


@dataclass
class EndpointTally:
    """How one endpoint did. A difference is ``{session, step, where}``, ``where`` the first places that differ."""

    agreed: int = 0
    total: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Likeness:
    """How all endpoints did, by ``METHOD /path``."""

    endpoints: dict[str, EndpointTally] = field(default_factory=dict)

    @property
    def agreed(self) -> int:
        """Exchanges answered alike."""
        return sum(tally.agreed for tally in self.endpoints.values())

    @property
    def total(self) -> int:
        """All exchanges."""
        return sum(tally.total for tally in self.endpoints.values())

    def to_json(self) -> dict[str, Any]:
        """For ``--json``."""
        endpoints = {
            name: {"agreed": tally.agreed, "total": tally.total, "differences": tally.differences}
            for name, tally in sorted(self.endpoints.items())
        }
        return {"agreed": self.agreed, "total": self.total, "endpoints": endpoints}


def conform(exchanges: Iterable[Exchange]) -> Likeness:
    """Replay recordings, each against a sandbox of its own, and compare the answers."""
    likeness = Likeness()
    for recording in recordings(exchanges):
        replay = _Replay(plain(recording))
        for told, exchange in zip(recording, replay.recording, strict=True):
            found = replay.step(exchange)
            tally = likeness.endpoints.setdefault(told.endpoint, EndpointTally())
            tally.total += 1
            tally.agreed += not found
            if found:
                where = {"session": exchange.session, "step": exchange.step, "where": found[:_SHOWN]}
                tally.differences.append(where)
    return likeness


class _Replay:
    """One recording and the sandbox it is put to."""

    def __init__(self, recording: list[Exchange]) -> None:
        self.recording = recording
        now = _latest(recording)
        self._evidence = Evidence.of(recording)
        self._failure = ""
        try:
            space = presupposed(self._evidence, now)
        except Exception as error:  # noqa: BLE001 - what no workspace can hold disagrees, and the rest is measured
            self._failure = f"no workspace could be made of the recording: {type(error).__name__}: {error}"
            space = Workspace()
        self._sandbox = Sandbox(space, clock=SandboxClock.manual(now), seed=0)
        self._write_texts()
        put_tasks(self._sandbox.tasks, self._evidence, self._read)
        self._names = Names.same(space, self._evidence.made)
        self._comparison = Comparison(self._names, later_additions(recording))
        self._number = -1
        self._cursors = unknown_cursors(self._evidence)

    def _write_texts(self) -> None:
        """Texts become blocks as the sandbox reads them, and the pages' times stay as they were."""
        space = self._sandbox.workspace
        for page_id, text in texts_before(space, self._evidence).items():
            page = space.objects["page"][page_id]
            marks = {name: page.get(name) for name in ("last_edited_time", "last_edited_by")}
            change = json.dumps(as_write(text)).encode()
            self._ask("PATCH", Sent(f"/v1/pages/{page_id}/markdown", "", _OURS, change))
            page.update(marks)
            space.touch(page_id)

    def step(self, exchange: Exchange) -> list[str]:
        """Send one request, in our ids, and compare the answer; gives the differences."""
        self._number += 1
        if self._failure:
            return [self._failure]
        try:
            return self._compared(exchange, *self._answered(exchange))
        except Exception as error:  # noqa: BLE001 - a crash is the greatest difference of all
            return [f"the sandbox failed: {type(error).__name__}: {error}"]

    def _answered(self, exchange: Exchange) -> tuple[int, Any]:
        """Status and body of our answer. Trouble of Notion's own follows from no state: a fault makes it here too."""
        if exchange.status in TROUBLE:
            return exchange.status, json.loads(by_status(exchange.status).body(""))
        if answer(exchange).get("status") in _DONE and exchange.method == "GET":
            # How long the client waited before it asked is not recorded; that it was long enough is.
            self._sandbox.clock.advance(_PATIENCE)
        sent = as_sent(exchange, self._names, self._cursors)
        with _standing(self._sandbox.access, exchange, self._evidence.not_yet_there(self._number)):
            given = self._ask(exchange.method, sent)
        return given.status, json.loads(given.text)

    def _read(self, path: str) -> str:
        return self._ask("GET", Sent(path, "", _OURS, b"")).text

    def _ask(self, method: str, sent: Sent) -> Answer:
        return self._sandbox.answer(method, sent.path, sent.query, sent.headers, sent.body, "https://sandbox.invalid")

    def _compared(self, exchange: Exchange, status: int, ours: Any) -> list[str]:
        recorded = exchange.response
        if status != exchange.status:
            return [f"status {exchange.status} recorded, {status} here: {str(ours.get('message', ''))[:200]}"]
        if recorded is None or isinstance(recorded, str):
            return []  # No JSON was recorded: there is nothing more to compare.
        if status >= 400:
            theirs = recorded.get("code") if isinstance(recorded, dict) else None
            return [] if theirs == ours.get("code") else [f"code {theirs} recorded, {ours.get('code')} here"]
        if SEARCH.fullmatch(exchange.path):
            ours = _as_search_may(recorded, ours, self._names, {object_id for _, object_id in self._evidence.seen})
        for theirs, own in zip(_created(exchange, recorded), _created(exchange, ours), strict=False):
            if theirs in self._evidence.remade:
                self._names.made_again(theirs, own)
        if isinstance(recorded, dict) and isinstance(recorded.get("next_cursor"), str):
            self._cursors[recorded["next_cursor"]] = str(ours.get("next_cursor"))
        return list(self._comparison.differences(recorded, ours))


def _created(exchange: Exchange, body: Any) -> list[str]:
    return created(exchange.method, exchange.path, exchange.request, body)


@contextmanager
def _standing(access: Access, exchange: Exchange, not_there: set[str]) -> Iterator[None]:
    """What the token may do and see during one exchange.

    A 403 says that it may not do this; ``not_there`` is what was not shared with it yet.
    """
    before = replace(access)
    if exchange.status == 403:
        for capability in CAPABILITIES:
            setattr(access, capability, capability == "personal")
    access.unshared = not_there
    try:
        yield
    finally:
        for one in fields(access):
            setattr(access, one.name, getattr(before, one.name))


def _as_search_may(recorded: Any, ours: Any, names: Names, seen: set[str]) -> Any:
    """What search answered here, without what its index need not show: it lags (search reference).

    What the recording made may not show yet, what lies in the trash may show or no longer, and what no answer of the
    recording ever showed (``seen``) was only put there because something lies in it. Of results with the same edit
    time, which is rounded to the minute, the order means nothing.
    """
    theirs = (recorded or {}).get("results") or ()
    places = {names.ours.get(str(raw.get("id")), str(raw.get("id"))): place for place, raw in enumerate(theirs)}
    fresh = {raw["id"] for raw in ours["results"] if names.theirs.get(raw["id"], raw["id"]) != raw["id"]}
    fresh |= {raw["id"] for raw in ours["results"] if raw["id"] not in names.theirs}
    unbound = [raw for raw in theirs if str(raw.get("id")) not in names.ours]
    kept = []
    for raw in ours["results"]:
        if raw["id"] in places:
            kept.append(raw)
        elif raw["id"] not in names.theirs and unbound:
            kept.append(raw)
            unbound.pop()
        elif raw["id"] not in fresh and raw["id"] in seen and not raw.get("in_trash"):
            kept.append(raw)
    order = {raw["id"]: places.get(raw["id"], at) for at, raw in enumerate(kept)}
    kept.sort(key=lambda raw: (str(raw["last_edited_time"]), -order[raw["id"]]), reverse=True)
    return {**ours, "results": kept}


def _latest(recording: list[Exchange]) -> datetime:
    """The newest time that the recording names: the replay is of that minute."""
    found = []
    for time in (one for exchange in recording for one in times(exchange.response)):
        try:
            found.append(parse_time(time))
        except ValueError:
            continue
    return max(found, default=datetime(2026, 1, 1, tzinfo=UTC))
