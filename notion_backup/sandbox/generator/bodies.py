"""Ordinary page bodies: what most pages of a company look like, nested as people nest."""

from __future__ import annotations

from collections.abc import Callable

from notion_backup.sandbox.generator.builder import COLOURS, Builder, mention, span, text
from notion_backup.sandbox.workspace import Raw

Maker = Callable[[Builder, Raw, int], int]
"""Adds one block (and perhaps some below it) under a holder; at most so many. Returns how many it added."""


def fill(builder: Builder, page: Raw, blocks: int) -> None:
    """Give a page a body of about ``blocks`` blocks (never more)."""
    left = blocks
    while left > 0:
        left -= builder.rng.choices(_MAKERS, _WEIGHTS)[0](builder, page, left)


def rich(builder: Builder) -> list[Raw]:
    """A paragraph's rich text: mostly plain, sometimes formatted, linked, or mentioning somebody or something."""
    rng, words = builder.rng, builder.words
    content = words.paragraph()
    form = rng.random()
    if form < 0.7:
        return [span(content)]
    if form < 0.85:
        return [span(content + " "), span(words.sentence(), bold=rng.random() < 0.5, color=rng.choice(COLOURS))]
    if form < 0.93:
        return [span("See "), span("the notes", link=f"https://example.com/notes/{rng.randrange(9999)}"), span(".")]
    people = list(builder.workspace.objects["user"].values())
    if people and form < 0.97:
        person = rng.choice(people)
        return [mention("user", person, f"@{person['name']}"), span(" " + words.sentence())]
    day = builder.now.date().isoformat()
    return [span("Due "), mention("date", {"start": day, "end": None, "time_zone": None}, day)]


def paragraph_like(builder: Builder, holder: Raw, block_type: str, spans: list[Raw] | None = None) -> Raw:
    """A block that holds rich text and a colour, with whatever else its type needs."""
    colour = "default" if builder.rng.random() < 0.9 else builder.rng.choice(COLOURS)
    inner: Raw = {"rich_text": rich(builder) if spans is None else spans}
    if block_type == "paragraph":
        inner["icon"] = None
    elif block_type.startswith("heading_"):
        inner["is_toggleable"] = False
    elif block_type == "to_do":
        inner["checked"] = builder.rng.random() < 0.4
    elif block_type == "callout":
        inner["icon"] = {"type": "emoji", "emoji": builder.words.emoji()}
    inner["color"] = colour
    return builder.block(holder, block_type, inner)


def _one(block_type: str) -> Maker:
    def make(builder: Builder, holder: Raw, most: int) -> int:
        paragraph_like(builder, holder, block_type)
        return 1

    return make


def _heading(builder: Builder, holder: Raw, most: int) -> int:
    level = builder.rng.choice(("heading_1", "heading_2", "heading_2", "heading_3"))
    paragraph_like(builder, holder, level, text(builder.words.title()))
    return 1


def _run(block_type: str) -> Maker:
    """A few list items in a row, some with items below them."""

    def make(builder: Builder, holder: Raw, most: int) -> int:
        made = 0
        for _ in range(builder.rng.randint(2, 5)):
            if made >= most:
                break
            item = paragraph_like(builder, holder, block_type, [span(builder.words.sentence())])
            made += 1
            if builder.rng.random() < 0.15 and made < most:
                made += make_nested(builder, item, min(3, most - made))
        return made

    def make_nested(builder: Builder, item: Raw, most: int) -> int:
        for _ in range(most):
            paragraph_like(builder, item, block_type, [span(builder.words.sentence())])
        return most

    return make


def _toggle(builder: Builder, holder: Raw, most: int) -> int:
    outer = paragraph_like(builder, holder, "toggle", [span(builder.words.sentence())])
    inside = min(most - 1, builder.rng.randint(1, 4))
    for _ in range(inside):
        paragraph_like(builder, outer, "paragraph")
    deeper = min(most - 1 - inside, builder.depth - 1) if builder.depth > 2 else 0
    for _ in range(deeper):
        outer = paragraph_like(builder, outer, "toggle", [span(builder.words.sentence())])
    return 1 + inside + deeper


def _table(builder: Builder, holder: Raw, most: int) -> int:
    rows = builder.rng.randint(2, 6)
    if most < rows + 1:
        return _one("paragraph")(builder, holder, most)
    width = builder.rng.randint(2, 4)
    table = builder.block(holder, "table", {"table_width": width, "has_column_header": True, "has_row_header": False})
    for _ in range(rows):
        cells = [text(builder.words.task()) for _ in range(width)]
        builder.block(table, "table_row", {"cells": cells})
    return 1 + rows


def _columns(builder: Builder, holder: Raw, most: int) -> int:
    if most < 5:
        return _one("quote")(builder, holder, most)
    columns = builder.block(holder, "column_list", {})
    for ratio in (0.5, 0.5):
        column = builder.block(columns, "column", {"width_ratio": ratio})
        paragraph_like(builder, column, "paragraph")
    return 5


def _code(builder: Builder, holder: Raw, most: int) -> int:
    lines = "\n".join(f"mow(lawn={n}, speed={builder.rng.randint(1, 9)})" for n in range(builder.rng.randint(1, 6)))
    inner = {"caption": [], "rich_text": text(lines), "language": "python"}
    builder.block(holder, "code", inner)
    return 1


def _image(builder: Builder, holder: Raw, most: int) -> int:
    file = builder.hosted_again(f"photo-{builder.rng.randrange(500)}.{builder.rng.choice(('png', 'jpg'))}")
    builder.block(holder, "image", {"caption": [], "type": "file", "file": file})
    return 1


def _divider(builder: Builder, holder: Raw, most: int) -> int:
    builder.block(holder, "divider", {})
    return 1


def _bookmark(builder: Builder, holder: Raw, most: int) -> int:
    url = f"https://example.com/article/{builder.rng.randrange(10_000)}"
    builder.block(holder, "bookmark", {"caption": [], "url": url})
    return 1


_WEIGHTED: tuple[tuple[Maker, float], ...] = (
    (_one("paragraph"), 40),
    (_heading, 10),
    (_run("bulleted_list_item"), 9),
    (_run("numbered_list_item"), 3),
    (_run("to_do"), 5),
    (_toggle, 3),
    (_one("quote"), 2),
    (_one("callout"), 2),
    (_table, 1.5),
    (_columns, 1),
    (_code, 2),
    (_image, 1.2),
    (_divider, 2),
    (_bookmark, 1),
)
_MAKERS = [maker for maker, _ in _WEIGHTED]
_WEIGHTS = [weight for _, weight in _WEIGHTED]
