from __future__ import annotations

from pathlib import Path

import pytest

from notion_backup.cli.search import _tell_unsearched
from notion_backup.search import Extent
from notion_backup_tests.cli.world import HOSTILE_TITLES, Program, World


def test_search_finds_words_in_one_snapshot_and_in_history(program: Program, world: World) -> None:
    first, second = (line["snapshot"] for line in program("snapshots", "--json").json_lines)
    result = program("search", '"better name"', "--json")
    assert result.status == 0
    (hit,) = [hit for hit in result.json_lines if hit["id"] == world.changed["renamed"]]
    assert (hit["kind"], hit["title"], hit["snapshot"]) == ("page", "A better name", second)
    assert hit["path"].endswith("Plans/2026/Q4/A better name")
    assert {"excerpt", "score"} <= set(hit)
    assert (
        program("search", '"better name"', "--at", "2026-11-20", "--kind", "page", "--in", "title", "--json").json_lines
        == []
    )
    (lived,) = program("search", '"better name"', "--history", "--in", "title", "--json").json_lines
    assert (lived["first_seen"], lived["last_seen"]) == (second, second)
    block = program("show", world.changed["renamed"], "--json").json["blocks"][0]["block"]
    text = block[block["type"]]["rich_text"][0]["plain_text"]
    (said,) = [
        hit for hit in program("search", f'"{text}"', "--history", "--json").json_lines if hit["place"] == block["id"]
    ]
    assert (said["id"], said["first_seen"]) == (world.changed["renamed"], first)


def test_search_says_what_is_wrong_and_shows_nothing_harmful(program: Program, world: World) -> None:
    for title in HOSTILE_TITLES:
        result = program("search", "--", title or "x")
        assert result.status in (0, 2)
        assert "\x1b" not in result.output
        assert "\u202e" not in result.output
    for wrong in (
        ["!!"],
        ["x", "--kind", "planet"],
        ["x", "--in", "x"],
        ["x", "--property", "x"],
        ["x", "--edited-to", "x"],
    ):
        assert program("search", *wrong).status == 2
    assert program("search", "the", "--unshared", "--limit", "3").status == 0
    assert program("search", "the", "--by", "Nobody At All", "--json").json_lines == []


def test_search_in_a_fresh_home_makes_its_index(program: Program, tmp_path: Path) -> None:
    home = {"NOTION_BACKUP_HOME": str(tmp_path)}
    made = program("search", "the", "--json", **home)
    assert "took in 2 snapshots" in made.stderr
    assert made.json_lines
    again = program("search", "the", "--json", **home)
    assert again.json_lines == made.json_lines
    assert "took in" not in again.stderr
    assert "took in 2 snapshots" in program("search", "the", "--rebuild", "--at", "2026-11-20", **home).stderr


def test_search_says_how_many_attachments_it_does_not_see(capsys: pytest.CaptureFixture[str]) -> None:
    _tell_unsearched({Extent.WHOLE: 9, Extent.CUT: 0, Extent.UNREAD: 0})
    assert capsys.readouterr().err == ""
    _tell_unsearched({Extent.WHOLE: 9, Extent.CUT: 1, Extent.UNREAD: 2})
    said = capsys.readouterr()
    assert "2 attachments that could not be read" in said.err
    assert "first 1,000,000 characters only: 1 attachment." in said.err
    assert said.out == ""
