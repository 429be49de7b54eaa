from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from notion_backup.errors import UsageError
from notion_backup.export import pdf
from notion_backup.export.pdf import PrintFailed, export_pdf, find_printer
from notion_backup.snapshot import SnapshotReader, Table


@pytest.fixture(scope="module")
def root(showcase: SnapshotReader) -> str:
    return next(entry.id for entry in showcase.entries(Table.PAGES) if entry.title == "Linked view")


def test_each_page_is_printed_without_scripts_or_links_to_files(
    showcase: SnapshotReader, root: str, tmp_path: Path
) -> None:
    def printer(page: Path) -> bytes:
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert 'href="../pages' not in text
        assert (page.parent / "../assets/site.css").exists()
        return b"%PDF-1.4 /CreationDate (D:20991231235959+00'00')"

    report = export_pdf(showcase, tmp_path / "out", root=root, printer=printer)
    assert report.complete
    found = [path for path in (tmp_path / "out").rglob("*") if path.is_file() and not path.name.startswith(".")]
    assert found
    assert all(path.suffix == ".pdf" for path in found)
    moment = f"{showcase.manifest.captured_to:%Y%m%d%H%M%S}".encode()
    assert all(moment in path.read_bytes() for path in found)
    again = export_pdf(showcase, tmp_path / "out", root=root, printer=printer)
    assert (again.changes.written, again.changes.left) == (0, 0)


def test_a_page_that_cannot_be_printed_is_named(showcase: SnapshotReader, root: str, tmp_path: Path) -> None:
    def printer(page: Path) -> bytes:
        raise PrintFailed("out of paper")

    report = export_pdf(showcase, tmp_path / "out", root=root, printer=printer)
    assert not report.complete
    assert {lost.table for lost in report.unreadable} == {"pdf"}
    assert root in {lost.id for lost in report.unreadable}


def test_a_machine_that_prints_nothing_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notion_backup.export.pdf.shutil.which", lambda name: None)
    monkeypatch.setattr("notion_backup.export.pdf.find_spec", lambda name: None)
    with pytest.raises(UsageError, match="pip install weasyprint"):
        find_printer()


@pytest.mark.slow
def test_a_browser_prints_the_same_bytes_twice(showcase: SnapshotReader, root: str, tmp_path: Path) -> None:
    if not any(pdf.shutil.which(name) for name in pdf.BROWSERS):
        pytest.skip("no browser on this machine")
    for name in ("one", "two"):
        assert export_pdf(showcase, tmp_path / name, root=root).complete
    [*first], [*second] = (sorted((tmp_path / name).rglob("*.pdf")) for name in ("one", "two"))
    assert first
    assert all(path.read_bytes().startswith(b"%PDF") for path in first)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_dates_in_a_pdf_are_the_snapshots() -> None:
    moment = datetime(2026, 11, 1, 2, 3, 4, tzinfo=UTC)
    data = b"/CreationDate (D:20991231235959Z) /ModDate(D:20991231235959Z)"
    assert pdf._dated(data, moment) == b"/CreationDate (D:20261101020304Z) /ModDate(D:20261101020304Z)"
