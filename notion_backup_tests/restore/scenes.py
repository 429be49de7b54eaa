"""One page on which every planned loss happens that a generated workspace does not bring about by itself."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.generator.properties import options, row, status
from notion_backup.sandbox.generator.show_views import view
from notion_backup.sandbox.maker import mention, parent_of, span, text
from notion_backup_tests.restore.notebook import Notebook, value

LARGEST_UPLOAD = 1_000
"""Bytes that the target of these scenes takes."""
NOBODY = "00000000-0000-4000-8000-00000000dead"


def everything_lost(book: Notebook) -> list[str]:
    """Write all scenes; gives the ids of what is to be restored."""
    _texts(book)
    _blocks(book)
    _files(book)
    _places(book)
    _databases(book)
    _relations(book)
    return [str(book.page["id"]), str(_row_alone(book)["id"])]


def _texts(book: Notebook) -> None:
    stranger = book.builder.user("Somebody From Elsewhere", email="elsewhere@example.org")
    emoji = book.builder.custom_emoji("only-here")
    book.paragraph([mention("user", stranger, "@Somebody")])
    book.paragraph([mention("custom_emoji", emoji, ":only-here:")])
    book.paragraph([span(f"{number} ", bold=number % 2 == 0) for number in range(101)])
    page = str(book.page["id"]).replace("-", "")
    book.paragraph([span("there", link=f"https://www.notion.so/{page}#{NOBODY.replace('-', '')}")])
    for words in ("One discussion", "Another"):
        book.maker.comment(book.page, text(words))
    people = book.database("With people", book.builder.property("Who", "people"))
    row(book.builder, people, "One", 0, **value(people, "Who", [stranger]))


def _blocks(book: Notebook) -> None:
    book.block("code", {"rich_text": text("x"), "caption": [], "language": "klingon"})
    book.block("equation", {"expression": "x" * 1_001})
    book.block("embed", {"url": f"https://example.com/{'x' * 2_000}", "caption": []})
    tab = book.block("tab", {})
    book.block("heading_1", {"rich_text": text("No tab"), "color": "default", "is_toggleable": False}, tab)
    table = book.block("table", {"table_width": 2, "has_column_header": False, "has_row_header": False})
    book.block("table_row", {"cells": [text("a"), text("b"), text("too many")]}, table)
    columns = book.block("column_list", {})
    column = book.block("column", {"width_ratio": 1}, columns)
    book.paragraph("Alone", column)
    book.maker.comment(columns, text("About columns"))


def _files(book: Notebook) -> None:
    def image(file: Any) -> Any:
        return book.block("image", {"caption": [], "type": "file", "file": file})

    image(book.lost("gone.png"))
    image(book.builder.hosted("table.csv", 10))
    image(book.builder.hosted("big.png", LARGEST_UPLOAD + 1))
    book.child("Without its icon", icon={"type": "file", "file": book.lost("icon.png")})
    line = book.paragraph("With a comment")
    book.maker.comment(line, text("See this"), attachments=[{"category": "image", "file": book.lost("shot.png")}])


def _places(book: Notebook) -> None:
    hidden = book.child("Not shared")
    book.unshared.append(str(hidden["id"]))
    toggle = book.block("toggle", {"rich_text": text("Open"), "color": "default"})
    book.database("Inside", parent=parent_of("block_id", str(toggle["id"])))
    elsewhere = book.database("Elsewhere", page=book.another("Not chosen"))
    linked = book.builder.database("", parent_of("page_id", str(book.page["id"])), is_inline=True)
    view(book.builder, linked, elsewhere, "table", "Shown here")


def _databases(book: Notebook) -> None:
    make = book.builder.property
    many = options(book.builder, tuple(f"Option {number}" for number in range(101)))
    stages = status(book.builder)
    stages["groups"][0]["name"] = "Some day"
    book.database("Called so", make("Many", "select", many), make("Stage", "status", stages), source="Called otherwise")


def _relations(book: Notebook) -> None:
    outside = book.database("Outside", page=book.another("Not chosen either"))
    targets = book.database("Targets")
    to_outside = book.relation("To outside", outside)
    over = {
        "relation_property_id": to_outside["id"],
        "relation_property_name": "To outside",
        "rollup_property_id": "title",
        "rollup_property_name": "Name",
        "function": "count",
    }
    pointing = book.database(
        "Pointing",
        to_outside,
        book.builder.property("Rolled up", "rollup", over),
        book.relation("To many", targets),
        book.relation("To nobody", targets),
    )
    rows = [row(book.builder, targets, f"Target {number}", number) for number in range(101)]
    row(
        book.builder,
        pointing,
        "Pointing",
        0,
        **value(pointing, "To many", [{"id": one["id"]} for one in rows]),
        **value(pointing, "To nobody", [{"id": NOBODY}, {"id": rows[0]["id"]}]),
    )
    _both_sides(book)


def _both_sides(book: Notebook) -> None:
    """Two databases whose relations to each other say different things."""
    left, right = book.database("Left"), book.database("Right")
    ends = [(left, "To right", right), (right, "To left", left)]
    made = [book.relation(name, target) for _, name, target in ends]
    for (source, name, _), mine, other in zip(ends, made, reversed(made), strict=True):
        told = {"synced_property_id": other["id"], "synced_property_name": other["name"]}
        mine["relation"] |= {"type": "dual_property", "dual_property": told}
        del mine["relation"]["single_property"]
        source["properties"][name] = mine
    there = row(book.builder, right, "Knows of nobody", 0)
    row(book.builder, left, "Knows", 0, **value(left, "To right", [{"id": there["id"]}]))
    other = row(book.builder, right, "Says otherwise", 1)
    silent = row(book.builder, left, "Says nothing", 1)
    other["properties"] |= value(right, "To left", [{"id": silent["id"]}])


def _row_alone(book: Notebook) -> Any:
    table = book.database("Of which one row comes", page=book.another("A third"))
    row(book.builder, table, "Stays", 0)
    return row(book.builder, table, "Comes", 1)
