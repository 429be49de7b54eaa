"""One page with every block type, and pages that are deep, long, and full of references."""

from __future__ import annotations

from notion_backup.sandbox.clock import to_expiry
from notion_backup.sandbox.generator.bodies import paragraph_like
from notion_backup.sandbox.generator.builder import Builder, mention, parent_of, span, style, text
from notion_backup.sandbox.workspace import Raw

DEPTH = 14
LONG_PAGE = 230


def every_block(builder: Builder, page: Raw, database: Raw) -> None:
    """Fill ``page`` with every block type; ``database`` is one to link to."""
    builder.block(page, "table_of_contents", {"color": "gray"})
    builder.block(page, "breadcrumb", {})
    _texts(builder, page)
    _containers(builder, page)
    _links(builder, page, database)
    _synced(builder, page)
    _meeting_notes(builder, page)
    for name in ("button", "ai_block", "form", "drive"):
        builder.block(page, "unsupported", {"block_type": name})
    # A type nobody knows yet: the API adds block types without a new version.
    builder.block(page, "hologram", {"depth": 3, "rich_text": text("From a later release")})
    _deep(builder, page)
    _long(builder, page)


def _texts(builder: Builder, page: Raw) -> None:
    paragraph_like(builder, page, "paragraph", rich_of_every_kind(builder, page))
    builder.block(page, "paragraph", {"rich_text": [], "icon": None, "color": "default"})
    for level in (1, 2, 3, 4):
        paragraph_like(builder, page, f"heading_{level}", text(f"Heading {level}"))
        toggle = paragraph_like(builder, page, f"heading_{level}", text(f"Toggle heading {level}"))
        toggle[f"heading_{level}"]["is_toggleable"] = True
        paragraph_like(builder, toggle, "paragraph")
    for kind in ("bulleted_list_item", "to_do", "toggle", "quote", "callout", "template"):
        holder = builder.block(page, kind, {"rich_text": text("Save the plants")}) if kind == "template" else (
            paragraph_like(builder, page, kind)
        )  # fmt: skip
        paragraph_like(builder, holder, kind if kind != "template" else "to_do")
    for number, form in ((1, "numbers"), (7, "letters"), (3, "roman")):
        item = paragraph_like(builder, page, "numbered_list_item", text(f"Counted in {form}"))
        item["numbered_list_item"].update({"list_start_index": number, "list_format": form})
    # Neighbouring pieces of the same style are merged on write, so one element may be longer than 2,000 units.
    source = "\n".join(f"print('line {number}')" for number in range(200))
    builder.block(page, "code", {"caption": text("Long"), "rich_text": [span(source)], "language": "python"})
    builder.block(page, "equation", {"expression": "\\int_0^1 x^2 \\, dx = \\frac{1}{3}"})
    builder.block(page, "divider", {})


def rich_of_every_kind(builder: Builder, page: Raw) -> list[Raw]:
    """Rich text with every kind of element, mention and style."""
    space = builder.workspace
    person = next(user for user in space.all("user") if user["type"] == "person")
    emoji = next(space.all("custom_emoji"))
    database_id, bare = builder.new_id(), str(page["id"]).replace("-", "")
    link_mention = {"href": "https://example.com/a", "title": "An article", "icon_url": None}
    found = [span("Plain, "), span("link", link="https://example.com/a?b=c#d")]
    for name in ("bold", "italic", "strikethrough", "underline", "code"):
        found.append({**span(f" {name}"), "annotations": style(**{name: True})})
    found += [
        span(" coloured", color="red_background"),
        {"type": "equation", "equation": {"expression": "e^{i\\pi}=-1"}, "annotations": style(),
         "plain_text": "e^{i\\pi}=-1", "href": None},
        mention("user", person, f"@{person['name']}"),
        mention("date", {"start": "2026-08-01", "end": "2026-08-09", "time_zone": None}, "2026-08-01 → 2026-08-09"),
        mention("page", {"id": page["id"]}, "Every block", f"https://app.notion.com/p/{bare}"),
        mention("page", {"id": builder.new_id()}, "Untitled", None),
        mention("database", {"id": database_id}, "Untitled", None),
        mention("template_mention", {"type": "template_mention_date", "template_mention_date": "today"}, "@Today"),
        mention("custom_emoji", dict(emoji), f":{emoji['name']}:"),
        mention("link_preview", {"url": "https://github.com/example/x/pull/1"}, "https://github.com/example/x/pull/1"),
        mention("link_mention", link_mention, "An article", "https://example.com/a"),
    ]  # fmt: skip
    return found


