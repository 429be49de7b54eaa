"""Pages on which everything the API knows appears at least once."""

from __future__ import annotations

from notion_backup.sandbox.generator.builder import Builder, parent_of
from notion_backup.sandbox.generator.show_blocks import every_block
from notion_backup.sandbox.generator.show_data import every_property
from notion_backup.sandbox.generator.show_media import every_place_of_media
from notion_backup.sandbox.generator.show_odd import oddities
from notion_backup.sandbox.generator.show_views import every_view


def add_showcase(builder: Builder) -> None:
    """Add them below one workspace-level page called Showcase."""
    root = builder.page("Showcase", {"type": "workspace", "workspace": True})
    blocks = builder.page("Every block", parent_of("page_id", str(root["id"])))
    data = builder.page("Every property", parent_of("page_id", str(root["id"])))
    odd = builder.page("Oddities", parent_of("page_id", str(root["id"])))
    media = builder.page("Media everywhere", parent_of("page_id", str(root["id"])))
    tables = every_property(builder, data)
    every_block(builder, blocks, tables.machines_database)
    every_view(builder, data, tables)
    every_place_of_media(builder, media, tables)
    oddities(builder, odd, tables)
