from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from notion_backup.cli.main import app
from notion_backup_tests.cli.world import Program

HEAVY = ("dagster", "pyarrow", "notion_client", "s3fs", "uvicorn", "starlette", "pydantic", "fsspec")
COMMANDS_PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def _commands() -> dict[str, set[str]]:
    """Every command with its options, as the program has them; "" are the global ones."""
    top = typer.main.get_command(app)
    found = {"": _options(top)}
    for name, command in top.commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", None)
        for inner, leaf in (below or {"": command}).items():
            found[f"{name} {inner}".strip()] = _options(leaf)
    return found


def _options(command: object) -> set[str]:
    hidden = {"--help", "--install-completion", "--show-completion"}
    names = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}  # type: ignore[attr-defined]
    return names - hidden


COMMANDS = _commands()


def _modules_after(*arguments: str, program: Program | None = None) -> set[str]:
    """The modules that a call of the program imported, in a process of its own."""
    code = (
        "import sys\nfrom notion_backup.cli.main import app\n"
        "status = 0\n"
        "try:\n    app(sys.argv[1:])\nexcept SystemExit as ended:\n    status = ended.code\n"
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)\nsys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        encoding="utf-8",
        env=program.process_environment() if program else None,
        check=True,
    )
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


def test_help_imports_nothing_heavy_so_it_starts_fast() -> None:
    assert not _modules_after("--help") & set(HEAVY)


def test_listing_snapshots_does_not_import_dagster_or_notion_client(program: Program) -> None:
    assert not _modules_after("snapshots", program=program) & {"dagster", "notion_client", "s3fs", "uvicorn"}


@pytest.mark.parametrize("name", [name for name in COMMANDS if name])
def test_every_command_has_help_that_says_what_it_does(program: Program, name: str) -> None:
    result = program(*name.split(), "--help")
    assert result.status == 0
    assert "Usage: " in result.stdout
    assert len(result.stdout.splitlines()) > 8
    for option in COMMANDS[name]:
        assert option in result.stdout


def test_the_first_help_page_lists_every_command_unabridged(program: Program) -> None:
    result = program("--help")
    assert result.status == 0
    listed = result.stdout.partition("Commands:")[2]
    for name in {name.partition(" ")[0] for name in COMMANDS if name}:
        assert re.search(rf"^  {name} +\S", listed, re.MULTILINE)
    assert "..." not in listed


def test_the_version_is_printed(program: Program) -> None:
    result = program("--version")
    assert result.status == 0
    assert re.fullmatch(r"notion-backup \d+\.\d+\.\d+\n", result.stdout)


def test_the_commands_page_names_every_command_and_option_and_no_other() -> None:
    page = COMMANDS_PAGE.read_text(encoding="utf-8")
    parts = re.split(r"^## `(.+)`$", page, flags=re.MULTILINE)
    told = {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
    assert set(told) == set(COMMANDS)
    for name, options in COMMANDS.items():
        rows = [line.split("|")[1] for line in told[name].splitlines() if line.startswith("| `-")]
        assert {option for row in rows for option in re.findall(r"--[a-z-]+", row)} == options, name
