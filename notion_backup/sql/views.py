"""The tidy tables as SQL has them: one view a data source, named by its title.

Titles are as hostile as people make them: views are only ever named in quotes. Where two names are the same to SQL
(which does not tell capitals apart), the beginning of an id sets each apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from notion_backup.snapshot import CatalogParts, Names, SnapshotReader, Table, TidyTable, printable_name
from notion_backup.sql.columns import SNAPSHOTS
from notion_backup.sql.streamed import Streamed
from notion_backup.sql.streams import BATCH_ROWS

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
    parts = CatalogParts()
    titles: dict[str, str] = {}
    for snapshot in snapshots:
        units = parts.units_of(snapshot, Table.DATA_SOURCES)
        titles |= dict(zip(units["id"].to_pylist(), units["title"].to_pylist(), strict=True))
    return view_names(sorted(titles.items()))


def tidy_stream(snapshots: Sequence[SnapshotReader], source_id: str, names: Names | None = None) -> Streamed:
    """The tidy rows of one data source; of one that no snapshot has, none."""
    table = TidyTable(snapshots, source_id, names)
    return Streamed(lambda: table.schema, lambda: table.batches(BATCH_ROWS))
