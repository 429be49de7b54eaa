"""Makes ``docs/coverage.md``: what a snapshot holds, what the API does not give, and the test that proves each row.

    python -m notion_backup_tests.coverage_page

The types of blocks and properties come from the code, everything else is said here once; a test sees to it that the
page is up to date and that every proof exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from notion_backup.capture import NOTION_VERSION
from notion_backup.capture.kinds import BLOCKS, PROPERTIES
from notion_backup_tests.capture.test_completeness import FILES, MENTIONS, VIEWS

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
_WHOLE = "capture/test_completeness.py"
_SAID = "capture/test_said_again.py"
_WALK = "capture/test_walk.py"
_HARD = "capture/test_hard_cases.py"
_LOST = "capture/test_silent_losses.py"
_AGAIN = "capture/test_incremental.py"
_LEFT = "capture/test_left_out.py"


@dataclass(frozen=True)
class Row:
    """One fact, what is to be known about it, and the test that proves it: ``file::test`` or ``file::test[case]``."""

    what: str
    how: str
    proof: str


OBJECTS = (
    Row("Pages, rows of data sources among them", "as received; archived and trashed ones too",
        f"{_WHOLE}::test_everything_that_is_shared_is_there_archived_and_trashed_too"),
    Row("Bodies of pages", "every block to any depth, in document order, with its parent",
        f"{_WALK}::test_any_depth_is_walked"),
    Row("Blocks of trashed pages", "beside the bodies, where the API still gives them",
        f"{_WHOLE}::test_blocks_of_trashed_pages_stand_beside_the_bodies"),
    Row("Databases with several data sources", "containers and sources, in their order",
        f"{_LOST}::test_18_no_data_source_of_a_database_with_several_is_lost"),
    Row("Schemas", "properties with options, groups, formulas, descriptions",
        f"{_WHOLE}::test_data_sources_are_kept_with_schema_options_groups_and_descriptions"),
    Row("Rows past the 10,000 of one query", "by windows of creation time, and within one minute by other orders",
        f"{_HARD}::test_rows_past_the_cap_of_one_query_are_all_captured"),
    Row("Linked views", "as a database without sources of its own, with its view",
        f"{_WHOLE}::test_a_linked_view_is_kept_as_a_database_without_sources_and_its_view"),
    Row("Wikis", "the pages and the data sources that lie in them",
        f"{_WHOLE}::test_what_lies_in_a_wiki_is_kept_pages_and_data_sources"),
    Row("Templates of data sources", "their list, and each one's page with its body",
        f"{_WHOLE}::test_templates_are_kept_with_their_page_and_its_content"),
    Row("Comments of pages and of blocks", "discussion, author or `display_name`, attachments",
        f"{_WHOLE}::test_comments_of_pages_and_of_blocks_are_kept_with_discussion_attachments_and_display_name"),
    Row("Users", "members, bots, and guests and former members whom something names",
        f"{_WHOLE}::test_members_guests_bots_and_custom_emojis_are_kept"),
    Row("Custom emojis", "name and picture",
        f"{_WHOLE}::test_a_file_in_every_place_is_kept_byte_for_byte[custom emoji]"),
    Row("Meeting notes", "summary, notes and transcript, by the three ids the block names",
        f"{_WHOLE}::test_meeting_notes_are_kept_by_the_three_ids_they_name"),
    Row("Tabs", "labels with icons, and what is in each",
        f"{_WHOLE}::test_tabs_are_kept_with_their_labels_icons_and_contents"),
    Row("Synced blocks", "the content once, copies as pointers; of an original out of reach the copy's own content",
        f"{_WHOLE}::test_a_synced_copy_is_a_pointer_unless_its_original_is_out_of_reach"),
    Row("What search leaves out", "found by the tree, by queries and by what refers to it",
        "capture/test_whole_workspace.py::test_what_search_leaves_out_is_found_by_the_tree"),
    Row("What is not shared", "the reference, and a problem of the kind `outside`",
        f"{_HARD}::test_an_unshared_page_is_outside_where_it_is_only_referred_to"),
    Row("What is no longer shared", "as it was last seen, marked, with the time",
        f"{_AGAIN}::test_no_longer_shared_is_carried_on_and_said_and_not_asked_again"),
    Row("Types this version does not know", "raw, and counted by name in the verdict",
        f"{_SAID}::test_blocks_and_properties_of_unknown_types_are_kept_raw_and_counted_by_name"),
)  # fmt: skip

CUT = {
    "relation": "said by `has_more`",
    "people": "not said: whenever 25 are shown",
    "title": "whenever it has 25 mentions",
    "rich_text": "whenever it has 25 mentions",
}

FILES_TOO = (
    Row("The same file in many places", "fetched once, by the path of its URL",
        f"{_HARD}::test_a_file_in_many_places_is_downloaded_once"),
    Row("A file that is held already", "costs nothing",
        f"{_HARD}::test_a_file_held_by_the_previous_snapshot_is_not_downloaded_again"),
    Row("Files left out by the settings", "name, type and size, and a problem of the kind `outside`",
        f"{_LEFT}::test_what_is_left_out_is_stated_stays_stated_and_comes_when_it_is_wanted"),
    Row("Files that cannot be had", "the reference, and a problem in every snapshot until they can",
        f"{_LEFT}::test_a_file_that_cannot_be_had_is_missing_in_every_snapshot_until_it_is_had"),
    Row("Files hosted elsewhere", "the link; the content too with `external_files`, never from inside a network",
        "capture/test_download.py::test_no_address_inside_a_network_is_ever_public"),
)  # fmt: skip

_SILENT = f"{_WHOLE}::test_no_object_of_the_api_tells"
NOT_GIVEN = (
    Row("Who may see and edit what (permissions, sharing, groups)", "note it by hand; set it anew after a restore",
        f"{_SILENT}[permissions]"),
    Row("Page width, font, small text", "set it anew after a restore", f"{_SILENT}[look of a page]"),
    Row("Layouts of pages and databases", "set them anew after a restore", f"{_SILENT}[layouts]"),
    Row("Resolved comments", "reopen what has to be kept", f"{_WHOLE}::test_resolved_comments_are_not_given"),
    Row("The text that an inline comment is about", "the block is known, the words are not",
        f"{_SILENT}[text of inline comments]"),
    Row("Page history", "that is what snapshots are for", f"{_SILENT}[history]"),
    Row("Questions of forms", "the view is kept, its questions are not",
        f"{_SILENT}[form questions]"),
    Row("Automations", "note them by hand", f"{_SILENT}[automations]"),
    Row("Buttons, AI blocks, forms and other unsupported blocks", "their kind and place are kept; a notice names each",
        f"{_WHOLE}::test_what_the_api_calls_unsupported_is_kept_by_name_only"),
    Row("What a button property does", "its name is kept",
        f"{_WHOLE}::test_every_value_of_a_type_is_kept_as_the_api_gives_it[button]"),
    Row("The sound of meetings", "transcript and summary are kept",
        f"{_WHOLE}::test_the_sound_of_meetings_is_not_given"),
    Row("Reactions", "none", f"{_SILENT}[reactions]"),
    Row("Favourites and the sidebar", "none", f"{_SILENT}[favourites]"),
    Row("Teamspaces", "none; pages are kept by their parents", f"{_SILENT}[teamspaces]"),
    Row("Analytics", "none", f"{_SILENT}[analytics]"),
    Row("Content behind a capability that the connection lacks", "`doctor` and the verdict name it and its cure",
        f"{_AGAIN}::test_a_missing_capability_is_said_each_time_and_made_good_when_it_is_given"),
)  # fmt: skip


def sections() -> Iterator[tuple[str, str, list[Row]]]:
    """Heading, what the second column says, rows."""
    yield "Objects", "how", list(OBJECTS)
    block = f"{_WHOLE}::test_every_block_of_a_type_is_kept_as_it_is_in_its_place"
    older = f"{_WALK}::test_meeting_notes_are_walked_by_the_three_ids_they_name"
    blocks = [Row(f"`{kind}`", "", older if kind == "transcription" else f"{block}[{kind}]") for kind in sorted(BLOCKS)]
    yield "Block types", "", blocks
    value = f"{_WHOLE}::test_every_value_of_a_type_is_kept_as_the_api_gives_it"
    yield "Property types", "", [Row(f"`{kind}`", "", f"{value}[{kind}]") for kind in sorted(PROPERTIES)]
    cut = f"{_WHOLE}::test_a_value_that_the_page_cuts_at_25_is_kept_whole"
    rows = [Row(f"`{kind}`", how, f"{cut}[{kind}]") for kind, how in CUT.items()]
    rollup = f"{_WHOLE}::test_a_rollup_over_a_relation_that_is_cut_is_kept_whole"
    yield (
        "Values that a page cuts at 25",
        "when the rest is read",
        [*rows, Row("`rollup`", "over a cut relation", rollup)],
    )
    mention = f"{_WHOLE}::test_every_kind_of_mention_is_kept"
    yield "Mentions", "", [Row(f"`{kind}`", "", f"{mention}[{kind}]") for kind in MENTIONS]
    view = f"{_WHOLE}::test_every_view_of_a_type_is_kept_with_its_configuration"
    yield "Views", "", [Row(f"`{kind}`", "", f"{view}[{kind}]") for kind in VIEWS]
    file = f"{_WHOLE}::test_a_file_in_every_place_is_kept_byte_for_byte"
    yield "Files", "how", [*(Row(place.capitalize(), "", f"{file}[{place}]") for place in FILES), *FILES_TOO]
    yield "What the API does not give", "what remains, and what you can do", list(NOT_GIVEN)


def page() -> str:
    """The page as Markdown."""
    lines = [
        "# What a snapshot holds",
        "",
        "Made by `make pages` from the code; do not edit. Every row names the test, below `notion_backup_tests/`, that",
        f"proves it. Everything is kept whole as Notion's API (version {NOTION_VERSION}) gave it: what a later version",
        "learns to read is there already. What one snapshot lacks is in its verdict.",
    ]
    for heading, second, rows in sections():
        lines += ["", f"## {heading}", ""]
        told = any(row.how for row in rows)
        lines += [f"| | {second} | proof |", "| --- | --- | --- |"] if told else ["| | proof |", "| --- | --- |"]
        lines += [f"| {row.what} |{f' {row.how} |' if told else ''} `{row.proof}` |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
