from __future__ import annotations

import json
import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest

from notion_backup.export.atlas import draw_atlas
from notion_backup.export.html.search_index import shard_of, words
from notion_backup.export.html.site import href
from notion_backup.export.html.site_export import export_html
from notion_backup.export.report import ExportReport
from notion_backup.snapshot import SnapshotReader, Table
from notion_backup_tests.export.conftest import ACTIVE_SVG, every_file, pieces_of, rows_of_table

ACTING = ("script", "iframe", "object", "embed", "base", "form", "style", "link", "meta", "svg")


class Site:
    """A written site, every page parsed by a strict parser."""

    def __init__(self, folder: Path, report: ExportReport) -> None:
        self.report = report
        self.folder = folder
        self.files = every_file(folder)
        self.pages: dict[str, Element] = {}
        for path, data in self.files.items():
            if path.endswith(".html"):
                parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
                self.pages[path] = parser.parse(data.decode("utf-8"))

    def page(self, title: str) -> Element:
        [found] = [page for page in self.pages.values() if page.findtext("head/title") == title]
        return found

    def ids(self, path: str) -> list[str]:
        return [element.attrib["id"] for element in self.pages[path].iter() if "id" in element.attrib]


@pytest.fixture(scope="session")
def site(showcase: SnapshotReader, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("site") / "out"
    return Site(folder, export_html(showcase, folder))


def _links(page: Element) -> list[str]:
    return [element.attrib[name] for element in page.iter() for name in ("href", "src") if name in element.attrib]


def test_every_page_is_valid_and_fetches_nothing_from_elsewhere(site: Site) -> None:
    assert len(site.pages) > 280
    for path, page in site.pages.items():
        ids = site.ids(path)
        assert len(set(ids)) == len(ids), path
        [policy] = [meta.attrib["content"] for meta in page.iter("meta") if "http-equiv" in meta.attrib]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy and "http" not in policy and "data:" not in policy
        for element in page.iter():
            assert not any(name.startswith("on") or name == "style" for name in element.attrib), path
            assert not urlsplit(element.attrib.get("src", "")).scheme, path


def broken_links(site: Site) -> list[tuple[str, str]]:
    """The links within a site that lead nowhere, and those out of it that may do harm."""
    broken = []
    ids = {path: set(site.ids(path)) for path in site.pages}
    for path, page in site.pages.items():
        for link in _links(page):
            parts = urlsplit(link)
            if parts.scheme:
                ok = parts.scheme in ("http", "https", "mailto")
            else:
                joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
                goal = joined if parts.path else path
                ok = goal in site.files and (not parts.fragment or parts.fragment in ids[goal])
            if not ok:
                broken.append((path, link))
    return broken


def test_every_link_within_the_site_resolves(site: Site) -> None:
    assert sum(len(_links(page)) for page in site.pages.values()) > 1000
    assert broken_links(site) == []


def test_no_object_of_the_snapshot_is_missing(site: Site, showcase: SnapshotReader) -> None:
    anchors = {path: set(site.ids(path)) for path in site.pages}
    for table in (Table.PAGES, Table.DATABASES):
        for entry in showcase.entries(table):
            assert f"pages/{entry.id.replace('-', '')}.html" in site.pages
    for row in rows_of_table(showcase, Table.BLOCKS):
        own = f"pages/{row['owner_id'].replace('-', '')}.html"
        assert "b" + row["id"].replace("-", "") in anchors.get(own, anchors["index.html"]), row["raw"]
    for row in rows_of_table(showcase, Table.COMMENTS):
        assert "c" + row["id"].replace("-", "") in anchors[f"pages/{row['owner_id'].replace('-', '')}.html"]
    everywhere = set().union(*anchors.values())
    for entry in showcase.entries(Table.DATA_SOURCES):
        assert "s" + entry.id.replace("-", "") in everywhere
    for entry in showcase.entries(Table.USERS):
        assert "u" + entry.id.replace("-", "") in anchors["index.html"]
    text = "\n".join("".join(page.itertext()) for page in site.pages.values())
    for table in (Table.VIEWS, Table.CUSTOM_EMOJIS, Table.TEMPLATES):
        for raw in showcase.objects(table):
            assert raw["name"] in text
    assert site.report.counts["blocks"] == sum(1 for _ in rows_of_table(showcase, Table.BLOCKS))


def test_every_text_of_every_block_is_on_its_page(site: Site, showcase: SnapshotReader) -> None:
    texts = {path: _squeezed("".join(page.itertext())) for path, page in site.pages.items()}
    for row in rows_of_table(showcase, Table.BLOCKS):
        page = texts.get(f"pages/{row['owner_id'].replace('-', '')}.html", texts["index.html"])
        for piece in pieces_of(row["raw"]):
            assert _squeezed(piece) in page or "\\" in piece or "^" in piece, (row["raw"], piece)


def test_every_attachment_is_there_whole(site: Site, showcase: SnapshotReader) -> None:
    kept = {file.media.sha256: file.media for file in showcase.files() if file.media}
    for sha256, media in kept.items():
        [*paths] = [path for path in site.files if posixpath.basename(path).startswith(sha256)]
        assert paths
        assert all(site.files[path] == showcase.open_media(media).read() for path in paths)


def test_pages_have_landmarks_one_title_and_words_for_pictures(site: Site) -> None:
    for path, page in site.pages.items():
        assert len(list(page.iter("main"))) == len(list(page.iter("h1"))) == 1
        assert page.attrib.get("lang")
        assert page.findtext("head/title", "").strip()
        assert all("alt" in image.attrib for image in page.iter("img")), path
        for nav in page.iter("nav"):
            assert nav.attrib.get("aria-label")
        levels = [int(one.tag[1]) for one in page.iter() if re.fullmatch(r"h[1-6]", str(one.tag))]
        assert levels[0] == 1 or path == "index.html"
        assert all(control.attrib.get("id") for control in page.iter("input"))
        assert all(head.attrib.get("scope") for head in page.iter("th")), path


def test_every_colour_of_text_is_readable_on_every_ground_it_stands_on(site: Site) -> None:
    css = site.files["assets/site.css"].decode()
    light, dark = css.split("prefers-color-scheme: dark", 1)
    for part in (light, dark.split("* { box-sizing")[0]):
        colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", part))
        assert len(colours) == 25
        grounds = [name for name in colours if name.startswith("bg-")]
        texts = ["gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red"]
        pairs = [(text, ground) for text in (*texts, "ink", "quiet", "link") for ground in ("paper", "side")]
        pairs += [("ink", ground) for ground in (*grounds, "mark")] + [("quiet", "bg-yellow")]
        for text, ground in pairs:
            assert _contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_a_database_shows_its_rows_once_and_each_view_what_it_shows(site: Site, showcase: SnapshotReader) -> None:
    page = site.page("Machines")
    rows = [row for row in page.iter("tr") if "data-row" in row.attrib]
    [source] = [entry for entry in showcase.entries(Table.DATA_SOURCES) if entry.title == "Machines"]
    assert len(rows) == sum(entry.parent_id == source.id for entry in showcase.entries(Table.PAGES))
    views = {"".join(button.itertext()): json.loads(button.attrib["data-view"]) for button in page.iter("button")
             if "data-view" in button.attrib}  # fmt: skip
    board = views["By status board"]
    machines = {str(row.attrib["data-row"]): row.findtext("th/div/a") for row in rows}
    shown = {machines[str(number)] for _, _, _, numbers in board["groups"] for number in numbers}
    wanted, numbers = set(), {}
    for entry in showcase.entries(Table.PAGES):
        if entry.parent_id == source.id:
            raw = showcase.object(Table.PAGES, entry.id)
            assert raw is not None
            values = raw["properties"]
            numbers[entry.title] = values["Number"]["number"]
            if values["Checkbox"]["checkbox"] and (values["Select"]["select"] or {}).get("name") == "A":
                wanted.add(entry.title)
    assert shown == wanted
    assert [name for name, *_ in board["groups"]] == ["Not started", "In progress", "Done"]
    for _, _, size, of_group in board["groups"]:
        assert size == len(of_group)
        found = [numbers[str(machines[str(number)])] for number in of_group]
        full = [number for number in found if number is not None]
        assert full == sorted(full, reverse=True)
        assert found[: len(full)] == full


def test_without_scripts_a_table_shows_all_rows_and_columns(site: Site) -> None:
    for page in site.pages.values():
        for table in page.iter("table"):
            assert not [element for element in table.iter() if "hidden" in element.attrib]
    rows = [row for row in site.page("Machines").iter("tr") if "data-row" in row.attrib]
    assert [int(row.attrib["data-row"]) for row in rows] == list(range(len(rows)))
    assert {len(row) for row in rows} == {len(site.page("Machines").findall(".//div[@class='data']//thead/tr/th"))}


def test_links_to_views_lead_to_them(site: Site, showcase: SnapshotReader) -> None:
    atlas = draw_atlas(showcase)
    for raw in showcase.objects(Table.VIEWS):
        target = atlas.follow(str(raw["url"]))
        assert target is not None
        path, _, anchor = href("", target).partition("#")
        assert anchor == "v" + raw["id"].replace("-", "")
        assert anchor in site.ids(path)


def test_the_search_index_finds_words_where_they_are(site: Site) -> None:
    pages = json.loads(site.files["assets/search/pages.js"].decode()[len("sitePages(") : -2])
    found = []
    for word in words("rain sensor 漢字"):
        text = site.files[f"assets/search/{shard_of(word)}.js"].decode()
        found.append({pages[number][1] for number in json.loads(text.partition(",")[2][:-2])[word]})
    assert "Every block" in found[0] & found[1]
    assert any("漢字" in title for title in found[2])
    assert list(words("Ünïcode ÉTÉ")) == ["unicode", "ete"]


def test_the_same_snapshot_gives_the_same_bytes_and_touches_nothing_twice(
    site: Site, showcase: SnapshotReader, tmp_path: Path
) -> None:
    export_html(showcase, tmp_path / "out")
    assert every_file(tmp_path / "out") == site.files
    again = export_html(showcase, tmp_path / "out", prune=True)
    assert (again.changes.written, again.changes.removed, again.changes.left) == (0, 0, 0)


@pytest.mark.slow
def test_hostile_text_urls_and_files_do_nothing(hostile: SnapshotReader, tmp_path: Path) -> None:
    report = export_html(hostile, tmp_path / "out")
    assert report.complete
    site = Site(tmp_path / "out", report)
    for path, page in site.pages.items():
        acting = [element for element in page.iter() if str(element.tag).rpartition("}")[2] in ACTING]
        assert len(acting) == 8, path  # three metas, two style sheets, one script, one form, and the policy
        for element in page.iter():
            assert not any(name.startswith("on") or name == "style" for name in element.attrib)
        for link in _links(page):
            assert urlsplit(link).scheme in ("", "http", "https", "mailto"), link
            assert not link.endswith(".svg") or any(image.attrib["src"] == link for image in page.iter("img"))
        assert not [a for a in page.iter("a") if a.attrib.get("href", "").endswith((".svg", ".html.svg"))]
    for path, data in site.files.items():
        if path.endswith(".js") and path.startswith(("assets/search/", "assets/tree")):
            assert b"<" not in data, path
        if data == ACTIVE_SVG:
            assert path.endswith((".svg", ".svg.txt"))


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u2400-\u2421]+", "", re.sub(r"[\x00-\x1f\x7f]", "", text))


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2, 1.4.3)."""
    bright, dim = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
