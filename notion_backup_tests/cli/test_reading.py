from __future__ import annotations

import json
import shutil
import unicodedata
from pathlib import Path

import pytest

from notion_backup.snapshot import id_in
from notion_backup_tests.cli.world import HOSTILE_TITLES, Program, World

ID = "33156586-0c75-81b9-a4da-d99f2a372118"


def _harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in {"Cc", "Cf", "Zl", "Zp"} for c in text if c not in "\n\u200c\u200d")


def test_snapshots_are_listed_with_what_they_hold_and_what_they_cost(program: Program) -> None:
    result = program("snapshots")
    assert result.status == 0
    header, first, second = result.stdout.splitlines()
    assert header.split()[:3] == ["SNAPSHOT", "WORKSPACE", "PARTITION"]
    assert "2026-11-20" in first
    assert "(late by" in first
    assert "complete" in first
    assert "incomplete (" in second


def test_snapshots_as_json_lines_have_the_summary_that_was_signed(program: Program) -> None:
    lines = program("snapshots", "--json").json_lines
    assert [line["partition"]["key"] for line in lines] == ["2026-11-20", "2026-11-21"]
    assert all(line["rows"]["pages"] > 0 and line["requests"] > 0 and line["stored_bytes"] > 0 for line in lines)
    assert lines[1]["missing"] > 0


def test_the_verdict_of_any_snapshot_can_be_read_again(program: Program, world: World) -> None:
    first, second = (program("snapshots", day) for day in ("2026-11-20", "2026-11-21"))
    assert (first.status, second.status) == (0, 3)
    assert "is COMPLETE" in first.stdout and "is INCOMPLETE" in second.stdout
    assert "every object now" in first.stdout
    assert "since before" not in first.stdout and "since before" in second.stdout
    assert "1 no longer shared" in second.stdout and "1 renamed" in second.stdout
    heading = next(line for line in second.stdout.splitlines() if "unreachable" in line)
    pages = next(line for line in second.stdout.splitlines() if line.split()[:1] == ["pages"])
    assert heading.split() == ["captured", "since", "before", "referenced", "unreachable"]
    # What is no longer shared is still held as it was.
    assert pages.split()[1:3] == [str(program("snapshots", "--json").json_lines[0]["rows"]["pages"]), "-"]
    assert "body-unreachable (page)" in second.stdout and "→" in second.stdout
    assert _harmless(second.output) and max(map(len, second.stdout.splitlines())) < 400


def test_the_verdict_as_json_counts_by_kind_and_compares(program: Program, world: World) -> None:
    told = program("snapshots", "2026-11-21", "--json").json
    kinds = told["coverage"]
    assert set(kinds) == {
        *("page", "block", "database", "data_source", "view", "template", "comment", "property"),
        *("user", "custom_emoji", "file"),
    }
    assert kinds["page"]["captured"] == told["rows"]["pages"]
    assert kinds["block"]["unreachable"] == 1
    # A body that could not be read now is held as it was.
    assert kinds["page"]["change"] == kinds["block"]["change"] == 0
    assert sum(row["unreachable"] for row in kinds.values()) == told["missing"]
    assert (told["changes"]["renamed"], told["changes"]["unshared"]) == (1, 1)
    (lost,) = [problem for problem in told["problems"] if problem["severity"] == "missing"]
    assert lost["code"] == "body-unreachable" and lost["since"] and lost["cure"]
    before = program("snapshots", "2026-11-20", "--json").json
    assert before["changes"] == {}
    assert {row["change"] for row in before["coverage"].values()} == {None}


def test_every_object_tells_when_it_was_verified(program: Program, world: World) -> None:
    page = program("show", world.changed["renamed"], "--json").json
    assert {unit["table"] for unit in page["captured"]} >= {"pages", "blocks"}
    assert all(unit["verified_at"] and unit["captured_at"] for unit in page["captured"])
    shown = program("show", world.changed["renamed"]).stdout
    assert shown.count(", verified ") >= 2 and "(body)" in shown
    assert ", verified " in program("show", page["blocks"][0]["block"]["id"]).stdout
    assert all(line["oldest_verification"] for line in program("snapshots", "--json").json_lines)
    assert "VERIFIED WITHIN" in program("snapshots").stdout


