"""``backup``: make a snapshot now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.guard import EXIT_INTERRUPTED, wrong_use
from notion_backup.cli.options import JsonOption, WorkspaceOption
from notion_backup.cli.output import note
from notion_backup.cli.progress import Meter
from notion_backup.cli.safetext import safe
from notion_backup.errors import EXIT_COMPLETE, EXIT_FAILED, EXIT_INCOMPLETE

if TYPE_CHECKING:
    from notion_backup.pipeline.launch import RunOutcome


def backup(
    ctx: typer.Context,
    workspace: WorkspaceOption = None,
    partition: Annotated[
        str | None,
        typer.Option(
            "--partition", metavar="KEY", help="A missed partition, such as 2026-11-21 (default: the current one)."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a snapshot now and print its verdict.

    Runs Dagster's job in this process, through the instance that `notion-backup ui` shows. Only reads are sent to
    Notion. A partition that was missed is captured as the workspace is now, and marked late.

    Exit status 0: complete. 3: the snapshot is kept, but something is missing; the verdict says what, why, and what
    to do. 1: there is no snapshot. After Ctrl-C nothing is committed, and nothing that was is touched.
    """
    begun = session(ctx)
    settings = begun.settings
    if begun.recovery_sheet is not None:
        wrong_use("`backup` opens the repository with the passphrase; a recovery sheet is for reading.")
    chosen = begun.workspace(workspace)
    # Asked here first: what is not set is wrong use, and needs no run in Dagster's history to say so.
    settings.token(chosen)
    place, passphrase = settings.repository, begun.passphrase()
    note(f"Backing up workspace {chosen.name} to {safe(place, 200)}")
    with Meter("Backup") as meter:
        meter.show("starting Dagster", phase="start")
        from notion_backup.pipeline.launch import run_snapshot

        outcome = run_snapshot(
            settings,
            chosen.name,
            partition_key=partition,
            on_progress=lambda progress: meter.show(progress.in_words(), phase=progress.phase),
            passphrase=passphrase,
        )
    if outcome.commit is None:
        _tell_failure(outcome)
    _finish(begun, outcome, outcome.commit, as_json)


def _tell_failure(outcome: RunOutcome) -> NoReturn:
    if outcome.cancelled:
        note("Interrupted. Nothing was committed by this run; every snapshot that was is safe. Run it again any time.")
        raise typer.Exit(EXIT_INTERRUPTED)
    error = outcome.error
    if error is None:
        note(f"Error: run {outcome.run_id} ended without a snapshot.\n  → `notion-backup ui` shows its events.")
        raise typer.Exit(EXIT_FAILED)
    note(f"Error: {safe(error.what, 2000)}")
    if error.cure:
        note(f"  → {safe(error.cure, 2000)}")
    note(f"  Nothing was committed. Dagster run {outcome.run_id}.")
    raise typer.Exit(error.exit_status)


def _finish(begun: Session, outcome: RunOutcome, commit: str, as_json: bool) -> NoReturn:
    from notion_backup.cli.verdict import say_verdict

    verdict = say_verdict(begun.snapshot(commit), as_json=as_json, run=outcome.run_id)
    if outcome.error is not None:
        note(f"Error: the snapshot is kept, but a later step of the run failed: {safe(outcome.error.what, 2000)}")
        if outcome.error.cure:
            note(f"  → {safe(outcome.error.cure, 2000)}")
        raise typer.Exit(EXIT_FAILED)
    raise typer.Exit(EXIT_COMPLETE if verdict.complete else EXIT_INCOMPLETE)
