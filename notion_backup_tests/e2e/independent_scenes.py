"""What the independent workspace consists of: one function for each thing that backups trip over."""

from __future__ import annotations

from typing import Any

from notion_backup_tests.e2e.independent_workspace import Builder, Workspace, mention, text

ROWS = 140  # more than the server lets one query give
OMITTED = 0.2  # of all pages and data sources, by search


def furnish(seed: int, *, gaps: bool, small: bool = False) -> Workspace:
    """A workspace; with ``gaps`` some of it cannot be read. A small one has a tenth of the rows and no long lists."""
    build = Builder(seed)
    made = build.made
    home = build.page("Home", {"type": "workspace", "workspace": True})
    second = build.page("Second root", {"type": "workspace", "workspace": True})
    _tree(build, home, depth=2 if small else 4)
    _blocks(build, home, many=5 if small else 105)
    source = _tables(build, home, rows=20 if small else ROWS)
    _media(build, second)
    _talk(build, home)
    _linked(build, second, source)
    for number in range(2):
        trashed = build.page(f"Trashed {number}", {"type": "page_id", "page_id": home}, in_trash=True)
        made.unlisted.add(trashed)
    candidates = [raw for kind in ("page", "data_source") for raw in made.of(kind).values()]
    for raw in candidates:
        if raw["parent"]["type"] != "workspace" and build.rng.random() < OMITTED:
            made.unlisted.add(raw["id"])
    _outside(build, second)
    if gaps:
        _gaps(build, second)
    return made


def _tree(build: Builder, page: str, depth: int) -> None:
    for number in range(3 if depth > 1 else 0):
        child = build.child_page(f"Page {depth}.{number} / ..\x1b[31m\u202e\0", page)
        build.made.of("page")[child]["icon"] = {"type": "emoji", "emoji": "\U0001f4c1"}
        _tree(build, child, depth - 1)
    build.paragraph(page, "after the subpages")


def _blocks(build: Builder, home: str, many: int) -> None:
    page = build.child_page("All kinds of blocks", home)
    below = page
    for level in range(7):
        below = build.paragraph(below, f"level {level}", "toggle")
        build.paragraph(below, "beside", "to_do", checked=True)
    build.child_page("Deep in a toggle", page, below=below)
    long = build.child_page("A long one", home)
    for number in range(min(many, 30)):
        build.paragraph(long, f"{number}", "numbered_list_item")
    item = build.paragraph(long, "many below", "bulleted_list_item")
    for number in range(many):
        build.paragraph(item, f"below {number}")

    columns = build.block(page, "column_list", {})
    for ratio in (0.3, 0.7):
        column = build.block(columns, "column", {"width_ratio": ratio})
        build.paragraph(column, "in a column")
    build.block(columns, "column", {"width_ratio": 0.1})
    build.child_page("In a column", page, below=column)
    table = build.block(page, "table", {"table_width": 2, "has_column_header": True, "has_row_header": False})
    for number in range(8):
        build.block(table, "table_row", {"cells": [text(f"{number}"), []]})
    tabs = build.block(page, "tab", {})
    build.paragraph(build.paragraph(tabs, "a tab", icon={"type": "emoji", "emoji": "\U0001f4c1"}), "in the tab")
    build.block(page, "unsupported", {"block_type": "button"})
    build.block(page, "divider", {})
    build.block(page, "heading_4", {"rich_text": text("four"), "color": "default", "is_toggleable": False})
    unknown = build.block(page, "hologram", {"beam": {"angle": 1.5, "lone": "\ud800"}, "n": 12345678901234567890})
    build.paragraph(unknown, "below something unknown")

    original = build.block(page, "synced_block", {"synced_from": None})
    build.paragraph(original, "synced")
    build.paragraph(build.paragraph(original, "synced, with", "toggle"), "something below")
    for _ in range(2):
        echo = build.block(
            long, "synced_block", {"synced_from": {"type": "block_id", "block_id": original}}, has_children=True
        )
        build.made.echoes[echo] = original
    build.made.refused[echo] = (404, "object_not_found")  # a copy that cannot be listed; its original can
    foreign = build.made.new_id()
    build.made.outside.add(foreign)
    copied = build.block(long, "synced_block", {"synced_from": {"type": "block_id", "block_id": foreign}})
    build.paragraph(copied, "known by the copy only")