@pytest.mark.parametrize("way", ["latest", "partition", "id", "prefix"])
def test_a_snapshot_answers_to_every_name_it_has(program: Program, way: str) -> None:
    last = program("snapshots", "--json").json_lines[-1]
    name = {"latest": "latest", "partition": "2026-11-21", "id": last["snapshot"], "prefix": last["snapshot"][:10]}[way]
    for arguments in (["ls", name], ["verify", name, "--level", "structure"], ["diff", name, "latest"]):
        assert program(*arguments).status == 0
    assert "nothing changed" in program("diff", name, "latest").stderr


def test_at_takes_the_nearest_complete_snapshot_and_names_it(program: Program, world: World) -> None:
    complete, broken = program("snapshots", "--json").json_lines
    page_id = world.changed["unshared"]
    for at in ("2026-11-20", "2026-11-21", "2026-11-22"):
        shown = program("show", page_id, "--json", "--at", at)
        assert shown.json["snapshot"] == complete["snapshot"]
        assert complete["snapshot"][:12] in shown.stderr
    assert broken["snapshot"][:12] in program("ls", "--at", "2026-11-21").stderr
    assert program("show", page_id, "--at", "latest", "--json").json["snapshot"] == broken["snapshot"]
    assert program("diff", "2026-11-20 23:00", "latest").status == 0
    assert program("verify", "--at", "2026-11-21", "--level", "structure").status == 0
    assert program("show", "2026-11-20", page_id, "--at", "2026-11-21").status == 2
    assert program("show", page_id, "--at", "2026-11-19").status == 2
    assert program("show", page_id, "--at", "01/02/2026").status == 2


def test_ls_shows_hostile_titles_on_one_line_each_and_harmless(program: Program, world: World) -> None:
    result = program("ls", "--all")
    assert result.status == 0
    assert _harmless(result.stdout)
    for title, page_id in world.renamed.items():
        (line,) = [line for line in result.stdout.splitlines() if page_id in line]
        assert len(line) < 250
        assert title not in ("..", "[bold red]markup[/bold red][link=http://evil.example]") or title in line


@pytest.mark.parametrize("title", HOSTILE_TITLES)
def test_every_output_about_a_hostile_title_is_harmless(program: Program, world: World, title: str) -> None:
    page_id = world.renamed[title]
    for arguments in (["show", page_id], ["ls", "latest", page_id], ["show", page_id, "--raw"], ["show", title or "x"]):
        assert _harmless(program(*arguments).output)
    raw = program("show", page_id, "--raw").json
    (value,) = [value for value in raw["properties"].values() if value["type"] == "title"]
    assert value["title"][0]["plain_text"] == title


def test_ls_as_json_lines_has_every_page_with_its_path(program: Program, world: World) -> None:
    lines = program("ls", "--json").json_lines
    by_id = {line["id"]: line for line in lines}
    assert set(world.renamed.values()) <= set(by_id)
    assert len(by_id) == len(lines)
    child = by_id[world.changed["renamed"]]
    assert child["path"] == "Plans/2026/Q4/A better name"
    assert child["parent"] == world.renamed["Plans/2026/Q4"]


def test_ls_takes_one_word_for_a_snapshot_or_else_for_an_object(program: Program) -> None:
    assert program("ls", "2026-11-20").stdout.startswith("Plans/2026/Q4")
    below = program("ls", "Plans/2026/Q4/A better name")
    assert below.status == 0
    assert below.stdout.startswith("A better name")


def test_ls_counts_what_it_does_not_show(program: Program) -> None:
    assert "below)" in program("ls", "--depth", "1").stdout


def test_tree_draws_every_object_once_and_harmless(program: Program, world: World) -> None:
    listed = program("ls", "--json").json_lines
    drawn = program("tree")
    assert drawn.status == 0
    assert _harmless(drawn.stdout)
    assert [line["id"] for line in listed] == [line["id"] for line in program("tree", "--json").json_lines]
    assert len(drawn.stdout.splitlines()) == len(listed)
    assert all(drawn.stdout.count(line["id"]) == 1 for line in listed)
    below = program("tree", "Plans/2026/Q4", "--depth", "1", "--at", "2026-11-20")
    assert "└── " in below.stdout
    assert all(line.startswith(("Plans", "├── ", "└── ")) for line in below.stdout.splitlines())


