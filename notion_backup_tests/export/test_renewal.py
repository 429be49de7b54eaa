"""A folder that is renewed holds what a fresh one would, whatever changed; and little is made again for it."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notion_backup.export.folder import INPUTS, MANIFEST, export_folder
from notion_backup.export.html.site_export import export_html
from notion_backup.export.markdown.vault_export import export_markdown
from notion_backup.export.renewal import Renewal
from notion_backup.export.report import ExportReport
from notion_backup.repository import Repository
from notion_backup.sandbox import Sandbox, edit_day, generate, running
from notion_backup.snapshot import (
    OBJECT_TABLES,
    BlockNode,
    Entry,
    SnapshotReader,
    SnapshotWriter,
    Table,
    latest_snapshot,
    open_snapshot,
)
from notion_backup_tests.export.conftest import capture, every_file, new_repository
from notion_backup_tests.snapshot.building import NOON, Clock, facts

Export = Callable[..., ExportReport]
EXPORTS = (export_markdown, export_html)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """A list that grows with each document that is made."""
    begun: list[int] = []
    begin = Renewal.begin

    def counting(renewal: Renewal) -> None:
        begun.append(1)
        begin(renewal)

    monkeypatch.setattr(Renewal, "begin", counting)
    yield begun


def _renewed_is_fresh(snapshot: SnapshotReader, folder: Path, made: list[int], *, partly: bool = True) -> None:
    """Renew both exports below ``folder`` and compare them with fresh ones of the same snapshot.

    ``partly``: at least half of the documents are to be left as they are.
    """
    for export in EXPORTS:
        made.clear()
        renewed = export(snapshot, folder / export.__name__, prune=True)
        again = len(made)
        made.clear()
        fresh_folder = folder / f"fresh {export.__name__} {snapshot.commit.slot}"
        fresh = export(snapshot, fresh_folder)
        assert every_file(folder / export.__name__) == every_file(fresh_folder)
        assert renewed.counts == fresh.counts
        assert (renewed.media_files, renewed.media_bytes) == (fresh.media_files, fresh.media_bytes)
        assert renewed.changes.written + renewed.changes.unchanged == fresh.changes.written
        assert again <= len(made) // 2 or not partly


@pytest.mark.slow
def test_after_days_of_edits_a_renewed_folder_is_a_fresh_one(tmp_path: Path, made: list[int]) -> None:
    workspace = generate(pages=40, seed=11)
    repository = new_repository(tmp_path)
    with running(Sandbox(workspace)) as server:
        for export in EXPORTS:
            export(capture(server, repository), tmp_path / export.__name__)
        for day, edits in enumerate((3, 40, 8, 1)):
            edit_day(workspace, seed=day, edits=edits)
            _renewed_is_fresh(capture(server, repository), tmp_path, made, partly=edits < 10)


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(seed, marks=pytest.mark.campaign) for seed in range(3, 30))])
def test_whatever_changes_a_renewed_folder_is_a_fresh_one(
    showcase: SnapshotReader, tmp_path: Path, made: list[int], seed: int
) -> None:
    repository = new_repository(tmp_path)
    chooser = random.Random(seed)
    snapshot = _copied(showcase, repository)
    for export in EXPORTS:
        export(snapshot, tmp_path / export.__name__)
    for many in (1, 4):
        snapshot, told_by_many = _changed(repository, chooser, many)
        _renewed_is_fresh(snapshot, tmp_path, made, partly=not told_by_many)


@pytest.mark.parametrize("export", EXPORTS)
def test_nothing_is_made_again_for_the_same_snapshot_but_what_was_altered(
    export: Export, showcase: SnapshotReader, tmp_path: Path, made: list[int]
) -> None:
    folder = tmp_path / "out"
    export(showcase, folder)
    before = every_file(folder)
    made.clear()
    export(showcase, folder)
    assert made == []
    ending = "*.md" if export is export_markdown else "pages/*.html"
    edited, lengthened, removed = sorted(path for path in folder.rglob(ending) if "About" not in path.name)[:3]
    stamp = edited.stat()
    edited.write_bytes(bytes([edited.read_bytes()[0] ^ 1]) + edited.read_bytes()[1:])
    os.utime(edited, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    lengthened.write_bytes(lengthened.read_bytes() + b"mine")
    removed.unlink()
    media = max(path for path in folder.rglob("*") if path.suffix in (".png", ".mp4", ".pdf"))  # of another document
    media.write_bytes(b"")
    report = export(showcase, folder)
    assert every_file(folder) == before
    assert report.changes.written == 4
    assert 4 <= len(made) < 12


def test_dates_relative_to_the_day_of_the_capture_are_counted_anew(
    showcase: SnapshotReader, tmp_path: Path, made: list[int]
) -> None:
    repository = new_repository(tmp_path)
    snapshot = _copied(showcase, repository)
    for export in EXPORTS:
        export(snapshot, tmp_path / export.__name__)

    def carried(writer: SnapshotWriter) -> None:
        for entry in snapshot.entries():
            writer.carry(entry.table, entry.id)

    _renewed_is_fresh(_taken(repository, carried), tmp_path, made)
    for export in EXPORTS:
        made.clear()
        export(_taken(repository, carried, NOON + timedelta(days=1)), tmp_path / export.__name__)
        assert 1 <= len(made) <= 4  # the database, and where it is shown
    _renewed_is_fresh(_taken(repository, carried, NOON + timedelta(days=2)), tmp_path, made)


@pytest.mark.parametrize("what", ["inputs altered", "inputs gone", "index altered", "interrupted"])
def test_where_it_is_not_certain_all_is_made_again(
    showcase: SnapshotReader, tmp_path: Path, made: list[int], what: str
) -> None:
    folder = tmp_path / "out"
    export_html(showcase, folder)
    before, everything = every_file(folder), len(made)
    if what == "inputs altered":
        (folder / INPUTS).write_text((folder / INPUTS).read_text().replace('"blocks"', '"blocks" '))
    elif what == "inputs gone":
        (folder / INPUTS).unlink()
    elif what == "index altered":
        (folder / "assets/search/3.js").write_text("siteWords(3,{})\n")
    else:
        purpose = {"format": "html", "workspace": "notion", "page": None}
        with pytest.raises(KeyboardInterrupt), export_folder(folder, purpose) as opened:
            opened.write("assets/search/3.js", b"of another snapshot")
            raise KeyboardInterrupt
    made.clear()
    export_html(showcase, folder)
    assert len(made) == everything
    assert every_file(folder) == before
    assert (folder / MANIFEST).exists()


def _copied(snapshot: SnapshotReader, repository: Repository) -> SnapshotReader:
    """The same workspace in another repository, without its media."""

    def fill(writer: SnapshotWriter) -> None:
        for entry in snapshot.entries():
            _give(writer, snapshot, entry, lambda raw: raw)

    return _taken(repository, fill)


def _changed(repository: Repository, chooser: random.Random, many: int) -> tuple[SnapshotReader, bool]:
    """A snapshot after the latest one in which some units are altered or gone.

    Also whether most documents may tell of one: a person, an emoji, or what others lie in and so name in their path.
    """
    before = latest_snapshot(repository, "notion")
    assert before is not None
    entries = [entry for entry in before.entries() if entry.table is not Table.PROBLEMS]
    tables = chooser.sample(sorted({entry.table for entry in entries}), many)
    units = [chooser.choice([entry for entry in entries if entry.table is table]) for table in tables]
    gone = chooser.sample(units, many // 3)
    above = {entry.parent_id for entry in entries}
    told_by_many = any(unit.table in (Table.USERS, Table.CUSTOM_EMOJIS) or unit.id in above for unit in units)

    def fill(writer: SnapshotWriter) -> None:
        for entry in entries:
            if entry not in units:
                writer.carry(entry.table, entry.id)
            elif entry not in gone:
                _give(writer, before, entry, lambda raw: _altered(raw, str(chooser.randrange(1000))))

    return _taken(repository, fill), told_by_many


def _taken(repository: Repository, fill: Callable[[SnapshotWriter], None], at: datetime = NOON) -> SnapshotReader:
    with repository.session() as session:
        writer = SnapshotWriter(session, latest_snapshot(repository, "notion"), clock=Clock())
        fill(writer)
        sealed = writer.seal(facts(at=at))
    return open_snapshot(repository, repository.commit(sealed.draft_id))


def _give(writer: SnapshotWriter, snapshot: SnapshotReader, entry: Entry, change: Callable[[Any], Any]) -> None:
    if entry.table in OBJECT_TABLES:
        raw = snapshot.object(entry.table, entry.id)
        writer.add(entry.table, change(raw), parent_id=entry.parent_id)
    elif entry.table is Table.BLOCKS:
        nodes = snapshot.body(entry.id) or []
        writer.add_body(entry.id, [BlockNode(change(node.raw), node.parent_id, node.depth) for node in nodes])
    elif entry.table is Table.COMMENTS:
        writer.add_comments(entry.id, [change(raw) for raw in snapshot.comments(entry.id)])
    elif entry.table is Table.PROPERTIES:
        writer.add_properties(entry.id, [(name, change(items)) for name, items in snapshot.full_values(entry.id)])


def _altered(value: Any, mark: str, key: str = "") -> Any:
    """The same with other words; ids, types and the names of properties stay."""
    if isinstance(value, dict):
        return {name: _altered(inner, mark, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_altered(inner, mark, key) for inner in value]
    if key == "in_trash":
        return not value
    return f"{value} {mark}" if isinstance(value, str) and key in ("plain_text", "name", "title", "emoji") else value
