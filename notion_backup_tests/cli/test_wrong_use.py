"""What goes wrong at the command line: each with its exit status, one clear message, a cure, and no traceback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from notion_backup_tests.cli.world import TOKEN, Program, Result, World
from notion_backup_tests.conftest import PASSPHRASE


def _refused(result: Result, status: int, *words: str) -> None:
    assert result.status == status, result.output
    for word in words:
        assert word in result.stderr
    assert result.stderr.count("Error: ") == 1
    assert "Traceback" not in result.output
    assert TOKEN not in result.output
    assert PASSPHRASE not in result.output


def test_a_missing_token_is_wrong_configuration(program: Program) -> None:
    _refused(program("backup", NOTION_TOKEN=None), 2, "NOTION_TOKEN")


def test_a_wrong_token_fails_and_says_what_to_do(program: Program) -> None:
    result = program("backup", NOTION_TOKEN="ntn_wrong_token_never_printed")
    _refused(result, 1, "token", "→")
    assert "ntn_wrong_token_never_printed" not in result.output


def test_an_unreachable_server_is_named_by_doctor(program: Program) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        result = program("doctor", "--json", NOTION_BASE_URL=url)
    assert result.status == 1
    assert "error" in {line["status"] for line in result.json_lines if line["name"].startswith("notion")}
    assert "ok" in {line["status"] for line in result.json_lines if line["name"] == "passphrase"}


def test_doctor_names_a_wrong_token_and_goes_on(program: Program) -> None:
    result = program("doctor", NOTION_TOKEN="ntn_wrong_token_never_printed")
    assert result.status == 1
    assert "error    notion" in result.stdout
    assert "→" in result.stdout
    assert "ok       passphrase" in result.stdout
    assert "ntn_wrong_token_never_printed" not in result.output


def test_doctor_on_a_sound_setup_ends_with_0_and_warns_of_an_incomplete_snapshot(program: Program) -> None:
    result = program("doctor")
    assert result.status == 0
    assert "warning  latest snapshot" in result.stdout
    assert TOKEN not in result.output


def test_doctor_says_what_the_reader_of_attachments_is_not_kept_off(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def line() -> dict[str, str]:
        return next(one for one in program("doctor", "--json").json_lines if one["name"] == "attachments")

    for off, status, said in (({"files", "network"}, "ok", ""), ({"network"}, "warning", "off: files")):
        monkeypatch.setattr("notion_backup.search.kept_off", lambda off=off: frozenset(off))
        assert line()["status"] == status
        assert line()["text"].endswith(said)


def test_doctor_says_that_there_is_no_repository_yet(fresh: Program) -> None:
    result = fresh("doctor", "--json")
    assert result.status == 1
    (line,) = [line for line in result.json_lines if line["name"] == "repository"]
    assert "init" in line["cure"]


@pytest.mark.parametrize("command", [["snapshots"], ["ls"], ["verify"], ["export", "latest", "out"]])
def test_a_wrong_passphrase_is_wrong_configuration(program: Program, command: list[str]) -> None:
    result = program(*command, NOTION_BACKUP_PASSPHRASE="not the passphrase, never printed")
    _refused(result, 2, "passphrase", "→")
    assert "never printed" not in result.output


def test_a_passphrase_that_is_nowhere_set_is_wrong_configuration(program: Program) -> None:
    _refused(program("snapshots", NOTION_BACKUP_PASSPHRASE=None), 2, "NOTION_BACKUP_PASSPHRASE")


def test_a_repository_that_is_nowhere_set_is_wrong_configuration(program: Program) -> None:
    _refused(program("snapshots", NOTION_BACKUP_REPOSITORY=None), 2, "NOTION_BACKUP_REPOSITORY")


def test_a_missing_repository_is_wrong_configuration(fresh: Program) -> None:
    _refused(fresh("snapshots"), 2, "notion-backup init")


def test_a_folder_of_something_else_is_not_taken_for_a_repository(fresh: Program) -> None:
    place = Path(fresh.environment["NOTION_BACKUP_REPOSITORY"])
    place.mkdir()
    (place / "holiday.jpg").write_bytes(b"not ours")
    _refused(fresh("init"), 2, str(place))
    assert [path.name for path in place.iterdir()] == ["holiday.jpg"]


def test_a_repository_of_a_newer_format_is_refused(program: Program, world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(world.program.environment["NOTION_BACKUP_REPOSITORY"], copy)
    file = copy / "repo.json"
    file.chmod(0o600)
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "format": 99}))
    _refused(program("snapshots", NOTION_BACKUP_REPOSITORY=str(copy)), 2, "99", "newer")


def test_an_existing_repository_is_never_made_again(program: Program, world: World) -> None:
    place = Path(program.environment["NOTION_BACKUP_REPOSITORY"])
    before = sorted(str(path) for path in place.rglob("*"))
    sheet = program.cwd / "no-sheet.txt"
    _refused(program("init", "--sheet", str(sheet)), 2, "already")
    assert sorted(str(path) for path in place.rglob("*")) == before
    assert not sheet.exists()


def test_a_recovery_sheet_never_replaces_a_file(fresh: Program) -> None:
    sheet = fresh.cwd / "sheet.txt"
    sheet.write_text("something of mine")
    _refused(fresh("init", "--sheet", str(sheet)), 2, "exists already")
    assert sheet.read_text() == "something of mine"
    assert not Path(fresh.environment["NOTION_BACKUP_REPOSITORY"]).exists()


@pytest.mark.parametrize("name", ["2020-01-01", "ffffffff", "nosuch", "\x1b[2J", "[red]x", "../../etc"])
@pytest.mark.parametrize("command", ["verify", "export", "show", "diff"])
def test_an_unknown_snapshot_is_wrong_use(program: Program, command: str, name: str) -> None:
    arguments = {
        "verify": [name],
        "export": [name, str(program.cwd / "never")],
        "show": [name, "x"],
        "diff": ["latest", name],
    }[command]
    result = program(command, *arguments)
    _refused(result, 2, "notion-backup snapshots")
    assert "\x1b" not in result.output
    assert not (program.cwd / "never").exists()


@pytest.mark.parametrize(
    "wanted", ["no such title", "../..", "\x1b[2J", "00000000-0000-4000-8000-000000000000", "a/b/c", "/"]
)
def test_an_unknown_object_is_wrong_use(program: Program, wanted: str) -> None:
    for command in ("show", "ls"):
        result = program(command, "latest", wanted)
        assert result.status == 2
        assert result.stderr.startswith("Error: ")
        assert "\x1b" not in result.output


def test_an_unknown_workspace_is_wrong_use(program: Program) -> None:
    for command in (["snapshots"], ["backup"], ["verify"], ["doctor"]):
        _refused(program(*command, "--workspace", "nobody"), 2, "nobody", "notion")


def test_an_unknown_partition_is_wrong_use(program: Program) -> None:
    _refused(program("backup", "--partition", "1999-01-01"), 2, "1999-01-01")


@pytest.mark.parametrize(
    "arguments", [["nosuch"], ["ls", "--nosuch"], ["verify", "--level", "deep"], ["export"], ["show"]]
)
def test_a_call_that_is_no_command_ends_with_2(program: Program, arguments: list[str]) -> None:
    result = program(*arguments)
    assert result.status == 2
    assert "Traceback" not in result.output


def test_a_settings_file_that_is_not_there_or_wrong_is_wrong_configuration(program: Program, tmp_path: Path) -> None:
    _refused(program("--config", str(tmp_path / "none.toml"), "snapshots"), 2, "none.toml")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('token = "ntn_misplaced_secret"\n')
    result = program("--config", str(wrong), "snapshots")
    _refused(result, 2, "wrong.toml")
    assert "ntn_misplaced_secret" not in result.output


def test_an_export_into_a_folder_in_use_writes_nothing(program: Program, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    _refused(program("export", "latest", str(tmp_path)), 2, "not an empty folder", "→")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


# Root may write anywhere; without this capability the permissions of a file hold for root too.
_AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override"] if os.geteuid() == 0 else []


@pytest.mark.skipif(bool(_AS_ANYBODY) and not shutil.which("setpriv"), reason="root writes where it likes")
def test_a_read_only_repository_can_be_read_and_refuses_a_backup(
    program: Program, world: World, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(world.program.environment["NOTION_BACKUP_REPOSITORY"], copy)
    folders = [copy, *(path for path in copy.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o500)
    place = {"NOTION_BACKUP_REPOSITORY": str(copy), "NOTION_BACKUP_HOME": str(tmp_path / "home")}
    try:
        assert program.process("verify", "--level", "full", below=_AS_ANYBODY, **place).status == 0
        _refused(program.process("backup", below=_AS_ANYBODY, **place), 1, str(copy), "Nothing was committed", "→")
    finally:
        for folder in folders:
            folder.chmod(0o700)


def test_a_full_disk_ends_a_backup_and_harms_no_snapshot(program: Program, world: World, tmp_path: Path) -> None:
    with _tiny_disk(tmp_path / "disk") as disk:
        copy = disk / "copy"
        shutil.copytree(world.program.environment["NOTION_BACKUP_REPOSITORY"], copy)
        room = shutil.disk_usage(disk).free
        (disk / "ballast").write_bytes(bytes(max(0, room - 8_192)))
        place = {"NOTION_BACKUP_REPOSITORY": str(copy), "NOTION_BACKUP_HOME": str(tmp_path / "home")}
        before = program("snapshots", "--json", **place).json_lines
        _refused(program.process("backup", **place), 1, "No room is left", "Nothing was committed", "→")
        assert program("snapshots", "--json", **place).json_lines == before
        assert program("verify", "--level", "full", **place).status == 0


@contextmanager
def _tiny_disk(place: Path) -> Iterator[Path]:
    """A file system of four mebibytes; the test is skipped where none may be mounted."""
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_an_unforeseen_error_is_told_by_its_type_alone(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError(f"quoting {TOKEN}")

    monkeypatch.setattr("notion_backup.settings.load_settings", broken)
    _refused(program("snapshots"), 1, "ValueError", "--debug")
    shown = program("--debug", "snapshots")
    assert shown.status == 1
    assert "Traceback" in shown.stderr


def test_debug_shows_where_a_known_error_came_from(program: Program) -> None:
    result = program("--debug", "show", "nosuch", "x")
    assert result.status == 2
    assert "Traceback" in result.stderr
    assert PASSPHRASE not in result.output


def test_ctrl_c_in_any_command_ends_with_130_and_says_what_is_safe(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("notion_backup.settings.load_settings", interrupted)
    result = program("ls")
    assert result.status == 130
    assert "is safe" in result.stderr
    assert "Traceback" not in result.output
