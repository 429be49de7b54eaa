"""Requests, seconds, bytes and memory of a first and a second snapshot, for growing workspaces.

    python -m benchmarks.snapshots [--blocks 1000 10000 100000] [--blocks-per-page 20] [--no-block-comments]
        [--json FILE]

The sandbox serves a generated workspace from a process of its own, without any limit on requests; each snapshot is
taken by a fresh process, so that its peak memory is its own. Seconds are wall-clock, key stretching included. Memory is
the largest resident size once the repository is open; stretching the passphrase takes 256 MiB for a second before that.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from notion_backup.cli.heaps import share_heaps

TOKEN = "ntn_benchmark"
PASSPHRASE = "benchmark"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--blocks-per-page", type=int, default=20)
    parser.add_argument("--no-block-comments", action="store_true", help="ask only pages for their comments")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--snapshot", nargs=2, metavar=("URL", "REPOSITORY"), help=argparse.SUPPRESS)
    parser.add_argument("--per-minute", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--more-tokens", nargs="+", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--ledger", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.snapshot:
        share_heaps()  # as the command line does
        print(json.dumps(_snapshot(arguments)))
        return 0
    results = [result for blocks in arguments.blocks for result in _measure(blocks, arguments)]
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print("| blocks | snapshot | requests | seconds | blocks/s | stored bytes | share of first | peak memory |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for r in results:
        print(
            f"| {r['blocks']:,} | {r['which']} | {r['requests']:,} | {r['seconds']:.1f} "
            f"| {r['blocks'] / r['seconds']:,.0f} | {r['stored_bytes']:,} "
            f"| {r['share']:.2%} | {r['peak_mib']:.0f} MiB |"
        )
    return 0


def _measure(blocks: int, arguments: argparse.Namespace) -> list[dict[str, Any]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    pages = max(1, blocks // arguments.blocks_per_page)
    serve = ["sandbox", "serve", "--port", str(port), "--token", TOKEN, "--pages", str(pages), "--seed", "1"]
    serve += ["--blocks-per-page", str(arguments.blocks_per_page)]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([sys.executable, "-m", "notion_backup.cli.main", *serve], stdout=subprocess.DEVNULL)
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, server)
            results: list[dict[str, Any]] = []
            for which in ("first", "second, unchanged"):
                command = [
                    sys.executable,
                    "-m",
                    "benchmarks.snapshots",
                    "--snapshot",
                    url,
                    str(Path(folder) / "repository"),
                ]
                if arguments.no_block_comments:
                    command.append("--no-block-comments")
                done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
                result = {"which": which, **json.loads(done.stdout)}
                result["share"] = result["stored_bytes"] / (
                    results[0]["stored_bytes"] if results else result["stored_bytes"]
                )
                results.append(result)
            return results
        finally:
            server.terminate()
            server.wait()


def _snapshot(asked: argparse.Namespace) -> dict[str, Any]:
    from notion_backup.capture import Source, capture_workspace
    from notion_backup.repository import Repository, open_store
    from notion_backup.snapshot import SnapshotWriter, Table, latest_snapshot

    begun = time.monotonic()
    url, place = asked.snapshot
    store = open_store(place)
    if store.size("repo.json") is None:
        repository, _ = Repository.init(store, PASSPHRASE)
    else:
        repository = Repository.open(store, PASSPHRASE)

    def clock() -> datetime:
        return datetime.now(UTC)

    peak = _Peak()
    with peak, repository.session() as session:
        writer = SnapshotWriter(session, latest_snapshot(repository, "notion"), clock=clock)
        source = Source(
            token=TOKEN,
            base_url=url,
            requests_per_minute=asked.per_minute,
            block_comments=not asked.no_block_comments,
            more_tokens=tuple(asked.more_tokens),
            ledger=asked.ledger,
        )
        report = capture_workspace(source, writer, progress=lambda _: None, clock=clock)
        sealed = writer.seal(report.facts("notion"))
    commit = repository.commit(sealed.draft_id)
    return {
        "blocks": sealed.manifest.tables[Table.BLOCKS].rows,
        "pages": sealed.manifest.tables[Table.PAGES].rows,
        "requests": sealed.manifest.requests_total,
        "downloads": report.downloads,
        "seconds": time.monotonic() - begun,
        "stored_bytes": commit.stored_bytes,
        "media_bytes": sealed.manifest.media.bytes,
        "verdict": sealed.manifest.verdict.status,
        "peak_mib": peak.mib,
        "cores": os.cpu_count(),
    }


class _Peak:
    """The largest resident size of this process while the block runs, looked at twenty times a second."""

    def __init__(self) -> None:
        self.mib = 0.0
        self._over = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._watcher.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watcher.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            self.mib = max(self.mib, pages * os.sysconf("SC_PAGE_SIZE") / 2**20)


def _wait(url: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(6_000):
        if server.poll() is not None:
            sys.exit("the sandbox ended at once")
        try:
            httpx.get(f"{url}/_sandbox/stats", timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    sys.exit("the sandbox did not answer")


if __name__ == "__main__":
    sys.exit(main())
