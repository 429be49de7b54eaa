"""``ls``, ``tree`` and ``show``: look into a snapshot without Notion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.guard import wrong_use
from notion_backup.cli.options import (
    OBJECT_HELP,
    SNAPSHOT_HELP,
    AtOption,
    JsonLinesOption,
    JsonOption,
    WorkspaceOption,
)
from notion_backup.cli.output import count, note, say, say_json, say_json_line, say_styled
from notion_backup.cli.safetext import safe_title
from notion_backup.errors import SnapshotNotFound

if TYPE_CHECKING:
    from notion_backup.snapshot import Outline, Place, SnapshotReader

_DEPTH = 2
_BREADTH = 40


def ls(
    ctx: typer.Context,
    first: Annotated[str | None, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT_HELP, show_default=False)] = None,
    second: Annotated[str | None, typer.Argument(metavar="OBJECT", help=OBJECT_HELP, show_default=False)] = None,
    depth: Annotated[int, typer.Option("--depth", min=1, help="How many levels are shown.")] = _DEPTH,
    everything: Annotated[bool, typer.Option("--all", help="Show all levels, however many objects they have.")] = False,
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """Show the tree of a snapshot by title.

    It has pages, databases and data sources.

    Without a snapshot: the latest. With an object: what lies below it. One word alone is taken for a snapshot when it
    names one, else for an object. Below each object at most forty are listed and the others counted, unless --all is
    given; --json lists them all.
    """
    begun = session(ctx)
    snapshot, wanted = _open(begun, first, second, workspace, at)
    from notion_backup.snapshot import outline_of

    outline = outline_of(snapshot)
    top = _place(snapshot, outline, wanted) if wanted else None
    levels = None if everything else depth
    if as_json:
        for level, place in _walk(outline, top, None if depth == _DEPTH else levels):
            say_json_line(_facts(place, level))
        return
    if top is not None:
        say(f"{_line(top)}")
    _say_tree(top.children if top else outline.tops, levels, everything, indent=1 if top else 0)
    if not outline.places:
        note("The snapshot holds no page and no database.")
    elif top is None:
        kinds = [place.kind for place in outline.places.values()]
        words = (("page", "pages"), ("database", "databases"), ("data_source", "data sources"))
        total = ", ".join(count(kinds.count(kind), kind.replace("_", " "), many) for kind, many in words)
        note(f"Snapshot {snapshot.commit.id[:12]}: {total}.")


def tree(
    ctx: typer.Context,
    first: Annotated[str | None, typer.Argument(metavar="SNAPSHOT", help=SNAPSHOT_HELP, show_default=False)] = None,
    second: Annotated[str | None, typer.Argument(metavar="OBJECT", help=OBJECT_HELP, show_default=False)] = None,
    depth: Annotated[
        int | None, typer.Option("--depth", min=1, help="How many levels are shown.", show_default=False)
    ] = None,
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonLinesOption = False,
) -> None:
    """Draw the whole tree of a snapshot, or all below one object.

    Pages, databases, data sources and their rows, by title; words are taken as by `ls`.
    """
    snapshot, wanted = _open(session(ctx), first, second, workspace, at)
    from notion_backup.snapshot import outline_of

    outline = outline_of(snapshot)
    top = _place(snapshot, outline, wanted) if wanted else None
    if as_json:
        for level, place in _walk(outline, top, depth):
            say_json_line(_facts(place, level))
        return
    if top is not None:
        say(_line(top))
    for prefix, place in _drawn(top.children if top else outline.tops, depth):
        say(prefix + _line(place))


def _drawn(places: list[Place], depth: int | None) -> Iterator[tuple[str, Place]]:
    """Every place with the branch that leads to it, without recursion: a tree may be deeper than Python's stack."""
    stack = [("", number == len(places) - 1, 1, place) for number, place in enumerate(places)][::-1]
    while stack:
        indent, last, level, place = stack.pop()
        yield indent + ("└── " if last else "├── "), place
        if depth is None or level < depth:
            below = indent + ("    " if last else "│   ")
            children = place.children
            stack.extend(
                (below, number == len(children) - 1, level + 1, child)
                for number, child in reversed(list(enumerate(children)))
            )


