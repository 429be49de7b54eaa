"""What a peer is to the benchmark: a command that captures, and a reader of what it leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.peers.truth import Held

DRIVERS = Path(__file__).parent / "drivers"


@dataclass(frozen=True)
class Places:
    """Where peers lie: ``checkouts`` has their source trees by name, ``cache`` the environments that we make."""

    checkouts: Path | None
    cache: Path


@dataclass(frozen=True)
class Task:
    """One capture that a peer is to make. ``folder`` is its own and the same for the first run and the second."""

    url: str
    token: str
    folder: Path
    number: int
    """0 for the first run, 1 for the second."""
    per_minute: int | None
    """The server's limit, for those who can be told."""


@dataclass(frozen=True)
class Command:
    """How a peer is started: arguments, folder, and what is added to the environment."""

    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


class Left(Exception):
    """A peer is not here; the message says what it lacks."""


class Peer(Protocol):
    """One contestant."""

    @property
    def key(self) -> str:
        """Names it in files and options."""

    @property
    def name(self) -> str:
        """Names it in tables."""

    def prepare(self, places: Places) -> str:
        """See that it can run, installing what a registry has, and give its version. Raises Left when it cannot."""

    def command(self, task: Task) -> Command:
        """How to make one capture."""

    def held(self, task: Task) -> Held:
        """What its output holds after the capture."""
