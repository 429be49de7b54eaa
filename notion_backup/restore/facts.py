"""What a restore knows of its target before it begins, and which ids stand for which on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notion_backup.restore.losses import Loss

PAID_UPLOAD = 5 * 1024**3
"""Bytes of a file at most on a paid plan, where the target does not tell."""


@dataclass(frozen=True, slots=True)
class Facts:
    """The target as the preflight found it. Part of the journal: a resumed restore goes by the same facts.

    ``users`` and ``emojis`` map old ids to the target's. ``kept`` are objects outside the selection that the target
    holds under their old ids. ``largest_upload`` is in bytes, ``present`` the new parent's own children at the start.
    """

    into: str
    same_workspace: bool = False
    users: Mapping[str, str] = field(default_factory=dict)
    emojis: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    largest_upload: int = PAID_UPLOAD
    present: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON, for the journal."""
        return {
            "into": self.into,
            "same_workspace": self.same_workspace,
            "users": dict(self.users),
            "emojis": dict(self.emojis),
            "kept": sorted(self.kept),
            "largest_upload": self.largest_upload,
            "present": list(self.present),
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Facts:
        """Read back what :meth:`to_json` gave."""
        return cls(
            into=told["into"],
            same_workspace=told["same_workspace"],
            users=told["users"],
            emojis=told["emojis"],
            kept=frozenset(told["kept"]),
            largest_upload=told["largest_upload"],
            present=tuple(told["present"]),
        )


class Names:
    """Old id → new id of what has been created; ``coming`` is what the restore is going to create."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.ids: dict[str, str] = {}
        self.coming: set[str] = set()

    def announce(self, old: Iterable[str]) -> None:
        """Say that these will be created."""
        self.coming.update(old)

    def give_up(self, old: str) -> None:
        """What was announced will not come after all."""
        self.coming.discard(old)

    def learn(self, old: str, new: str) -> None:
        """Note what an object became."""
        self.ids[old] = new
        self.coming.discard(old)

    def find(self, old: str) -> str | None:
        """The id to use for an object: its new one, or its old one where the target holds it still."""
        return self.ids.get(old) or (old if old in self.facts.kept else None)


@dataclass(slots=True)
class Notes:
    """What encoding one thing brought up: losses, and objects it points to that do not exist yet."""

    losses: list[Loss] = field(default_factory=list)
    pending: set[str] = field(default_factory=set)

    def lose(self, code: str, kind: str, object_id: str, detail: str = "") -> None:
        """Note a loss."""
        self.losses.append(Loss(code, kind, object_id, detail))
