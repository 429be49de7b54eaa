"""``restore``: what a snapshot holds, made anew in Notion."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from notion_backup.cli.context import session
from notion_backup.cli.export import Format, export
from notion_backup.cli.guard import EXIT_INTERRUPTED, wrong_use
from notion_backup.cli.options import OBJECT_HELP, JsonOption, WorkspaceOption
from notion_backup.cli.output import count, note, on_terminal, say, say_json, size
from notion_backup.cli.progress import Meter
from notion_backup.cli.restore_call import RestoreCall
from notion_backup.cli.safetext import safe
from notion_backup.errors import EXIT_INCOMPLETE

if TYPE_CHECKING:
    from notion_backup.restore.origin import Origin
    from notion_backup.restore.preflight import Preflight
    from notion_backup.restore.restores import Found
    from notion_backup.restore.selection import Selection

_NAMED = 20


def restore(
    ctx: typer.Context,
    snapshot: Annotated[
        str, typer.Argument(metavar="SNAPSHOT", help="A snapshot, as in `notion-backup snapshots`.")
    ] = "latest",
    into: Annotated[
        str, typer.Option("--into", metavar="PAGE", help="The page to restore below: its id or its Notion URL.")
    ] = "",
    page: Annotated[
        list[str] | None,
        typer.Option("--page", metavar="OBJECT", help=f"Only this and all below it; may be repeated. {OBJECT_HELP}"),
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="TIME",
            help="The nearest complete snapshot at or before it: a day, a time, `last Friday`.",
        ),
    ] = None,
    changed_since: Annotated[
        str | None, typer.Option("--changed-since", metavar="DATE", help="Only what was edited on that day or later.")
    ] = None,
    deleted_since: Annotated[
        str | None,
        typer.Option("--deleted-since", metavar="SNAPSHOT", help="What that snapshot has and this one lacks."),
    ] = None,
    from_files: Annotated[
        Path | None, typer.Option("--from-files", metavar="DIR", help="A JSON export, in place of a snapshot.")
    ] = None,
    to_files: Annotated[
        Path | None,
        typer.Option("--to-files", metavar="DIR", help="Write the lossless JSON export, not to Notion."),
    ] = None,
    workspace: WorkspaceOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the plan.")] = False,
    new: Annotated[bool, typer.Option("--new", help="Begin anew, even if the same line was begun or done.")] = False,
    no_proof: Annotated[bool, typer.Option("--no-proof", help="Do not read everything back and compare it.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Restore pages, databases and rows into Notion, media included.

    Everything is made below the page --into, beside what is there: nothing existing is changed or trashed. The token is
    NOTION_RESTORE_TOKEN, of a connection that may insert and update content; the backup's is never used.

    The plan names what comes back with a loss, and what cannot come back, before anything is sent. Without --yes it is
    only shown, and on a terminal a question follows. The same line after an interruption goes on where it stopped;
    after the end it shows the result again. It is a run of Dagster's job `restore_<workspace>`, which
    `notion-backup ui` shows with its figures.

    Exit status 0: as planned. 3: less than planned came back (the report says what). 1: it could not go on; the same
    line resumes it. After Ctrl-C, too.
    """
    if to_files is not None:
        export(ctx, snapshot, to_files, Format.JSON, workspace, as_json)
        return
    if not into:
        wrong_use("Name the page to restore below with --into.")
    if sum(one is not None for one in (page or None, changed_since, deleted_since)) > 1:
        wrong_use("--page, --changed-since and --deleted-since exclude one another.")
    call = RestoreCall(
        session(ctx), workspace, snapshot, as_of, into, tuple(page or ()), changed_since, deleted_since, from_files
    )
    found = None if new else call.restores.find(call.line)
    if found is not None and found.record.state != "begun":
        note(f"Restore {found.record.header.id} was done already; --new makes another copy.")
        _end(found.record.outcome, as_json)
    if found is not None:
        if dry_run or not (yes or _agreed(f"Go on with restore {found.record.header.id}?")):
            note(f"Restore {found.record.header.id} is not finished; with --yes it goes on.")
            return
        _resume(call, found, not no_proof, as_json)
    origin, name = call.origin()
    selection = call.selection(origin)
    ready = call.preflight(origin, selection)
    told = _planned(call, origin, selection, ready)
    told = {"snapshot": name, **told, "remarks": ready.remarks}
    if dry_run or not yes:
        _show_plan(told, as_json)
        if dry_run or not _agreed("Restore this?"):
            note("Nothing was restored. With --yes it is done.")
            return
    _begin(call, name, selection, ready, not no_proof, as_json, told)


def _planned(call: RestoreCall, origin: Origin, selection: Selection, ready: Preflight) -> dict[str, Any]:
    from notion_backup.restore.job import Job
    from notion_backup.restore.planning import PlanTarget
    from notion_backup.restore.report import plan_json
    from notion_backup.restore.steps import run

    job = Job(origin, PlanTarget(), ready.facts, selection)
    with Meter("Planning") as meter:
        run(job, lambda phase: meter.show(phase, phase=phase))
    return plan_json(job, call.budget)


