"""The workspaces of the comparison: an ordinary company, and in it the places where extractors lose things.

Every text, title and comment carries a word of its own (see ``mark``), so that it is found again in any kind of output:
messages, tables, documents, notes.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator

from notion_backup.sandbox import Workspace, generate
from notion_backup.sandbox.generator.builder import Builder, parent_of, text
from notion_backup.sandbox.generator.properties import row, schema
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.workspace import Raw

DEPTH = 6


def mark(object_id: str) -> str:
    """The word that an object's text carries."""
    return "mk" + hashlib.sha256(object_id.encode()).hexdigest()[:12]


def company(
    *, pages: int, rows: int, blocks_per_page: int, crowd: int = 0, longest: int = 130, seed: int = 1
) -> Workspace:
    """A generated company; with ``crowd``, a database of so many rows and the other hard places are added.

    Among them are relations of 26 to ``longest`` references: a page object shows 25 of them.
    Nothing in it is out of reach for the oldest version of the API that a peer speaks.
    """
    space = generate(
        pages=pages, rows=rows, blocks_per_page=blocks_per_page, databases=1 if rows else 0, showcase=False, seed=seed,
        media_bytes=8_000,
    )  # fmt: skip
    if crowd:
        _hard_places(space, crowd, longest, seed)
    _mark_all(space)
    return space


def _hard_places(space: Workspace, crowd: int, longest: int, seed: int) -> None:
    builder = Builder(space, random.Random(seed + 1000))
    builder.media_bytes = 8_000
    home = next(space.all("page"))
    here = builder.page("Hard places", parent_of("page_id", str(home["id"])))
    for number in range(3):
        _deep(builder, builder.page(f"Deep {number + 1}", parent_of("page_id", str(here["id"]))))
    _long_relations(builder, here, longest)
    _many_rows(builder, here, crowd)
    _media(builder, here)
    _comments(builder)


def _deep(builder: Builder, page: Raw) -> None:
    holder = page
    for level in range(DEPTH):
        inner = {"rich_text": text(f"Level {level + 1}"), "color": "default"}
        holder = builder.block(holder, "toggle", inner)
        for _ in range(3):
            _paragraph(builder, holder)


def _paragraph(builder: Builder, holder: Raw) -> Raw:
    inner = {"rich_text": text(builder.words.sentence()), "icon": None, "color": "default"}
    return builder.block(holder, "paragraph", inner)


def _database(builder: Builder, here: Raw, name: str, *more: Raw) -> Raw:
    database = builder.database(name, parent_of("page_id", str(here["id"])))
    definitions = schema(builder.property("Name", "title"), builder.property("Amount", "number", {"format": "number"}))
    source = builder.data_source(database, name, definitions | schema(*more))
    default_view(builder, database, source)
    return source


def _long_relations(builder: Builder, here: Raw, longest: int) -> None:
    parts = _database(builder, here, "Parts")
    relation = {
        "database_id": parts["parent"]["database_id"],
        "data_source_id": parts["id"],
        "type": "single_property",
        "single_property": {},
    }
    kits = _database(builder, here, "Kits", builder.property("Contents", "relation", relation))
    all_parts = [row(builder, parts, f"Part {number + 1}", number) for number in range(longest)]
    for number, length in enumerate((26, (26 + longest) // 2, longest, 3, 25)):
        kit = row(builder, kits, f"Kit {number + 1}", number)
        kit["properties"]["Contents"]["relation"] = [{"id": part["id"]} for part in all_parts[:length]]


def _many_rows(builder: Builder, here: Raw, crowd: int) -> None:
    readings = _database(builder, here, "Readings")
    for number in range(crowd):
        builder.tick(30)
        row(builder, readings, f"Reading {number + 1}", number)


def _media(builder: Builder, here: Raw) -> None:
    for number in range(6):
        icon = {"type": "file", "file": builder.hosted(f"icon-{number}.png")}
        cover = {"type": "file", "file": builder.hosted(f"cover-{number}.jpg")}
        page = builder.page(f"Album {number + 1}", parent_of("page_id", str(here["id"])), icon=icon, cover=cover)
        for kind, name in (("image", "plan.png"), ("pdf", "manual.pdf"), ("file", "notes.txt"), ("video", "tour.mp4")):
            inner: Raw = {"caption": [], "type": "file", "file": builder.hosted(f"{number}-{name}")}
            builder.block(page, kind, {**inner, "name": name} if kind == "file" else inner)
        attachment = {"category": "image", "file": builder.hosted(f"remark-{number}.png")}
        builder.comment(page, text("See the picture"), attachments=[attachment])


def _comments(builder: Builder) -> None:
    space = builder.workspace
    for page in list(space.all("page"))[::12]:
        builder.comment(page, text(builder.words.sentence()))
    lines = [block for block in space.all("block") if block["type"] == "paragraph"]
    for block in lines[::10]:
        first = builder.comment(block, text(builder.words.sentence()))
        builder.comment(block, text(builder.words.sentence()), str(first["discussion_id"]))


def rich_texts(block: Raw) -> Iterator[list[Raw]]:
    """The places of a block where its own text stands."""
    inner = block[block["type"]]
    if inner.get("rich_text"):
        yield inner["rich_text"]
    elif block["type"] == "table_row":
        yield inner["cells"][0]


def title_of(page: Raw) -> list[Raw]:
    """A page's title."""
    found: list[Raw] = next(value["title"] for value in page["properties"].values() if value["type"] == "title")
    return found


def _mark_all(space: Workspace) -> None:
    for block in space.all("block"):
        for spans in rich_texts(block):
            _append(spans, mark(str(block["id"])))
    for comment in space.all("comment"):
        _append(comment["rich_text"], mark(str(comment["id"])))
    for page in space.all("page"):
        _append(title_of(page), mark(str(page["id"])))
        child = space.get("block", str(page["id"]))
        if child is not None and child["type"] == "child_page":
            child["child_page"]["title"] = "".join(piece["plain_text"] for piece in title_of(page))
        space.touch(str(page["id"]))


def _append(spans: list[Raw], word: str) -> None:
    """Add a word at the end, in an element of its own."""
    spans.extend(text(f" {word}"))
