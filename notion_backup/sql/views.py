"""The tidy tables as SQL has them: one view a data source, named by its title.

Titles are as hostile as people make them: views are only ever named in quotes. Where two names are the same to SQL
(which does not tell capitals apart), the beginning of an id sets each apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from notion_backup.snapshot import Names, SnapshotReader, Table, TidyTable, printable_name
from notion_backup.sql.columns import SNAPSHOTS
from notion_backup.sql.streams import BATCH_ROWS, Streamed

_ID_SHOWN = 8


def view_names(sources: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The name of each data source's view, from (id, title): the title, made printable, and unlike any other."""
    plain = {source_id: printable_name(title) or "untitled" for source_id, title in sources}
    taken = Counter(name.casefold() for name in plain.values())
    taken.update([*(table.value for table in Table), SNAPSHOTS])
    return {
        source_id: name if taken[name.casefold()] == 1 else f"{name} ({source_id[:_ID_SHOWN]})"
        for source_id, name in plain.items()
    }


def tidy_names(snapshots: Sequence[SnapshotReader]) -> dict[str, str]:
    """The name of the tidy view of every data source, by id; a later snapshot's title has the last word."""
    titles = {entry.id: entry.title for snapshot in snapshots for entry in snapshot.entries(Table.DATA_SOURCES)}
    return view_names(sorted(titles.items()))


def tidy_stream(snapshots: Sequence[SnapshotReader], source_id: str, names: Names | None = None) -> Streamed | None:
    """The tidy rows of one data source; None when no snapshot has it."""
    if all(snapshot.entry(Table.DATA_SOURCES, source_id) is None for snapshot in snapshots):
        return None
    table = TidyTable(snapshots, source_id, names)
    return Streamed(lambda: table.schema, lambda: table.batches(BATCH_ROWS))
