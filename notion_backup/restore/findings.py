"""What a proof says: of every object, how it came back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

EXACT, WITH_LOSS, DIFFERENT, MISSING = "exact", "with loss", "different", "missing"


@dataclass(slots=True)
class Finding:
    """How one object came back. ``details`` name what differs, never the text."""

    kind: str
    old: str
    new: str | None
    outcome: str
    title: str = ""
    details: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, without the title."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "title"}


@dataclass(slots=True)
class Proof:
    """All findings; of blocks, only those that are not exact are kept one by one."""

    findings: list[Finding] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, finding: Finding, *, keep: bool = True) -> None:
        """Count a finding."""
        self.counts[finding.kind, finding.outcome] += 1
        if keep or finding.outcome != EXACT:
            self.findings.append(finding)

    @property
    def total(self) -> int:
        """Objects compared."""
        return self.counts.total()

    @property
    def score(self) -> float:
        """The share of objects that came back exactly, or as the plan said; 1 for none at all."""
        good = sum(number for (_, outcome), number in self.counts.items() if outcome in (EXACT, WITH_LOSS))
        return good / self.total if self.total else 1.0

    @property
    def unplanned(self) -> list[Finding]:
        """What is neither exact nor lost as planned."""
        return [finding for finding in self.findings if finding.outcome in (DIFFERENT, MISSING)]
