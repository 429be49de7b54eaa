"""What a verification finds wrong."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written.

    ``code`` groups findings of one kind, ``object`` names what is affected, ``what`` says what is wrong, ``cure`` what
    a person can do, ``snapshots`` which snapshots (ids) need it.
    """

    code: str
    object: str
    what: str
    cure: str
    snapshots: list[str] = field(default_factory=list)
