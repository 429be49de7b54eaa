"""``snapshots``: the list of what is kept, and the verdict of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from notion_backup.cli.context import session
from notion_backup.cli.options import SNAPSHOT_HELP, JsonLinesOption, WorkspaceOption
from notion_backup.cli.output import note, say_json_line, say_table, size
from notion_backup.cli.summary import facts, late_text, partition_of, verdict_text, verified_text, when
from notion_backup.errors import EXIT_COMPLETE, EXIT_INCOMPLETE

if TYPE_CHECKING:
    from notion_backup.repository import Commit

COLUMNS = (
    "SNAPSHOT",
    "WORKSPACE",
    "PARTITION",
    "CAPTURED AT",
    "VERDICT",
    "PAGES",
    "BLOCKS",
    "FILES",
    "VERIFIED WITHIN",
    "NEW",
    "REQUESTS",
)


def snapshots(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT_HELP, show_default=False)] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """List the snapshots, or tell of one.

    The list has the oldest first; of one snapshot the whole verdict is printed, as after its backup.

    Each line has the partition (the day it stands for), when it was captured, whether it was captured late (after
    that day had ended), its verdict, what it holds, within what time every object was verified when it was taken,
    the bytes it added to the store and the requests it took.

    Exit status 3 with the verdict of a snapshot in which something is missing.
    """
    begun = session(ctx)
    if name is not None:
        from notion_backup.cli.verdict import say_verdict

        verdict = say_verdict(begun.snapshot(name, workspace), as_json=as_json)
        raise typer.Exit(EXIT_COMPLETE if verdict.complete else EXIT_INCOMPLETE)
    if workspace is not None:
        begun.workspace(workspace)
    found = [commit for commit in begun.repository().commits() if workspace in (None, commit.summary.get("workspace"))]
    if as_json:
        for commit in found:
            say_json_line(facts(commit))
        return
    if not found:
        note("No snapshot yet. Make the first one with `notion-backup backup`.")
        return
    say_table(COLUMNS, (_row(commit) for commit in found))


def _row(commit: Commit) -> tuple[str, ...]:
    summary = commit.summary
    rows = summary.get("rows") or {}
    return (
        commit.id[:12],
        str(summary.get("workspace") or "?"),
        partition_of(summary),
        when(str(summary.get("captured_to") or commit.committed_at)) + late_text(summary),
        verdict_text(summary),
        *(f"{int(rows.get(table, 0)):,}" for table in ("pages", "blocks", "files")),
        verified_text(summary),
        size(commit.stored_bytes),
        f"{int(summary.get('requests') or 0):,}",
    )
