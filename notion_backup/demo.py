"""``make demo`` and ``make ui``: a whole life of a backup against a generated workspace, told as it happens.

Everything is done as a user would do it: the commands below are separate processes, the workspace is served on a real
socket by the Notion-compatible server, the snapshots are materialised by Dagster.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from notion_backup.errors import EXIT_COMPLETE, EXIT_INCOMPLETE

PAGES = 160
SEED = 7
RESTORED, BELOW = "Showcase/Every block", "Showcase"
"""What is brought back into Notion, and the title of the page below which."""
_START_SECONDS = 60
console = Console(highlight=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo's folder and what its commands need to know. It is made anew by each ``run``."""

    folder: Path
    port: int
    token: str

    @property
    def url(self) -> str:
        """Where the workspace is served."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def workspace_file(self) -> Path:
        """The generated workspace, as it is after the day of edits."""
        return self.folder / "workspace.json"

    def environment(self) -> dict[str, str]:
        """The environment of every command: all that a backup needs to be told."""
        return {
            **os.environ,
            "NOTION_TOKEN": self.token,
            "NOTION_BASE_URL": self.url,
            # A restore has a token of its own; this server gives all its rights to one.
            "NOTION_RESTORE_TOKEN": self.token,
            "NOTION_BACKUP_REPOSITORY": str(self.folder / "repository"),
            "NOTION_BACKUP_PASSPHRASE_FILE": str(self.folder / "passphrase"),
            "NOTION_BACKUP_HOME": str(self.folder / "home"),
            # The window in force when this day begins, the one that was missed, is a partition too.
            "NOTION_BACKUP_START": self._note("start", (_missed_day() + timedelta(days=1)).isoformat()),
        }

    def _note(self, name: str, value: str) -> str:
        """A value that the first run decides and later ones keep."""
        path = self.folder / name
        if not path.exists():
            path.write_text(value, encoding="ascii")
        return path.read_text(encoding="ascii")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the demo, or open Dagster's pages on its history."""
    parser = argparse.ArgumentParser(prog="python -m notion_backup.demo", description=__doc__)
    parser.add_argument("what", choices=["run", "ui"])
    parser.add_argument("--folder", type=Path, default=Path(".demo"))
    parser.add_argument("--port", type=int, default=3000, help="port of Dagster's pages (ui)")
    arguments = parser.parse_args(argv)
    folder = arguments.folder.absolute()
    return _run(folder) if arguments.what == "run" else _ui(folder, arguments.port)


def _run(folder: Path) -> int:
    begun = time.monotonic()
    demo = _make(folder)
    missed = _missed_day().isoformat()
    with _served(demo, ["--pages", str(PAGES), "--seed", str(SEED)]):
        _chapter("A workspace to protect", f"{_truth(demo)} — served at {demo.url} as Notion would")
        _command(demo, "init", "--sheet", str(folder / "recovery-sheet.txt"))
        _chapter("Yesterday's snapshot was missed", "Notion has no past: it is captured now and marked late")
        _command(demo, "backup", "--partition", missed)
        _chapter("Is it really there?", "every byte decrypted, every id computed again, every table counted")
        _command(demo, "verify", "--level", "full")
        edits = _edit(demo)
        _chapter("A day of work in Notion", edits)
        _command(demo, "backup")
        _chapter("What that day changed", "from the two snapshots alone, Notion is not asked")
        _command(demo, "diff", missed, "latest", shown=14)
        _chapter(
            "Where did it say so?", "titles, texts, comments and attachments of both snapshots, from an encrypted index"
        )
        _command(demo, "search", "budget", "--history", shown=6)
        _chapter("Out again", "a site to open in a browser, with search, views and the media beside it")
        _command(demo, "export", "latest", str(folder / "export"), "--format", "html")
        _chapter(
            "And back into Notion", "made beside what is there, read back and compared; what the API cannot is named"
        )
        _command(demo, "restore", "latest", "--page", RESTORED, "--into", _page(demo, BELOW), "--yes", shown=20)
        _command(demo, "snapshots")
        _save_workspace(demo)
    console.print(f"\n[bold green]Done[/] in {time.monotonic() - begun:.0f} s. Where to look:")
    for what, where in (
        ("Dagster's pages on this history", "make ui"),
        ("the repository: nothing in it can be read without the passphrase", folder / "repository"),
        ("the export", folder / "export" / "index.html"),
        ("the recovery sheet (keep such a thing on paper)", folder / "recovery-sheet.txt"),
    ):
        console.print(f"  {escape(str(where))}\n      {what}")
    return EXIT_COMPLETE


