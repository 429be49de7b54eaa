"""SQLite on an encrypted file: pages are decrypted as they are read, nothing in clear is ever on disk.

    magic | salt (16) | frames: nonce (12), AES-256-GCM ciphertext of one database page, tag (16)

The file's key is derived from the repository's with the salt; a frame is bound to its place. SQLite's journal and
temporary tables stay in memory: a file is written beside the old one and takes its name when it is whole. The index can
be made anew from the repository, so whatever is wrong with a file is cured by dropping it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import apsw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notion_backup.errors import Damaged
from notion_backup.repository import Repository

PAGE_BYTES = 16384
CACHE_BYTES = 256 * 1024 * 1024
_MAGIC = b"NBSRCH\x00\x01"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_FRAME_BYTES = _NONCE_BYTES + PAGE_BYTES + 16
_HEAD_BYTES = len(_MAGIC) + _SALT_BYTES


class _EncryptedFile(apsw.VFSFile):
    """The one file of a connection, in frames."""

    def __init__(self, path: Path, repository: Repository, *, writable: bool) -> None:
        self._file = os.open(path, os.O_RDWR if writable else os.O_RDONLY)
        self._entropy = repository.entropy
        self._bound_to = repository.keys.repository_id
        head = os.pread(self._file, _HEAD_BYTES, 0)
        if len(head) != _HEAD_BYTES or not head.startswith(_MAGIC):
            os.close(self._file)
            raise _unreadable(path)
        self._path = path
        self._cipher = AESGCM(repository.keys.derived_index_key(head[len(_MAGIC) :]))

    def xRead(self, amount: int, offset: int) -> bytes:
        data = bytearray()
        while len(data) < amount:
            page, skip = divmod(offset + len(data), PAGE_BYTES)
            content = self._page(page)
            if content is None:
                break
            data += content[skip : skip + amount - len(data)]
        return bytes(data)

    def xWrite(self, data: bytes, offset: int) -> None:
        page, skip = divmod(offset, PAGE_BYTES)
        if skip or len(data) != PAGE_BYTES:
            whole = bytearray(self._page(page) or bytes(PAGE_BYTES))
            whole[skip : skip + len(data)] = data
            data = bytes(whole)
        nonce = self._entropy(_NONCE_BYTES)
        frame = nonce + self._cipher.encrypt(nonce, data, self._bound_to + page.to_bytes(8, "big"))
        os.pwrite(self._file, frame, _HEAD_BYTES + page * _FRAME_BYTES)

    def xFileSize(self) -> int:
        return (os.fstat(self._file).st_size - _HEAD_BYTES) // _FRAME_BYTES * PAGE_BYTES

    def xTruncate(self, newsize: int) -> None:
        os.ftruncate(self._file, _HEAD_BYTES + newsize // PAGE_BYTES * _FRAME_BYTES)

    def xSync(self, flags: int) -> None:
        os.fsync(self._file)

    def xClose(self) -> None:
        os.close(self._file)

    def xLock(self, level: int) -> None:
        """One process writes a file that has no name yet; the others only read."""

    def xUnlock(self, level: int) -> None:
        """See ``xLock``."""

    def xCheckReservedLock(self) -> bool:
        return False

    def xFileControl(self, op: int, ptr: int) -> bool:
        return False

    def xSectorSize(self) -> int:
        return PAGE_BYTES

    def xDeviceCharacteristics(self) -> int:
        return 0

    def _page(self, page: int) -> bytes | None:
        frame = os.pread(self._file, _FRAME_BYTES, _HEAD_BYTES + page * _FRAME_BYTES)
        if len(frame) != _FRAME_BYTES:
            return None
        nonce, sealed = frame[:_NONCE_BYTES], frame[_NONCE_BYTES:]
        try:
            return self._cipher.decrypt(nonce, sealed, self._bound_to + page.to_bytes(8, "big"))
        except InvalidTag as error:
            raise _unreadable(self._path) from error


class _Vault(apsw.VFS):
    """A file system of one encrypted file, registered under a name of its own while its connection lives."""

    def __init__(self, path: Path, repository: Repository, *, writable: bool) -> None:
        self.name = f"notion_backup_{uuid4().hex}"
        self._path, self._repository, self._writable = path, repository, writable
        super().__init__(self.name, base="")

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> _EncryptedFile:
        flags[1] = apsw.SQLITE_OPEN_READWRITE if self._writable else apsw.SQLITE_OPEN_READONLY
        return _EncryptedFile(self._path, self._repository, writable=self._writable)

    def xAccess(self, pathname: str, flags: int) -> bool:
        return False

    def xFullPathname(self, name: str) -> str:
        return name

    def xDelete(self, filename: str, syncdir: bool) -> None:
        """There is nothing beside the one file."""


@contextmanager
def reading(path: Path, repository: Repository) -> Iterator[apsw.Connection]:
    """The database in an encrypted file, to be read. Raises Damaged when it is not one of this repository's."""
    with _connected(path, repository, writable=False) as connection:
        yield connection


@contextmanager
def writing(path: Path, repository: Repository) -> Iterator[apsw.Connection]:
    """A new state of the database: the old one copied, or an empty one; it takes the file's name when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as new:
            if path.exists():
                with path.open("rb") as old:
                    while block := old.read(1024 * 1024):
                        new.write(block)
            else:
                new.write(_MAGIC + repository.entropy(_SALT_BYTES))
        with _connected(unfinished, repository, writable=True) as connection:
            yield connection
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def _connected(path: Path, repository: Repository, *, writable: bool) -> Iterator[apsw.Connection]:
    vault = _Vault(path, repository, writable=writable)
    flags = apsw.SQLITE_OPEN_READWRITE if writable else apsw.SQLITE_OPEN_READONLY
    try:
        connection = apsw.Connection("index", vfs=vault.name, flags=flags)
        try:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            # A journal is of no use to a file that has no name before it is whole.
            connection.execute("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY")
            connection.execute(f"PRAGMA cache_size = -{CACHE_BYTES // 1024}; PRAGMA locking_mode = EXCLUSIVE")
            yield connection
            if writable:
                connection.execute("PRAGMA optimize")
        finally:
            connection.close()
    except (apsw.CorruptError, apsw.NotADBError, apsw.IOError) as error:
        raise _unreadable(path) from error
    finally:
        vault.unregister()


def _unreadable(path: Path) -> Damaged:
    return Damaged(
        f"The search index {path.name} is damaged, or belongs to another repository.",
        cure="Make it anew with `notion-backup search --rebuild`.",
    )