def _begin(
    call: RestoreCall,
    name: str,
    selection: Selection,
    ready: Preflight,
    proof: bool,
    as_json: bool,
    plan: dict[str, Any],
) -> None:
    from notion_backup.restore.journal import Header
    from notion_backup.restore.restores import selection_json

    header = Header(
        id=secrets.token_hex(6),
        line=call.line,
        commit=name,
        base_url=call.base_url,
        into=call.into,
        began=datetime.now(UTC).isoformat(),
        facts=ready.facts.to_json(),
        selection=selection_json(selection),
        workspace=call.workspace.name,
    )
    note(f"Restore {header.id}: {plan['requests_total']:,} requests, about {count(plan['minutes'], 'minute')}")
    call.restores.begin(header).close()
    _work(call, header.id, proof, as_json)


def _resume(call: RestoreCall, found: Found, proof: bool, as_json: bool) -> None:
    note(f"Going on with restore {found.record.header.id}, begun {found.record.header.began[:16]}")
    _work(call, found.record.header.id, proof, as_json)


def _work(call: RestoreCall, restore_id: str, proof: bool, as_json: bool) -> None:
    """Do it, or the rest of it, as a run of Dagster's job; then show how it ended."""
    try:
        with Meter("Restoring") as meter:
            meter.show("starting Dagster", phase="start")
            from notion_backup.pipeline.launch import run_restore
            from notion_backup.pipeline.names import JOURNAL_COPIED, RESTORED

            run = run_restore(
                call.begun.settings,
                call.workspace.name,
                restore_id,
                proof=proof,
                on_progress=lambda progress: meter.show(progress.in_words(), phase=progress.phase),
                repository=call.repository,
            )
    except KeyboardInterrupt as error:
        _interrupted(restore_id, error)
    if run.cancelled:
        _interrupted(restore_id)
    if run.error is not None:
        note(f"Error: {safe(run.error.what, 2000)}")
        if run.error.cure:
            note(f"  → {safe(run.error.cure, 2000)}")
        note(f"  Dagster run {run.run_id}.")
        raise typer.Exit(run.error.exit_status)
    if not run.told[RESTORED][JOURNAL_COPIED]:
        note("The repository took no copy of the journal: only this machine can go on with this restore, or undo it.")
    _end(call.restores.named(restore_id).record.outcome, as_json)


def _interrupted(restore_id: str, error: BaseException | None = None) -> NoReturn:
    note(f"Interrupted. Restore {restore_id} keeps what it has made; the same line goes on with it.")
    raise typer.Exit(EXIT_INTERRUPTED) from error


def _end(outcome: dict[str, Any], as_json: bool) -> None:
    """Show how it ended, and leave with the status that says so."""
    if as_json:
        say_json(outcome)
    else:
        _show_result(outcome)
    raise typer.Exit(0 if outcome.get("complete") else EXIT_INCOMPLETE)


def _agreed(question: str) -> bool:
    return on_terminal() and typer.confirm(question, err=True)


def _show_plan(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        say_json({"plan": told})
        return
    counts = ", ".join(count(number, kind.replace("_", " ")) for kind, number in told["counts"].items())
    say(f"To restore from {safe(told['snapshot'], 60)} below {told['into']}: {counts}")
    exact = sum(1 for one in told["objects"] if one["outcome"] == "exact")
    say(f"{exact:,} objects come back exactly, besides blocks. With losses:")
    _show_losses(told["losses"])
    say(f"{told['requests_total']:,} requests, about {count(told['minutes'], 'minute')}:")
    for kind, number in told["requests"].items():
        say(f"  {number:>8,}  {kind}")
    say(f"{count(told['files'], 'file')} to upload, {size(told['upload_bytes'])}")
    for remark in told["remarks"]:
        note(safe(remark, 300))


def _show_losses(losses: list[dict[str, Any]]) -> None:
    for one in losses:
        say(f"  {one['count']:>6,} × {one['code']} ({one['outcome']}): {one['why']} → {one['substitute']}")


def _show_result(outcome: dict[str, Any]) -> None:
    made = ", ".join(count(number, kind.replace("_", " ")) for kind, number in outcome.get("made", {}).items())
    say(f"Restore {outcome.get('restore')}: {made}")
    if "score" in outcome:
        say(f"Read back: {outcome['score']:.2%} of {outcome['compared']:,} objects as planned")
    _show_losses(outcome.get("losses", []))
    for one in outcome.get("unplanned", [])[:_NAMED]:
        note(f"Not as planned: {one['object']} {one['id']}: {one['why']} {safe(one['detail'], 200)}")
    for one in outcome.get("differences", [])[:_NAMED]:
        note(f"Differs: {one['kind']} {one['old']}: {safe(', '.join(one['details']), 200)}")
    say(f"Report: {safe(str(outcome.get('report')), 300)}")
