"""``notion-backup``: the program, its global options and the list of its commands."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated

import typer

from notion_backup import __version__
from notion_backup.cli import (
    backup,
    browse,
    diff,
    doctor,
    export,
    init,
    restore,
    restores,
    sandbox,
    search,
    snapshots,
    sql,
    ui,
    verify,
)
from notion_backup.cli.context import Session
from notion_backup.cli.guard import GuardedGroup
from notion_backup.cli.heaps import share_heaps
from notion_backup.cli.output import say

HELP = """
Encrypted, deduplicated, signed and verifiable snapshots of a whole Notion workspace.

Nothing but the environment is needed for one workspace:

\b
    NOTION_TOKEN                token of a Notion connection that may read
    NOTION_BACKUP_REPOSITORY    where snapshots are kept: a folder, s3://…, any fsspec URL
    NOTION_BACKUP_PASSPHRASE    what encrypts them (or …_FILE, …_COMMAND)
    NOTION_BACKUP_HOME          where state is kept (default: the user's data folder)
    NOTION_BASE_URL             another server than Notion's, such as the sandbox
    NOTION_RESTORE_TOKEN        token of a connection that may write, for `restore` alone
    NOTION_RESTORE_BASE_URL     the server to restore to (default: the one that is backed up)

\b
A first backup:
    notion-backup init      make the repository; keep the recovery sheet
    notion-backup doctor    see whether all is well
    notion-backup backup    make a snapshot
    notion-backup verify --level full
"""

EPILOG = """
\b
Exit status:
  0    done and complete
  1    failed
  2    wrong use or configuration
  3    done, but something is missing (the verdict lists what)
  130  interrupted with Ctrl-C
  141  whoever read the output stopped reading
"""

app = typer.Typer(
    name="notion-backup",
    cls=GuardedGroup,
    help=HELP,
    epilog=EPILOG,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(asked: bool) -> None:
    if asked:
        say(f"notion-backup {__version__}")
        raise typer.Exit


@app.callback()
def _global_options(
    ctx: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="A TOML file with settings (or NOTION_BACKUP_CONFIG)."),
    ] = None,
    recovery_sheet: Annotated[
        Path | None,
        typer.Option(
            "--recovery-sheet", metavar="FILE", help="Open the repository with its recovery sheet, not the passphrase."
        ),
    ] = None,
    tolerate_damage: Annotated[
        bool,
        typer.Option("--tolerate-damage", help="Read what is left of a history with damaged or missing entries."),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks of errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    ctx.obj = Session(config, debug, recovery_sheet, tolerate_damage)


app.command("init")(init.init)
app.command("doctor")(doctor.doctor)
app.command("backup")(backup.backup)
app.command("snapshots")(snapshots.snapshots)
app.command("verify")(verify.verify)
app.command("ls")(browse.ls)
app.command("tree")(browse.tree)
app.command("show")(browse.show)
app.command("diff")(diff.diff)
app.command("history")(diff.history)
app.command("blame")(diff.blame)
app.command("changes")(diff.changes)
app.command("search")(search.search)
app.command("sql")(sql.sql)
app.command("export")(export.export)
app.command("restore")(restore.restore)
app.add_typer(restores.app, name="restores")
app.add_typer(sandbox.app, name="sandbox")
app.command("ui")(ui.ui)


def run() -> None:
    """The entry point of the program."""
    share_heaps()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal that cannot show a letter shows its code: no title makes a command fail.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="notion-backup")


if __name__ == "__main__":
    run()