def test_show_has_a_database_as_a_table_and_files_by_name(program: Program) -> None:
    (source,) = [line for line in program("ls", "--json").json_lines if line["kind"] == "data_source"]
    rows = [line for line in program("ls", source["id"], "--json").json_lines if line["kind"] == "page"]
    for name in (source["id"], source["parent"]):
        shown = program("show", name).stdout
        assert f"{len(rows)} rows" in shown
        assert sum(line.split()[:2] == ["Task", "Status"] for line in shown.splitlines()) == 1
        assert all(row["title"][:20] in shown and row["id"] in shown for row in rows)
    found = program("sql", "SELECT owner_id, name FROM files WHERE owner <> owner_id AND sha256 IS NOT NULL", "--json")
    for file in found.json_lines:
        assert file["name"] in program("show", file["owner_id"]).stdout.partition("files (")[0]


def test_show_finds_a_page_by_id_url_and_path(program: Program, world: World) -> None:
    page_id = world.changed["renamed"]
    url = f"https://www.notion.so/acme/A-better-name-{page_id.replace('-', '')}?pvs=4"
    shown = {
        program("show", name).stdout for name in (page_id, page_id.replace("-", ""), url, "Plans/2026/Q4/A better name")
    }
    assert len(shown) == 1
    assert "A better name" in shown.pop()


def test_show_tells_the_text_of_a_pages_blocks_and_of_one_block(program: Program, world: World) -> None:
    shown = program("show", world.changed["renamed"], "--json").json
    assert shown["blocks"]
    block = shown["blocks"][0]["block"]
    text = block[block["type"]]["rich_text"][0]["plain_text"]
    assert text in program("show", world.changed["renamed"]).stdout
    assert text in program("show", "latest", block["id"]).stdout
    assert program("show", block["id"], "--raw").json == block


def test_show_takes_an_older_snapshot(program: Program, world: World) -> None:
    assert "A better name" not in program("show", "2026-11-20", world.changed["renamed"]).stdout
    assert program("show", "2026-11-20", world.changed["unshared"]).status == 0
    assert program("show", "2026-11-20", world.changed["unshared"], "--json").json["kind"] == "page"
    # In the later one it is as it was last seen, with the problem that says so.
    later = program("show", "2026-11-21", world.changed["unshared"])
    assert later.stdout.startswith("page")
    assert "not shared with the connection any more" in later.stdout


def test_diff_tells_what_became_of_each_object(program: Program, world: World) -> None:
    changes = program("diff", "2026-11-20", "2026-11-21", "--json").json_lines
    kinds = {(change["id"], change["change"]) for change in changes}
    assert (world.changed["renamed"], "changed") in kinds
    assert (world.changed["renamed"], "changed") in {
        (change["id"], change["change"])
        for change in program("diff", "2026-11-20", "2026-11-21", "--json", "--brief").json_lines
    }
    assert (world.changed["unshared"], "unshared") in kinds
    shown = program("diff", "2026-11-20", "2026-11-21")
    assert shown.status == 0
    assert "no longer shared" in shown.stdout
    assert "is incomplete" in shown.stderr
    assert _harmless(shown.output)


@pytest.mark.parametrize("level", ["structure", "sample", "full"])
def test_a_sound_repository_verifies_at_every_level(program: Program, level: str) -> None:
    result = program("verify", "--level", level, "--json")
    assert result.status == 0
    assert result.json["ok"] is True
    assert result.json["findings"] == []
    assert (result.json["bytes_read"] > 0) == (level != "structure")


