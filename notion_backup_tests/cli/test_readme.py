"""Every line that the README shows of reading snapshots works as it stands there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from notion_backup_tests.cli.world import Program

README = Path(__file__).parents[2] / "README.md"
SECTION = README.read_text(encoding="utf-8").partition("## Find and use")[2].partition("```sh\n")[2].partition("```")[0]
LINES = SECTION.splitlines()


def test_the_readme_shows_six_lines() -> None:
    assert len(LINES) == 6


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_readme_runs(program: Program, line: str, tmp_path: Path) -> None:
    program_on_path = tmp_path / "bin" / "notion-backup"
    program_on_path.parent.mkdir()
    program_on_path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m notion_backup.cli.main "$@"\n', encoding="utf-8")
    program_on_path.chmod(0o755)
    environment = program.process_environment({"PATH": f"{program_on_path.parent}{os.pathsep}{os.environ['PATH']}"})
    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout or (tmp_path / "changes.html").stat().st_size > 500
