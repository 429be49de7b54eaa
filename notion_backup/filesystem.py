"""``notionbackup://``: snapshots as a read-only fsspec filesystem, for pandas, Polars, DuckDB and Arrow.

::

    notionbackup://<snapshot>/tables/<table>/<number>.parquet   the rows of a table, one file a segment
    notionbackup://<snapshot>/views/<data source>.parquet       the tidy rows of a data source, by its id or view's name
    notionbackup://<snapshot>/media/<sha256>                    the content of a file

``<snapshot>`` is ``latest``, a partition key, an id or a day. A segment all of whose rows are live is read in place, by
column and row range; one with rows of older snapshots, and a tidy view, is made in memory when it is opened. Nothing
decrypted is written to disk. The settings are those of the command line, or the options below.
"""

from __future__ import annotations

import io
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.spec import AbstractFileSystem

from notion_backup.errors import SnapshotNotFound
from notion_backup.library import Snapshot, open_repository, open_snapshot
from notion_backup.repository import BlobRef, Repository
from notion_backup.snapshot import LiveRows, Table, snapshots_of

PROTOCOL = "notionbackup"
_SUFFIX = ".parquet"
_MADE_KEPT = 8


class SnapshotFileSystem(AbstractFileSystem):  # type: ignore[misc]
    """All snapshots of the repository that the settings name, one folder each.

    ``config`` is a TOML file, ``workspace`` the workspace where there are several, ``environ`` stands for the
    process's environment, ``repository`` is one that is open already.
    """

    protocol = PROTOCOL
    root_marker = ""

    def __init__(
        self,
        *,
        config: str | None = None,
        workspace: str | None = None,
        environ: dict[str, str] | None = None,
        repository: Repository | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self._config = Path(config) if config else None
        self._workspace = workspace
        self._environ = environ
        self._repository = repository
        self._snapshot = lru_cache(maxsize=4)(self._open_snapshot)
        self._made = lru_cache(maxsize=_MADE_KEPT)(self._make)

    @property
    def fsid(self) -> str:
        """Names the repository."""
        return f"{PROTOCOL}-{self._opened().id}"

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """The entries of a folder; a file lists itself. Sizes of files that are made when opened are None."""
        parts = self._parts(path)
        if (len(parts) == 3 and parts[1] == "tables") or len(parts) < 3:
            entries = self._folder(parts)
        else:
            entries = [self.info(path)]
        return entries if detail else [entry["name"] for entry in entries]

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Name, type and size. Raises FileNotFoundError."""
        parts = self._parts(path)
        name = "/".join(parts)
        if self._is_folder(parts):
            return {"name": name, "type": "directory", "size": 0}
        with self._file(parts) as file:
            size = file.seek(0, io.SEEK_END)
        return {"name": name, "type": "file", "size": size}

    def _open(self, path: str, mode: str = "rb", **_: Any) -> BinaryIO:
        if mode != "rb":
            raise PermissionError(f"Snapshots are read only: {path}")
        return self._file(self._parts(path))

    def created(self, path: str) -> Any:
        """When the snapshot was committed."""
        return self._snapshot(self._parts(path)[0]).reader.manifest.captured_to

    modified = created

    def _parts(self, path: str) -> list[str]:
        return [part for part in self._strip_protocol(path).split("/") if part]

    def _opened(self) -> Repository:
        if self._repository is None:
            self._repository = open_repository(self._config, self._environ)
        return self._repository

    def _open_snapshot(self, name: str) -> Snapshot:
        try:
            return open_snapshot(
                name,
                workspace=self._workspace,
                config=self._config,
                environ=self._environ,
                repository=self._opened(),
            )
        except SnapshotNotFound as error:
            raise FileNotFoundError(str(error)) from error

    def _is_folder(self, parts: list[str]) -> bool:
        if parts:
            self._snapshot(parts[0])
        if len(parts) == 2 and parts[1] not in ("tables", "views", "media"):
            raise FileNotFoundError("/".join(parts))
        return len(parts) < 3 or (len(parts) == 3 and parts[1] == "tables" and parts[2] in set(Table))

    def _folder(self, parts: list[str]) -> list[dict[str, Any]]:
        if not self._is_folder(parts):
            raise FileNotFoundError("/".join(parts))
        if not parts:
            names = ["latest", *(commit.id for commit in snapshots_of(self._opened(), self._workspace))]
            return [_entry([name], None) for name in names]
        snapshot = self._snapshot(parts[0])
        if len(parts) == 1:
            return [_entry([*parts, name], None) for name in ("tables", "views", "media")]
        if parts[1] == "media":
            files = {one.media.sha256: one.media.bytes for one in snapshot.reader.files() if one.media}
            return [_entry([*parts, name], size, file=True) for name, size in sorted(files.items())]
        if parts[1] == "views":
            return [_entry([*parts, one.id + _SUFFIX], None, file=True) for one in self._sources(snapshot)]
        if len(parts) == 2:
            return [_entry([*parts, table.value], None) for table in Table]
        return [
            _entry([*parts, f"{live.segment}{_SUFFIX}"], _size_in_place(snapshot, live), file=True)
            for live in snapshot.reader.live(Table(parts[2]))
        ]

    def _sources(self, snapshot: Snapshot) -> list[Any]:
        return list(snapshot.reader.entries(Table.DATA_SOURCES))

    def _file(self, parts: list[str]) -> BinaryIO:
        snapshot = self._snapshot(parts[0]) if parts else None
        if snapshot is not None and len(parts) == 3 and parts[1] == "media":
            for file in snapshot.reader.files():
                if file.media is not None and file.media.sha256 == parts[2]:
                    return snapshot.reader.open_media(file.media)
        elif snapshot is not None and len(parts) in (3, 4) and parts[-1].endswith(_SUFFIX):
            ref = self._segment_in_place(snapshot, parts)
            return snapshot.repository.open_blob(ref) if ref else io.BytesIO(self._made(snapshot.id, *parts[1:]))
        raise FileNotFoundError("/".join(parts))

    def _segment_in_place(self, snapshot: Snapshot, parts: list[str]) -> BlobRef | None:
        if len(parts) != 4 or parts[1] != "tables":
            return None
        live = _live(snapshot, parts[2], parts[3])
        facts = snapshot.reader.manifest.segments.get(live.segment) if live else None
        return facts.ref if live and facts and len(live.rows) == facts.rows else None

    def _make(self, snapshot_id: str, folder: str, name: str, file: str | None = None) -> bytes:
        """The bytes of a file that lies nowhere as it is."""
        snapshot = self._snapshot(snapshot_id)
        if folder == "tables" and file is not None:
            live = _live(snapshot, name, file)
            if live is not None:
                return _parquet(live.of(snapshot.reader.segment(live.segment)))
        elif folder == "views" and file is None:
            from notion_backup.sql import tidy_names, tidy_stream

            wanted = name.removesuffix(_SUFFIX)
            names = tidy_names([snapshot.reader])
            source_id = next((one for one, view in names.items() if view == wanted), wanted)
            if source_id in names:
                stream = tidy_stream([snapshot.reader], source_id)
                return _parquet(pa.Table.from_batches(list(stream.reader()), schema=stream.schema))
        raise FileNotFoundError("/".join(part for part in (snapshot_id, folder, name, file) if part))


def _live(snapshot: Snapshot, table: str, file: str) -> LiveRows | None:
    number = file.removesuffix(_SUFFIX)
    if table not in set(Table) or not number.isdecimal():
        return None
    return next((live for live in snapshot.reader.live(Table(table)) if live.segment == int(number)), None)


def _size_in_place(snapshot: Snapshot, live: LiveRows) -> int | None:
    facts = snapshot.reader.manifest.segments[live.segment]
    return facts.ref.size if len(live.rows) == facts.rows else None


def _entry(parts: list[str], size: int | None, *, file: bool = False) -> dict[str, Any]:
    return {"name": "/".join(parts), "type": "file" if file else "directory", "size": size if file else 0}


def _parquet(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink, compression="zstd")
    return bytes(sink.getvalue())
