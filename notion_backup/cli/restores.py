"""``restores``: the restores that were begun, and taking one back."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.options import JsonLinesOption, WorkspaceOption
from notion_backup.cli.output import note, on_terminal, say, say_json_line, say_table
from notion_backup.cli.safetext import safe
from notion_backup.errors import EXIT_INCOMPLETE, UsageError

app = typer.Typer(
    help="List the restores of this machine and this repository; undo one.",
    invoke_without_command=True,
    no_args_is_help=False,
    rich_markup_mode=None,
)


@app.callback()
def restores(ctx: typer.Context, as_json: JsonLinesOption = False) -> None:
    """List restores, oldest first, with their state: `begun` ones can be gone on with by the same line."""
    if ctx.invoked_subcommand is not None:
        return
    known = _known(session(ctx))
    rows = [_facts(found.record) for found in known.all()]
    if as_json:
        for row in rows:
            say_json_line(row)
    else:
        columns = ("restore", "state", "begun", "snapshot", "into", "steps", "score")
        say_table(columns, [[str(row[name]) for name in columns] for row in rows])
    if known.unreadable:
        note(f"{len(known.unreadable)} journals of restores in the repository cannot be read: they are not listed.")
        raise typer.Exit(EXIT_INCOMPLETE)


@app.command("undo")
def undo(
    ctx: typer.Context,
    restore_id: Annotated[str, typer.Argument(metavar="ID", help="A restore, as `restores` lists it.")],
    workspace: WorkspaceOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
) -> None:
    """Put what a restore has created in Notion's trash, and nothing else.

    When somebody has put a page of theirs below what was restored, nothing is trashed and the pages are named.
    """
    from notion_backup.capture.source import Source
    from notion_backup.restore.restores import created
    from notion_backup.restore.restores import undo as take_back

    begun = session(ctx)
    known = _known(begun)
    found = known.named(restore_id)
    header = found.record.header
    if found.record.state == "undone":
        say(f"Restore {header.id} was undone already.")
        return
    tops, every = created(found.record)
    question = f"Put {len(tops)} restored objects with all below them ({len(every)} in all) in the trash?"
    if not yes and not (on_terminal() and typer.confirm(question, err=True)):
        note("Nothing was trashed. With --yes it is done.")
        return
    settings = begun.settings
    chosen = begun.workspace(workspace or header.workspace or None)
    source = Source(
        token=settings.restore_token().get_secret_value(),
        base_url=header.base_url,
        requests_per_minute=settings.restore_budget(chosen),
        ledger=settings.ledgers,
    )
    journal = known.open(found)
    try:
        foreign = take_back(source, found, journal)
    finally:
        journal.close()
    if foreign:
        raise UsageError(
            f"{len(foreign)} pages or databases below what was restored are not of this restore: "
            f"{', '.join(foreign[:10])}.",
            cure="Move them elsewhere, then undo again.",
        )
    say(f"Restore {header.id} was undone: {len(tops)} objects are in the trash.")


def _known(begun: Session) -> Any:
    from notion_backup.restore.restores import Restores

    return Restores(begun.settings.restores, begun.repository())


def _facts(record: Any) -> dict[str, Any]:
    header, outcome = record.header, record.outcome
    return {
        "restore": header.id,
        "state": record.state,
        "begun": header.began[:16],
        "snapshot": header.commit[:12],
        "into": header.into,
        "server": safe(header.base_url, 100),
        "steps": len(record.results),
        "score": outcome.get("score", ""),
        "complete": outcome.get("complete"),
        "report": outcome.get("report"),
    }
