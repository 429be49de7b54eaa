"""Faults on purpose: a plan of rules, each saying which requests it meets and what happens to them.

A plan is a small JSON file::

    {"rules": [{"path": "/children$", "effect": "status", "status": 503, "after": 3, "times": 2},
               {"path": "^/v1/search", "effect": "delay", "seconds": 0.5, "every": 10},
               {"path": "^/files/", "effect": "cut", "times": 1}],
     "unshared": ["<id>"], "search_omits": ["<id>"], "revoke_after": 200,
     "capabilities": {"comments": false, "users": true, "personal": false}}
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

EFFECTS = ("status", "html", "cut", "drop", "delay", "revoke")


class FaultPlanError(ValueError):
    """A fault plan that cannot be understood."""


@dataclass(frozen=True)
class FaultRule:
    """One kind of trouble and when it strikes.

    ``path`` is a regular expression searched in the request's path (``/v1/…`` or ``/files/…``); ``method`` is exact,
    ``*`` for any. Of the requests it matches, the first ``after`` go through; then every ``every``-th one is struck
    with ``probability``, at most ``times`` times (None: for ever).

    Effects: ``status`` answers ``status`` with Notion's body for it and Retry-After when ``retry_after`` is given;
    ``html`` answers a proxy's HTML page (status 200 unless given); ``cut`` promises the whole length and closes the
    connection half-way; ``drop`` closes it without a byte; ``delay`` waits ``seconds`` and then answers; ``revoke``
    makes the token invalid from this request on.
    """

    effect: str
    path: str = ""
    method: str = "*"
    status: int = 0
    retry_after: int | None = None
    seconds: float = 0.0
    after: int = 0
    every: int = 1
    times: int | None = 1
    probability: float = 1.0

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise FaultPlanError(f"`{self.effect}` is no effect; there are {', '.join(EFFECTS)}.")
        if self.effect == "status" and not 400 <= self.status <= 599:
            raise FaultPlanError("The effect `status` needs a `status` from 400 to 599.")
        if self.every < 1 or self.after < 0:
            raise FaultPlanError("`every` begins at 1 and `after` at 0.")
        try:
            re.compile(self.path)
        except re.error as error:
            raise FaultPlanError(f"`{self.path}` is not a regular expression: {error}.") from error

    @classmethod
    def from_json(cls, given: dict[str, Any]) -> FaultRule:
        """A rule out of a plan. Raises ``FaultPlanError`` for unknown keys."""
        known = {f.name for f in fields(cls)}
        unknown = set(given) - known
        if unknown or "effect" not in given:
            raise FaultPlanError(f"A rule has `effect` and any of {', '.join(sorted(known))}; not {sorted(unknown)}.")
        return cls(**given)


@dataclass
class _Running:
    rule: FaultRule
    pattern: re.Pattern[str]
    met: int = 0
    struck: int = 0


@dataclass
class FaultPlan:
    """The rules in force and how often each has met and struck. Reproducible from ``seed``."""

    rules: Iterable[FaultRule] = ()
    seed: int = 0
    _running: list[_Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._running = [_Running(rule, re.compile(rule.path)) for rule in self.rules]

    def add(self, *rules: FaultRule) -> None:
        """Put more rules in force while the server runs."""
        self._running += [_Running(rule, re.compile(rule.path)) for rule in rules]

    def clear(self) -> None:
        """End all trouble."""
        self._running.clear()

    def strike(self, method: str, path: str) -> list[FaultRule]:
        """The rules that strike this request, in order. Counts the request."""
        found: list[FaultRule] = []
        for running in self._running:
            rule = running.rule
            if rule.method not in ("*", method) or not running.pattern.search(path):
                continue
            running.met += 1
            turn = running.met - rule.after
            if turn < 1 or (turn - 1) % rule.every or (rule.times is not None and running.struck >= rule.times):
                continue
            if rule.probability < 1 and self._rng.random() >= rule.probability:
                continue
            running.struck += 1
            found.append(rule)
        return found

    @property
    def struck(self) -> int:
        """How many times any rule has struck."""
        return sum(running.struck for running in self._running)


@dataclass(frozen=True)
class PlanFile:
    """What a plan file says."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0
    unshared: frozenset[str] = frozenset()
    search_omits: frozenset[str] = frozenset()
    revoke_after: int | None = None
    capabilities: dict[str, bool] = field(default_factory=dict)


def load_plan(path: str | Path) -> PlanFile:
    """Read a plan. Raises ``FaultPlanError`` when it cannot be understood, ``OSError`` when it cannot be read."""
    try:
        given = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:
        raise FaultPlanError(f"{path} is not JSON: {error}") from error
    if isinstance(given, list):
        given = {"rules": given}
    known = {f.name for f in fields(PlanFile)}
    if not isinstance(given, dict) or set(given) - known:
        raise FaultPlanError(f"{path}: a plan has the keys {', '.join(sorted(known))} and no others.")
    capabilities = given.get("capabilities", {})
    if set(capabilities) - {"comments", "users", "personal"}:
        raise FaultPlanError(f"{path}: capabilities are `comments`, `users` and `personal`.")
    return PlanFile(
        rules=tuple(FaultRule.from_json(rule) for rule in given.get("rules", ())),
        seed=int(given.get("seed", 0)),
        unshared=frozenset(given.get("unshared", ())),
        search_omits=frozenset(given.get("search_omits", ())),
        revoke_after=given.get("revoke_after"),
        capabilities=capabilities,
    )