def show(
    ctx: typer.Context,
    names: Annotated[
        list[str],
        typer.Argument(metavar="[SNAPSHOT] OBJECT", help=f"A snapshot (default: the latest). {OBJECT_HELP}"),
    ],
    raw: Annotated[bool, typer.Option("--raw", help="Print the object as Notion gave it, as JSON.")] = False,
    at: AtOption = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one object of a snapshot.

    Its properties, for a page also its blocks, comments and files.

    Pages, databases, data sources, views, templates, users, emojis, blocks and comments can be shown.
    """
    if len(names) > 2:
        wrong_use("`show` takes a snapshot and an object. Put a path with spaces in quotes.")
    from notion_backup.cli.describe import lines_about
    from notion_backup.library import document_of
    from notion_backup.snapshot import find

    snapshot = session(ctx).snapshot(names[0] if len(names) == 2 else None, workspace, at)
    found = find(snapshot, names[-1], safe_title)
    if raw:
        say_json(found.raw)
    elif as_json:
        say_json(document_of(snapshot, found))
    else:
        say_styled(lines_about(snapshot, found))


def _open(
    begun: Session, first: str | None, second: str | None, workspace: str | None, at: str | None
) -> tuple[SnapshotReader, str | None]:
    """The snapshot and the object that no, one or two words name."""
    from notion_backup.snapshot import open_snapshot, resolve_snapshot

    if first is None or second is not None:
        return begun.snapshot(first, workspace, at), second
    if at is None:
        try:
            # A title such as "May" is no point in time here: that is what --at is for.
            named = resolve_snapshot(begun.repository(), first, workspace=workspace)
            return open_snapshot(begun.repository(), named), None
        except SnapshotNotFound:
            if not begun.repository().commits():
                raise
    return begun.snapshot(None, workspace, at), first


def _place(snapshot: SnapshotReader, outline: Outline, wanted: str) -> Place:
    from notion_backup.snapshot import id_by_path, id_in

    object_id = id_in(wanted)
    if object_id is None:
        object_id = id_by_path(snapshot, outline, wanted, safe_title)
    if object_id not in outline.places:
        wrong_use(f"Snapshot {snapshot.commit.id[:12]} has no page, database or data source {object_id}.")
    return outline.places[object_id]


def _walk(outline: Outline, top: Place | None, levels: int | None) -> Any:
    for place in [top] if top else outline.tops:
        yield 0, place
        if levels is None or levels > 1 or top:
            yield from place.walk(None if levels is None else levels - (0 if top else 1))


def _say_tree(places: list[Place], levels: int | None, everything: bool, indent: int) -> None:
    """Level by level without recursion: a tree may be deeper than Python's stack."""
    shown = places if everything else places[:_BREADTH]
    stack: list[tuple[Place | str, int]] = [(place, 0) for place in reversed(shown)]
    if len(places) > len(shown):
        stack.insert(0, (f"… {len(places) - len(shown):,} more", 0))
    while stack:
        item, level = stack.pop()
        prefix = "  " * (level + indent)
        if isinstance(item, str):
            say(prefix + item)
            continue
        deeper = levels is None or level + 1 < levels
        say(prefix + _line(item) + ("" if deeper or not item.children else f"  ({len(item.children):,} below)"))
        if deeper:
            below = item.children if everything else item.children[:_BREADTH]
            if len(item.children) > len(below):
                stack.append((f"… {len(item.children) - len(below):,} more", level + 1))
            stack.extend((child, level + 1) for child in reversed(below))


def _line(place: Place) -> str:
    marks = {"page": "", "database": "database ", "data_source": "data source "}
    trash = "  [in trash]" if place.entry.in_trash else ""
    return f"{safe_title(place.entry.title)}  {marks[place.kind]}{place.entry.id}{trash}"


def _titles(place: Place) -> list[str]:
    titles: list[str] = []
    above: Place | None = place
    while above is not None:
        titles.append(above.title)
        above = above.parent
    return titles[::-1]


def _facts(place: Place, level: int) -> dict[str, Any]:
    entry = place.entry
    return {
        "id": entry.id,
        "kind": place.kind,
        "title": entry.title,
        "path": "/".join(map(safe_title, _titles(place))),
        "parent": place.parent.entry.id if place.parent else None,
        "depth": level,
        "last_edited_time": entry.last_edited_time.isoformat() if entry.last_edited_time else None,
        "in_trash": entry.in_trash,
    }
