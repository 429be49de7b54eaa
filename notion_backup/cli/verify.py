"""``verify``: prove what is stored."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.guard import wrong_use
from notion_backup.cli.options import SNAPSHOT_HELP, AtOption, JsonOption, WorkspaceOption
from notion_backup.cli.output import count, note, say, say_json, size
from notion_backup.cli.progress import Meter
from notion_backup.cli.safetext import safe
from notion_backup.errors import EXIT_FAILED, Damaged, HistoryRolledBack

if TYPE_CHECKING:
    from notion_backup.repository import Commit, Finding, VerifyReport


class Level(StrEnum):
    """How much is read."""

    STRUCTURE = "structure"
    SAMPLE = "sample"
    FULL = "full"


def verify(
    ctx: typer.Context,
    snapshot: Annotated[str | None, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT_HELP, show_default=False)] = None,
    level: Annotated[Level, typer.Option("--level", help="How much is read.")] = Level.SAMPLE,
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Prove a snapshot, or the whole repository.

    Without a snapshot: every snapshot and the history.

    structure: the chain of the log, its signatures, every chunk indexed, every pack there with its size.

    sample: the same, and a part of the packs decrypted, every id in them computed again.

    full: every byte decrypted, every id computed again, the tables opened, counts and digests compared.

    Exit status 1 when anything is found; each finding names the object, the snapshots that need it and the cure.
    Whether a snapshot is complete is another question: `notion-backup snapshots` answers it.
    """
    begun = session(ctx)
    if workspace is not None:
        begun.workspace(workspace)
    # Damage is what is looked for: a history that has some must open for it to be listed.
    repository = begun.repository(tolerate_damage=True)
    if snapshot is not None and at is not None:
        wrong_use("A snapshot is named twice. Give either SNAPSHOT or --at.")
    commits = [begun.commit(snapshot, workspace)] if snapshot is not None else None
    if at is not None:
        commits = [begun.commit_at(at, workspace)]
    with Meter("Verifying") as meter:
        from notion_backup.snapshot import references

        report = repository.verify(
            level.value,
            references=lambda commit: references(repository, commit),
            commits=commits,
            sample=begun.settings.verify_sample,
            progress=lambda done, known: meter.show(f"{done:,} of {known:,} packs"),
        )
        findings = [*_rolled_back(begun), *report.findings]
        if level is Level.FULL:
            for commit in commits if commits is not None else repository.commits():
                meter.show(f"tables of snapshot {commit.id[:12]}")
                findings.extend(_tables(begun, commit))
    if as_json:
        say_json(_facts(report, findings))
    else:
        _tell(report, findings, snapshot or at)
    if findings:
        raise typer.Exit(EXIT_FAILED)


def _rolled_back(begun: Session) -> list[Finding]:
    """Whether the history is that which this machine saw before, or one that was cut short or exchanged."""
    from notion_backup.repository import Finding, Pins

    repository = begun.repository()
    try:
        Pins(begun.settings.pins).check(repository.id, repository.history, repository.store.url)
    except HistoryRolledBack as error:
        return [Finding("history-rolled-back", "log", error.what, error.cure, [])]
    return []


def _tables(begun: Session, commit: Commit) -> list[Finding]:
    """What the snapshot's own tables say against each other. Bytes that cannot be read are found below it."""
    from notion_backup.repository import Finding
    from notion_backup.snapshot import open_snapshot, prove_tables

    try:
        return list(prove_tables(open_snapshot(begun.repository(), commit)))
    except Damaged as error:
        return [Finding("snapshot-unreadable", commit.id, error.what, error.cure, [commit.id])]


def _facts(report: VerifyReport, findings: list[Finding]) -> dict[str, Any]:
    return {
        "level": report.level,
        "ok": not findings,
        "packs": report.packs,
        "chunks": report.chunks,
        "bytes_read": report.bytes_read,
        "findings": [
            {
                "code": finding.code,
                "object": finding.object,
                "what": finding.what,
                "cure": finding.cure,
                "snapshots": list(finding.snapshots),
            }
            for finding in findings
        ],
    }


def _tell(report: VerifyReport, findings: list[Finding], snapshot: str | None) -> None:
    for finding in findings:
        say(f"{finding.code}: {safe(finding.what)}")
        say(f"  object     {safe(finding.object)}")
        if finding.snapshots:
            say(f"  needed by  {', '.join(one[:12] for one in finding.snapshots)}")
        if finding.cure:
            say(f"  → {safe(finding.cure)}")
    subject = "The repository and its history" if snapshot is None else f"Snapshot {safe(snapshot, 80)}"
    read = f"{count(report.packs, 'pack')}, {count(report.chunks, 'chunk')}, {size(report.bytes_read)} read"
    if findings:
        note(f"{subject}: {count(len(findings), 'finding')} at level {report.level} ({read}).")
    else:
        say(f"{subject}: nothing wrong at level {report.level} ({read}).")
