"""A store in a folder of a local disk, which owns the step that makes an object visible.

fsspec's local "create" mode looks whether the file is there and then writes, so two writers may both believe they
won. Here an object is written to a temporary file beside its place, flushed to the disk, and only then given its
name: by a hard link where the name must be new, by a rename otherwise. The folder is flushed last.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from notion_backup.errors import (
    ObjectMissing,
    StoreError,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
    StoreUnsuitable,
)
from notion_backup.repository.store.protocol import ObjectInfo, check_name, check_prefix

_TEMPORARY = ".tmp-"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_REFUSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}


class LocalStore:
    """Objects as files below a folder. The folder is made on the first write."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    @property
    def url(self) -> str:
        """The folder's path."""
        return str(self._root)

    @property
    def root(self) -> Path:
        """The folder itself."""
        return self._root

    def get(self, name: str, start: int | None = None, length: int | None = None) -> bytes:
        """See :class:`Store`."""
        try:
            with self._path(name).open("rb") as file:
                if start:
                    file.seek(start)
                return file.read() if length is None else file.read(length)
        except OSError as error:
            raise self._translated(error, "read", name) from error

    def put(self, name: str, data: bytes) -> None:
        """See :class:`Store`."""
        path = self._path(name)
        try:
            temporary = self._write_beside(path, data)
            try:
                temporary.replace(path)
            except BaseException:
                _discard(temporary)
                raise
            _flush_folder(path.parent)
        except OSError as error:
            raise self._translated(error, "write", name) from error

    def put_if_absent(self, name: str, data: bytes) -> bool:
        """See :class:`Store`. Needs hard links: raises StoreUnsuitable where the file system has none."""
        path = self._path(name)
        try:
            if path.exists():
                return False
            temporary = self._write_beside(path, data)
            try:
                os.link(temporary, path)
            except FileExistsError:
                return False
            except OSError as error:
                if error.errno in _NO_LINKS:
                    raise StoreUnsuitable(
                        f"The file system of {self.url} cannot make hard links, so no object can be created "
                        "exclusively.",
                        cure="Keep the repository on a local disk (ext4, xfs, btrfs, APFS, NTFS) or in S3.",
                    ) from error
                raise
            finally:
                _discard(temporary)
            _flush_folder(path.parent)
        except OSError as error:
            raise self._translated(error, "write", name) from error
        return True

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """See :class:`Store`. Temporary files of writers that were killed are not listed."""
        folder = self._root / check_prefix(prefix)
        try:
            found = sorted(_walk(folder, prefix))
        except OSError as error:
            raise self._translated(error, "list", prefix) from error
        return iter([ObjectInfo(name, size) for name, size in found])

    def size(self, name: str) -> int | None:
        """See :class:`Store`."""
        try:
            return self._path(name).stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise self._translated(error, "look at", name) from error

    def delete(self, name: str) -> None:
        """See :class:`Store`."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
            if path.parent.is_dir():
                _flush_folder(path.parent)
        except OSError as error:
            raise self._translated(error, "delete", name) from error

    def _path(self, name: str) -> Path:
        return self._root / check_name(name)

    def _write_beside(self, path: Path, data: bytes) -> Path:
        _make_folder(path.parent)
        temporary = path.parent / f"{_TEMPORARY}{secrets.token_hex(8)}"
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            _discard(temporary)
            raise
        return temporary

    def _translated(self, error: OSError, verb: str, name: str) -> StoreError:
        target = f"{self.url}/{name}" if name else self.url
        if isinstance(error, FileNotFoundError | NotADirectoryError):
            return ObjectMissing(f"{target} does not exist.")
        if error.errno in _FULL:
            return StoreFull(
                f"No room is left to {verb} {target} ({error.strerror}).",
                cure="Free or add disk space and run again; what was committed is untouched.",
            )
        if error.errno in _REFUSED:
            return StoreRefused(
                f"The system refused to {verb} {target} ({error.strerror}).",
                cure="Check owner, permissions and mount options of the folder, then run again.",
            )
        return StoreUnavailable(
            f"Could not {verb} {target} ({error.strerror or type(error).__name__}).",
            cure="Check the disk and the mount, then run again.",
        )


def _walk(folder: Path, prefix: str) -> Iterator[tuple[str, int]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith(_TEMPORARY):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{prefix}{entry.name}/")
            continue
        with contextlib.suppress(FileNotFoundError):  # deleted between the listing and the look
            yield f"{prefix}{entry.name}", entry.stat().st_size


def _make_folder(folder: Path) -> None:
    """Make a folder and its missing parents, each flushed into the one above it."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        _flush_folder(each.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(temporary: Path) -> None:
    """Remove a temporary file. One that stays behind is never listed, so a failure here harms nobody."""
    with contextlib.suppress(OSError):
        temporary.unlink()
