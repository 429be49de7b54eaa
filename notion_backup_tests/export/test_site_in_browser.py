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


def test_each_view_is_drawn_as_what_it_is_from_the_rows_of_the_table(site: Site, tab: Tab) -> None:
    tab.open(_path(site, "Machines"))
    tab.wait_for("document.querySelector('[data-view][aria-pressed=true]') !== null")
    _show(tab, "All rows")
    everything = tab.run("document.querySelectorAll('.data tbody tr').length")

    _show(tab, "Lanes")
    assert tab.run("document.querySelectorAll('.board').length") == tab.run("document.querySelectorAll('.lane').length")
    assert tab.run("document.querySelectorAll('.lane').length") >= 3
    assert tab.run("document.querySelectorAll('.board .tile').length") == everything

    _show(tab, "Groups of several")
    groups = tab.run("Array.from(document.querySelectorAll('tr.group .quiet')).map(one => Number(one.textContent))")
    assert sum(groups) == tab.run("document.querySelectorAll('.data tbody tr:not(.group)').length") > everything
    heads = "Array.from(document.querySelectorAll('.data thead th')).map(one => one.textContent)"
    assert tab.run(heads) == ["Name", "Status", "Multi-select"]

    _show(tab, "Days with status")
    dated = tab.run("document.querySelectorAll('.month td.busy').length")
    assert dated == tab.run("document.querySelectorAll('.month td.busy time[datetime]').length") > 10
    undated = tab.run("document.querySelectorAll('.undated li').length")
    assert _titles(tab, ".events .title") + undated == everything

    _show(tab, "Long run")
    assert _titles(tab, ".bars .title") + undated == everything
    assert tab.run("Array.from(document.querySelectorAll('.bar')).every(one => one.offsetWidth > 0)")

    _show(tab, "Places")
    assert tab.run("document.querySelectorAll('.places li > .title').length") == everything
    assert tab.run("document.querySelectorAll('.places a.out[href*=\"mlat=41.15&\"]').length") > everything / 2

    _show(tab, "Gallery")
    assert tab.run("document.querySelectorAll('.gallery .tile').length") == everything
    tab.wait_for("document.querySelectorAll('.gallery img[src*=\"../media/\"]').length > 0")

    for name, shapes in (("Stacked", "rect"), ("Growing", "polyline"), ("Count by", "circle"), ("Bars", ".length")):
        _show(tab, name)
        assert tab.run(f"document.querySelectorAll('.chart {shapes}').length") > 0
        assert tab.run("document.querySelectorAll('.figures tbody tr').length") > 1
    _show(tab, "Overview")
    assert tab.run("document.querySelector('.widget .big').textContent") == str(everything)
    assert tab.errors == []


def test_a_link_to_a_view_opens_it_and_a_linked_database_shows_its_own(site: Site, tab: Tab) -> None:
    path = _path(site, "Machines")
    [anchor] = [button.attrib["id"] for button in site.page("Machines").iter("button") if button.text == "Places "]
    tab.open(path)
    tab.run(f"location.hash = '{anchor}'")
    tab.wait_for("document.querySelectorAll('.places li').length > 0")
    assert tab.run("document.querySelector('[aria-pressed=true]').id") == anchor
    tab.open(_path(site, "Linked view"))
    tab.wait_for("document.querySelector('[data-view][aria-pressed=true]') !== null")
    assert tab.run("document.querySelector('[data-view]').textContent") == "Only mine table"
    assert tab.run("document.querySelectorAll('.data tbody tr').length") == 25
    assert tab.errors == []


def _titles(tab: Tab, selector: str) -> int:
    """How many different pages are named there."""
    return int(tab.run(f"new Set(Array.from(document.querySelectorAll('{selector} a')).map(one => one.href)).size"))


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
