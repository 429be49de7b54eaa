"""``diff``, ``history``, ``blame`` and ``changes``: what changed, when, and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.guard import wrong_use
from notion_backup.cli.options import OBJECT_HELP, SNAPSHOT_HELP, AtOption, JsonLinesOption, WorkspaceOption
from notion_backup.cli.output import note, say, say_json_line, say_styled
from notion_backup.cli.safetext import safe, safe_title

if TYPE_CHECKING:
    from notion_backup.changes import BlameLine, Detail, Version
    from notion_backup.repository import Commit
    from notion_backup.snapshot import Change, SnapshotReader, Table

_SIGNS = {"added": "+", "removed": "-", "unshared": "-", "trashed": "-", "changed": "~", "moved": ">"}
_WORDS = {"unshared": "no longer shared"}
_TITLE_CELLS = 60
_LINE_CELLS = 400

ComputedOption = Annotated[
    bool, typer.Option("--computed", help="Count what formulas, rollups and the like compute as changes too.")
]


def diff(
    ctx: typer.Context,
    a: Annotated[str, typer.Argument(metavar="A", help=SNAPSHOT_HELP)],
    b: Annotated[str, typer.Argument(metavar="B", help="The other snapshot, named in the same ways.")],
    page: Annotated[
        str | None, typer.Option("--page", metavar="OBJECT", help=f"Only this object, in words. {OBJECT_HELP}")
    ] = None,
    brief: Annotated[
        bool, typer.Option("--brief", help="With --json: compare the catalogs only, read no content.")
    ] = False,
    computed: ComputedOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """List what changed from snapshot A to snapshot B.

    Objects that were added, removed, changed, moved, put in the trash, or are no longer shared, each on one line.

    The list compares the two snapshots' catalogs and reads no content; a changed object names what of it may have
    changed: the page itself, its blocks, comments, long property values or files. With --page, and with --json unless
    --brief is given, the content of what changed is read and compared: properties before and after, blocks added,
    removed, moved, and edited word by word; what is no change to a reader is left out then.
    """
    if brief and page is not None:
        wrong_use("--brief reads no content and --page asks for it: give one of them.")
    begun = session(ctx)
    before, after = begun.snapshot(a, workspace), begun.snapshot(b, workspace)
    if page is not None or (as_json and not brief):
        _say_detailed(before, after, page, computed, as_json)
    else:
        _say_list(before, after, as_json)
    for opened in (before, after):
        if not opened.manifest.verdict.complete:
            note(f"Snapshot {opened.commit.id[:12]} is incomplete: what it lacks can look removed or added here.")


def _say_list(before: SnapshotReader, after: SnapshotReader, as_json: bool) -> None:
    from notion_backup.changes import as_json as line_of
    from notion_backup.snapshot import KIND_NAMES, diff_snapshots

    changes = list(diff_snapshots(before, after))
    for change in changes:
        if as_json:
            say_json_line(line_of(change, None))
        else:
            say(_line(change, KIND_NAMES[change.table]))
    _summary(before, after, changes)


def _say_detailed(
    before: SnapshotReader, after: SnapshotReader, page: str | None, computed: bool, as_json: bool
) -> None:
    from notion_backup.changes import as_json as line_of
    from notion_backup.changes import detailed
    from notion_backup.snapshot import KIND_NAMES

    wanted = _found(after, before, page)[1] if page is not None else None
    told = []
    for change, detail in detailed(before, after, page=wanted, computed=computed):
        told.append(change)
        if as_json:
            say_json_line(line_of(change, detail))
        else:
            say(_line(change, KIND_NAMES[change.table]))
            say_styled(_detail_lines(detail) if detail is not None else ())
    _summary(before, after, told)


def _summary(before: SnapshotReader, after: SnapshotReader, changes: list[Change]) -> None:
    counts = Counter(kind.value for change in changes for kind in change.kinds)
    words = ", ".join(f"{counts[kind]:,} {_WORDS.get(kind, kind)}" for kind in _SIGNS if counts[kind])
    note(f"From {before.commit.id[:12]} to {after.commit.id[:12]}: {words or 'nothing changed'}.")


def history(
    ctx: typer.Context,
    page: Annotated[str, typer.Argument(metavar="OBJECT", help=OBJECT_HELP)],
    at: AtOption = None,
    computed: ComputedOption = False,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """List every version of a page or other object.

    Each with the first snapshot that has it, when it was captured, who edited it last, and what changed.
    """
    from notion_backup.changes import history as versions

    begun = session(ctx)
    newest, commits = _up_to(begun, at, workspace)
    table, object_id = _anywhere(begun, newest, commits, page)
    people = _people(newest)
    for version in versions(begun.repository(), commits, table, object_id, computed=computed):
        if as_json:
            say_json_line(version.to_json() | {"edited_by_name": people.get(version.edited_by or "")})
        else:
            say_styled(_version_lines(version, people))


def blame(
    ctx: typer.Context,
    page: Annotated[str, typer.Argument(metavar="PAGE", help=OBJECT_HELP)],
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """Show since when each block of a page reads as it does.

    Each block of the page's newest version, with the first snapshot since which it has not changed.
    """
    from notion_backup.changes import blame as blamed
    from notion_backup.snapshot import Table

    begun = session(ctx)
    newest, commits = _up_to(begun, at, workspace)
    table, page_id = _anywhere(begun, newest, commits, page)
    if table is not Table.PAGES:
        wrong_use("Only pages have blocks to look at.")
    people = _people(newest)
    for line in blamed(begun.repository(), commits, page_id):
        if as_json:
            say_json_line(line.to_json() | {"edited_by_name": people.get(line.edited_by or "")})
        else:
            say(_blame_line(line, people))


class ReportFormat(StrEnum):
    """What the report is."""

    MARKDOWN = "markdown"
    HTML = "html"


def changes(
    ctx: typer.Context,
    at: AtOption = None,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="WHEN", help="The snapshot to compare with; without it the one before."),
    ] = None,
    form: Annotated[ReportFormat, typer.Option("--format", help="What the report is.")] = ReportFormat.MARKDOWN,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """Report what changed in a partition, to be read by people.

    What is gone, new, changed and moved since the snapshot before (or since --since), by whom, with the words that
    changed. Markdown, or one HTML page without scripts.
    """
    begun = session(ctx)
    after, commits = _up_to(begun, at, workspace)
    if since is not None:
        before = begun.snapshot(None, workspace, since)
    elif len(commits) > 1:
        from notion_backup.snapshot import open_snapshot

        before = open_snapshot(begun.repository(), commits[-2])
    else:
        wrong_use("There is no snapshot before this one. Name one with --since.")
    if as_json:
        _say_detailed(before, after, None, False, True)
        return
    from notion_backup.changes import html_report, markdown_report, report_of

    report = report_of(before, after)
    say((html_report(report) if form is ReportFormat.HTML else markdown_report(report)).rstrip("\n"))


def _up_to(begun: Session, at: str | None, workspace: str | None) -> tuple[SnapshotReader, list[Commit]]:
    """The snapshot asked for, and all of its workspace up to it."""
    from notion_backup.snapshot import snapshots_of

    newest = begun.snapshot(None, workspace, at)
    commits = snapshots_of(begun.repository(), str(newest.commit.summary.get("workspace")))
    return newest, [commit for commit in commits if commit.slot <= newest.commit.slot]


def _found(first: SnapshotReader, second: SnapshotReader, name: str) -> tuple[Table, str]:
    """The object of that name in either snapshot; a block or comment stands for its page."""
    from notion_backup.errors import UsageError
    from notion_backup.snapshot import Table, find

    try:
        found = find(first, name, safe_title)
    except UsageError:
        found = find(second, name, safe_title)
    return (Table.PAGES, found.owner_id) if found.owner_id else (found.table, found.id)


def _anywhere(begun: Session, newest: SnapshotReader, commits: list[Commit], name: str) -> tuple[Table, str]:
    """The object of that name in the newest snapshot, or in the newest older one that has it."""
    from notion_backup.errors import UsageError
    from notion_backup.snapshot import open_snapshot

    try:
        return _found(newest, newest, name)
    except UsageError:
        for commit in reversed(commits[:-1]):
            older = open_snapshot(begun.repository(), commit)
            try:
                return _found(older, older, name)
            except UsageError:
                continue
        raise


def _people(snapshot: SnapshotReader) -> dict[str, str]:
    from notion_backup.snapshot import Table

    return {entry.id: entry.title for entry in snapshot.entries(Table.USERS)}


def _line(change: Change, kind: str) -> str:
    words = ", ".join(_WORDS.get(kind.value, kind.value) for kind in change.kinds)
    notes = []
    if change.parents is not None:
        was, now = (parent or "the top" for parent in change.parents)
        notes.append(f"from {was} to {now}")
    if "changed" in change.kinds:
        notes.append(", ".join(part.value for part in change.parts))
    if change.old_title is not None:
        notes.append(f"was: {safe_title(change.old_title, _TITLE_CELLS)}")
    title = safe_title(change.title, _TITLE_CELLS)
    told = "".join(f" ({note})" for note in notes)
    return f"{_SIGNS[change.kind.value]} {words:<16} {kind:<12} {change.id}  {title}{told}"


def _detail_lines(detail: Detail) -> Iterator[tuple[str, str]]:
    for name, (was, now) in [*detail.properties.items(), *detail.fields.items()]:
        yield f"    {safe(name, 40)}: {safe(str(was), _LINE_CELLS)} → {safe(str(now), _LINE_CELLS)}", "yellow"
    for edit in detail.blocks.edited:
        words = "".join(text if sign == "=" else f"[{sign}{text}{sign}]" for sign, text in edit.words)
        yield f"    ~ {safe(words, _LINE_CELLS)}", "yellow"
    shown = detail.blocks.to_json()
    for sign, name, style in (("+", "added", "green"), ("-", "removed", "red"), (">", "moved", "blue")):
        for block in shown[name]:
            yield f"    {sign} {safe(block['text'], _LINE_CELLS)}", style
        for comment in detail.comments.get(name, []):
            yield f"    {sign} comment: {safe(comment['text'], _LINE_CELLS)}", style
        for file in detail.files.get(name, []):
            yield f"    {sign} file: {safe(file, 80)}", style
    for comment in detail.comments.get("edited", []):
        yield f"    ~ comment: {safe(comment['before'], 200)} → {safe(comment['after'], 200)}", "yellow"


def _version_lines(version: Version, people: dict[str, str]) -> Iterable[tuple[str, str]]:
    captured = f"{version.captured_at:%Y-%m-%d %H:%M}Z" if version.captured_at else "-"
    by = people.get(version.edited_by or "") or version.edited_by
    what = ", ".join(_WORDS.get(change, change) for change in version.changes)
    edited = f"  by {safe(by, 40)}" if by else ""
    yield f"{version.commit.id[:12]}  captured {captured}{edited}  {what}  {safe_title(version.title, 60)}", "bold"
    if version.detail is not None:
        yield from _detail_lines(version.detail)


def _blame_line(line: BlameLine, people: dict[str, str]) -> str:
    from notion_backup.snapshot import partition_key, point_of

    since = partition_key(line.since) or f"{point_of(line.since):%Y-%m-%d}"
    by = safe(people.get(line.edited_by or "") or "", 20)
    text = safe("  " * line.depth + line.text, 100)
    return f"{line.since.id[:8]}  {since:<16}  {by:<20}  {text}".rstrip()
