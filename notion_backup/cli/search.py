"""``search``: find words in a snapshot, or in everything the workspace ever was."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.guard import wrong_use
from notion_backup.cli.options import AtOption, JsonLinesOption, WorkspaceOption
from notion_backup.cli.output import count, note, say, say_json_line
from notion_backup.cli.progress import Meter
from notion_backup.cli.safetext import safe, safe_title
from notion_backup.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from notion_backup.repository import Commit
    from notion_backup.search import Extent, Filters, Hit, Searcher

_KINDS = ("page", "database", "data_source", "view", "template", "user", "custom_emoji")


def search(
    ctx: typer.Context,
    words: Annotated[str, typer.Argument(metavar="WORDS", help='Words, "a phrase", begin*, -without.')],
    at: AtOption = None,
    history: Annotated[
        bool, typer.Option("--history", help="Search all snapshots; say from when to when it was there.")
    ] = False,
    kind: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help=f"Only these: {', '.join(_KINDS)}.")
    ] = None,
    place: Annotated[
        list[str] | None,
        typer.Option("--in", metavar="PLACE", help="Only in title, properties, text, comments or attachments."),
    ] = None,
    person: Annotated[
        str | None, typer.Option("--by", metavar="PERSON", help="Made or last edited by this person (name or id).")
    ] = None,
    database: Annotated[
        str | None, typer.Option("--database", metavar="NAME", help="Rows of this data source (title or id).")
    ] = None,
    properties: Annotated[
        list[str] | None,
        typer.Option("--property", metavar="NAME=WORDS", help="Whose property has these words."),
    ] = None,
    edited_from: Annotated[
        str | None, typer.Option("--edited-from", metavar="WHEN", help="Last edited then or later.")
    ] = None,
    edited_to: Annotated[
        str | None, typer.Option("--edited-to", metavar="WHEN", help="Last edited then or earlier.")
    ] = None,
    trash: Annotated[bool | None, typer.Option("--trash/--no-trash", help="Only, or not, in the trash.")] = None,
    unshared: Annotated[
        bool | None, typer.Option("--unshared/--no-unshared", help="Only, or not, what is no longer shared.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many are listed.")] = 20,
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Drop the index and make it anew first.")] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """Find words in a snapshot, or in all of history.

    Titles, properties, text, comments, and text inside attachments (PDF, DOCX, PPTX, XLSX, OpenDocument, RTF,
    EPUB, HTML, text). All words must
    be in one object. Capitals and accents do not count; Chinese, Japanese and Arabic are searched like the rest.

    The best are listed first. The index lies encrypted in this machine's home; it is brought up to date first where
    Dagster has not done so.
    """
    begun = session(ctx)
    commit, commits = _snapshots(begun, at, workspace)
    from notion_backup.search import Searcher, attachments_read, index_path, reading

    path = index_path(begun.settings.home, begun.repository(), str(commit.summary.get("workspace")))
    _bring_up_to_date(begun, path, commits, rebuild)
    with reading(path, begun.repository()) as index:
        searcher = Searcher(index)
        filters = _filters(
            begun,
            searcher,
            kind,
            place,
            person,
            database_name=database,
            properties=properties,
            edited=(edited_from, edited_to),
            trash=trash,
            unshared=unshared,
            workspace=workspace,
        )
        number = 0
        for hit in searcher.search(words, slot=None if history else commit.slot, filters=filters, limit=limit):
            number += 1
            if as_json:
                say_json_line(hit.to_json())
            else:
                _tell(hit, commits)
        _tell_unsearched(attachments_read(index))
    note("Nothing was found." if not number else f"{count(number, 'object')}{' or more' if number == limit else ''}.")


def _tell_unsearched(read: dict[Extent, int]) -> None:
    from notion_backup.extract import MOST_CHARACTERS
    from notion_backup.search import Extent

    unread, cut = read[Extent.UNREAD], read[Extent.CUT]
    if unread:
        note(f"Not searched, or not to its end: the text of {count(unread, 'attachment')} that could not be read.")
    if cut:
        note(f"Searched in their first {MOST_CHARACTERS:,} characters only: {count(cut, 'attachment')}.")


def _snapshots(begun: Session, at: str | None, workspace: str | None) -> tuple[Commit, list[Commit]]:
    from notion_backup.snapshot import snapshots_of

    commit = begun.commit("latest", workspace) if at is None else begun.commit_at(at, workspace)
    return commit, snapshots_of(begun.repository(), str(commit.summary.get("workspace")))


def _bring_up_to_date(begun: Session, path: Path, commits: list[Commit], rebuild: bool) -> None:
    from notion_backup.search import is_current, update_index

    if not rebuild and is_current(path, begun.repository(), commits):
        return
    with Meter("Indexing") as meter:
        done = update_index(
            path,
            begun.repository(),
            commits,
            rebuild=rebuild,
            progress=lambda snapshot, at, known: meter.show(f"snapshot {snapshot[:12]}, {at:,} of {known:,} objects"),
        )
    note(f"The search index took in {count(done.snapshots, 'snapshot')}: {count(done.versions, 'version')}.")


def _filters(
    begun: Session,
    searcher: Searcher,
    kinds: list[str] | None,
    places: list[str] | None,
    person: str | None,
    *,
    database_name: str | None,
    properties: list[str] | None,
    edited: tuple[str | None, str | None],
    trash: bool | None,
    unshared: bool | None,
    workspace: str | None,
) -> Filters:
    from notion_backup.search import COLUMNS, Filters

    for given, known in ((kinds, _KINDS), (places, COLUMNS)):
        unknown = [one for one in given or () if one not in known]
        if unknown:
            wrong_use(f"{safe(unknown[0], 40)} is none of {', '.join(known)}.")
    pairs = [pair.partition("=") for pair in properties or ()]
    if any(not sign for _, sign, _ in pairs):
        wrong_use("Give --property as NAME=WORDS.")
    edited_from = _moment(begun, edited[0], workspace, begin=True)
    edited_to = _moment(begun, edited[1], workspace, begin=False)
    return Filters(
        kinds=tuple(kinds or ()),
        people=searcher.named(person, ("user",)) if person is not None else None,
        databases=searcher.named(database_name, ("database", "data_source")) if database_name is not None else None,
        properties=tuple((name, text) for name, _, text in pairs),
        columns=tuple(places or ()),
        edited_from=edited_from,
        edited_to=edited_to,
        in_trash=trash,
        unshared=unshared,
    )


def _moment(begun: Session, words: str | None, workspace: str | None, *, begin: bool) -> datetime | None:
    from notion_backup.snapshot import moment_of

    if words is None:
        return None
    known = {each.name: each for each in begun.settings.workspaces}
    zone = ZoneInfo((known[workspace] if workspace in known else begun.settings.workspaces[0]).timezone)
    found = moment_of(words, now=datetime.now(UTC), zone=zone, begin=begin)
    if found is None:
        raise UsageError(f"{words!r} is no point in time.", cure="Give a day such as 2026-11-01, or words.")
    return found


def _tell(hit: Hit, commits: list[Commit]) -> None:
    marks = [hit.kind.replace("_", " ")]
    marks += ["in trash"] if hit.in_trash else []
    marks += ["no longer shared"] if hit.unshared else []
    say(f"{safe_title(hit.title)}  [{', '.join(marks)}]  {hit.id}")
    say(f"    {safe(hit.path, 160)}")
    say(f"    {hit.where}: {safe(hit.excerpt, 240)}")
    if hit.first_seen is not None and hit.last_seen is not None:
        say(f"    from {_named(hit.first_seen, commits)} to {_named(hit.last_seen, commits)}")


def _named(snapshot_id: str, commits: list[Commit]) -> str:
    from notion_backup.snapshot import partition_key

    commit = next(commit for commit in commits if commit.id == snapshot_id)
    return f"{partition_key(commit) or ''} ({snapshot_id[:12]})".strip()
