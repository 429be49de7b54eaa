"""Requests of restores beside the least that the API allows, and the memory of one with much media.

    python -m benchmarks.restore [--media-mib 2048] [--json FILE]

Generated workspaces are captured and restored into an empty sandbox. The least is counted from the snapshot alone, as
docs/restore.md derives it, and without the reasons for more that depend on what points where (a body or a row that
points to something not made yet). Memory is the largest resident size of the command's process, Dagster included, which
restores films of 256 MiB and reads them back. Its repository is on disk and its passphrase hardly stretched: stretching
takes 256 MiB for a second before anything else. The two sandboxes are in another process.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.snapshots import PASSPHRASE
from notion_backup.capture import Source, capture_workspace
from notion_backup.capture.client import NotionReader
from notion_backup.capture.paging import Listing, collect
from notion_backup.repository import KdfParameters, Repository, open_store
from notion_backup.restore import Applied, SnapshotOrigin, apply, whole
from notion_backup.restore.blocks import Node
from notion_backup.restore.journal import Header, Journal, Record
from notion_backup.restore.limits import LEVELS, MOST_ITEMS, PART, SINGLE_PART
from notion_backup.restore.preflight import preflight
from notion_backup.sandbox import RunningSandbox, Sandbox, SandboxClock, Workspace, generate, running
from notion_backup.sandbox.generator.builder import Builder
from notion_backup.snapshot import SnapshotReader, SnapshotWriter, Table, open_snapshot

_QUICK = KdfParameters(iterations=1, memory_kib=64, lanes=1)
_FILM = 256 * 2**20
_OWN = ("child_page", "child_database")
WORKSPACES: dict[str, dict[str, Any]] = {
    "600 pages, 1,400 rows": {"pages": 600, "rows": 1_400, "blocks_per_page": 8},
    "10,000 blocks on 100 pages": {"pages": 100, "rows": 0, "databases": 0, "blocks_per_page": 106},
    "every kind of object": {"pages": 60, "rows": 60, "showcase": True},
}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--media-mib", type=int, default=2_048)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(argv)
    found = {"requests": [_requests(name, told) for name, told in WORKSPACES.items()], "media": _media(asked.media_mib)}
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    return 0


# --- requests --------------------------------------------------------------------------------------------------


def _requests(name: str, told: dict[str, Any]) -> dict[str, Any]:
    space = generate(**{"showcase": False, "media_bytes": 500, "big_bytes": 5_000, "seed": 1, **told})
    with tempfile.TemporaryDirectory() as folder:
        repository, _ = Repository.init(open_store(str(Path(folder) / "repository")), PASSPHRASE, kdf=_QUICK)
        snapshot = _taken(repository, space)
        least = least_requests(SnapshotOrigin(snapshot))
        with running(_empty()) as server:
            begun = time.monotonic()
            applied = _restore(snapshot, server.url, server.token, Path(folder))
            seconds = time.monotonic() - begun
            total, writes = server.stats.total, server.stats.writes
            asked = dict(server.stats.endpoints)
        uploads = sum(number for endpoint, number in asked.items() if "file_uploads" in endpoint)
    return {
        "workspace": name,
        "blocks": snapshot.manifest.tables[Table.BLOCKS].rows,
        "least": least.total(),
        "sent": applied.requests.total(),
        "ratio": round(applied.requests.total() / least.total(), 4),
        "writes": writes,
        "writes_besides_uploads": writes - uploads,
        "with_preflight": total,
        "seconds": round(seconds, 1),
        "least_by_kind": dict(least),
        "sent_by_kind": dict(applied.requests),
    }


def least_requests(origin: SnapshotOrigin) -> Counter[str]:
    """The least requests that make all of a snapshot anew, by what they make."""
    found: Counter[str] = Counter()
    for raw in origin.objects(Table.PAGES):
        if raw.get("in_trash") or str(raw["id"]) in origin.template_sources():
            continue
        found["pages"] += 1
        found["blocks"] += _bodies(origin.body(str(raw["id"])))
        found["states"] += bool(raw.get("is_archived") or raw.get("is_locked"))
        found["comments"] += len(origin.comments(str(raw["id"])))
    for raw in origin.objects(Table.DATABASES):
        if raw.get("in_trash"):
            continue
        own, views = len(raw["data_sources"]), len(origin.views(str(raw["id"])))
        # A database with its schema read and its views listed; one that shows another's data comes with its view.
        found["databases"] += 3 + own - 1 if own else 0
        found["views"] += views
        found["properties"] += sum(_late(origin, str(one["id"])) for one in raw["data_sources"])
    contents: dict[str, int] = {}
    for raw in (*origin.objects(Table.PAGES), *origin.objects(Table.DATABASES)):
        for file in origin.files(str(raw["id"])).values():
            if file.media is not None:
                contents[file.media.sha256] = file.media.bytes
    for size in contents.values():
        found["uploads"] += 2 if size <= SINGLE_PART else 2 + ceil(size / PART)
    return found


def _bodies(nodes: list[Node]) -> int:
    """Requests for a body beyond the one that makes its page, which takes the first hundred blocks along."""
    runs = [0]
    for node in nodes:
        if node.raw["type"] in _OWN:
            runs.append(0)
        else:
            runs[-1] += 1
    top = sum(ceil(run / MOST_ITEMS) for run in runs) - (1 if runs[0] else 0)
    return top + sum(_below(node) for node in nodes)


def _below(node: Node) -> int:
    """Requests for what is below one block: one for every three levels more, and for every hundred children more."""
    deepest, more = 1, 0
    waiting = [(node, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        children = [child for child in one.children if child.raw["type"] not in _OWN]
        more += max(0, ceil(len(children) / MOST_ITEMS) - 1)
        waiting += [(child, depth + 1) for child in children]
    return more + ceil(deepest / LEVELS) - 1


def _late(origin: SnapshotOrigin, source_id: str) -> int:
    """Requests for the properties of a data source that need others: two make both sides of a relation."""
    properties = (origin.data_source(source_id) or {}).get("properties") or {}
    return sum(one["type"] in ("relation", "rollup", "formula") for one in properties.values())


# --- memory ----------------------------------------------------------------------------------------------------


def _media(mib: int) -> dict[str, Any]:
    space = generate(pages=1, rows=0, databases=0, showcase=False, seed=1)
    builder = Builder(space, random.Random(1))
    page = builder.page("Films", {"type": "workspace", "workspace": True})
    for number in range(max(1, mib * 2**20 // _FILM)):
        film = builder.hosted(f"film {number}.mp4", min(_FILM, mib * 2**20))
        builder.block(page, "video", {"caption": [], "type": "file", "file": film})
    with tempfile.TemporaryDirectory() as folder:
        repository, _ = Repository.init(open_store(str(Path(folder) / "repository")), PASSPHRASE, kdf=_QUICK)
        _taken(repository, space)
        with running(_empty()) as server:
            return {"mib": mib, **_commanded(server, Path(folder))}


def _commanded(server: RunningSandbox, folder: Path) -> dict[str, Any]:
    """The command as a script calls it, and the most memory that its process held."""
    into = _top(Source(token=server.token, base_url=server.url, requests_per_minute=None))
    command = [sys.executable, "-m", "notion_backup.cli.main", "restore", "latest", "--into", into, "--yes", "--json"]
    environment = {
        **os.environ,
        "NOTION_RESTORE_TOKEN": server.token,
        "NOTION_BASE_URL": server.url,
        "NOTION_BACKUP_REPOSITORY": str(folder / "repository"),
        "NOTION_BACKUP_PASSPHRASE": PASSPHRASE,
        "NOTION_BACKUP_HOME": str(folder / "home"),
    }
    begun = time.monotonic()
    peak = 0
    with (folder / "told.json").open("w+b") as told:
        process = subprocess.Popen(command, env=environment, stdout=told)
        while process.poll() is None:
            peak = max(peak, _held(process.pid))
            time.sleep(0.1)
        told.seek(0)
        outcome = json.load(told)
    return {
        "peak_mib": round(peak / 1024),
        "requests": outcome["requests_total"],
        "seconds": round(time.monotonic() - begun, 1),
        "exit_status": process.returncode,
        "score": outcome["score"],
        "files_compared": outcome["files_compared"],
    }


def _held(process: int) -> int:
    """The most KiB that a process has held so far; 0 once it is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


