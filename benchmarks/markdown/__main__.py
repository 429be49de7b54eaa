"""Markdown of one workspace by this project and by others, and how much of the workspace is in it.

    python -m benchmarks.markdown [--checkouts DIR] [--cache DIR] [--tools ours …] [--json FILE] [--keep DIR]

Every tool has a sandbox of its own with the same workspace: no limit, no faults, no waiting. Python tools and
notion-to-md are installed from their registries under ``--cache``; Obsidian Importer is taken from ``--checkouts`` (see
``benchmarks.peers``). One that is not there is left out, and the result says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.markdown.score import score
from benchmarks.markdown.tools import TOOLS, Tool
from benchmarks.markdown.workspace import handbook, truth_of
from benchmarks.peers.arena import execute
from benchmarks.peers.peer import Left, Places, Task
from benchmarks.snapshots import TOKEN
from notion_backup.sandbox import Sandbox, running

_PATIENCE = 600.0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checkouts = os.environ.get("PEER_CHECKOUTS")
    parser.add_argument("--checkouts", type=Path, default=Path(checkouts) if checkouts else None)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "notion-backup-benchmarks")
    parser.add_argument("--tools", nargs="+", choices=[tool.key for tool in TOOLS], default=None)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="keep what the tools wrote in this folder")
    arguments = parser.parse_args(argv)
    arguments.cache.mkdir(parents=True, exist_ok=True)
    places = Places(arguments.checkouts, arguments.cache)
    result: dict[str, Any] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "tools": {},
        "left_out": {},
    }
    with tempfile.TemporaryDirectory() as scratch:
        for tool in TOOLS:
            if arguments.tools is None or tool.key in arguments.tools:
                try:
                    told = {"name": tool.name, "version": tool.prepare(places)}
                except Left as reason:
                    result["left_out"][tool.key] = f"{tool.name}: {reason}"
                    continue
                result["tools"][tool.key] = told | _run(tool, (arguments.keep or Path(scratch)) / tool.key)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(table(result))
    return 0


def _run(tool: Tool, folder: Path) -> dict[str, Any]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    sandbox = Sandbox(handbook(), token=TOKEN)
    truth = truth_of(sandbox)
    with running(sandbox) as server:
        command, told = tool.command(Task(server.url, server.token, folder, 0, None), truth)
        asked = folder / "asked.txt"
        asked.write_text(told, encoding="utf-8")
        begun = time.monotonic()
        status, cpu = execute(command, folder, 0, _PATIENCE, asked)
        over = time.monotonic()
        first = server.stats.first_at or over
        outcome = {
            "status": status,
            "requests": server.stats.total,
            "downloads": server.stats.downloads,
            "seconds": round(over - first, 2),
            "process_seconds": round(over - begun, 2),
            "cpu_seconds": round(cpu, 2),
        }
    counts = score(truth, folder / "vault")
    if not tool.own_names:
        del counts["names good everywhere"]
    print(f"{tool.name} is through", file=sys.stderr)
    return {**outcome, "counts": counts}


def table(result: dict[str, Any]) -> str:
    """One row a class, one column a tool."""
    tools = list(result["tools"].values())
    rows = [["", *(tool["name"] for tool in tools)], ["---", *["---:"] * len(tools)]]
    for name in dict.fromkeys(name for tool in tools for name in tool["counts"]):
        rows.append([name, *(_share(tool["counts"].get(name)) for tool in tools)])
    for name, form in (("requests", ",d"), ("downloads", ",d"), ("seconds", ".1f"), ("cpu_seconds", ".1f")):
        rows.append([name.replace("_", " "), *(format(tool[name], form) for tool in tools)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines + [f"\nLeft out: {reason}." for reason in result["left_out"].values()])


def _share(count: Sequence[int] | None) -> str:
    if count is None:
        return "–"
    held, wanted = count
    return "–" if not wanted else f"all {wanted}" if held == wanted else f"{held} of {wanted}"


if __name__ == "__main__":
    sys.exit(main())
