from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notion_backup.errors import Damaged, ExportError, UsageError
from notion_backup.export.json_export import export_json
from notion_backup.export.report import ExportProgress
from notion_backup.repository import Kind, Repository
from notion_backup.snapshot import (
    DETACHED,
    BlockNode,
    FileRef,
    Media,
    Problem,
    Severity,
    SnapshotReader,
    SnapshotWriter,
    Table,
    open_snapshot,
)
from notion_backup_tests.snapshot.building import Clock, facts, identity, page, paragraph

PICTURE = bytes(range(256)) * 2000
KINDS = ("page", "database", "data_source", "block", "view", "comment", "user", "custom_emoji", "template")
LONG_VALUE = [{"object": "property_item", "type": "relation", "relation": {"id": identity(i)}} for i in range(30)]


def _media(data: bytes, blob: Any) -> Media:
    return Media(blob, hashlib.sha256(data).hexdigest(), len(data))


@pytest.fixture
def snapshot(repository: Repository) -> SnapshotReader:
    """A snapshot with some of everything, written in an order that is not that of the ids."""
    with repository.session() as session:
        writer = SnapshotWriter(session, None, clock=Clock())
        media = _media(PICTURE, session.put_stream(Kind.MEDIA, iter([PICTURE])))
        empty = _media(b"", session.put_stream(Kind.MEDIA, iter([])))
        for number in (3, 1, 2):
            writer.add(Table.PAGES, {**page(number, "../\u2028\x1b[2J\ud800"), "a_field_nobody_knows": [None, 1.5]})
        nodes = [
            BlockNode({**paragraph(102, "toggle"), "has_children": True}, identity(1), 0),
            BlockNode(paragraph(109, "inside first"), identity(102), 1),
            BlockNode({**paragraph(108, "a synced copy"), "has_children": True}, identity(102), 1),
            BlockNode(paragraph(103, "inside second"), identity(102), 1),
            BlockNode(paragraph(101, "last"), identity(1), 0),
        ]
        writer.add_body(identity(1), nodes)
        writer.add_body(identity(2), [])
        writer.add_body(DETACHED + identity(9), [BlockNode(paragraph(9, "alone"), identity(3), 0)])
        writer.add(Table.DATABASES, {"object": "database", "id": identity(20), "title": []})
        writer.add(Table.DATA_SOURCES, {"object": "data_source", "id": identity(21), "title": []})
        writer.add(Table.VIEWS, {"object": "view", "id": identity(22), "name": "All"})
        writer.add(Table.TEMPLATES, {"id": identity(23), "name": "Weekly", "is_default": True})
        writer.add(Table.USERS, {"object": "user", "id": identity(24), "name": "Ann"})
        writer.add(Table.CUSTOM_EMOJIS, {"object": "custom_emoji", "id": identity(25), "name": "party"})
        writer.add_comments(identity(1), [{"object": "comment", "id": identity(30), "rich_text": []}])
        writer.add_properties(identity(1), [("a%3Ab", LONG_VALUE)])
        writer.add_files(
            identity(1),
            [
                FileRef(identity(103), "image", "../../etc/passwd", "https://files.example/a/b.png", True, media),
                FileRef(identity(1), "icon", "b.png", "https://files.example/a/b.png", True, media),
                FileRef(identity(1), "cover", "", "https://elsewhere.example/c.png?x=1", False, None),
                FileRef(identity(101), "file", "empty", "https://files.example/empty", True, empty),
            ],
        )
        writer.problem(
            Problem("page-unreachable", Severity.MISSING, "page", identity(40), identity(1), "404", "Share it.", 404)
        )
        return open_snapshot(repository, repository.commit(writer.seal(facts()).draft_id))


def _lines(path: Path) -> list[Any]:
    data = path.read_bytes()
    assert data == b"" or data.endswith(b"\n")
    # Readers that split at every kind of line end must find the same lines as those that know JSON lines.
    assert len(data.decode("utf-8").splitlines()) == data.count(b"\n")
    return [json.loads(line) for line in data.splitlines()]


