"""Titles programs stumble over, trash, archive, locks, discussions: what a backup must not trip on."""

from __future__ import annotations

from notion_backup.sandbox.generator.bodies import fill, paragraph_like
from notion_backup.sandbox.generator.builder import Builder, parent_of, span, text
from notion_backup.sandbox.generator.properties import row, tasks_schema
from notion_backup.sandbox.generator.show_data import Tables
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.generator.words import NASTY_TITLES
from notion_backup.sandbox.trash import put_away
from notion_backup.sandbox.workspace import Raw


def oddities(builder: Builder, page: Raw, tables: Tables) -> None:
    """Everything of this kind, below ``page``."""
    here = parent_of("page_id", str(page["id"]))
    for title in NASTY_TITLES:
        child = builder.page(title, here)
        paragraph_like(builder, child, "paragraph", [span(title[:50] or "Untitled")])
    for number in range(2):  # two pages of the same name in the same place
        fill(builder, builder.page("Twins", here), 2 + number)
    locked = builder.page("Locked and public", here)
    locked["is_locked"], locked["public_url"] = True, "https://greenfield.notion.site/Locked"
    _archive(builder, here, tables)
    _trash(builder, page, here)
    _discussions(builder, page, tables)


def _archive(builder: Builder, here: Raw, tables: Tables) -> None:
    for number in range(7):
        gone = row(builder, tables.machines, f"Retired mower {number + 1}", 100 + number)
        gone["is_archived"] = True
        if number == 0:
            fill(builder, gone, 4)
    hidden = builder.page("Archived page", here)
    fill(builder, hidden, 3)
    hidden["is_archived"] = True


def _trash(builder: Builder, page: Raw, here: Raw) -> None:
    gone = builder.page("Thrown away", here)
    fill(builder, gone, 4)
    builder.page("Thrown away with it", parent_of("page_id", str(gone["id"])))
    put_away(builder.workspace, str(gone["id"]))
    database = builder.database("Old tasks", here)
    source = builder.data_source(database, "Old tasks", tasks_schema(builder))
    default_view(builder, database, source)
    row(builder, source, "A task nobody did", 0)
    put_away(builder.workspace, str(database["id"]))
    kept = builder.database("Kept tasks", here)
    kept_source = builder.data_source(kept, "Kept tasks", tasks_schema(builder))
    default_view(builder, kept, kept_source)
    for number in range(4):
        task = row(builder, kept_source, f"Task {number + 1}", number)
        if number == 3:
            put_away(builder.workspace, str(task["id"]))
    put_away(builder.workspace, str(paragraph_like(builder, page, "paragraph", text("A deleted line"))["id"]))


def _discussions(builder: Builder, page: Raw, tables: Tables) -> None:
    line = paragraph_like(builder, page, "paragraph", text("A line people argue about"))
    nested = paragraph_like(builder, paragraph_like(builder, page, "toggle"), "to_do")
    for target in (page, line, nested, tables.machine_rows[0]):
        for _ in range(2):
            first = builder.comment(target, text(builder.words.sentence()))
            for _ in range(3):
                builder.tick(10)
                builder.comment(target, [span(builder.words.sentence(), bold=True)], str(first["discussion_id"]))
    settled = builder.comment(line, text("Settled long ago"))
    builder.workspace.resolved_discussions.add(str(settled["discussion_id"]))
    for _ in range(105):  # more than one page of comments on one block
        builder.comment(nested, text("+1"))
    guest = builder.workspace.unlisted_users - {builder.workspace.bot_id}
    builder.author = {"object": "user", "id": min(guest)}
    custom = builder.comment(line, text("From the form"))
    custom["display_name"] = {"type": "custom", "resolved_name": "Ann (website)"}
