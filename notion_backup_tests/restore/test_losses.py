"""The table of losses: one place for it, in the program, and the page made from it."""

from __future__ import annotations

from pathlib import Path

from notion_backup.restore import losses_as_markdown

PAGE = Path(__file__).parents[2] / "docs" / "restore.md"


def test_the_page_shows_the_table_that_the_program_goes_by() -> None:
    told = PAGE.read_text(encoding="utf-8").partition("<!-- losses -->\n")[2].partition("<!-- /losses -->")[0]
    assert told.strip() == losses_as_markdown().strip()
