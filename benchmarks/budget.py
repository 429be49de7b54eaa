"""How much of its request budget a first capture uses, and whether the server ever has to say "too fast".

    python -m benchmarks.budget [--json FILE]

In real minutes, all cases at the same time, each on a server of its own that answers 429 beyond its budget: 180 and 600
requests a minute, three tokens of 200 each, and two captures (two processes) that share one token of 600. What is
measured ends where the last window begins: that one is seldom full, whoever paces.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.snapshots import TOKEN
from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running

_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Case:
    """Captures at the same time under a budget. ``pages`` gives each of them work for more than three windows."""

    name: str
    per_minute: int
    """Of each token."""
    pages: int
    more_tokens: tuple[str, ...] = ()
    captures: int = 1

    @property
    def budget(self) -> int:
        """Of all tokens together."""
        return self.per_minute * (1 + len(self.more_tokens))


CASES = (
    Case("180 a minute", 180, pages=60),
    Case("600 a minute", 600, pages=200),
    Case("three tokens of 200 a minute", 200, pages=200, more_tokens=("ntn_second", "ntn_third")),
    Case("two captures under one token of 600 a minute", 600, pages=110, captures=2),
)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    with ThreadPoolExecutor(len(CASES)) as pool:
        found = list(pool.map(_measure, CASES))
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print("| case | requests | full windows | seconds | budget used | 429 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for r in found:
        told = f"| {r['case']} | {r['requests']:,} | {r['windows']} | {r['seconds']:.1f} "
        print(f"{told}| {r['used']:.1%} | {r['limited']} |")
    return 0


def _measure(case: Case) -> dict[str, Any]:
    space = generate(pages=case.pages, seed=4, showcase=False)
    sandbox = Sandbox(space, token=TOKEN, other_tokens=case.more_tokens, rate_limit=case.per_minute)
    with tempfile.TemporaryDirectory() as folder, running(sandbox) as server:
        watch = _Watch(server)
        with ThreadPoolExecutor(case.captures) as pool:
            list(pool.map(lambda number: _capture(case, server, Path(folder), number), range(case.captures)))
        watch.end()
        total = server.stats.total
        windows = (total - 1) // case.budget
        seconds = watch.reached(windows * case.budget + 1)
        return {
            "case": case.name,
            "requests": total,
            "windows": windows,
            "seconds": round(seconds, 2),
            "used": round(windows * 60 / seconds, 4) if seconds else 0.0,
            "limited": server.stats.statuses[429],
        }


def _capture(case: Case, server: RunningSandbox, folder: Path, number: int) -> None:
    command = [sys.executable, "-m", "benchmarks.snapshots", "--snapshot", server.url, str(folder / f"{number}")]
    command += ["--per-minute", str(case.per_minute), "--ledger", str(folder / "ledger")]
    command += ["--more-tokens", *case.more_tokens] if case.more_tokens else []
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


class _Watch:
    """Notes when a server had been asked how often."""

    def __init__(self, server: RunningSandbox) -> None:
        self._server = server
        self._seen: list[tuple[float, int]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()

    def reached(self, count: int) -> float:
        """Seconds from the first request until so many had come."""
        first = self._server.stats.first_at or 0.0
        return next((at for at, total in self._seen if total >= count), time.monotonic()) - first

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            total = self._server.stats.total
            if not self._seen or total != self._seen[-1][1]:
                self._seen.append((time.monotonic(), total))


if __name__ == "__main__":
    sys.exit(main())
