"""Proving one snapshot: the repository's own verification, and at level ``full`` the snapshot's tables as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from notion_backup.repository import Finding, Repository
from notion_backup.snapshot import open_snapshot, prove_tables, references, resolve_snapshot

Level = Literal["structure", "sample", "full"]


@dataclass(frozen=True, slots=True)
class Proof:
    """What one verification found, and how much it looked at."""

    snapshot_id: str
    level: Level
    findings: tuple[Finding, ...]
    packs: int
    chunks: int
    bytes_read: int

    @property
    def ok(self) -> bool:
        """True when nothing was found."""
        return not self.findings


def prove(repository: Repository, snapshot_id: str, level: Level, *, sample: float = 0.1) -> Proof:
    """Verify a snapshot. Damage is a finding, not an error; raises SnapshotNotFound, or StoreError on no answer."""
    repository.refresh()
    commit = resolve_snapshot(repository, snapshot_id)
    report = repository.verify(level, references=partial(references, repository), commits=[commit], sample=sample)
    found: Iterable[Finding] = report.findings
    if level == "full" and report.ok:
        # Where chunks are damaged, the tables made of them would only be found unreadable a second time.
        found = prove_tables(open_snapshot(repository, commit))
    return Proof(commit.id, level, tuple(found), report.packs, report.chunks, report.bytes_read)
