from __future__ import annotations

from notion_backup_tests.cli.world import HOSTILE_TITLES, Program, World


def test_history_lists_the_versions_of_a_page_by_any_name(program: Program, world: World) -> None:
    page_id = world.changed["renamed"]
    first, second = program("history", page_id, "--json").json_lines
    snapshots = [line["snapshot"] for line in program("snapshots", "--json").json_lines]
    assert [first["snapshot"], second["snapshot"]] == snapshots
    assert (first["change"], second["change"]) == (["added"], ["changed"])
    (renamed,) = second["what"]["properties"].values()
    assert renamed["after"] == "A better name"
    assert first["captured_at"] < second["captured_at"]
    assert second["edited_by"]
    assert program("history", "A better name", "--json").json_lines == [first, second]
    assert len(program("history", page_id, "--at", "2026-11-20", "--json").json_lines) == 1
    shown = program("history", page_id)
    assert shown.status == 0
    assert "A better name" in shown.stdout


def test_blame_has_a_line_for_each_block_with_its_snapshot(program: Program, world: World) -> None:
    page_id = world.changed["renamed"]
    blocks = program("show", page_id, "--json").json["blocks"]
    lines = program("blame", page_id, "--json").json_lines
    assert [line["id"] for line in lines] == [block["block"]["id"] for block in blocks]
    assert {line["since"] for line in lines} == {program("snapshots", "--json").json_lines[0]["snapshot"]}
    assert len(program("blame", page_id).stdout.splitlines()) == len(lines)


def test_diff_of_one_page_is_in_words(program: Program, world: World) -> None:
    page_id = world.changed["renamed"]
    (line,) = program("diff", "2026-11-20", "2026-11-21", "--page", page_id, "--json").json_lines
    assert line["change"] == "changed"
    assert [value["after"] for value in line["properties"].values()] == ["A better name"]
    shown = program("diff", "2026-11-20", "2026-11-21", "--page", "A better name")
    assert "→ A better name" in shown.stdout
    assert program("diff", "2026-11-20", "2026-11-21", "--page", page_id, "--brief").status == 2


def test_changes_are_reported_as_markdown_and_html(program: Program) -> None:
    markdown = program("changes")
    assert markdown.status == 0
    assert "**1** changed" in markdown.stdout
    assert "A better name" in markdown.stdout
    page = program("changes", "--format", "html", "--since", "2026-11-20")
    assert page.stdout.startswith("<!DOCTYPE html>")
    assert "A better name</ins>" in page.stdout
    assert program("changes", "--json").json_lines == program("diff", "2026-11-20", "latest", "--json").json_lines
    assert program("changes", "--at", "2026-11-20").status == 2


def test_history_of_hostile_pages_is_harmless(program: Program, world: World) -> None:
    for title in HOSTILE_TITLES:
        for command in ("history", "blame"):
            result = program(command, world.renamed[title])
            assert result.status == 0
            assert "\x1b" not in result.output
            assert "\u202e" not in result.output
