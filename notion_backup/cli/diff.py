"""``diff``: what changed between two snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_backup.cli.context import session
from notion_backup.cli.options import SNAPSHOT_HELP, JsonLinesOption, WorkspaceOption
from notion_backup.cli.output import note, say, say_json_line
from notion_backup.cli.safetext import safe_title

if TYPE_CHECKING:
    from notion_backup.snapshot import Change

_SIGNS = {
    "added": "+",
    "removed": "-",
    "unshared": "-",
    "trashed": "-",
    "changed": "~",
    "moved": ">",
    "renamed": ">",
}
_WORDS = {"unshared": "no longer shared"}
_TITLE_CELLS = 60


def diff(
    ctx: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help=SNAPSHOT_HELP)],
    b: Annotated[str, typer.Argument(metavar="B", help="The other snapshot, named in the same ways.")],
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """List what changed from snapshot A to snapshot B.

    Objects that were added, changed, removed, moved, renamed, put in the trash, or are no longer shared.

    Compares the two snapshots' catalogs; Notion is not asked, and no content is read. A changed object names what of
    it changed: the page itself, its blocks, comments, long property values or files.
    """
    from notion_backup.snapshot import KINDS, count_changes, diff_snapshots

    begun = session(ctx)
    before, after = begun.snapshot(a, workspace), begun.snapshot(b, workspace)
    changes = list(diff_snapshots(before, after))
    if as_json:
        for change in changes:
            say_json_line(_facts(change, KINDS[change.table]))
        return
    for change in changes:
        say(_line(change, KINDS[change.table]))
    counts = {kind: number for kind, number in count_changes(iter(changes)).items() if number}
    summary = ", ".join(f"{number:,} {_WORDS.get(kind, kind)}" for kind, number in counts.items())
    note(f"From {before.commit.id[:12]} to {after.commit.id[:12]}: {summary or 'nothing changed'}.")
    for opened in (before, after):
        if not opened.manifest.verdict.complete:
            note(f"Snapshot {opened.commit.id[:12]} is incomplete: what it lacks can look removed or added here.")


def _facts(change: Change, kind: str) -> dict[str, Any]:
    return {
        "id": change.id,
        "kind": kind,
        "title": change.title,
        "change": change.kind.value,
        "parts": [part.value for part in change.parts],
        "before": change.before,
        "after": change.after,
    }


def _line(change: Change, kind: str) -> str:
    word = change.kind.value
    detail = ""
    if change.parts:
        detail = f" ({', '.join(part.value for part in change.parts)})"
    elif word == "renamed":
        detail = f" (was: {safe_title(change.before, _TITLE_CELLS)})"
    elif word == "moved":
        detail = f" (from {change.before or 'the top'} to {change.after or 'the top'})"
    title = safe_title(change.title, _TITLE_CELLS)
    return f"{_SIGNS[word]} {_WORDS.get(word, word):<16} {kind:<12} {change.id}  {title}{detail}"