def test_every_object_comes_back_as_it_was_captured(snapshot: SnapshotReader, tmp_path: Path) -> None:
    report = export_json(snapshot, tmp_path / "out")
    objects = {kind: _lines(tmp_path / "out" / "objects" / f"{kind}.jsonl") for kind in KINDS}
    assert objects["page"] == [snapshot.object(Table.PAGES, identity(number)) for number in (1, 2, 3)]
    assert [one["id"] for one in objects["page"]] == [identity(1), identity(2), identity(3)]
    assert objects["page"][0]["a_field_nobody_knows"] == [None, 1.5]
    assert [one["id"] for one in objects["block"]] == [identity(n) for n in (102, 109, 108, 103, 101, 9)]
    assert {kind: len(found) for kind, found in objects.items()} == {
        **dict.fromkeys(KINDS, 1),
        "page": 3,
        "block": 6,
    }
    assert report.complete
    assert all(report.counts[kind] == len(found) for kind, found in objects.items())


def test_children_are_told_for_every_body_and_block_of_which_they_are_known(
    snapshot: SnapshotReader, tmp_path: Path
) -> None:
    export_json(snapshot, tmp_path / "out")
    children = {line["id"]: line["children"] for line in _lines(tmp_path / "out" / "children.jsonl")}
    assert children == {
        identity(1): [identity(102), identity(101)],
        identity(102): [identity(109), identity(108), identity(103)],
        **{identity(leaf): [] for leaf in (101, 103, 109)},
        identity(2): [],
    }


def test_long_values_problems_and_manifest_are_written(snapshot: SnapshotReader, tmp_path: Path) -> None:
    export_json(snapshot, tmp_path / "out")
    assert _lines(tmp_path / "out" / "properties.jsonl") == [
        {"page_id": identity(1), "property_id": "a%3Ab", "items": LONG_VALUE}
    ]
    (problem,) = _lines(tmp_path / "out" / "problems.jsonl")
    assert (problem["code"], problem["severity"], problem["object_id"]) == ("page-unreachable", "missing", identity(40))
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["snapshot"]["id"] == snapshot.commit.id
    assert manifest["snapshot"]["verdict"]["status"] == "incomplete"
    assert manifest["counts"]["page"] == 3
    assert manifest["unreadable"] == []


def test_files_name_their_content_by_hash_and_equal_contents_are_written_once(
    snapshot: SnapshotReader, tmp_path: Path
) -> None:
    report = export_json(snapshot, tmp_path / "out")
    files = _lines(tmp_path / "out" / "files.jsonl")
    assert [(file["owner"], file["slot"]) for file in files] == sorted((file["owner"], file["slot"]) for file in files)
    for file in files:
        if file["sha256"] is None:
            assert (file["bytes"], file["path"]) == (None, None)
            continue
        data = (tmp_path / "out" / file["path"]).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])
    assert len(list((tmp_path / "out" / "media").iterdir())) == report.media_files == 2
    assert report.media_bytes == len(PICTURE)


def test_no_name_in_the_folder_comes_from_a_title(snapshot: SnapshotReader, tmp_path: Path) -> None:
    export_json(snapshot, tmp_path / "out")
    allowed = {
        "manifest.json",
        "objects",
        "media",
        "children.jsonl",
        "properties.jsonl",
        "files.jsonl",
        "problems.jsonl",
    }
    assert {path.name for path in (tmp_path / "out").iterdir()} == allowed
    assert {path.name for path in (tmp_path / "out" / "objects").iterdir()} == {f"{kind}.jsonl" for kind in KINDS}
    assert {path.name for path in tmp_path.iterdir()} == {"out", "repository"}


def test_the_same_snapshot_gives_the_same_bytes(snapshot: SnapshotReader, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export_json(snapshot, tmp_path / name)
    contents = [
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "two")
    ]
    assert contents[0] == contents[1]


