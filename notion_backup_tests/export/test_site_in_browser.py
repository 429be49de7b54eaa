"""The site in a real browser, opened from the disk: what its script does, and that nothing else runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from notion_backup.export.html.site_export import export_html
from notion_backup.snapshot import SnapshotReader
from notion_backup_tests.export.browser import Tab, browser_tab
from notion_backup_tests.export.test_site import Site, site

pytestmark = pytest.mark.slow
__all__ = ["site"]


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser_tab(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def _path(site: Site, title: str) -> Path:
    [found] = [path for path, page in site.pages.items() if page.findtext("head/title") == title]
    return site.folder / found


def test_the_tree_opens_at_the_page_and_search_finds_it(site: Site, tab: Tab) -> None:
    tab.open(_path(site, "Every block"))
    tab.wait_for("document.querySelectorAll('#tree a').length > 5")
    assert tab.run("document.querySelector('#tree [aria-current]').textContent") == "Every block"
    for words, title in (("spare parts ta", "Every block"), ("MOWER 7", "Mower 7"), ("漢字", "漢字")):
        tab.run(f"q = document.getElementById('q'); q.value = {words!r}; q.dispatchEvent(new Event('input'))")
        tab.wait_for(f"Array.from(document.querySelectorAll('#found a')).some(a => a.textContent.includes({title!r}))")
    tab.run("q.value = 'nosuchwordanywhere'; q.dispatchEvent(new Event('input'))")
    tab.wait_for("document.getElementById('found').textContent === 'Nothing found'")
    assert tab.errors == []


def test_views_and_headings_order_the_rows(site: Site, tab: Tab) -> None:
    tab.open(_path(site, "Machines"))
    tab.wait_for("document.querySelector('[data-view][aria-pressed=true]') !== null")
    _show(tab, "All rows")
    shown = "Array.from(document.querySelectorAll('.data tbody tr'))"
    everything = tab.run(f"{shown}.length")
    columns = tab.run("document.querySelectorAll('.data thead th').length")
    assert everything == len([row for row in site.page("Machines").iter("tr") if "data-row" in row.attrib])
    _show(tab, "By status")
    assert tab.run("document.querySelector('.data > .wide').hidden")
    cards = tab.run("document.querySelectorAll('.board .tile').length")
    counts = tab.run("Array.from(document.querySelectorAll('.board .group-name .quiet')).map(n => n.textContent)")
    assert 0 < sum(map(int, counts)) == cards < everything
    assert "where" in tab.run("document.querySelector('.view-note').textContent")
    _show(tab, "Default")
    assert tab.run("document.querySelectorAll('.data thead th').length") == columns
    heading = "Array.from(document.querySelectorAll('.data thead th')).find(t => t.textContent === 'Number')"
    for order in ("ascending", "descending"):
        tab.run(f"{heading}.querySelector('button').click()")
        assert tab.run(f"{heading}.getAttribute('aria-sort')") == order
        cells = tab.run(f"{shown}.map(r => r.cells[{heading}.cellIndex].textContent).filter(t => t)")
        numbers = [float(cell) for cell in cells]
        assert len(numbers) > 10
        assert numbers == sorted(numbers, reverse=order == "descending")
    assert tab.errors == []


def _show(tab: Tab, name: str) -> None:
    tab.run(
        f"Array.from(document.querySelectorAll('[data-view]')).find(b => b.textContent.startsWith('{name}')).click()"
    )


def test_nothing_from_a_hostile_workspace_runs(hostile: SnapshotReader, tab: Tab, tmp_path: Path) -> None:
    export_html(hostile, tmp_path / "out")
    pages = sorted((tmp_path / "out" / "pages").glob("*.html"), key=lambda page: -page.stat().st_size)
    for page in [tmp_path / "out" / "index.html", *pages[:8]]:
        tab.open(page)
        tab.run(
            "window.owned = () => { window.harm = true };"
            "document.querySelectorAll('details').forEach(d => d.open = true)"
        )
        tab.wait_for("document.querySelectorAll('#tree a').length > 0")
        tab.run("q = document.getElementById('q'); q.value = 'script owned'; q.dispatchEvent(new Event('input'))")
        tab.wait_for("document.getElementById('found').textContent !== ''")
        tab.run("document.querySelectorAll('[data-view]').forEach(button => button.click())")
        assert tab.run("window.harm") is None
        assert tab.run("document.querySelectorAll('script').length") < 15
        assert [error for error in tab.errors if "Content Security Policy" in error] == []
