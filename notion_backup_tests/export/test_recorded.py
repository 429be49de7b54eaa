"""Real input: a workspace folded from recorded traffic of the official API, in every format people read."""

from __future__ import annotations

from pathlib import Path

from notion_backup.export.html.site_export import export_html
from notion_backup.export.markdown.vault_export import export_markdown
from notion_backup.export.tables import export_tables
from notion_backup.snapshot import SnapshotReader, Table
from notion_backup_tests.export import test_site
from notion_backup_tests.export.conftest import rows_of_table
from notion_backup_tests.export.test_site import Site
from notion_backup_tests.export.test_vault import Vault


def test_the_recorded_workspace_is_whole_in_markdown(recorded: SnapshotReader, tmp_path: Path) -> None:
    vault = Vault(tmp_path / "out", export_markdown(recorded, tmp_path / "out"))
    assert vault.report.complete
    assert vault.report.counts == _counts(recorded)
    for note, text in vault.notes.items():
        if text.startswith("---\n"):
            assert vault.front_matter(note)["notion-id"]


def test_the_recorded_workspace_is_whole_and_valid_in_html(recorded: SnapshotReader, tmp_path: Path) -> None:
    site = Site(tmp_path / "out", export_html(recorded, tmp_path / "out"))
    assert test_site.broken_links(site) == []
    assert site.report.complete
    assert site.report.counts == _counts(recorded)
    everywhere = {anchor for path in site.pages for anchor in site.ids(path)}
    for row in rows_of_table(recorded, Table.BLOCKS):
        assert "b" + row["id"].replace("-", "") in everywhere


def test_the_recorded_data_sources_are_tables(recorded: SnapshotReader, tmp_path: Path) -> None:
    for form in ("csv", "parquet"):
        report = export_tables(recorded, tmp_path / form, form)
        assert report.complete
        assert report.counts["data_sources"] == len(list((tmp_path / form).glob(f"*.{form}")))


def _counts(snapshot: SnapshotReader) -> dict[str, int]:
    tables = (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES)
    counts = {table.value: len(list(snapshot.entries(table))) for table in tables}
    rows = {table.value: sum(1 for _ in rows_of_table(snapshot, table)) for table in (Table.BLOCKS, Table.COMMENTS)}
    return {**counts, **rows}
