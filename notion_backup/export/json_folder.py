"""The folder of a JSON export: it has its name only while it is whole, when it is renewed too.

Everything is written beside it first. What an earlier export in its place had the same is taken over by hard link, so
that only what changed is new; then the two change places.
"""

from __future__ import annotations

import filecmp
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from notion_backup.errors import UsageError
from notion_backup.export.report import FolderChanges

MANIFEST = "manifest.json"
FORMAT = "notion-backup-json"
_OURS = re.compile(r"(manifest\.json|objects/\w+\.jsonl|\w+\.jsonl|media/[0-9a-f]{64})")


class JsonFolder:
    """A JSON export that is written in ``partial``. ``earlier`` is the one in its place; None where there is none."""

    def __init__(self, partial: Path, earlier: Path | None) -> None:
        self.partial = partial
        self.earlier = earlier
        self.changes = FolderChanges()

    def take_over(self, prune: bool) -> None:
        """Take what is the same, and without ``prune`` also what is no longer there, from the earlier export."""
        written = {str(path.relative_to(self.partial)) for path in _files(self.partial)}
        before = {str(path.relative_to(self.earlier)) for path in _files(self.earlier)} if self.earlier else set()
        same = 0
        for name in sorted(written & before):
            old, new = Path(str(self.earlier), name), self.partial / name
            if old.samefile(new):
                same += 1
            elif filecmp.cmp(old, new, shallow=False):
                new.unlink()
                link_or_copy(old, new)
                same += 1
        gone = sorted(before - written)
        for name in gone if not prune else ():
            (self.partial / name).parent.mkdir(exist_ok=True)
            link_or_copy(Path(str(self.earlier), name), self.partial / name)
        removed = len(gone) if prune else 0
        self.changes = FolderChanges(len(written) - same, same, removed, len(gone) - removed)


@contextmanager
def json_folder(folder: Path) -> Iterator[JsonFolder]:
    """A folder beside ``folder`` that takes its place when all went well, and is gone when not.

    Raises UsageError for a place that holds something else than nothing or a JSON export of ours.
    """
    earlier = _earlier(folder)
    folder = Path(os.path.abspath(folder))  # noqa: PTH100 — a link at the end must stay the name
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
    try:
        yield JsonFolder(partial, earlier)
        if hasattr(os, "sync"):
            # Bytes before names: after a power cut a folder under its final name is whole.
            os.sync()
        _take_place(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def _earlier(folder: Path) -> Path | None:
    """The export that lies there already."""
    if not folder.exists() and not folder.is_symlink():
        return None
    if folder.is_dir() and not folder.is_symlink():
        names = {str(path.relative_to(folder)) for path in _files(folder)}
        if not names and not any(folder.iterdir()):
            return None
        if all(_OURS.fullmatch(name) for name in names) and _is_ours(folder / MANIFEST):
            return folder
    raise UsageError(
        f"{folder} exists already and is not an empty folder, nor a JSON export and nothing else; nothing was written.",
        cure="Export into a folder of another name, or move that one away.",
    )


def _is_ours(manifest: Path) -> bool:
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.get("format") == FORMAT


def _take_place(partial: Path, folder: Path) -> None:
    if not folder.is_dir() or not any(folder.iterdir()):
        if folder.is_dir():
            folder.rmdir()
        partial.rename(folder)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".old", dir=folder.parent))
    folder.rename(aside / "old")
    try:
        partial.rename(folder)
    except BaseException:
        (aside / "old").rename(folder)
        aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _files(folder: Path) -> Iterator[Path]:
    """Everything in a folder that is not a folder, links among them."""
    return (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())


def link_or_copy(old: Path, new: Path) -> None:
    """The same file under a second name; a copy where the file system has no hard links."""
    try:
        new.hardlink_to(old)
    except OSError:
        shutil.copy2(old, new)
