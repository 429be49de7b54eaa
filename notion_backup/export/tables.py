"""Data sources as files: CSV for people and spreadsheets, Parquet for programs. One tidy table each.

In CSV a list is joined by ``, ``, a date is ISO 8601 (a range ``start/end``), a truth ``true`` or ``false``. A cell of
text that a spreadsheet would run as a formula begins with an apostrophe: it shows as text (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from notion_backup.errors import Damaged
from notion_backup.export.atlas import Atlas, draw_atlas
from notion_backup.export.folder import ExportFolder, export_folder
from notion_backup.export.names import Names
from notion_backup.export.purpose import purpose_of
from notion_backup.export.report import ExportProgress, ExportReport, Listener, Losses
from notion_backup.export.spreadsheet import without_formula
from notion_backup.snapshot import Names as TitlesAndNames
from notion_backup.snapshot import Place, SnapshotReader, Table, TidyTable


def export_tables(
    snapshot: SnapshotReader,
    folder: Path,
    form: str,
    *,
    root: str | None = None,
    prune: bool = False,
    progress: Listener = lambda _: None,
) -> ExportReport:
    """Write every data source (of the part below ``root``) as one file of that form: ``csv`` or ``parquet``.

    Raises UsageError for a folder in other use, ExportError when the disk refuses.
    """
    atlas = draw_atlas(snapshot, root)
    losses = Losses()
    with export_folder(folder, purpose_of(snapshot, form, root)) as files:
        sources = sources_of(atlas)
        rows = 0
        for done, (source, name) in enumerate(sources):
            progress(ExportProgress(form, done, len(sources)))
            rows += write_table(snapshot, source, files, f"{name}.{form}", losses)
        changes = files.finish({"snapshot": snapshot.commit.id}, prune=prune and not losses.all())
    return ExportReport(
        folder=folder,
        counts={"data_sources": len(sources), "rows": rows},
        media_files=0,
        media_bytes=0,
        unreadable=losses.all(),
        changes=changes,
        in_the_way=tuple(files.in_the_way),
    )


def sources_of(atlas: Atlas) -> list[tuple[Place, str]]:
    """The data sources with their files' names, without ending."""
    names = Names()
    places = sorted((p for p in atlas.places.values() if p.table is Table.DATA_SOURCES), key=lambda p: p.id)
    return [(place, names.name(place.title, place.id)) for place in places]


def write_table(
    snapshot: SnapshotReader,
    source: Place,
    files: ExportFolder,
    path: str,
    losses: Losses,
    names: TitlesAndNames | None = None,
) -> int:
    """Write one data source, as the path ends; gives the number of rows. What is unreadable is added to ``losses``."""
    try:
        rows = _rows_in_order(snapshot, source.id, names)
        writer = _write_csv if path.endswith(".csv") else _write_parquet
        files.write_by(path, lambda file: writer(rows, file))
    except Damaged as error:
        losses.add(Table.DATA_SOURCES.value, source.id, error.what)
        return 0
    return len(rows)


def _rows_in_order(snapshot: SnapshotReader, source_id: str, names: TitlesAndNames | None) -> pa.Table:
    """The tidy table in the order in which its rows were made, which no edit changes.

    Without the snapshot's id: a table that is the same in two snapshots is the same file.
    """
    tidy = TidyTable([snapshot], source_id, names)
    table = pa.Table.from_batches(tidy.batches(), tidy.schema).drop_columns(["snapshot"])
    rows = table.sort_by([("created_time", "ascending"), ("page_id", "ascending")])
    return rows.replace_schema_metadata({"notion_data_source_id": source_id})


def _write_parquet(rows: pa.Table, file: BinaryIO) -> None:
    pq.write_table(rows, file, compression="zstd")


def _write_csv(rows: pa.Table, file: BinaryIO) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([without_formula(name) for name in rows.column_names])
    for batch in rows.to_batches():
        writer.writerows(map(_cell, row) for row in zip(*(one.to_pylist() for one in batch.columns), strict=True))
    text.detach()


def _cell(value: Any) -> str:
    """A value of a tidy table as the text of a cell; numbers stay numbers, whatever their sign."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, list):
        return without_formula(", ".join(str(one) for one in value))
    if isinstance(value, dict):
        return _struct(value)
    return without_formula(str(value))


def _struct(value: dict[str, Any]) -> str:
    if "start" in value:
        ends = [value[name] for name in ("start", "end") if value[name] is not None]
        return "/".join(_time(end) if value["has_time"] else end.date().isoformat() for end in ends)
    return without_formula(", ".join(str(one) for one in value.values() if one is not None))


def _time(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(".000Z", "Z")


TABLE_FORMS = ("csv", "parquet")
"""The forms of :func:`export_tables`."""
