"""The program as people run it: a process of its own, with pipes that close and Ctrl-C."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from notion_backup_tests.cli.world import TOKEN, Program, Result, World
from notion_backup_tests.conftest import PASSPHRASE


@pytest.mark.slow
def test_the_whole_story_from_nothing_to_an_export(fresh: Program) -> None:
    outputs: list[Result] = []

    def step(status: int, *arguments: str) -> Result:
        result = fresh(*arguments)
        assert result.status == status, result.output
        outputs.append(result)
        return result

    sheet = fresh.cwd / "sheet.txt"
    assert str(sheet) in step(0, "init", "--sheet", str(sheet)).stdout
    assert "0 errors" in step(0, "doctor").stderr
    done = fresh.process("backup", "--json")
    outputs.append(done)
    assert done.status in (0, 3), done.output
    (line,) = step(0, "snapshots", "--json").json_lines
    assert line["snapshot"] == done.json["snapshot"]
    assert (line["verdict"] == "complete") == (done.status == 0)
    assert line["late"] is False
    assert len(done.json["problems"]) == line["missing"] + line["outside"] + line["notices"]
    assert "nothing wrong" in step(0, "verify", "--level", "full").stdout
    pages = [one for one in step(0, "ls", "--json").json_lines if one["kind"] == "page"]
    assert len(pages) == line["rows"]["pages"]
    assert pages[0]["id"] in step(0, "show", pages[0]["id"]).stdout
    assert "nothing changed" in step(0, "diff", "latest", line["partition"]["key"]).stderr
    out = fresh.cwd / "out"
    counts = step(0, "export", "latest", str(out), "--format", "json", "--json").json["counts"]
    assert counts["block"] == line["rows"]["blocks"] == len((out / "objects/block.jsonl").read_bytes().splitlines())
    runs = step(0, "doctor", "--json").json_lines
    assert "1 run" in next(one["text"] for one in runs if one["name"] == "dagster")
    for result in outputs:
        assert TOKEN not in result.output
        assert PASSPHRASE not in result.output


@pytest.mark.slow
def test_ctrl_c_during_a_backup_ends_with_130_commits_nothing_and_says_so(fresh: Program) -> None:
    assert fresh("init", "--sheet", str(fresh.cwd / "sheet.txt")).status == 0
    process = subprocess.Popen(
        [*fresh.command, "backup"],
        env=fresh.process_environment({"NOTION_BACKUP_CONFIG": str(_slow_settings(fresh))}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if "read" in line:
            break
    process.send_signal(signal.SIGINT)
    out, rest = process.communicate(timeout=60)
    assert process.returncode == 130, told + rest
    assert "Nothing was committed" in rest or "is safe" in rest
    assert "Traceback" not in out + told + rest
    assert fresh("snapshots", "--json").json_lines == []


def _slow_settings(fresh: Program) -> Path:
    """So few requests a minute that the backup is still at work when it is interrupted."""
    file = fresh.cwd / "slow.toml"
    file.write_text('[[workspace]]\nname = "notion"\nrequests_per_minute = 30\n')
    return file


def test_a_reader_that_leaves_ends_the_program_quietly(program: Program) -> None:
    process = subprocess.Popen(
        [*program.command, "ls", "--json"],
        env=program.process_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    told = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=60) == 141
    assert told == ""


def test_a_terminal_that_knows_only_ascii_is_no_reason_to_fail(program: Program) -> None:
    result = program.process("ls", "--all", PYTHONIOENCODING="ascii")
    assert result.status == 0
    assert result.stdout.isascii()


def test_init_asks_twice_on_a_terminal_and_does_not_echo(fresh: Program) -> None:
    sheet = fresh.cwd / "sheet.txt"
    shown, status = _at_terminal(fresh, ["init", "--sheet", str(sheet)], ["a new secret\n", "a new secret\n"])
    assert status == 0, shown
    assert "a new secret" not in shown
    assert sheet.exists()
    opened = fresh("snapshots", "--json", NOTION_BACKUP_PASSPHRASE="a new secret")
    assert opened.status == 0


def test_init_makes_nothing_when_the_two_passphrases_differ(fresh: Program) -> None:
    shown, status = _at_terminal(fresh, ["init"], ["one\n", "another\n"])
    assert status == 2
    assert "differ" in shown
    assert not Path(fresh.environment["NOTION_BACKUP_REPOSITORY"]).exists()


def test_on_a_terminal_tables_are_drawn_and_titles_are_still_harmless(program: Program) -> None:
    shown, status = _at_terminal(program, ["snapshots"], [], passphrase=PASSPHRASE)
    assert status == 0
    assert "─" in shown
    shown, status = _at_terminal(program, ["ls"], [], passphrase=PASSPHRASE)
    assert status == 0
    assert "owned\x07" not in shown
    assert "\x1b]0;" not in shown


def _at_terminal(
    program: Program, arguments: list[str], answers: list[str], passphrase: str | None = None
) -> tuple[str, int]:
    """Run the program on a pseudo-terminal, answering each question; gives what was shown and the exit status."""
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        [*program.command, *arguments],
        env=program.process_environment({"NOTION_BACKUP_PASSPHRASE": passphrase, "TERM": "xterm", "COLUMNS": "200"}),
        stdin=follower,
        stdout=follower,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    shown = b""
    waiting = list(answers)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            data = os.read(leader, 65536)
        except OSError:  # Linux's way to say that the other side has closed
            break
        if not data:
            break
        shown += data
        asked = shown.decode("utf-8", "replace").count(": ") > len(answers) - len(waiting)
        if waiting and asked and shown.rstrip(b"\r\n").endswith(b":") | shown.endswith(b": "):
            os.write(leader, waiting.pop(0).encode())
    os.close(leader)
    return shown.decode("utf-8", "replace"), process.wait(timeout=60)


def test_json_on_standard_output_is_all_there_is_while_messages_go_elsewhere(program: Program) -> None:
    result = program.process("export", "latest", "folder with spaces", "--json")
    assert result.status == 0
    assert json.loads(result.stdout)["folder"] == "folder with spaces"
    assert result.stdout.isascii()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["sandbox", "--help"]])
def test_help_and_version_work_without_any_setting(program: Program, arguments: list[str]) -> None:
    nothing: dict[str, str | None] = dict.fromkeys(program.environment)
    assert program.process(*arguments, **nothing).status == 0


def test_the_sandbox_serves_until_ctrl_c_and_says_how_to_reach_it(program: Program) -> None:
    process = subprocess.Popen(
        [*program.command, "sandbox", "serve", "--port", "0", "--pages", "3"],
        env=program.process_environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        encoding="utf-8",
    )
    assert process.stderr is not None
    told = [process.stderr.readline() for _ in range(3)]
    url = told[1].strip().removeprefix("NOTION_BASE_URL=")
    answer = httpx.get(f"{url}/v1/users/me", headers={"Authorization": "Bearer wrong"}, timeout=20)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
    process.send_signal(signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert process.returncode in (0, 130)
    assert "Traceback" not in rest


def test_a_port_in_use_is_wrong_use(program: Program, world: World) -> None:
    port = world.server.url.rpartition(":")[2]
    for command in (["sandbox", "serve", "--pages", "3"], ["ui"]):
        result = program(*command, "--port", port)
        assert result.status == 2, result.output
        assert port in result.stderr
