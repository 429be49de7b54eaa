"""Exports of a repository that has lost something, and of pages deeper than any page."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from notion_backup.errors import Damaged
from notion_backup.export.html.site_export import export_html
from notion_backup.export.markdown.vault_export import export_markdown
from notion_backup.export.report import ExportReport
from notion_backup.repository import Repository
from notion_backup.snapshot import BlockNode, LiveRows, Media, SnapshotReader, SnapshotWriter, Table
from notion_backup_tests.export.conftest import every_file
from notion_backup_tests.snapshot.building import identity, page, paragraph, take, text

Export = Callable[..., ExportReport]
EXPORTS = pytest.mark.parametrize("export", [export_markdown, export_html])


class _DamagedReader(SnapshotReader):
    """A snapshot of which one body, one page object and all media cannot be read back."""

    lost: tuple[tuple[Table, str], ...] = ()

    def rows(self, entry: Any, names: Any = None) -> list[dict[str, Any]]:
        if (entry.table, entry.id) in self.lost:
            raise Damaged(f"The rows of {entry.id} are gone.")
        return super().rows(entry, names)

    def columns_of(self, live: LiveRows, names: list[str]) -> Any:
        lost = (self.entry(table, unit_id) for table, unit_id in self.lost)
        if any(entry is not None and entry.segment == live.segment for entry in lost):
            raise Damaged(f"Segment {live.segment} is gone.")
        return super().columns_of(live, names)

    def open_media(self, media: Media) -> Any:
        raise Damaged("The file is gone.")


@EXPORTS
def test_what_is_lost_is_named_and_the_rest_is_written(export: Export, repository: Repository, tmp_path: Path) -> None:
    _, snapshot = take(repository, {1: "First page", 2: "Second page", 3: "Third page"})
    damaged = _DamagedReader(snapshot.repository, snapshot.commit)
    damaged.lost = ((Table.BLOCKS, identity(1)), (Table.PAGES, identity(2)))
    report = export(damaged, tmp_path / "out")
    assert {(lost.table, lost.id) for lost in report.unreadable} == {("blocks", identity(1)), ("pages", identity(2))}
    assert not report.complete
    written = b"\n".join(every_file(tmp_path / "out").values())
    assert b"Second page 0" in written
    assert b"First page 0" not in written
    assert b"could not be read back" in written or b"notion-partly-unreadable: true" in written


@EXPORTS
def test_what_is_lost_now_does_not_spoil_what_was_written_before(
    export: Export, repository: Repository, tmp_path: Path
) -> None:
    _, snapshot = take(repository, {1: "First page", 2: "Second page"})
    export(snapshot, tmp_path / "out")
    before = every_file(tmp_path / "out")
    damaged = _DamagedReader(snapshot.repository, snapshot.commit)
    damaged.lost = ((Table.BLOCKS, identity(1)),)
    report = export(damaged, tmp_path / "out", prune=True)
    assert len(report.unreadable) == 1
    assert report.changes.removed == 0
    after = every_file(tmp_path / "out")
    pages = [name for name in before if "First page" in name or name == f"pages/{identity(1).replace('-', '')}.html"]
    assert pages
    assert all(after[name] == before[name] for name in pages)


def test_media_that_are_lost_are_named_and_leave_the_page_whole(showcase: SnapshotReader, tmp_path: Path) -> None:
    [root] = [entry.id for entry in showcase.entries(Table.PAGES) if entry.title == "Icon and cover of our own"]
    damaged = _DamagedReader(showcase.repository, showcase.commit)
    for export in (export_markdown, export_html):
        report = export(damaged, tmp_path / export.__name__, root=root)
        assert {lost.table for lost in report.unreadable} == {"media"}
        assert report.counts["pages"] == 1


@EXPORTS
def test_a_page_deeper_than_any_page_is_whole(export: Export, repository: Repository, tmp_path: Path) -> None:
    def fill(writer: SnapshotWriter) -> None:
        nodes = []
        for depth in range(900):
            block = {**paragraph(5000 + depth, ""), "type": "toggle", "toggle": {"rich_text": text(f"level-{depth}.")}}
            nodes.append(BlockNode(block, identity(4999 + depth), depth))
        writer.add_body(identity(9), nodes)
        writer.add(Table.PAGES, page(9, "Deep"))

    _, snapshot = take(repository, {1: "First"}, fill=fill)
    report = export(snapshot, tmp_path / "out")
    assert report.complete
    written = b"\n".join(every_file(tmp_path / "out").values())
    assert all(f"level-{depth}".encode() in written for depth in range(900))
