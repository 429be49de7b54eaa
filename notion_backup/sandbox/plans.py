"""Fault plans: small JSON files, and seeded mixtures of all that goes wrong.

A plan is a file like this::

    {"rules": [{"path": "/children$", "effect": "status", "status": 503, "after": 3, "times": 2},
               {"path": "^/v1/search", "effect": "delay", "seconds": 0.5, "every": 10},
               {"path": "^/v1/comments", "effect": "status", "status": 502, "lasts": 3600, "times": null},
               {"path": "^/files/", "effect": "cut", "times": 1}],
     "unshared": ["<id>"], "search_omits": ["<id>"], "search_lag": 120, "revoke_after": 200, "page_cap": 7,
     "row_cap": 50, "rate_limit": 180, "workspace_limit": 1000, "workspace_window": 300,
     "capabilities": {"comments": false, "users": true, "personal": false}}
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from notion_backup.sandbox.faults import FaultPlanError, FaultRule

CAPABILITIES = (
    "read", "comments", "users", "emails", "personal", "insert", "update", "comment_insert", "views",
)  # fmt: skip
_NUMBERS = (
    "seed", "revoke_after", "page_cap", "row_cap", "search_lag", "rate_limit", "workspace_limit", "workspace_window",
)  # fmt: skip


@dataclass(frozen=True)
class PlanFile:
    """What a plan file says; what it does not say stays as it is (see ``Sandbox`` for the meaning of each)."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0
    unshared: frozenset[str] = frozenset()
    search_omits: frozenset[str] = frozenset()
    revoke_after: int | None = None
    page_cap: int | None = None
    row_cap: int | None = None
    search_lag: int | None = None
    rate_limit: int | None = None
    workspace_limit: int | None = None
    workspace_window: int | None = None
    capabilities: dict[str, bool] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The plan as a file has it; ``load_plan`` reads it back."""
        told = {
            "rules": [rule.to_json() for rule in self.rules],
            "unshared": sorted(self.unshared),
            "search_omits": sorted(self.search_omits),
            "capabilities": self.capabilities,
            **{name: getattr(self, name) for name in _NUMBERS},
        }
        return {name: value for name, value in told.items() if value not in (None, [], {})}


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
    if set(capabilities) - set(CAPABILITIES):
        raise FaultPlanError(f"{path}: capabilities are {', '.join(CAPABILITIES)}.")
    for name in _NUMBERS:
        if not isinstance(given.get(name, 1), int) or given.get(name, 1) < (0 if name == "seed" else 1):
            raise FaultPlanError(f"{path}: `{name}` is a whole number.")
    return PlanFile(
        rules=tuple(FaultRule.from_json(rule) for rule in given.get("rules", ())),
        unshared=frozenset(given.get("unshared", ())),
        search_omits=frozenset(given.get("search_omits", ())),
        capabilities=capabilities,
        **{name: given[name] for name in _NUMBERS if name in given},
    )


_PATHS = (
    "", "^/v1/", "/children$", "^/v1/search", "/query$", "^/v1/comments", "^/v1/pages/", "^/v1/databases/",
    "^/v1/data_sources/", "^/v1/users", "^/v1/views", "/properties/", "^/v1/custom_emojis", "/templates$", "^/files/",
)  # fmt: skip
_STATUSES = (409, 429, 429, 500, 502, 503, 504, 529)


def random_plan(seed: int, ids: list[str] | None = None, rules: int = 6) -> PlanFile:
    """A mixture of faults: the same for the same seed (and ``ids``, of which a few are left out of search).

    Nothing in it lasts: whoever is patient for two hours of the sandbox's time gets every object.
    """
    rng = random.Random(f"faults {seed}")
    drawn = tuple(_random_rule(rng) for _ in range(rng.randint(1, rules)))
    omitted = rng.sample(ids, min(len(ids), rng.randint(0, 4))) if ids and rng.random() < 0.5 else []
    return PlanFile(
        rules=drawn,
        seed=seed,
        search_omits=frozenset(omitted),
        page_cap=rng.choice((None, None, 3, 10, 37)),
        row_cap=rng.choice((None, None, 25, 40)),
    )


def _random_rule(rng: random.Random) -> FaultRule:
    effect = rng.choice(
        ("status", "status", "status", "html", "cut", "drop", "delay", "slow", "length", "cursor", "out")
    )
    # A file that ends too early and says so in its length is, to whoever reads it, a shorter file.
    path = rng.choice(_PATHS) if effect != "length" else "^/v1/"
    if effect == "out":
        # Down for a while: nothing but the time ends it.
        return FaultRule(
            "status",
            path=path,
            status=rng.choice((500, 502, 503, 529)),
            begins=float(rng.randint(0, 120)),
            lasts=float(rng.choice((20, 300, 1200))),
            times=None,
        )
    return FaultRule(
        effect,
        path=path,
        status=rng.choice(_STATUSES) if effect == "status" else 0,
        retry_after=rng.choice((None, 1, 7, 60, 240)) if effect == "status" else None,
        seconds=rng.choice((0.02, 0.1, 0.6)) if effect == "delay" else 0.02 if effect == "slow" else 0.0,
        size=rng.choice((512, 4096))
        if effect == "slow"
        else rng.choice((-40, -3, 5, 900))
        if effect == "length"
        else 0,
        after=rng.randint(0, 30),
        every=rng.choice((1, 2, 3, 7, 20)),
        times=rng.choice((1, 2, 4, 12)),
        probability=rng.choice((1.0, 1.0, 0.3)),
    )
