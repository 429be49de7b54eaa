"""What an export says of itself, while it runs and when it is done. The same for every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """How far an export is: what is being written, and how many units of it."""

    phase: str
    done: int
    known: int


Listener = Callable[[ExportProgress], None]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something the snapshot holds that could not be read back: its table and id (or ``media`` and hash), and why."""

    table: str
    id: str
    why: str


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """What happened to the files of a folder. ``left`` are files of an earlier export that this one does not have."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: objects or lines by kind, media files and their bytes, and what is not there.

    ``in_the_way`` are files that somebody else put where one of ours belongs; they were left as they are.
    """

    folder: Path
    counts: dict[str, int]
    media_files: int
    media_bytes: int
    unreadable: tuple[Unreadable, ...]
    changes: FolderChanges = field(default_factory=FolderChanges)
    in_the_way: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """True when all that the snapshot holds was written."""
        return not self.unreadable and not self.in_the_way


class Losses:
    """What could not be read back, each told once."""

    def __init__(self) -> None:
        self._found: dict[Unreadable, None] = {}

    def add(self, table: str, object_id: str, why: str) -> None:
        """Note one loss."""
        self._found[Unreadable(table, object_id, why)] = None

    def __len__(self) -> int:
        return len(self._found)

    def all(self) -> tuple[Unreadable, ...]:
        """All of them, in the order in which they were met."""
        return tuple(self._found)
