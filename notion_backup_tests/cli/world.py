"""A repository with two snapshots of a served workspace whose titles are hostile, and a way to call the program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from notion_backup.capture import Source, capture_workspace
from notion_backup.cli.main import app
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import FaultRule, RunningSandbox, Sandbox, generate, running
from notion_backup.snapshot import Partition, SnapshotWriter, latest_snapshot
from notion_backup_tests.conftest import CHEAP, PASSPHRASE

TOKEN = "ntn_token_that_must_never_be_printed"
HOSTILE_TITLES = (
    "Plans/2026/Q4",
    "..",
    "nul\x00byte",
    "invoice\u202efdp.exe",
    "x" * 300,
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "[bold red]markup[/bold red][link=http://evil.example]",
    "two\nlines\rand a return",
    "e" + "\u0301" * 400,
    "",
)


@dataclass(frozen=True)
class Result:
    """What a call of the program gave."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def json_lines(self) -> list[Any]:
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def output(self) -> str:
        return self.stdout + self.stderr


@dataclass(frozen=True)
class Program:
    """The program with an environment that names everything it needs."""

    environment: dict[str, str]
    cwd: Path

    def __call__(self, *arguments: str, **environment: str | None) -> Result:
        """Run in this process. A variable given as None is unset."""
        hidden: dict[str, str | None] = {name: None for name in os.environ if name.startswith("NOTION")}
        outcome = CliRunner().invoke(app, list(arguments), env={**hidden, **self.environment, **environment})
        assert outcome.exception is None or isinstance(outcome.exception, SystemExit), outcome.exception
        return Result(outcome.exit_code, outcome.stdout, outcome.stderr)

    def process(
        self, *arguments: str, timeout: float = 120, below: Sequence[str] = (), **environment: str | None
    ) -> Result:
        """Run as a process of its own, under the command ``below`` when one is given."""
        done = subprocess.run(
            [*below, *self.command, *arguments],
            env=self.process_environment(environment),
            cwd=self.cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "notion_backup.cli.main"]

    def process_environment(self, changes: Mapping[str, str | None] | None = None) -> dict[str, str]:
        plain = {name: value for name, value in os.environ.items() if not name.startswith("NOTION")}
        merged = {**plain, **self.environment, **(changes or {})}
        return {name: value for name, value in merged.items() if value is not None}


@dataclass(frozen=True)
class World:
    """The served workspace, and the program pointed at it and at a repository with two snapshots of it."""

    program: Program
    server: RunningSandbox
    repository: Repository
    renamed: dict[str, str]
    changed: dict[str, str] = field(default_factory=dict)


def environment_for(folder: Path, url: str) -> dict[str, str]:
    return {
        "NOTION_TOKEN": TOKEN,
        "NOTION_BASE_URL": url,
        "NOTION_BACKUP_REPOSITORY": str(folder / "repository"),
        "NOTION_BACKUP_PASSPHRASE": PASSPHRASE,
        "NOTION_BACKUP_HOME": str(folder / "home"),
    }


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """Serve, capture, edit, capture: as the pipeline does it, without Dagster."""
    workspace = generate(pages=24, rows=4, seed=5, blocks_per_page=5, media_bytes=60_000, showcase=False)
    pages = [page for page in workspace.all("page") if _plain(page)]
    renamed = {}
    for page, title in zip(pages, HOSTILE_TITLES, strict=False):
        _rename(page, title)
        workspace.touch(page["id"])
        renamed[title] = page["id"]
    with running(Sandbox(workspace, token=TOKEN)) as server:
        program = Program(environment_for(folder, server.url), folder)
        repository, _ = Repository.init(open_store(str(folder / "repository")), PASSPHRASE, kdf=CHEAP)
        take(repository, server.url, datetime(2026, 11, 20, tzinfo=UTC))
        later = pages[len(HOSTILE_TITLES) :]
        changed = {"renamed": later[0]["id"], "unshared": _leaf(server, later[1:])}
        _rename(later[0], "A better name")
        workspace.touch(later[0]["id"])
        server.sandbox.access.unshared.add(changed["unshared"])
        broken = next(p["id"] for p in later[1:] if p["id"] != changed["unshared"])
        server.sandbox.faults.add(FaultRule("status", path=f"/blocks/{broken}/children", status=404, times=None))
        take(repository, server.url, datetime(2026, 11, 21, tzinfo=UTC))
        server.sandbox.faults.clear()
        yield World(program, server, repository, renamed, changed)


def take(repository: Repository, url: str, day: datetime) -> None:
    """Capture and commit."""
    source = Source(
        token=TOKEN, base_url=url, requests_per_minute=None, block_comments=False, verify_within=timedelta()
    )
    partition = Partition(day.date().isoformat(), day, day + timedelta(days=1))
    with repository.session() as session:
        writer = SnapshotWriter(session, latest_snapshot(repository, "notion"), clock=lambda: datetime.now(UTC))
        report = capture_workspace(source, writer)
        repository.commit(writer.seal(report.facts("notion", partition)).draft_id)


def _plain(page: dict[str, Any]) -> bool:
    return not page["in_trash"] and page["parent"]["type"] in ("page_id", "workspace")


def _leaf(server: RunningSandbox, pages: list[dict[str, Any]]) -> str:
    """A page under which there is no other."""
    parents = {page["parent"].get("page_id") for page in server.sandbox.workspace.all("page")}
    return next(str(page["id"]) for page in pages if page["id"] not in parents)


def _rename(page: dict[str, Any], title: str) -> None:
    span = {"type": "text", "text": {"content": title, "link": None}, "plain_text": title, "href": None}
    for value in page["properties"].values():
        if value["type"] == "title":
            value["title"] = [span]
