"""The Dagster code location: the settings of this environment in, its definitions out. Loads without any secret."""

from notion_backup.pipeline.composition import build_definitions
from notion_backup.settings import load_settings

defs = build_definitions(load_settings())
