from __future__ import annotations

from pathlib import Path

import pytest

from notion_backup_tests.cli.world import Program, World

FORMATS = {"markdown": "About this export.md", "html": "index.html", "csv": None, "parquet": None}


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_written_and_summed_up(program: Program, tmp_path: Path, form: str) -> None:
    folder = tmp_path / "out"
    first = program("export", "2026-11-20", str(folder), "--format", form, "--json")
    assert first.status == 0, first.stderr
    facts = first.json
    assert (facts["format"], facts["verdict"], facts["page"]) == (form, "complete", None)
    assert facts["written"] > 0
    assert facts["unreadable"] == facts["in_the_way"] == []
    assert FORMATS[form] is None or (folder / str(FORMATS[form])).exists()
    again = program("export", "2026-11-20", str(folder), "--format", form, "--json").json
    assert (again["written"], again["unchanged"]) == (0, facts["written"])


def test_a_later_snapshot_renews_a_folder_and_prunes_only_when_asked(
    program: Program, world: World, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    program("export", "2026-11-20", str(folder), "--format", "markdown")
    (folder / "mine.md").write_text("mine")
    later = program("export", "2026-11-21", str(folder), "--format", "markdown", "--json").json
    assert later["left"] > 0
    assert later["written"] < later["unchanged"]
    pruned = program("export", "2026-11-21", str(folder), "--format", "markdown", "--prune", "--json").json
    assert (pruned["removed"], pruned["left"]) == (later["left"], 0)
    assert (folder / "mine.md").read_text() == "mine"


@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_one_page_with_all_below_it(program: Program, world: World, tmp_path: Path, form: str) -> None:
    page_id = world.renamed["Plans/2026/Q4"]
    whole = program("ls", "2026-11-21", "--json").json_lines
    below = [line for line in whole if line["path"].startswith("Plans/2026/Q4")]
    for name in (page_id, "Plans/2026/Q4"):
        folder = tmp_path / name.replace("/", "-")
        facts = program("export", "2026-11-21", str(folder), "--format", form, "--page", name, "--json").json
        assert facts["page"] == page_id
        pages = facts["counts"]["page" if form == "json" else "pages"]
        assert pages == sum(line["kind"] == "page" for line in below)


def test_a_file_in_the_way_is_left_alone_and_named_with_exit_status_3(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    program("export", "2026-11-20", str(folder), "--format", "html")
    (folder / "index.html").unlink()
    (folder / "index.html").mkdir()
    result = program("export", "2026-11-20", str(folder), "--format", "html")
    assert result.status == 3
    assert "In the way, left as it is: index.html" in result.stderr


def test_wrong_use_is_refused(program: Program, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    for arguments in (
        ["latest", str(tmp_path / "full"), "--format", "html"],
        ["latest", str(tmp_path / "out"), "--format", "docx"],
        ["latest", str(tmp_path / "out"), "--format", "html", "--page", "nosuch page"],
    ):
        assert program("export", *arguments).status == 2
    assert not (tmp_path / "out").exists()


def test_a_snapshot_is_named_before_the_folder_or_by_a_point_in_time(program: Program, tmp_path: Path) -> None:
    named = program("export", "2026-11-20", str(tmp_path / "named"), "--format", "csv", "--json").json
    spoken = program("export", "20 November 2026", str(tmp_path / "spoken"), "--format", "csv", "--json")
    assert spoken.json["snapshot"] == named["snapshot"]
    assert "nearest complete" in spoken.stderr
    at = program("export", str(tmp_path / "at"), "--at", "2026-11-20", "--format", "csv", "--json").json
    assert at["snapshot"] == named["snapshot"]
    assert [path.read_bytes() for path in sorted((tmp_path / "at").glob("*.csv"))] == [
        path.read_bytes() for path in sorted((tmp_path / "named").glob("*.csv"))
    ]
    assert program("export", str(tmp_path / "none")).status == 2
    assert program("export", "latest", str(tmp_path / "none"), "--at", "2026-11-20").status == 2
    assert not (tmp_path / "none").exists()