def _tables(build: Builder, home: str, rows: int) -> str:
    """Two data sources in one database, in a column of its page; long values. Gives the big source."""
    database, [big, other] = build.database("Two sources", home, ["Tasks", "People"])
    made = build.made
    build.prop(big, "Links", "v_%5D%3C", "relation", {"data_source_id": other, "type": "single_property"})
    build.prop(big, "Who", "~ak%40", "people", {})
    build.prop(big, "Notes", "%3FB%3AW", "rich_text", {})
    build.prop(big, "Mood", "mo%3Ad", "mood", {"scale": 5})
    build.prop(big, "Files", "%3FbAF", "files", {})
    others = [build.row(other, f"Person {number}") for number in range(40)]
    for number in range(rows):
        row = build.row(big, f"Task {number}", is_archived=number % 7 == 3)
        linked = others if number in (0, 3) else build.rng.sample(others, number % 4)
        build.value(row, "Links", "v_%5D%3C", "relation", [{"id": one} for one in linked])
        members = build.members if number in (1, 10) else build.members[: CUT_EXACT if number == 2 else number % 3]
        build.value(row, "Who", "~ak%40", "people", [dict(made.of("user")[one]) for one in members])
        mentions = 35 if number == 4 else 1
        pages = [mention("page", {"id": others[index]}, f"Person {index}") for index in range(mentions)]
        build.value(row, "Notes", "%3FB%3AW", "rich_text", [*pages])
        made.of("page")[row]["properties"]["Mood"] = {"id": "mo%3Ad", "type": "mood", "mood": {"level": number % 5}}
        if number % 11 == 5:
            kept = [{"name": f"{part}.pdf", "type": "file", "file": build.hosted(f"{part}.pdf")} for part in "ab"]
            linked_file = {"name": "e", "type": "external", "external": {"url": "https://example.invalid/e.pdf"}}
            files = {"id": "%3FbAF", "type": "files", "files": [*kept, linked_file]}
            made.of("page")[row]["properties"]["Files"] = files
    made.of("data_source")[big]["icon"] = {"type": "file", "file": build.hosted("source.png")}
    for kind in ("table", "board", "calendar"):
        build.view(database, big, kind)
    build.view(database, other, "list")
    build.view(database, None, "dashboard")
    listed = made.templates.setdefault(big, [])
    for number in range(2):
        parent = {"type": "data_source_id", "data_source_id": big, "database_id": database}
        template = build.page(f"Template {number}", parent)
        made.unlisted.add(template)
        listed.append({"id": template, "name": f"Template {number}", "is_default": number == 0})
    toggle = build.paragraph(home, "a database inside", "toggle")
    _, [small] = build.database("Inline", home, ["Inline"], below=toggle)
    build.row(small, "Only row")
    return big


CUT_EXACT = 25  # a people value of exactly 25 looks like one that was cut


def _media(build: Builder, root: str) -> None:
    page = build.child_page("Files", root)
    made = build.made
    same = build.rng.randbytes(5_000)
    for kind in ("image", "video", "pdf", "audio", "file"):
        for number in range(4):
            name = f"{kind} {number}.bin" if number else "L'été & <x>\u202e.bin"
            hosted = build.hosted(name, content=same if number == 3 else None)
            value = {"caption": [], "type": "file", "file": hosted}
            build.block(page, kind, {**value, "name": name} if kind == "file" else value)
    build.block(page, "video", {"caption": [], "type": "file", "file": build.hosted("big.mp4", size=2_500_000)})
    build.block(page, "file", {"caption": [], "type": "file", "file": build.hosted("empty", content=b""), "name": "e"})
    build.block(page, "image", {"caption": [], "type": "external", "external": {"url": "https://example.invalid/i"}})
    callout = {"rich_text": text("c"), "color": "default", "icon": {"type": "file", "file": build.hosted("c.png")}}
    build.block(page, "callout", callout)
    raw = made.of("page")[page]
    raw["cover"] = {"type": "file", "file": build.hosted("cover.jpg")}
    raw["icon"] = {"type": "file", "file": build.hosted("icon.png")}
    for number in range(3):
        emoji = {"id": made.new_id(), "name": f"party-{number}", "url": build.hosted(f"{number}.gif")["url"]}
        made.put("custom_emoji", emoji)
    database, _ = build.database("Dressed", root, ["Dressed"])
    made.of("database")[database]["icon"] = {"type": "file", "file": build.hosted("db.png")}
    made.of("database")[database]["cover"] = {"type": "file", "file": build.hosted("db.jpg")}


def _talk(build: Builder, home: str) -> None:
    picture = {"category": "image", "file": build.hosted("comment.png")}
    for number in range(40):
        build.comment(home, f"page {number}", [picture] if number == 7 else None)
    deep = [one for one, raw in build.made.of("block").items() if raw["type"] not in ("child_page", "child_database")]
    for number, block in enumerate(build.rng.sample(deep, 12)):
        attached = {"category": "pdf", "file": build.hosted(f"{number}.pdf")}
        build.comment(block, f"block {number}", [attached] if number % 3 == 0 else None)


def _linked(build: Builder, root: str, source: str) -> None:
    """A linked view: a database without data sources of its own, whose view shows another's."""
    linked, _ = build.database("Untitled", root, [])
    build.view(linked, source, "gallery")


def _outside(build: Builder, root: str) -> None:
    page, database = build.made.new_id(), build.made.new_id()
    build.block(root, "link_to_page", {"type": "page_id", "page_id": page})
    shown: list[Any] = [mention("database", {"id": database}, "Untitled")]
    build.block(root, "paragraph", {"rich_text": shown, "color": "default"})
    build.made.outside.update({page, database})


def _gaps(build: Builder, root: str) -> None:
    made = build.made
    dark = build.child_page("Its children answer 404", root, body=False)
    made.refused[dark] = (404, "object_not_found")
    shut = build.block(root, "external_object_instance_page", {"title": "not for connections"}, has_children=True)
    made.refused[shut] = (400, "validation_error")
    lost = made.new_id()
    orphan = build.data_source("Orphan", lost, {"type": "page_id", "page_id": root})
    build.row(orphan, "Row of an orphan")
    gone = build.hosted("gone.png")
    made.refused[gone["url"][1:]] = (404, "NoSuchKey")
    owner = build.block(root, "image", {"caption": [], "type": "file", "file": gone})
    made.missing.update({dark, shut, lost, owner})