def _ui(folder: Path, port: int) -> int:
    if not (folder / "demo.json").exists():
        console.print("There is no demo yet: run `make demo` first.")
        return 2
    demo = Demo(folder, **json.loads((folder / "demo.json").read_text(encoding="utf-8")))
    with _served(demo, ["--workspace", str(demo.workspace_file)]):
        pages = subprocess.Popen([*_program(), "ui", "--port", str(port)], env=demo.environment())
        # The pages end their own processes when told to; the sandbox must outlive them.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: pages.terminate())
        return pages.wait()


def _make(folder: Path) -> Demo:
    if folder.exists():
        if not (folder / "demo.json").exists():
            sys.exit(f"{folder} exists and is not a demo's folder: nothing was touched.")
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    demo = Demo(folder, port=_free_port(), token=f"ntn_{secrets.token_hex(20)}")
    (folder / "demo.json").write_text(json.dumps({"port": demo.port, "token": demo.token}), encoding="utf-8")
    passphrase = folder / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text(secrets.token_urlsafe(24), encoding="ascii")
    return demo


@contextmanager
def _served(demo: Demo, workspace: Sequence[str]) -> Iterator[None]:
    """The Notion-compatible server as a process of its own, ended with the block."""
    command = [*_program(), "sandbox", "serve", "--port", str(demo.port), "--token", demo.token, *workspace]
    with (demo.folder / "sandbox.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait(demo, process)
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


def _wait(demo: Demo, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"The sandbox ended at once; its words are in {demo.folder / 'sandbox.log'}.")
        try:
            httpx.get(f"{demo.url}/_sandbox/stats", timeout=2).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    sys.exit(f"The sandbox did not answer within {_START_SECONDS} s; see {demo.folder / 'sandbox.log'}.")


def _truth(demo: Demo) -> str:
    counts = httpx.get(f"{demo.url}/_sandbox/truth", timeout=60).json()["counts"]
    return ", ".join(f"{counts[kind]:,} {kind}s" for kind in ("page", "block", "database", "comment"))


def _page(demo: Demo, title: str) -> str:
    """The id of the page with that title."""
    headers = {"authorization": f"Bearer {demo.token}", "notion-version": "2026-03-11"}
    asked = {"query": title, "filter": {"property": "object", "value": "page"}}
    found = httpx.post(f"{demo.url}/v1/search", json=asked, headers=headers, timeout=60).json()["results"]
    return next(str(page["id"]) for page in found if _title(page) == title)


def _title(page: dict[str, Any]) -> str:
    titles = (value["title"] for value in page["properties"].values() if value["type"] == "title")
    return "".join(part["plain_text"] for part in next(titles, []))


def _edit(demo: Demo) -> str:
    answer = httpx.post(f"{demo.url}/_sandbox/edit", json={"days": 1, "seed": SEED}, timeout=60)
    answer.raise_for_status()
    counts: dict[str, int] = answer.json()[0]["counts"]
    return ", ".join(f"{count} × {kind.replace('_', ' ')}" for kind, count in sorted(counts.items()))


def _save_workspace(demo: Demo) -> None:
    answer = httpx.get(f"{demo.url}/_sandbox/workspace", timeout=60)
    answer.raise_for_status()
    demo.workspace_file.write_bytes(answer.content)


def _command(demo: Demo, *arguments: str, shown: int | None = None) -> None:
    """Run one command as a user would, showing its output; anything but done or done-with-gaps ends the demo."""
    console.print(f"[bold cyan]$ notion-backup {escape(' '.join(arguments))}[/]")
    done = subprocess.run(
        [*_program(), *arguments], env=demo.environment(), stdout=subprocess.PIPE, check=False, encoding="utf-8"
    )
    lines = done.stdout.splitlines()
    for line in lines[:shown]:
        console.print(f"  {escape(line)}")
    if shown is not None and len(lines) > shown:
        console.print(f"  … and {len(lines) - shown} lines more")
    if done.returncode not in (EXIT_COMPLETE, EXIT_INCOMPLETE):
        sys.exit(f"`notion-backup {arguments[0]}` ended with status {done.returncode}: the demo stops here.")


def _chapter(title: str, text: str) -> None:
    console.print(f"\n[bold]{title}[/] — {escape(text)}")


def _missed_day() -> date:
    """The partition before the current one: with the default schedule a day begins at three o'clock (UTC)."""
    return (datetime.now(UTC) - timedelta(hours=3)).date() - timedelta(days=1)


def _program() -> list[str]:
    return [sys.executable, "-m", "notion_backup.cli.main"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main())
