"""Faults on purpose: rules, each saying which requests it meets and what happens to them (see ``plans`` for files)."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

EFFECTS = (
    "status", "html", "cut", "drop", "delay", "slow", "length", "committed", "lost", "cursor", "revoke",
)  # fmt: skip


class FaultPlanError(ValueError):
    """A fault plan that cannot be understood."""


@dataclass(frozen=True)
class FaultRule:
    """One kind of trouble and when it strikes.

    ``path`` is a regular expression searched in the request's path (``/v1/…`` or ``/files/…``); ``method`` is exact,
    ``*`` for any. The rule is in force from ``begins`` seconds of the sandbox's time after it was given, for ``lasts``
    seconds (None: for ever). Of the requests it matches, the first ``after`` go through; then every ``every``-th one
    is struck with ``probability``, at most ``times`` times (None: for ever).

    Effects:

    - ``status``: ``status`` with Notion's body for it (another ``code`` or ``rate_limit_reason`` if given), and
      Retry-After when ``retry_after`` is given;
    - ``html``: a proxy's HTML page (status 200 unless given);
    - ``cut``: the whole length is promised and the connection closed half-way;
    - ``drop``: the connection is closed without a byte;
    - ``delay``: the answer comes after ``seconds``;
    - ``slow``: the answer comes in pieces of ``size`` bytes, ``seconds`` apart;
    - ``length``: Content-Length is wrong by ``size``; more is promised than comes, or the answer ends too early;
    - ``committed``: the work is done and the answer is 503 all the same, naming what was made;
    - ``lost``: the work is done, and the connection closed without a byte;
    - ``cursor``: the cursor of a listing is refused (requests without one are not met);
    - ``revoke``: the token is invalid from this request on.
    """

    effect: str
    path: str = ""
    method: str = "*"
    status: int = 0
    retry_after: int | None = None
    code: str | None = None
    rate_limit_reason: str | None = None
    seconds: float = 0.0
    size: int = 0
    after: int = 0
    every: int = 1
    times: int | None = 1
    probability: float = 1.0
    begins: float = 0.0
    lasts: float | None = None

    def __post_init__(self) -> None:
        if self.effect not in EFFECTS:
            raise FaultPlanError(f"`{self.effect}` is no effect; there are {', '.join(EFFECTS)}.")
        if self.effect == "status" and not 400 <= self.status <= 599:
            raise FaultPlanError("The effect `status` needs a `status` from 400 to 599.")
        if self.effect == "slow" and self.size < 1:
            raise FaultPlanError("The effect `slow` needs a `size` of at least one byte.")
        if self.effect == "length" and not self.size:
            raise FaultPlanError("The effect `length` needs a `size` to be wrong by.")
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
        if not isinstance(given, dict) or set(given) - known or "effect" not in given:
            raise FaultPlanError(f"A rule has `effect` and any of {', '.join(sorted(known))}; not {given}.")
        try:
            return cls(**given)
        except TypeError as error:
            raise FaultPlanError(f"A value of {given} is not of its kind: {error}.") from error

    def to_json(self) -> dict[str, Any]:
        """What a plan file says of the rule: everything that is not as usual."""
        told = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: told[name] for name in told if name == "effect" or told[name] != getattr(FaultRule, name)}


@dataclass
class _Running:
    rule: FaultRule
    pattern: re.Pattern[str]
    given: datetime
    met: int = 0
    struck: int = 0

    def meets(self, method: str, path: str, paged: bool, now: datetime) -> bool:
        rule = self.rule
        age = (now - self.given).total_seconds() - rule.begins
        if age < 0 or (rule.lasts is not None and age >= rule.lasts):
            return False
        if rule.effect == "cursor" and not paged:
            return False
        return rule.method in ("*", method) and self.pattern.search(path) is not None


@dataclass
class FaultPlan:
    """The rules in force and how often each has met and struck. Reproducible from ``seed``; ``now`` tells the time."""

    rules: Iterable[FaultRule] = ()
    seed: int = 0
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    _running: list[_Running] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self.add(*self.rules)

    def add(self, *rules: FaultRule) -> None:
        """Put more rules in force while the server runs."""
        now = self.now()
        self._running += [_Running(rule, re.compile(rule.path), now) for rule in rules]

    def clear(self) -> None:
        """End all trouble."""
        self._running.clear()

    def strike(self, method: str, path: str, paged: bool = False) -> list[FaultRule]:
        """The rules that strike this request, in order. Counts the request. ``paged``: it names a cursor."""
        found: list[FaultRule] = []
        now = self.now()
        for running in self._running:
            rule = running.rule
            if not running.meets(method, path, paged, now):
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
