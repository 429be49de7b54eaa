"""Values between steps: references into the repository, as small JSON files under Dagster's own storage folder."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dagster import AssetKey, Failure, InputContext, IOManager, OutputContext

from notion_backup.errors import SnapshotError
from notion_backup.pipeline.failures import failure_of
from notion_backup.pipeline.references import DraftReference, SnapshotReference, decode, encode


class ReferenceIOManager(IOManager):
    """Keeps one reference for each asset and partition: ``<base>/<workspace>/<asset>/<partition>.json``.

    A file appears whole or not at all (written aside, then renamed). Only references are taken: content belongs in
    the repository, where it is encrypted.
    """

    def __init__(self, base: Path) -> None:
        self._base = base

    def handle_output(self, context: OutputContext, obj: Any) -> None:
        """Write a reference. Raises TypeError for anything else."""
        if not isinstance(obj, DraftReference | SnapshotReference):
            raise TypeError(f"{context.asset_key.to_user_string()} gave a {type(obj).__name__}, not a reference.")
        _write(self._path(context.asset_key, context.partition_key), encode(obj))

    def load_input(self, context: InputContext) -> DraftReference | SnapshotReference:
        """Read a reference. Fails for good, naming asset and partition, when there is none."""
        key, partition = context.asset_key, str(context.partition_key)
        path = self._path(key, partition)
        try:
            return decode(path.read_bytes())
        except FileNotFoundError:
            raise _lost(key, partition, "is not there: the asset was never materialised, or its file is gone") from None
        except (OSError, SnapshotError) as error:
            raise _lost(key, partition, f"cannot be read ({type(error).__name__})") from None

    def _path(self, key: AssetKey, partition: str) -> Path:
        return self._base.joinpath(
            *(quote(part, safe="") for part in key.path), f"{quote(str(partition), safe='')}.json"
        )


def _lost(key: AssetKey, partition: str, what: str) -> Failure:
    error = SnapshotError(
        f"The value of {key.to_user_string()} for partition {partition} {what}.",
        cure="Materialise it again; the snapshots in the repository are not touched by this.",
    )
    return failure_of(error)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