# --- both ------------------------------------------------------------------------------------------------------


def _taken(repository: Repository, space: Workspace) -> SnapshotReader:
    with running(Sandbox(space, clock=SandboxClock.manual())) as server, repository.session() as session:
        clock = server.sandbox.clock.now
        writer = SnapshotWriter(session, None, clock=clock)
        source = Source(token=server.token, base_url=server.url, requests_per_minute=None)
        report = capture_workspace(source, writer, clock=clock)
        sealed = writer.seal(report.facts("notion"))
    return open_snapshot(repository, repository.commit(sealed.draft_id))


def _empty() -> Sandbox:
    """A workspace with the people of the generated ones, and a page to restore below."""
    return Sandbox(generate(pages=1, seed=1, showcase=False, rows=0, databases=0))


def _restore(snapshot: SnapshotReader, url: str, token: str, folder: Path) -> Applied:
    source = Source(token=token, base_url=url, requests_per_minute=None)
    origin = SnapshotOrigin(snapshot)
    selection = whole(origin)
    into = _top(source)
    with NotionReader(source) as reader:
        facts = preflight(reader, into, origin, selection).facts
    header = Header("b1", "line", snapshot.commit.id, url, into, "", facts.to_json(), {})
    journal = Journal(folder / "restores", Record(header), None, 0)
    try:
        return apply(source, origin, facts, selection, journal)
    finally:
        journal.close()


def _top(source: Source) -> str:
    with NotionReader(source) as reader:
        found = collect(reader, Listing("POST", "search", {}, {"filter": {"property": "object", "value": "page"}}))[0]
    return next(str(page["id"]) for page in found if page["parent"]["type"] == "workspace")


if __name__ == "__main__":
    sys.exit(main())
