"""A restore for practice: a sample of a snapshot goes into a sandbox of its own, is read back and scored.

Nothing leaves this machine, and nothing of it stays: the sandbox is in memory, the journal (ids only) in a folder that
is removed.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from notion_backup.capture.source import Source
from notion_backup.restore.apply import apply
from notion_backup.restore.facts import Facts
from notion_backup.restore.findings import Proof
from notion_backup.restore.journal import Header, Journal, Record
from notion_backup.restore.origin import Grouped
from notion_backup.restore.proof import prove
from notion_backup.restore.selection import Selection, everything_in, only, whole
from notion_backup.sandbox import Sandbox, Workspace, running
from notion_backup.sandbox.maker import Maker
from notion_backup.snapshot import Table

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file that is drilled: the sandbox keeps files in memory. Larger ones count as the plan's loss."""
_ID = "drill"


@dataclass(frozen=True, slots=True)
class Drill:
    """What came of a drill: the pages and databases in it, how it was read back, and the requests it took."""

    drilled: tuple[str, ...]
    is_whole: bool
    proof: Proof
    unplanned: int
    requests: int


def sample(origin: Grouped, most: int, last: Mapping[str, str]) -> Selection:
    """Everything where there are at most ``most`` pages; else that many, those longest not drilled first.

    ``last`` tells when a page was drilled, in a form that sorts by time.
    """
    everything = whole(origin)
    objects, _ = everything_in(origin, everything)
    if len(objects) <= most:
        return everything
    pages = [str(raw["id"]) for raw in origin.objects(Table.PAGES) if str(raw["id"]) in objects]
    return only(origin, sorted(pages, key=lambda page: (last.get(page, ""), page))[:most])


def drill(origin: Grouped, selection: Selection) -> Drill:
    """Restore a selection into a new sandbox that has the same people and emojis, and compare."""
    workspace = Workspace(name="Drill")
    for kind, table in (("user", Table.USERS), ("custom_emoji", Table.CUSTOM_EMOJIS)):
        for raw in origin.objects(table):
            workspace.put(kind, dict(raw))
    top = Maker(workspace, random.Random()).page("Drill", {"type": "workspace", "workspace": True})
    facts = Facts(
        into=str(top["id"]),
        users={str(one["id"]): str(one["id"]) for one in origin.people()},
        emojis={str(one["id"]): str(one["id"]) for one in origin.emojis()},
        largest_upload=LARGEST_FILE,
    )
    with running(Sandbox(workspace)) as server, tempfile.TemporaryDirectory(prefix="notion-backup-drill-") as folder:
        source = Source(token=server.token, base_url=server.url, requests_per_minute=None)
        began = datetime.now(UTC).isoformat()
        header = Header(_ID, _ID, _ID, server.url, facts.into, began, facts.to_json(), {})
        journal = Journal(Path(folder), Record(header), None, 0)
        try:
            applied = apply(source, origin, facts, selection, journal)
        finally:
            journal.close()
        proof = prove(source, applied.job)
    objects, _ = everything_in(origin, selection)
    unplanned = sum(1 for loss in applied.job.losses if not loss.planned) + len(proof.unplanned) + len(proof.problems)
    return Drill(
        drilled=tuple(sorted(objects)),
        is_whole=selection == whole(origin),
        proof=proof,
        unplanned=unplanned,
        requests=applied.requests.total(),
    )