def test_the_folder_is_for_its_owner_only(snapshot: SnapshotReader, tmp_path: Path) -> None:
    export_json(snapshot, tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_an_empty_folder_is_used_and_missing_parents_are_made(snapshot: SnapshotReader, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "a" / "b" / "c"):
        export_json(snapshot, folder)
        assert (folder / "manifest.json").exists()


@pytest.mark.parametrize("kind", ["full folder", "file", "dangling link"])
def test_a_place_in_use_is_refused_and_left_alone(snapshot: SnapshotReader, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "full folder":
        place.mkdir()
        (place / "mine").write_text("mine")
    elif kind == "file":
        place.write_text("mine")
    else:
        place.symlink_to(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="nothing was written"):
        export_json(snapshot, place)
    assert {path.name for path in tmp_path.iterdir()} == {"place", "repository"}


def test_a_folder_of_an_earlier_export_is_renewed_and_only_what_changed_is_new(
    snapshot: SnapshotReader, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    first = export_json(snapshot, out)
    stray = out / "media" / ("0" * 64)
    stray.write_bytes(b"of an earlier snapshot")
    (out / "objects" / "page.jsonl").write_text("changed\n")
    inodes = {path: path.stat().st_ino for path in out.rglob("*") if path.is_file()}
    again = export_json(snapshot, out)
    assert (again.changes.written, again.changes.unchanged, again.changes.left) == (1, first.changes.written - 1, 1)
    moved = {path.name for path, inode in inodes.items() if path.stat().st_ino != inode}
    assert moved == {"page.jsonl"}
    assert _lines(out / "objects" / "page.jsonl")
    pruned = export_json(snapshot, out, prune=True)
    assert (pruned.changes.removed, pruned.changes.left) == (1, 0)
    assert not stray.exists()
    assert {path.name for path in tmp_path.iterdir()} == {"out", "repository"}


def test_a_renewal_that_is_interrupted_leaves_the_earlier_export(snapshot: SnapshotReader, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export_json(snapshot, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def interrupt(progress: ExportProgress) -> None:
        if progress.phase == "media":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_json(snapshot, out, interrupt)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    (out / "mine").write_text("mine")
    with pytest.raises(UsageError, match="nothing was written"):
        export_json(snapshot, out)
    assert (out / "mine").exists()


def test_an_interrupted_export_leaves_nothing_behind(snapshot: SnapshotReader, tmp_path: Path) -> None:
    def interrupt(progress: ExportProgress) -> None:
        if progress.phase == "children":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_json(snapshot, tmp_path / "out", interrupt)
    assert {path.name for path in tmp_path.iterdir()} == {"repository"}


def test_a_disk_that_refuses_is_told_and_leaves_nothing_behind(
    snapshot: SnapshotReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("notion_backup.export.media_files.hashlib.sha256", full)
    with pytest.raises(ExportError, match="No space left"):
        export_json(snapshot, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"repository"}


class _DamagedReader(SnapshotReader):
    """A snapshot of which some units and one content cannot be read back."""

    lost: tuple[tuple[Table, str], ...] = ()
    lose_media = False

    def rows(self, entry: Any, names: Any = None) -> list[dict[str, Any]]:
        if (entry.table, entry.id) in self.lost:
            raise Damaged(f"The rows of {entry.id} are gone.")
        return super().rows(entry, names)

    def open_media(self, media: Media) -> Any:
        if self.lose_media and media.bytes:
            return _Cut(PICTURE[:-1])
        return super().open_media(media)


class _Cut:
    """A stream that ends too early and does not notice."""

    def __init__(self, data: bytes) -> None:
        self._parts: Iterator[bytes] = iter([data, b""])

    def __enter__(self) -> _Cut:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def read(self, _: int) -> bytes:
        return next(self._parts)


def test_what_cannot_be_read_is_named_once_and_all_else_is_written(snapshot: SnapshotReader, tmp_path: Path) -> None:
    damaged = _DamagedReader(snapshot.repository, snapshot.commit)
    damaged.lost = ((Table.BLOCKS, identity(1)), (Table.PAGES, identity(2)))
    report = export_json(damaged, tmp_path / "out")
    assert not report.complete
    assert {(one.table, one.id) for one in report.unreadable} == {("blocks", identity(1)), ("pages", identity(2))}
    assert len(report.unreadable) == 2
    assert [one["id"] for one in _lines(tmp_path / "out/objects/page.jsonl")] == [identity(1), identity(3)]
    assert [line["id"] for line in _lines(tmp_path / "out/children.jsonl")] == [identity(2)]
    manifest = json.loads((tmp_path / "out/manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["unreadable"]) == 2


def test_a_content_that_reads_back_differently_is_not_left_under_its_hash(
    snapshot: SnapshotReader, tmp_path: Path
) -> None:
    damaged = _DamagedReader(snapshot.repository, snapshot.commit)
    damaged.lose_media = True
    report = export_json(damaged, tmp_path / "out")
    sha256 = hashlib.sha256(PICTURE).hexdigest()
    assert [(one.table, one.id) for one in report.unreadable] == [("media", sha256)]
    assert not (tmp_path / "out" / "media" / sha256).exists()
    lost = [file for file in _lines(tmp_path / "out/files.jsonl") if file["sha256"] == sha256]
    assert lost
    assert all(file["path"] is None and file["bytes"] == len(PICTURE) for file in lost)
