"""A workspace that is worked on and a server that fails, captured again and again; then what is held is compared."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from notion_backup.capture import RetryPolicy, capture_workspace
from notion_backup.errors import NotionGarbled, NotionUnavailable
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import RunningSandbox, Sandbox, SandboxClock, generate, random_plan, running
from notion_backup.snapshot import DETACHED, Severity, SnapshotReader, SnapshotWriter, Table, open_snapshot
from notion_backup_tests.capture.standing_in import SandboxTime, source
from notion_backup_tests.capture.taking import differing
from notion_backup_tests.conftest import CHEAP

PATIENT = RetryPolicy(attempts=40, patience=4 * 3600.0, first_delay=0.5, longest_delay=120.0, timeout=0.4)
"""Of the sandbox's time, but for the timeout, which is of the machine's."""


@dataclass
class Storm:
    """One seeded story. ``complaints`` says in words what went wrong; empty is what is wanted."""

    seed: int
    complaints: list[str] = field(default_factory=list)
    requests: int = 0
    struck: int = 0
    edits: int = 0

    def live(self) -> None:
        """Two captures while people work and the server fails, the last with the server failing only."""
        rng = random.Random(f"storm {self.seed}")
        sandbox = Sandbox(
            generate(pages=rng.randint(6, 20), seed=self.seed, showcase=rng.random() < 0.08, blocks_per_page=6),
            clock=SandboxClock.manual(),
            rate_limit=rng.choice((None, None, 180, 600)),
        )
        sandbox.clock.advance(24 * 3600)
        repository, _ = Repository.init(open_store(f"memory://storm-{self.seed}"), "passphrase", kdf=CHEAP)
        ids = [page["id"] for page in sandbox.workspace.all("page")]
        previous: SnapshotReader | None = None
        with running(sandbox) as server:
            for turn in range(3):
                sandbox.apply_plan(random_plan(self.seed * 10 + turn, ids))
                worked_on = turn < 2
                every, edits = rng.randint(3, 25), rng.randint(1, 12) if worked_on else 0
                noted = sandbox.edit_while_read(every=every, edits=edits, seed=self.seed)
                taken = self._patiently(repository, server, previous, everything=not worked_on)
                self.edits += len(noted)
                self.struck += sandbox.faults.struck
                if worked_on:
                    sandbox.clock.advance(600)
                    previous = taken
                    self.edits += len(sandbox.live(seed=self.seed + turn, edits=rng.randint(0, 12))[0].edits)
            sandbox.faults.clear()
            self._judge(taken, self._take(repository, server, None, everything=True), sandbox)

    def _patiently(
        self, repository: Repository, server: RunningSandbox, previous: SnapshotReader | None, *, everything: bool
    ) -> SnapshotReader:
        """As the pipeline does: a server that does not even say who we are is asked again later."""
        for _ in range(5):
            try:
                return self._take(repository, server, previous, everything=everything)
            except (NotionUnavailable, NotionGarbled):
                server.sandbox.clock.advance(600)
        return self._take(repository, server, previous, everything=everything)

    def _take(
        self, repository: Repository, server: RunningSandbox, previous: SnapshotReader | None, *, everything: bool
    ) -> SnapshotReader:
        clock = server.sandbox.clock
        server.sandbox.stats.reset()
        within = timedelta() if everything else timedelta(days=7)
        where = source(server.url, server.token, retry=PATIENT, verify_within=within)
        with repository.session() as session:
            writer = SnapshotWriter(session, previous, clock=clock.now)
            report = capture_workspace(where, writer, clock=clock.now, waiting=SandboxTime(clock).waiting())
            sealed = writer.seal(report.facts("notion"))
        taken = open_snapshot(repository, repository.commit(sealed.draft_id))
        self.requests += server.stats.total
        if server.stats.writes:
            self.complaints.append(f"wrote: {server.stats.write_paths}")
        return taken

    def _judge(self, taken: SnapshotReader, truth: SnapshotReader, sandbox: Sandbox) -> None:
        """What was taken through faults is what a quiet capture takes, or names what is not.

        It may hold more: what search leaves out and nothing names is known from the snapshot before.
        """
        named = set(self._named(taken))
        differ: set[str] = set()
        for table, found in differing(taken, truth).items():
            for unit in sorted(found):
                entry = taken.entry(Table(table), unit) or truth.entry(Table(table), unit)
                about = {unit.removeprefix(DETACHED), (entry.parent_id if entry is not None else None) or ""}
                if table == Table.FILES:
                    about |= {file.owner for file in truth.files(unit)}
                if table == Table.USERS:
                    about.add("users")
                differ |= about
                held = [snapshot.entry(Table(table), unit) is not None for snapshot in (taken, truth)]
                if held == [True, False] and _is_unseen(sandbox, unit.removeprefix(DETACHED)):
                    continue
                if not about & named:
                    self.complaints.append(f"{table} {unit} differs and nothing says so (held, true: {held})")
        for problem in taken.problems():
            # Whether a capped query lacks rows that search gave nobody can tell: that it may is said all the same.
            doubtful = problem.severity is Severity.MISSING and problem.code != "rows-over-cap"
            if doubtful and not {problem.object_id.partition("/")[0], problem.where} & differ:
                self.complaints.append(f"{problem.code} {problem.object_kind} {problem.object_id}: {problem.why}")

    def _named(self, taken: SnapshotReader) -> Iterator[str]:
        for problem in taken.problems():
            yield problem.object_id
            yield problem.where


def _is_unseen(sandbox: Sandbox, object_id: str) -> bool:
    """Whether it exists, and is of those that search does not have to show: trashed, archived, guests, who left."""
    space = sandbox.workspace
    page = space.get("page", object_id)
    return space.get("user", object_id) is not None or (
        page is not None and bool(page["in_trash"] or page["is_archived"])
    )
