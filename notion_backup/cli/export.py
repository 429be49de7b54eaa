"""``export``: a snapshot as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notion_backup.cli.context import session
from notion_backup.cli.options import JsonOption, SnapshotArgument, WorkspaceOption
from notion_backup.cli.output import count, note, say, say_json, size
from notion_backup.cli.progress import Meter
from notion_backup.cli.safetext import safe
from notion_backup.errors import EXIT_INCOMPLETE

if TYPE_CHECKING:
    from notion_backup.export.report import ExportReport
    from notion_backup.snapshot import SnapshotReader

_NAMED = 20


class Format(StrEnum):
    """What the files are."""

    JSON = "json"


def export(
    ctx: typer.Context,
    snapshot: SnapshotArgument,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that does not exist yet, or an empty one.")],
    form: Annotated[Format, typer.Option("--format", help="What the files are.")] = Format.JSON,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a snapshot out as files.

    Decrypted: every object as Notion gave it, and all media.

    json: JSON lines and media files, lossless; docs/export-json.md describes the layout.

    The folder appears when it is whole, and only its owner may read it. Exit status 0 when all that the snapshot
    holds was written, 3 when some of it could not be read back (it is named). A snapshot that is itself incomplete
    is exported like any other, with a word about it.
    """
    from notion_backup.export.json_export import export_json

    opened = session(ctx).snapshot(snapshot, workspace)
    with Meter("Exporting") as meter:
        report = export_json(opened, folder, lambda at: meter.show(f"{at.phase}, {at.done:,} of {at.known:,}"))
    if as_json:
        say_json(_facts(opened, report, form))
    else:
        _tell(opened, report)
    for lost in report.unreadable[:_NAMED]:
        note(f"Could not be read: {lost.table} {lost.id}: {safe(lost.why)}")
    if not report.complete:
        note(f"{count(len(report.unreadable), 'unit')} of the snapshot could not be read; manifest.json names each.")
        note("  → Run `notion-backup verify --level full`, then export another snapshot or another copy.")
        raise typer.Exit(EXIT_INCOMPLETE)


def _facts(opened: SnapshotReader, report: ExportReport, form: Format) -> dict[str, object]:
    return {
        "snapshot": opened.commit.id,
        "verdict": opened.manifest.verdict.status,
        "format": form.value,
        "folder": str(report.folder),
        "counts": report.counts,
        "media_files": report.media_files,
        "media_bytes": report.media_bytes,
        "unreadable": [{"table": lost.table, "id": lost.id, "why": lost.why} for lost in report.unreadable],
    }


def _tell(opened: SnapshotReader, report: ExportReport) -> None:
    say(f"Exported snapshot {opened.commit.id[:12]} to {safe(str(report.folder))}")
    for name, number in report.counts.items():
        say(f"  {name + '.jsonl':<22}{number:>10,}")
    say(f"  {'media/':<22}{report.media_files:>10,}  {size(report.media_bytes)}")
    verdict = opened.manifest.verdict
    if not verdict.complete:
        note(
            f"The snapshot itself is incomplete: {count(verdict.missing, 'thing')} of the workspace could not be "
            "captured; problems.jsonl says what and why."
        )
