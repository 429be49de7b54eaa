"""``export``: a snapshot as files."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from notion_backup.cli.context import session
from notion_backup.cli.options import SNAPSHOT_HELP, AtOption, JsonOption, WorkspaceOption
from notion_backup.cli.output import count, note, say, say_json, size
from notion_backup.cli.progress import Meter
from notion_backup.cli.safetext import safe
from notion_backup.errors import EXIT_INCOMPLETE, UsageError

if TYPE_CHECKING:
    from notion_backup.export.report import ExportReport, Listener
    from notion_backup.snapshot import SnapshotReader

_NAMED = 20


class Format(StrEnum):
    """What the files are."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    PDF = "pdf"


def export(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT_HELP)],
    second: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="Where to: a new folder, or that of an earlier export.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What the files are.")] = Format.JSON,
    page: Annotated[
        str | None,
        typer.Option("--page", metavar="OBJECT", help="Only this page or database and all below it: id, URL or path."),
    ] = None,
    prune: Annotated[
        bool, typer.Option("--prune", help="Remove files of an earlier export that this one does not have.")
    ] = False,
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a snapshot out as files, decrypted.

    \b
    markdown   notes for Obsidian and git, attachments beside, databases as CSV and Bases
    html       a site that any browser opens from the disk: tree, search, sortable tables
    json       every object as Notion gave it, and all media: lossless, for programs
    csv        one table a data source, for spreadsheets
    parquet    one table a data source, typed
    pdf        a page each, printed by Chromium or WeasyPrint

    The snapshot is named before DIR, or by --at. The same snapshot gives the same bytes. In a folder of an earlier
    export of the same kind only what changed is touched, and what was interrupted is gone on with. A new folder may be
    read by its owner only. docs/export.md describes the formats.

    Exit status 0 when all that the snapshot holds was written, 3 when some of it could not be (it is named). A snapshot
    that is itself incomplete is exported like any other, with a word about it.
    """
    if second is None and at is None:
        raise UsageError("A snapshot or a folder is missing.", cure="Give SNAPSHOT DIR, or DIR with --at WHEN.")
    folder = Path(first) if second is None else second
    opened = session(ctx).snapshot(None if second is None else first, workspace, at)
    root = _root(opened, page) if page is not None else None
    with Meter("Exporting") as meter:
        report = _write(
            form, opened, folder, root, prune, lambda at: meter.show(f"{at.phase}, {at.done:,} of {at.known:,}")
        )
    if as_json:
        say_json(_facts(opened, report, form, root))
    else:
        _tell(opened, report)
    _tell_losses(report)


def _write(
    form: Format, snapshot: SnapshotReader, folder: Path, root: str | None, prune: bool, progress: Listener
) -> ExportReport:
    """Call the export of that format."""
    if form is Format.MARKDOWN:
        from notion_backup.export.markdown.vault_export import export_markdown

        return export_markdown(snapshot, folder, root=root, prune=prune, progress=progress)
    if form is Format.HTML:
        from notion_backup.export.html.site_export import export_html

        return export_html(snapshot, folder, root=root, prune=prune, progress=progress)
    if form is Format.PDF:
        from notion_backup.export.pdf import export_pdf

        return export_pdf(snapshot, folder, root=root, prune=prune, progress=progress)
    if form is Format.JSON:
        from notion_backup.export.json_export import export_json

        return export_json(snapshot, folder, progress, root=root, prune=prune)
    from notion_backup.export.tables import export_tables

    return export_tables(snapshot, folder, form.value, root=root, prune=prune, progress=progress)


def _root(snapshot: SnapshotReader, page: str) -> str:
    """The id of the page or database that ``--page`` names; for a block that of its page."""
    from notion_backup.snapshot import TREE_TABLES, find

    found = find(snapshot, page)
    if found.table in TREE_TABLES:
        return found.id
    if found.owner_id is None:
        raise UsageError(
            f"{safe(page, 120)!r} is a {found.kind}, which has no pages.", cure="Name a page or a database."
        )
    return found.owner_id


def _facts(opened: SnapshotReader, report: ExportReport, form: Format, root: str | None) -> dict[str, object]:
    return {
        "snapshot": opened.commit.id,
        "verdict": opened.manifest.verdict.status,
        "format": form.value,
        "page": root,
        "folder": str(report.folder),
        "counts": report.counts,
        "media_files": report.media_files,
        "media_bytes": report.media_bytes,
        "written": report.changes.written,
        "unchanged": report.changes.unchanged,
        "removed": report.changes.removed,
        "left": report.changes.left,
        "in_the_way": list(report.in_the_way),
        "unreadable": [{"table": lost.table, "id": lost.id, "why": lost.why} for lost in report.unreadable],
    }


def _tell(opened: SnapshotReader, report: ExportReport) -> None:
    say(f"Exported snapshot {opened.commit.id[:12]} to {safe(str(report.folder))}")
    for name, number in report.counts.items():
        say(f"  {name.replace('_', ' '):<22}{number:>10,}")
    say(f"  {'media files':<22}{report.media_files:>10,}  {size(report.media_bytes)}")
    changes = report.changes
    if changes != type(changes)():
        say(
            f"  {changes.written:,} files written, {changes.unchanged:,} unchanged, {changes.removed:,} removed, "
            f"{changes.left:,} left of an earlier export"
        )
    verdict = opened.manifest.verdict
    if not verdict.complete:
        note(
            f"The snapshot itself is incomplete: {count(verdict.missing, 'thing')} of the workspace could not be "
            "captured; the export says what and why."
        )


def _tell_losses(report: ExportReport) -> None:
    """Name what is not in the export, and end with exit status 3 when anything is not."""
    for lost in report.unreadable[:_NAMED]:
        done = "printed" if lost.table == "pdf" else "read"
        note(f"Could not be {done}: {lost.table} {lost.id}: {safe(lost.why)}")
    for path in report.in_the_way[:_NAMED]:
        note(f"In the way, left as it is: {safe(path)}")
    if report.in_the_way:
        note(f"{count(len(report.in_the_way), 'file')} in the folder stand where the export has its own.")
        note("  → Move them away, or export into another folder.")
    if report.unreadable:
        note(f"{count(len(report.unreadable), 'unit')} of the snapshot could not be exported; --json names each.")
        note("  → Run `notion-backup verify --level full`, then export another snapshot or another copy.")
    if not report.complete:
        raise typer.Exit(EXIT_INCOMPLETE)
