"""Requests of a first, an unchanged and a little changed snapshot, beside the least that the API allows.

    python -m benchmarks.requests [--pages 3000] [--rows 7000] [--databases 200] [--changed 20] [--json FILE]

The least is what a whole workspace costs when every object is asked for once: listings of 100 each, one request for the
body of each page and of each block with children, one for the comments of each page and of each block that can have
some, one for each database, view and list of templates, and the further pages of long property values.

The unchanged snapshot and that after some edits are taken without the rolling deep pass, which reads again what is due
whatever its edit time says. The last snapshot has it, an hour after the one before.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from notion_backup.capture import Source, capture_workspace
from notion_backup.repository import KdfParameters, Repository, open_store
from notion_backup.sandbox import RunningSandbox, Sandbox, SandboxClock, Workspace, generate, running
from notion_backup.sandbox.clock import to_minute
from notion_backup.snapshot import SnapshotReader, SnapshotWriter, open_snapshot

_QUICK = KdfParameters(iterations=1, memory_kib=8, lanes=1)
_NEVER = timedelta(days=36_500)
_NO_COMMENTS = ("child_page", "child_database", "unsupported")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=3_000, help="ordinary pages, besides rows")
    parser.add_argument("--rows", type=int, default=7_000)
    parser.add_argument("--databases", type=int, default=200)
    parser.add_argument("--blocks-per-page", type=int, default=4)
    parser.add_argument("--changed", type=int, default=20, help="pages edited before the third snapshot")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    space = generate(
        pages=arguments.pages,
        rows=arguments.rows,
        databases=arguments.databases,
        blocks_per_page=arguments.blocks_per_page,
        showcase=False,
        seed=1,
    )
    sandbox = Sandbox(space, clock=SandboxClock.manual())
    sandbox.clock.advance(24 * 3600)
    repository, _ = Repository.init(open_store("memory://requests"), "benchmark", kdf=_QUICK)
    with running(sandbox) as server:
        found = _measure(server, repository, arguments.changed)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    return 0


def _measure(server: RunningSandbox, repository: Repository, changed: int) -> dict[str, Any]:
    space, clock = server.sandbox.workspace, server.sandbox.clock
    least = least_requests(space)
    seconds = time.monotonic()
    first, of_first = _take(server, repository, None)
    seconds = time.monotonic() - seconds
    clock.advance(3600)
    second, of_second = _take(server, repository, first)
    edited = _edit(server, changed)
    clock.advance(3600)
    third, of_third = _take(server, repository, second)
    clock.advance(3600)
    _, of_fourth = _take(server, repository, third, deep=True)
    bodies = sum(1 + sum(bool(node.raw.get("has_children")) for node in second.body(page) or ()) for page in edited)
    return {
        "pages": len(space.objects["page"]),
        "databases": len(space.objects["database"]),
        "least": sum(least.values()),
        "first": of_first.total(),
        "ratio": round(of_first.total() / sum(least.values()), 4),
        "first_seconds": round(seconds, 1),
        "unchanged": of_second.total(),
        "unchanged_by_endpoint": dict(of_second),
        "changed_pages": len(edited),
        "changed_more_than_unchanged": of_third.total() - of_second.total(),
        "most_bodies_of_changed": bodies,
        "unchanged_with_deep_pass": of_fourth.total(),
        "least_by_kind": dict(least),
        "first_by_endpoint": dict(of_first),
    }


def least_requests(space: Workspace) -> Counter[str]:
    """The least requests for everything in a workspace, by what they ask for. No fault, nothing in the trash."""

    def pages_of(count: int) -> int:
        return max(1, math.ceil(count / 100))

    found: Counter[str] = Counter({"who": 1, "emojis": 1})
    found["search"] = pages_of(len(space.objects["page"])) + pages_of(len(space.objects["data_source"]))
    # Search shows what is in the trash only when asked for it.
    found["search in trash"] = 2
    found["users"] = pages_of(sum(user["id"] not in space.unlisted_users for user in space.all("user")))
    found["databases"] = len(space.objects["database"])
    for source in space.all("data_source"):
        rows = len(space.rows(str(source["id"])))
        found["rows"] += pages_of(rows) + 1
        found["templates"] += 1
    for database in space.all("database"):
        found["views"] += 1 + len(space.view_ids(str(database["id"])))
    for page in space.all("page"):
        found["bodies"] += pages_of(len(space.children.get(str(page["id"]), ())))
        found["comments"] += 1
    for block in space.all("block"):
        if block["type"] not in _NO_COMMENTS:
            found["comments"] += 1
            if block["has_children"]:
                found["bodies"] += pages_of(len(space.children.get(str(block["id"]), ())))
    return found


def _take(
    server: RunningSandbox, repository: Repository, previous: SnapshotReader | None, *, deep: bool = False
) -> tuple[SnapshotReader, Counter[str]]:
    server.stats.reset()
    clock = server.sandbox.clock.now
    with repository.session() as session:
        writer = SnapshotWriter(session, previous, clock=clock)
        where = Source(token=server.token, base_url=server.url, requests_per_minute=None)
        if not deep:
            where = replace(where, verify_within=_NEVER)
        report = capture_workspace(where, writer, clock=clock)
        sealed = writer.seal(report.facts("notion"))
    return open_snapshot(repository, repository.commit(sealed.draft_id)), Counter(server.stats.endpoints)


def _edit(server: RunningSandbox, count: int) -> list[str]:
    """Move the edit time of some pages, as any edit on them does."""
    space = server.sandbox.workspace
    edited = [str(page["id"]) for page in space.all("page") if space.children.get(str(page["id"]))][::37][:count]
    with space.lock:
        for page_id in edited:
            for raw in (space.objects["page"][page_id], space.objects["block"].get(page_id)):
                if raw is not None:
                    raw["last_edited_time"] = to_minute(server.sandbox.clock.now())
            space.touch(page_id)
    return edited


if __name__ == "__main__":
    sys.exit(main())
