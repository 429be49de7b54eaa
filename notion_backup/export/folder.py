"""A folder that exports are written into, again and again: only what changed is touched, and nothing that is not ours.

``.notion-backup-export.json`` in it says which files are ours and what is in them; it depends on nothing but the
content. What they are made from lies beside it (see ``renewal``), and counts only where the manifest names its hash.
While an export runs, a journal says what has been written so far: an interrupted export is gone on with, and what it
left is known to be ours.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from notion_backup.errors import Damaged, ExportError, UsageError
from notion_backup.export.report import FolderChanges

MANIFEST = ".notion-backup-export.json"
INPUTS = ".notion-backup-export.inputs"
JOURNAL = ".notion-backup-export.journal"
VERSION = 1
_READ_BYTES = 1024 * 1024
PARTIAL = ".notion-backup-partial-"
"""Names of what is being written begin so; a killed export leaves some, the next one removes them."""


@dataclass(frozen=True, slots=True)
class Known:
    """A file of ours: its SHA-256 (hex) and length; both None while it is only known that it was begun."""

    sha256: str | None
    bytes: int | None


class ExportFolder:
    """The folder of one export at work. Paths are relative, with ``/`` between their parts."""

    def __init__(self, folder: Path, purpose: dict[str, Any]) -> None:
        self.folder = folder
        self._purpose = purpose
        found = _read_known(folder, purpose)
        self._known, self._unfinished, self._inputs = found.files, found.unfinished, found.inputs
        self._spelled = {_key(path): path for path in self._known}
        self._written: dict[str, Known] = {}
        self._safe_folders: set[Path] = {folder}
        self._counted = {"written": 0, "unchanged": 0}
        self._in_the_way: dict[str, None] = {}
        self.used: set[str] = set()
        """What was written or found since it was last cleared."""
        begun = (folder / JOURNAL).exists()
        self._open = ExitStack()
        self._journal = self._open.enter_context((folder / JOURNAL).open("a", encoding="utf-8"))
        if not begun:
            self._journal.write(json.dumps(purpose) + "\n")

    @property
    def in_the_way(self) -> list[str]:
        """Where files of somebody else stand in the place of ours."""
        return list(self._in_the_way)

    def write(self, path: str, data: bytes) -> None:
        """Have a file hold these bytes; it is not touched when it does."""
        self._put(path, Known(hashlib.sha256(data).hexdigest(), len(data)), lambda: iter([data]), trust=False)

    def copy(self, path: str, sha256: str, length: int, source: Callable[[], BinaryIO]) -> None:
        """Have a file hold a content of that hash. ``source`` is opened only when no earlier export wrote it.

        Raises Damaged, and writes nothing, when the source gives something else.
        """
        self._put(path, Known(sha256, length), lambda: _parts(source), trust=True)

    def write_by(self, path: str, fill: Callable[[BinaryIO], None]) -> None:
        """Have a file hold what ``fill`` writes: for content that is not to be held in memory."""
        handle, name = tempfile.mkstemp(prefix=PARTIAL, dir=self.folder)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                fill(file)
            wanted = Known(_sha256(partial), partial.stat().st_size)
            self._put(path, wanted, lambda: _parts(lambda: partial.open("rb")), trust=False)
        finally:
            partial.unlink()

    def holds(self, path: str) -> bool:
        """Whether this export wrote, or found unchanged, the file of that path."""
        self.used.add(path)
        return path in self._written

    def intact(self, path: str, *, read: bool = True) -> bool:
        """Whether a file holds what the last finished export wrote; without ``read`` only its length is looked at."""
        target, known = self.folder / path, self._known.get(path)
        if known is None or path in self._unfinished or not self._safe_folder(target.parent):
            return False
        return self._holds_already(target, path, known, trust=not read)

    def leave(self, path: str) -> int:
        """Have an intact file be part of this export as it is; gives its length."""
        known = self._known[path]
        if path not in self._written:
            self._written[path] = known
            self._counted["unchanged"] += 1
        return known.bytes or 0

    def keep(self, path: str) -> bool:
        """Leave a file as an earlier export wrote it; False where there is none. For what cannot be read any more."""
        known = self._known.get(path)
        if known is None or not (self.folder / path).is_file():
            return False
        self._written[path] = known
        self._counted["unchanged"] += 1
        return True

    def inputs(self) -> Iterator[bytes]:
        """What the last finished export wrote down of what its files are made from, line by line; nothing where that
        is gone, or was altered."""
        path = self.folder / INPUTS
        if path.is_file() and not path.is_symlink() and _sha256(path) == self._inputs:
            with path.open("rb") as lines:
                yield from lines

    def finish(self, facts: dict[str, Any], *, prune: bool, inputs: Iterable[bytes] | None = None) -> FolderChanges:
        """Write down what is ours now, and the lines of ``inputs`` with it. With ``prune`` files that this export does
        not have are removed: only ours, and only while they hold what was written."""
        left = {path: known for path, known in self._known.items() if path not in self._written}
        removed = [path for path in sorted(left) if prune and self._remove(path, left[path])]
        for path in removed:
            del left[path]
        files = {path: [known.sha256, known.bytes] for path, known in sorted({**left, **self._written}.items())}
        document = {"version": VERSION, **self._purpose, **facts, "files": files}
        if inputs is not None:
            document["inputs"] = self._replace(self.folder / INPUTS, inputs)
        else:
            (self.folder / INPUTS).unlink(missing_ok=True)
        text = json.JSONEncoder(ensure_ascii=True, indent=0, sort_keys=True).iterencode(document)
        self._replace(self.folder / MANIFEST, (part.encode() for part in chain(text, "\n")))
        self._journal.close()
        (self.folder / JOURNAL).unlink()
        return FolderChanges(**self._counted, removed=len(removed), left=len(left))

    def scratch(self) -> BinaryIO:
        """A file without a name for the time of this export."""
        file: BinaryIO = self._open.enter_context(tempfile.TemporaryFile(dir=self.folder))  # noqa: SIM115 — close() does
        return file

    def close(self) -> None:
        """Let go of the journal; it stays where the export was not finished."""
        self._open.close()

    def _put(self, path: str, wanted: Known, parts: Callable[[], Iterable[bytes]], *, trust: bool) -> None:
        assert path not in self._written, f"two files of one export are called {path}"
        self.used.add(path)
        target = self.folder / path
        if not self._safe_folder(target.parent):
            self._in_the_way[path] = None
            return
        old = self._spelled.get(_key(path))
        if old is not None and old != path and _same_file(self.folder / old, target):
            (self.folder / old).replace(target)  # only the case differs, and the file system does not care
            self._known[path] = self._known.pop(old)
        if os.path.lexists(target):
            if self._holds_already(target, path, wanted, trust):
                self._counted["unchanged"] += 1
                self._note(path, wanted)
                return
            if path not in self._known or target.is_symlink() or not target.is_file():
                self._in_the_way[path] = None
                return
        self._say(path, Known(None, None))
        self._replace(target, parts(), wanted)
        self._counted["written"] += 1
        self._note(path, wanted)

    def _holds_already(self, target: Path, path: str, wanted: Known, trust: bool) -> bool:
        if target.is_symlink() or not target.is_file() or target.stat().st_size != wanted.bytes:
            return False
        return (trust and self._known.get(path) == wanted) or _sha256(target) == wanted.sha256

    def _note(self, path: str, known: Known) -> None:
        self._written[path] = known
        if self._known.get(path) != known:
            self._say(path, known)

    def _say(self, path: str, known: Known) -> None:
        self._journal.write(json.dumps([path, known.sha256, known.bytes]) + "\n")
        self._journal.flush()

    def _safe_folder(self, folder: Path) -> bool:
        """Make the folder where it is missing. False where a link or a file stands in its place."""
        if folder in self._safe_folders:
            return True
        if not self._safe_folder(folder.parent):
            return False
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            return False
        folder.mkdir(exist_ok=True)
        self._safe_folders.add(folder)
        return True

    def _replace(self, target: Path, parts: Iterable[bytes], wanted: Known | None = None) -> str:
        """Write beside the place, then take it: nobody finds half a file, or one that is not what was ``wanted``.

        Gives the SHA-256 (hex) of what was written.
        """
        sha256 = hashlib.sha256()
        handle, name = tempfile.mkstemp(prefix=PARTIAL, dir=target.parent)
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                for part in parts:
                    file.write(part)
                    sha256.update(part)
            if wanted is not None and sha256.hexdigest() != wanted.sha256:
                raise Damaged(
                    f"The file with SHA-256 {wanted.sha256} reads back as something else.",
                    cure="Run `notion-backup verify --level full`.",
                )
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        return sha256.hexdigest()

    def _remove(self, path: str, known: Known) -> bool:
        """Remove a file of an earlier export, and its folder when that is empty. False when it is no longer ours."""
        target = self.folder / path
        if not os.path.lexists(target):
            return True
        if target.is_symlink() or not self._safe_folder(target.parent):
            return False
        if known.sha256 is not None and _sha256(target) != known.sha256:
            return False
        target.unlink()
        folder = target.parent
        while folder != self.folder and not any(folder.iterdir()):
            folder.rmdir()
            self._safe_folders.discard(folder)
            folder = folder.parent
        return True


@contextmanager
def export_folder(folder: Path, purpose: dict[str, Any]) -> Iterator[ExportFolder]:
    """The folder of an export, made where it is missing; then only its owner may read it.

    ``purpose`` says what the folder is for (format, workspace, part). Raises UsageError for a folder that holds
    something else, ExportError when the disk refuses: what is written by then stays, and the next export goes on.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{folder} is not a folder; nothing was written.", cure="Export into another one.")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for partial in list(folder.rglob(PARTIAL + "*")):
            shutil.rmtree(partial) if partial.is_dir() else partial.unlink(missing_ok=True)
        opened = ExportFolder(folder, purpose)
        try:
            yield opened
        finally:
            opened.close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise ExportError(
            f"The export to {folder} could not be written: {reason}.",
            cure="See to room and rights there, then export again: it goes on where it stopped.",
        ) from error


