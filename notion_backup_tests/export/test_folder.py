from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import BinaryIO

import pytest

from notion_backup.errors import Damaged, ExportError, UsageError
from notion_backup.export.folder import JOURNAL, MANIFEST, export_folder
from notion_backup.export.report import FolderChanges

PURPOSE = {"format": "markdown", "workspace": "notion", "page": None}


def _export(folder: Path, files: dict[str, bytes], *, prune: bool = False) -> FolderChanges:
    with export_folder(folder, PURPOSE) as opened:
        for path, data in files.items():
            opened.write(path, data)
        assert opened.in_the_way == []
        return opened.finish({}, prune=prune)


def test_only_what_changed_is_touched_and_removed_ones_go_only_when_asked(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "out"
    assert _export(folder, {"x/a.md": b"a", "b.md": b"b", "x/y/c.md": b"c"}) == FolderChanges(3, 0, 0, 0)
    assert folder.stat().st_mode & 0o777 == 0o700
    before = (folder / "b.md").stat().st_mtime_ns
    assert _export(folder, {"x/a.md": b"A", "b.md": b"b"}) == FolderChanges(1, 1, 0, 1)
    assert (folder / "b.md").stat().st_mtime_ns == before
    assert (folder / "x/y/c.md").exists()
    assert _export(folder, {"x/a.md": b"A", "b.md": b"b"}, prune=True) == FolderChanges(0, 2, 1, 0)
    assert not (folder / "x/y").exists()


def test_a_pruned_folder_is_the_same_to_the_byte_as_a_fresh_one(tmp_path: Path) -> None:
    _export(tmp_path / "old", {"a.md": b"1", "gone.md": b"2"})
    _export(tmp_path / "old", {"a.md": b"3", "b.md": b"4"}, prune=True)
    _export(tmp_path / "new", {"a.md": b"3", "b.md": b"4"})
    assert (tmp_path / "old" / MANIFEST).read_bytes() == (tmp_path / "new" / MANIFEST).read_bytes()


def test_files_of_others_are_neither_overwritten_nor_removed(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    _export(folder, {"a.md": b"a", "b.md": b"b"})
    (folder / "mine.md").write_text("mine")
    (folder / "c.md").write_text("mine too")
    (folder / "b.md").write_text("edited by hand")
    with export_folder(folder, PURPOSE) as opened:
        opened.write("a.md", b"a")
        opened.write("c.md", b"c")
        assert opened.finish({}, prune=True) == FolderChanges(0, 1, 0, 1)
        assert opened.in_the_way == ["c.md"]
    assert (folder / "mine.md").read_text() == "mine"
    assert (folder / "c.md").read_text() == "mine too"
    assert (folder / "b.md").read_text() == "edited by hand"


def test_nothing_is_written_or_removed_through_links(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    _export(folder, {"x/a.md": b"a", "l.md": b"l"})
    (folder / "x").rename(elsewhere)
    (folder / "x").symlink_to(elsewhere)
    (folder / "l.md").unlink()
    (folder / "l.md").symlink_to(tmp_path / "target")
    with export_folder(folder, PURPOSE) as opened:
        opened.write("x/a.md", b"changed")
        opened.write("l.md", b"l")
        opened.finish({}, prune=True)
        assert opened.in_the_way == ["x/a.md", "l.md"]
    assert (elsewhere / "a.md").read_bytes() == b"a"
    assert not (tmp_path / "target").exists()


def test_an_interrupted_export_is_gone_on_with(tmp_path: Path) -> None:
    folder, opens = tmp_path / "out", []

    def source() -> BinaryIO:
        opens.append(1)
        return io.BytesIO(b"film")

    sha256 = hashlib.sha256(b"film").hexdigest()
    with pytest.raises(KeyboardInterrupt), export_folder(folder, PURPOSE) as opened:
        opened.copy("film.mp4", sha256, 4, source)
        opened.write("a.md", b"a")
        raise KeyboardInterrupt
    assert (folder / JOURNAL).exists()
    (folder / ".notion-backup-partial-x").write_text("half")
    with export_folder(folder, PURPOSE) as opened:
        opened.copy("film.mp4", sha256, 4, source)
        opened.write("a.md", b"b")
        assert opened.finish({}, prune=False) == FolderChanges(1, 1, 0, 0)
    assert len(opens) == 1
    assert sorted(path.name for path in folder.iterdir()) == [MANIFEST, "a.md", "film.mp4"]


def test_an_interrupted_export_of_another_kind_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), export_folder(tmp_path / "out", PURPOSE) as opened:
        opened.write("a.md", b"a")
        raise KeyboardInterrupt
    with (
        pytest.raises(UsageError, match="another export"),
        export_folder(tmp_path / "out", {**PURPOSE, "format": "html"}),
    ):
        pass


@pytest.mark.parametrize("kind", ["full", "file", "link", "other purpose", "garbled", "newer"])
def test_a_folder_in_other_use_is_refused_and_left_alone(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "out"
    if kind == "file":
        folder.write_text("mine")
    elif kind == "link":
        folder.symlink_to(tmp_path)
    else:
        folder.mkdir()
        texts = {
            "full": "mine",
            "other purpose": '{"version": 1, "format": "html", "files": {}}',
            "garbled": "{",
            "newer": json.dumps({"version": 9, **PURPOSE, "files": {}}),
        }
        (folder / ("mine" if kind == "full" else MANIFEST)).write_text(texts[kind])
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError), export_folder(folder, PURPOSE):
        pass
    assert sorted(tmp_path.rglob("*")) == before


def test_a_manifest_that_names_places_outside_makes_nothing_go_there(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    _export(folder, {"a.md": b"a"})
    (tmp_path / "victim").write_text("mine")
    text = (folder / MANIFEST).read_text().replace('"a.md"', '"../victim"')
    (folder / MANIFEST).write_text(text)
    (folder / "a.md").unlink()
    _export(folder, {}, prune=True)
    assert (tmp_path / "victim").exists()


def test_what_reads_back_as_something_else_is_not_written(tmp_path: Path) -> None:
    with export_folder(tmp_path / "out", PURPOSE) as opened:
        with pytest.raises(Damaged):
            opened.copy("a.png", hashlib.sha256(b"right").hexdigest(), 5, lambda: io.BytesIO(b"wrong"))
        assert not opened.holds("a.png")
        opened.finish({}, prune=False)
    assert [path.name for path in (tmp_path / "out").iterdir()] == [MANIFEST]


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(ExportError, match="goes on where it stopped"),
        export_folder(tmp_path / "out", PURPOSE) as opened,
    ):
        opened.write_by("a.csv", _full)


def _full(_: BinaryIO) -> None:
    raise OSError(28, "No space left on device")
