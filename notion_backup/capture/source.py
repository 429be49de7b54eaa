"""Where a capture reads from, and how patiently."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from notion_backup.capture.limits import EVERY_FILE, Limits

NOTION_VERSION = "2026-03-11"
"""The API version every request names (newest known; it decides the shapes of answers)."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long one request is repeated. All times in seconds.

    ``attempts`` counts failures of the server or the way to it; answers that say "too fast" (429, 529) are waited
    out without counting, within ``patience``. ``patience`` bounds the whole of one request, waits included.
    """

    attempts: int = 8
    patience: float = 1800.0
    first_delay: float = 0.5
    longest_delay: float = 30.0
    timeout: float = 70.0


@dataclass(frozen=True, slots=True)
class Source:
    """One connection to one workspace.

    ``requests_per_minute`` is the budget per 60 seconds, None for no limit of our own. ``block_comments`` asks every
    block for its comments: complete, and one request a block. ``external_files`` keeps files hosted elsewhere too;
    ``limits`` says which files are left out.
    ``verify_within`` is the age that no object's last reading may exceed, whatever its edit time says; zero reads
    everything every time.
    """

    token: str = field(repr=False)
    base_url: str
    requests_per_minute: int | None
    workers: int = 12
    external_files: bool = False
    limits: Limits = EVERY_FILE
    block_comments: bool = True
    media_workers: int = 4
    verify_within: timedelta = timedelta(days=7)
    retry: RetryPolicy = RetryPolicy()
    more_tokens: tuple[str, ...] = field(default=(), repr=False)
    """Tokens of other connections of the same workspace; each adds its own budget."""
    ledger: Path | None = None
    """The folder in which processes that use the same token tell each other what they spent; None: they do not."""

    @property
    def tokens(self) -> tuple[str, ...]:
        """All tokens, the one whose word counts first."""
        return (self.token, *dict.fromkeys(token for token in self.more_tokens if token != self.token))
