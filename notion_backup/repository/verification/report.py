"""What a verification found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from notion_backup.repository.commit import Commit

References = Callable[[Commit], Iterable[bytes]]
"""Every chunk id a commit needs, tree nodes included. May raise Damaged when it cannot be told."""

Progress = Callable[[int, int], None]
"""Called with how many packs are done and how many there are to do."""

CURE_COPY = "Restore this object from a copy of the repository; nothing else is affected by doing so."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written.

    ``code`` is stable, for scripts. ``object`` names the stored object, ``snapshots`` holds the ids of the commits
    that cannot be read whole because of it (empty: none can be, or none is).
    """

    code: str
    object: str
    what: str
    cure: str
    snapshots: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The outcome of one verification.

    ``packs`` were looked at (at level ``structure`` by their listed size, else by their bytes). ``chunks`` were found
    in the index (``structure``) or decrypted and their ids recomputed. ``bytes_read`` are those of packs.
    """

    level: str
    findings: list[Finding]
    packs: int
    chunks: int
    bytes_read: int

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.findings