def _containers(builder: Builder, page: Raw) -> None:
    table = builder.block(page, "table", {"table_width": 3, "has_column_header": True, "has_row_header": True})
    for number in range(120):
        cells = [text(f"{number}.{column}") for column in range(2)] + [[]]
        builder.block(table, "table_row", {"cells": cells})
    columns = builder.block(page, "column_list", {})
    for ratio in (0.25, 0.5):
        column = builder.block(columns, "column", {"width_ratio": ratio})
        inner = paragraph_like(builder, column, "toggle")
        builder.page("A page inside a column", parent_of("block_id", str(inner["id"])))
    builder.block(columns, "column", {"width_ratio": 0.25})
    tabs = builder.block(page, "tab", {})
    for name in ("Plan", "Build"):
        label = paragraph_like(builder, tabs, "paragraph", text(name))
        label["paragraph"]["icon"] = {"type": "emoji", "emoji": "🧭"}
        paragraph_like(builder, label, "paragraph")
        paragraph_like(builder, label, "to_do")


def _links(builder: Builder, page: Raw, database: Raw) -> None:
    sub = builder.page("A child page", parent_of("page_id", str(page["id"])))
    paragraph_like(builder, sub, "paragraph")
    builder.page("An empty child page", parent_of("page_id", str(page["id"])))
    note = builder.comment(sub, text("Linked from a block"))
    for kind, target in (("page_id", sub), ("database_id", database), ("comment_id", note)):
        builder.block(page, "link_to_page", parent_of(kind, str(target["id"])))
    builder.block(page, "link_to_page", parent_of("page_id", builder.new_id()))
    builder.block(page, "embed", {"caption": text("A map"), "url": "https://example.com/map"})
    builder.block(page, "bookmark", {"caption": [], "url": "https://example.com/read"})
    builder.block(page, "link_preview", {"url": "https://github.com/example/x/pull/2"})


def _synced(builder: Builder, page: Raw) -> None:
    original = builder.block(page, "synced_block", {"synced_from": None})
    paragraph_like(builder, original, "paragraph")
    nested = paragraph_like(builder, original, "toggle")
    paragraph_like(builder, nested, "paragraph")
    for _ in range(2):
        source = {"type": "block_id", "block_id": original["id"]}
        reference = builder.block(page, "synced_block", {"synced_from": source})
        reference["has_children"] = True
    # Its original lies on a page that was never shared: only the reference's own list gives the content.
    lost = builder.block(page, "synced_block", {"synced_from": {"type": "block_id", "block_id": builder.new_id()}})
    paragraph_like(builder, lost, "paragraph", text("Kept only by the reference"))


def _meeting_notes(builder: Builder, page: Raw) -> None:
    people = [user["id"] for user in builder.workspace.all("user") if user["type"] == "person"][:3]
    start = to_expiry(builder.now)
    for number in range(2):
        inner: Raw = {
            "title": text(f"Weekly sync {number + 1}"),
            "status": "notes_ready",
            "children": {},
            "calendar_event": {"start_time": start, "end_time": start, "attendees": people},
            "recording": {"start_time": start, "end_time": start},
        }
        notes = builder.block(page, "meeting_notes", inner)
        for part in ("summary", "notes", "transcript"):
            section = paragraph_like(builder, notes, "paragraph", text(part.title()))
            inner["children"][f"{part}_block_id"] = section["id"]
            for _ in range(3):
                paragraph_like(builder, section, "paragraph")
        if number:
            # The transcript of this one is reached by its id alone.
            builder.workspace.children[str(notes["id"])].remove(inner["children"]["transcript_block_id"])


def _deep(builder: Builder, page: Raw) -> None:
    holder = builder.page("Deep", parent_of("page_id", str(page["id"])))
    for level in range(DEPTH):
        holder = paragraph_like(builder, holder, "toggle", text(f"Level {level + 1}"))
    paragraph_like(builder, holder, "paragraph", text("The bottom"))


def _long(builder: Builder, page: Raw) -> None:
    holder = builder.page("Long", parent_of("page_id", str(page["id"])))
    for number in range(LONG_PAGE):
        paragraph_like(builder, holder, "paragraph", text(f"Line {number + 1}"))