@dataclass(frozen=True, slots=True)
class _Found:
    """What lies in a folder: files of ours, which of them an interrupted export wrote, the hash of ``INPUTS``."""

    files: dict[str, Known]
    unfinished: set[str]
    inputs: str | None


def _read_known(folder: Path, purpose: dict[str, Any]) -> _Found:
    """The files of ours that lie there. Raises UsageError for a folder that is neither empty nor of this purpose."""
    manifest, journal = folder / MANIFEST, folder / JOURNAL
    unfinished: set[str] = set()
    inputs = None
    known: dict[str, Known] = {}
    if manifest.exists():
        try:
            document = json.loads(manifest.read_text(encoding="utf-8"))
            known = {path: Known(*facts) for path, facts in document["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{manifest} cannot be read: it says which files there are ours.",
                cure="Export into another folder, or move that one away.",
            ) from error
        if document.get("version") != VERSION:
            raise UsageError(f"{folder} holds an export of a newer version.", cure="Export into a folder of its own.")
        _refuse_other(folder, document, purpose)
        inputs = document.get("inputs")
    elif any(path.name != JOURNAL for path in folder.iterdir()) and not journal.exists():
        raise UsageError(
            f"{folder} is neither empty nor an export of ours; nothing was written.",
            cure="Export into a folder of another name.",
        )
    if journal.exists():
        for line in journal.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # the last line of an export that was killed
            if isinstance(entry, dict):
                _refuse_other(folder, entry, purpose)
            else:
                path, sha256, length = entry
                known[path] = Known(sha256, length)
                unfinished.add(path)
    return _Found({path: facts for path, facts in known.items() if _is_inside(path)}, unfinished, inputs)


def _refuse_other(folder: Path, found: dict[str, Any], purpose: dict[str, Any]) -> None:
    other = [f"{name}: {found.get(name)}" for name, value in purpose.items() if found.get(name) != value]
    if other:
        raise UsageError(
            f"{folder} holds another export ({', '.join(other)}).", cure="Export into a folder of its own."
        )


def _is_inside(path: str) -> bool:
    """Whether a path in a manifest stays in the folder: a manifest may come from anywhere."""
    parts = path.split("/")
    return bool(path) and not any(part in ("", ".", "..") or "\\" in part or ":" in part for part in parts)


def _key(path: str) -> str:
    """Equal for paths that some file system takes for the same."""
    return unicodedata.normalize("NFC", path).casefold()


def _same_file(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _parts(source: Callable[[], BinaryIO]) -> Iterator[bytes]:
    with source() as opened:
        while data := opened.read(_READ_BYTES):
            yield data


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        # Most files are small: a buffer for each would take longer than reading them.
        start = file.read(_READ_BYTES)
        sha256 = hashlib.sha256(start)
        while len(start) == _READ_BYTES:
            start = file.read(_READ_BYTES)
            sha256.update(start)
        return sha256.hexdigest()