def test_a_flipped_bit_is_named_and_the_status_is_1(program: Program, world: World, tmp_path: Path) -> None:
    copy = _copy(world, tmp_path)
    pack = max((copy / "packs").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(bytes(data))
    result = program("verify", "--level", "full", NOTION_BACKUP_REPOSITORY=str(copy))
    assert result.status == 1
    assert pack.name[:16] in result.stdout
    assert "needed by" in result.stdout
    found = program("verify", "--level", "full", "--json", NOTION_BACKUP_REPOSITORY=str(copy))
    assert found.status == 1
    assert found.json["findings"]


def test_a_removed_log_entry_is_listed_by_verify_and_what_is_left_can_still_be_read(
    program: Program, world: World, tmp_path: Path
) -> None:
    copy = _copy(world, tmp_path)
    first = sorted((copy / "log").iterdir())[0]
    first.unlink()
    refused = program("snapshots", NOTION_BACKUP_REPOSITORY=str(copy))
    assert refused.status == 1
    assert refused.stdout == ""
    result = program("verify", "--level", "structure", NOTION_BACKUP_REPOSITORY=str(copy))
    assert result.status == 1
    assert "log" in result.stdout
    left = program("--tolerate-damage", "snapshots", NOTION_BACKUP_REPOSITORY=str(copy))
    assert left.status == 0


def test_a_history_cut_short_is_noticed_by_reading_and_by_verify(
    program: Program, world: World, tmp_path: Path
) -> None:
    copy = _copy(world, tmp_path)
    moved = {"NOTION_BACKUP_REPOSITORY": str(copy), "NOTION_BACKUP_HOME": str(tmp_path / "home")}
    assert program("snapshots", **moved).status == 0
    sorted((copy / "log").iterdir())[-1].unlink()
    refused = program("snapshots", **moved)
    assert refused.status == 1
    assert "this machine has seen" in refused.stderr
    found = program("verify", "--level", "structure", "--json", **moved)
    assert found.status == 1
    assert "history-rolled-back" in {finding["code"] for finding in found.json["findings"]}


def test_export_writes_everything_and_says_that_the_snapshot_itself_is_incomplete(
    program: Program, tmp_path: Path
) -> None:
    result = program("export", "latest", str(tmp_path / "out"), "--format", "json")
    assert result.status == 0
    assert "itself is incomplete" in result.stderr
    assert (tmp_path / "out" / "manifest.json").exists()
    assert json.loads(program("export", "2026-11-20", str(tmp_path / "old"), "--json").stdout)["verdict"] == "complete"


def test_export_of_damaged_media_ends_with_3_and_names_it(program: Program, world: World, tmp_path: Path) -> None:
    copy = _copy(world, tmp_path)
    assert any(_damage_if_media(program, copy, pack) for pack in (copy / "packs").rglob("*") if pack.is_file())
    result = program("export", "2026-11-20", str(tmp_path / "out"), NOTION_BACKUP_REPOSITORY=str(copy))
    assert result.status == 3
    assert "Could not be read: media " in result.stderr
    unreadable = json.loads((tmp_path / "out" / "manifest.json").read_text())["unreadable"]
    assert {one["table"] for one in unreadable} == {"media"}
    files = [json.loads(line) for line in (tmp_path / "out" / "files.jsonl").read_text().splitlines()]
    assert {file["sha256"] for file in files if file["sha256"] and not file["path"]} == {
        one["id"] for one in unreadable
    }
    assert not list(tmp_path.glob(".out.*"))


def test_a_recovery_sheet_opens_the_repository_without_the_passphrase(fresh: Program) -> None:
    sheet = fresh.cwd / "sheet.txt"
    assert fresh("init", "--sheet", str(sheet)).status == 0
    assert sheet.stat().st_mode & 0o777 == 0o600
    result = fresh("--recovery-sheet", str(sheet), "snapshots", NOTION_BACKUP_PASSPHRASE=None)
    assert result.status == 0
    assert "No snapshot yet" in result.stderr


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ID, ID),
        (ID.replace("-", "").upper(), ID),
        (f"https://www.notion.so/Title-{ID.replace('-', '')}", ID),
        (f"https://acme.notion.site/a-b-{ID.replace('-', '')}?pvs=4", ID),
        (f"https://www.notion.so/{'0' * 32}?v={'1' * 32}&p={ID.replace('-', '')}", ID),
        (f"https://www.notion.so/{'0' * 32}#{ID.replace('-', '')}", ID),
        ("Projects/Plan", None),
        ("https://example.org/about", None),
    ],
)
def test_ids_are_found_in_what_people_copy(text: str, found: str | None) -> None:
    assert id_in(text) == found


def _copy(world: World, folder: Path) -> Path:
    copy = folder / "copy"
    shutil.copytree(world.program.environment["NOTION_BACKUP_REPOSITORY"], copy)
    for path in copy.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return copy


def _damage_if_media(program: Program, copy: Path, pack: Path) -> bool:
    """Damage a pack; take the damage back when it holds more than media, so that the tables cannot be read."""
    data = pack.read_bytes()
    middle = len(data) // 2
    pack.write_bytes(data[:middle] + bytes(byte ^ 1 for byte in data[middle : middle + 100]) + data[middle + 100 :])
    where = {"NOTION_BACKUP_REPOSITORY": str(copy)}
    found = program("verify", "2026-11-20", "--level", "full", "--json", **where).json["findings"]
    if found and all(finding["object"].startswith("packs/") for finding in found):
        return True
    pack.write_bytes(data)
    return False
