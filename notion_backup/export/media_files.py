"""The media of an export: each content once, under its hash, checked while it is written."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from notion_backup.errors import Damaged
from notion_backup.export.json_folder import link_or_copy
from notion_backup.snapshot import FileRef, Media, SnapshotReader

_READ_BYTES = 1024 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")


class MediaFolder:
    """The folder ``media/`` of an export. ``files`` and ``bytes`` count what is in it.

    What ``earlier``, the same folder of an earlier export, holds whole is not read from the repository again.
    """

    def __init__(self, snapshot: SnapshotReader, folder: Path, earlier: Path | None = None) -> None:
        folder.mkdir()
        self._earlier = earlier
        self.files = 0
        self.bytes = 0
        self._snapshot = snapshot
        self._folder = folder
        self._written: set[str] = set()

    def write(self, media: Media) -> None:
        """Write one content unless it is there. Raises Damaged, and leaves nothing, when it is not what was kept."""
        if media.sha256 in self._written:
            return
        if not _SHA256.fullmatch(media.sha256):
            raise Damaged("A file is recorded under a hash that is not one.", cure="")
        path = self._folder / media.sha256
        try:
            found = self._taken_over(media, path) or self._stream(media, path)
        except Damaged:
            path.unlink(missing_ok=True)
            raise
        if found != (media.sha256, media.bytes):
            path.unlink()
            raise Damaged(
                f"The file with SHA-256 {media.sha256} reads back as something else.",
                cure="Run `notion-backup verify --level full`.",
            )
        self._written.add(media.sha256)
        self.files += 1
        self.bytes += media.bytes

    def describe(self, file: FileRef) -> dict[str, Any]:
        """A reference as a line of ``files.jsonl``; ``path`` is null for what is not in the folder."""
        media = file.media
        return {
            "owner": file.owner,
            "slot": file.slot,
            "name": file.name,
            "url": file.url,
            "sha256": media.sha256 if media else None,
            "bytes": media.bytes if media else None,
            "path": f"{self._folder.name}/{media.sha256}" if media and media.sha256 in self._written else None,
        }

    def _taken_over(self, media: Media, path: Path) -> tuple[str, int] | None:
        """Link a content that the earlier export has; gives its hash and length, or None when it has not."""
        old = self._earlier / media.sha256 if self._earlier else None
        if old is None or old.is_symlink() or not old.is_file() or old.stat().st_size != media.bytes:
            return None
        with old.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != media.sha256:
            return None
        link_or_copy(old, path)
        return found, media.bytes

    def _stream(self, media: Media, path: Path) -> tuple[str, int]:
        """Copy a content into a new file; gives the SHA-256 and the length of what was copied."""
        sha256 = hashlib.sha256()
        length = 0
        with self._snapshot.open_media(media) as source, path.open("xb") as target:
            while data := source.read(_READ_BYTES):
                sha256.update(data)
                target.write(data)
                length += len(data)
        return sha256.hexdigest(), length
