"""Recordings put to the sandbox one after the other, and the tally of what agreed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from notion_backup.sandbox.clock import SandboxClock, parse_time
from notion_backup.sandbox.conform.compare import Names, differences
from notion_backup.sandbox.conform.presupposed import presupposed
from notion_backup.sandbox.conform.traffic import Exchange, recordings
from notion_backup.sandbox.sandbox import DEFAULT_TOKEN, Sandbox

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
        replay = _Replay(recording)
        for exchange in recording:
            found = replay.step(exchange)
            tally = likeness.endpoints.setdefault(exchange.endpoint, EndpointTally())
            tally.total += 1
            tally.agreed += not found
            if found:
                where = {"session": exchange.session, "step": exchange.step, "where": found[:_SHOWN]}
                tally.differences.append(where)
    return likeness


class _Replay:
    """One recording and the sandbox it is put to."""

    def __init__(self, recording: list[Exchange]) -> None:
        now = _latest(recording)
        space = presupposed(recording, now)
        lacking = [e for e in recording if e.status == 403]
        self._sandbox = Sandbox(space, clock=SandboxClock.manual(now), seed=0)
        if any("/comments" in e.path for e in lacking):
            self._sandbox.access.comments = self._sandbox.access.comment_insert = False
        if any("/users" in e.path for e in lacking):
            self._sandbox.access.users = False
        self._names = Names()
        for objects in space.objects.values():
            for object_id in objects:
                self._names.agree(object_id, object_id)
        self._cursors: dict[str, str] = {}
        self._authorised = not any(e.status == 401 for e in recording)

    def step(self, exchange: Exchange) -> list[str]:
        """Send one request, in our ids, and compare the answer; gives the differences."""
        query = {name: self._cursor(self._names.rewrite(value)) for name, value in exchange.query.items()}
        body = self._names.rewrite(exchange.request) if isinstance(exchange.request, dict) else None
        if isinstance(body, dict) and "start_cursor" in body:
            body["start_cursor"] = self._cursor(body["start_cursor"])
        sent = json.dumps(body).encode() if body is not None else b""
        headers = {"authorization": f"Bearer {DEFAULT_TOKEN}", "content-type": "application/json"}
        if exchange.status == 401:
            headers["authorization"] = "Bearer wrong"
        if not (isinstance(exchange.response, dict) and exchange.response.get("code") == "missing_version"):
            headers["notion-version"] = exchange.version
        if exchange.path.endswith("/send") and body is None:
            headers["content-type"], sent = "multipart/form-data; boundary=x", _file_body()
        path = "/".join(quote(self._names.text(part), safe="%~") for part in exchange.path.split("/"))
        try:
            answer = self._sandbox.answer(
                exchange.method, path, urlencode(query, doseq=True), headers, sent, "https://sandbox.invalid"
            )
            ours = json.loads(answer.text)
        except Exception as error:  # noqa: BLE001 - a crash is the greatest difference of all
            return [f"the sandbox failed: {type(error).__name__}: {error}"]
        if answer.status != exchange.status:
            return [f"status {exchange.status} recorded, {answer.status} here: {str(ours.get('message', ''))[:200]}"]
        recorded = exchange.response
        if answer.status >= 400:
            theirs = recorded.get("code") if isinstance(recorded, dict) else None
            return [] if theirs == ours.get("code") else [f"code {theirs} recorded, {ours.get('code')} here"]
        if exchange.path.rstrip("/").endswith("/search"):
            ours = _as_search_may(recorded, ours, self._names)
        if isinstance(recorded, dict) and isinstance(recorded.get("next_cursor"), str):
            self._cursors[recorded["next_cursor"]] = str(ours.get("next_cursor"))
        return list(differences(recorded, ours, self._names))

    def _cursor(self, value: Any) -> Any:
        return self._cursors.get(value, value) if isinstance(value, str) else value


def _as_search_may(recorded: Any, ours: Any, names: Names) -> Any:
    """What search answered here, without what its index need not show: it lags (search reference).

    What the recording made may not show yet, and what lies in the trash may show or no longer. Of results with the same
    edit time, which is rounded to the minute, the order means nothing.
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
        elif raw["id"] not in fresh and not raw.get("in_trash"):
            kept.append(raw)
    order = {raw["id"]: places.get(raw["id"], at) for at, raw in enumerate(kept)}
    kept.sort(key=lambda raw: (str(raw["last_edited_time"]), -order[raw["id"]]), reverse=True)
    return {**ours, "results": kept}


def _latest(recording: list[Exchange]) -> datetime:
    """The newest time that the recording names: the replay is of that minute."""
    times: list[str] = []
    waiting: list[Any] = [e.response for e in recording]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            times += [v for n, v in one.items() if n in ("created_time", "last_edited_time") and isinstance(v, str)]
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    found = []
    for time in times:
        try:
            found.append(parse_time(time))
        except ValueError:
            continue
    return max(found, default=datetime(2026, 1, 1, tzinfo=UTC))


def _file_body() -> bytes:
    """A file of a few bytes: recordings do not keep what was sent."""
    lines = (
        "--x",
        'Content-Disposition: form-data; name="file"; filename="a.txt"',
        "Content-Type: text/plain",
        "",
        "a",
    )
    part = ("--x", 'Content-Disposition: form-data; name="part_number"', "", "1", "--x--", "")
    return "\r\n".join((*lines, *part)).encode()
