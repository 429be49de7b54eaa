"""Diff, history, tree, SQL and search on a large workspace: seconds of the processor, and memory.

    python -m benchmarks.explore [--blocks 1000000] [--blocks-per-page 20] [--snapshots 2] [--json FILE]

The snapshots are written directly, without a server: pages of seeded words (a few common, most rare, as in language);
each later snapshot changes one page in a hundred. Every measurement opens the snapshots anew, so reading the catalogs
is in it; the repository is open (stretching the passphrase is not). A search is warm: the same query was asked before.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from notion_backup.changes import blame, detailed, history
from notion_backup.repository import KdfParameters, Repository, open_store
from notion_backup.search import Searcher, index_path, reading, update_index
from notion_backup.snapshot import (
    BlockNode,
    RunFacts,
    SnapshotReader,
    SnapshotWriter,
    Table,
    WorkspaceIdentity,
    diff_snapshots,
    latest_snapshot,
    open_snapshot,
    outline_of,
)
from notion_backup.sql import Sql

PASSPHRASE = "benchmark"
WORDS = 40_000
QUERIES = {
    "a rare word": "w39000",
    "a common word": "w3",
    "two words": "w50 w900",
    "a phrase": '"w1 w2"',
    "a prefix": "w390*",
}


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=1_000_000)
    parser.add_argument("--blocks-per-page", type=int, default=20)
    parser.add_argument("--snapshots", type=int, default=2)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make the repository here, or use the one that is")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    pages = arguments.blocks // arguments.blocks_per_page
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(str((arguments.keep or Path(folder)) / "repository"))
        if arguments.keep and arguments.keep.exists():
            repository = Repository.open(store, PASSPHRASE)
        else:
            repository, _ = Repository.init(store, PASSPHRASE, kdf=KdfParameters(1, 64, 1))
            for number in range(arguments.snapshots):
                _take(repository, pages, arguments.blocks_per_page, number)
        figures = dict(_measured(repository, Path(folder)))
    figures["peak MiB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{arguments.blocks:,} blocks, {pages:,} pages, {arguments.snapshots} snapshots\n")
    print("| what | figure |\n| --- | ---: |")
    for name, value in figures.items():
        print(f"| {name} | {value:,.3f} |")
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


def _measured(repository: Repository, folder: Path) -> Iterator[tuple[str, float]]:
    commits = repository.commits()

    def opened(which: int) -> SnapshotReader:
        return open_snapshot(repository, commits[which])

    yield _timed("diff of two snapshots, s", lambda: list(diff_snapshots(opened(-2), opened(-1))))
    page = next(diff_snapshots(opened(-2), opened(-1))).id
    yield _timed("diff of one page in words, s", lambda: list(detailed(opened(-2), opened(-1), page=page)))
    yield _timed("history of a page, s", lambda: list(history(repository, commits, Table.PAGES, page)))
    yield _timed("blame of a page, s", lambda: blame(repository, commits, page))
    yield _timed("tree, s", lambda: outline_of(opened(-1)))
    for query in (
        "SELECT count(*) FROM pages",
        "SELECT type, count(*) FROM blocks GROUP BY ALL",
        "SELECT title FROM pages WHERE id = '" + page + "'",
    ):
        yield _timed(
            f"SQL: {query.partition(' WHERE')[0]}, s", lambda query=query: Sql([opened(-1)]).query(query).to_table()
        )
    whole = [open_snapshot(repository, commit) for commit in commits]
    named = f"SELECT snapshot, title FROM pages WHERE id = '{page}'"
    yield _timed("SQL: one page in all snapshots, s", lambda: Sql(whole).query(named).to_table())
    path = index_path(folder, repository, "notion")
    yield _timed("search index of the first snapshot, s", lambda: update_index(path, repository, commits[:1]))
    yield _timed("search index, all later ones, s", lambda: update_index(path, repository, commits))
    yield "search index, MiB", path.stat().st_size / 2**20
    with reading(path, repository) as index:
        searcher = Searcher(index)
        for name, words in QUERIES.items():
            for slot, where in ((commits[-1].slot, "one snapshot"), (None, "history")):
                next(searcher.search(words, slot=slot), None)
                yield _timed(
                    f"first hit, {name}, {where}, s", lambda w=words, s=slot: next(searcher.search(w, slot=s), None)
                )
    yield from _yardstick(repository, folder)


def _yardstick(repository: Repository, folder: Path) -> Iterator[tuple[str, float]]:
    """The same bodies in a plain SQLite FTS5 file, not encrypted, without versions."""
    database = sqlite3.connect(folder / "plain.sqlite")
    database.execute("CREATE VIRTUAL TABLE t USING fts5(id UNINDEXED, body)")
    bodies = open_snapshot(repository, repository.commits()[-1]).bodies()
    rows = ((owner, "\n".join(_text(node) for node in nodes)) for owner, nodes in bodies)
    yield _timed("plain FTS5: built, s", lambda: database.executemany("INSERT INTO t VALUES (?, ?)", rows))
    database.commit()
    yield "plain FTS5, MiB", (folder / "plain.sqlite").stat().st_size / 2**20
    for name, words in QUERIES.items():
        ask = "SELECT id, snippet(t, 1, '', '', '…', 12) FROM t WHERE t MATCH ? ORDER BY rank LIMIT 20"
        database.execute(ask, (words,)).fetchone()
        yield _timed(f"plain FTS5: first hit, {name}, s", lambda w=words, a=ask: database.execute(a, (w,)).fetchone())


def _timed(name: str, work: Callable[[], Any]) -> tuple[str, float]:
    """Seconds of work, those of other threads included: on a shared machine waiting says nothing."""
    begun = time.process_time()
    work()
    return name, time.process_time() - begun


def _take(repository: Repository, pages: int, blocks_per_page: int, number: int) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    chooser = random.Random(number)
    previous = latest_snapshot(repository, "notion")
    changed = set(chooser.sample(range(pages), max(1, pages // 100))) if previous else set(range(pages))
    with repository.session() as session:
        writer = SnapshotWriter(session, previous, clock=lambda: at)
        for page in range(pages):
            page_id = _id(page)
            if page not in changed:
                writer.carry(Table.PAGES, page_id)
                writer.carry(Table.BLOCKS, page_id)
                continue
            writer.add(Table.PAGES, _page(page, number, at, chooser))
            first = page * blocks_per_page
            nodes = [_block(10**9 + first + i, at, chooser) for i in range(blocks_per_page)]
            writer.add_body(page_id, [BlockNode(raw, page_id, 0) for raw in nodes])
        run = RunFacts("notion", WorkspaceIdentity("bot", "w", "Benchmark"), None, at, at, {})
        repository.commit(writer.seal(run).draft_id)


def _page(page: int, number: int, at: datetime, chooser: random.Random) -> dict[str, Any]:
    parent = {"type": "page_id", "page_id": _id(page // 20)} if page else {"type": "workspace", "workspace": True}
    title = f"{_words(chooser, 4)} {number}"
    spans = [{"type": "text", "text": {"content": title}, "plain_text": title}]
    return {
        "object": "page",
        "id": _id(page),
        "created_time": "2026-01-01T00:00:00.000Z",
        "last_edited_time": at.isoformat(),
        "in_trash": False,
        "parent": parent,
        "properties": {"title": {"id": "title", "type": "title", "title": spans}},
    }


def _block(number: int, at: datetime, chooser: random.Random) -> dict[str, Any]:
    text = _words(chooser, 14)
    return {
        "object": "block",
        "id": _id(number),
        "type": "paragraph",
        "has_children": False,
        "in_trash": False,
        "last_edited_time": at.isoformat(),
        "paragraph": {
            "rich_text": [{"type": "text", "text": {"content": text}, "plain_text": text}],
            "color": "default",
        },
    }


def _words(chooser: random.Random, many: int) -> str:
    """Words by rank: the n-th is about n times rarer than the first."""
    return " ".join(f"w{int(WORDS ** chooser.random())}" for _ in range(many))


def _text(node: BlockNode) -> str:
    spans = node.raw["paragraph"]["rich_text"]
    return str(spans[0]["plain_text"])


def _id(number: int) -> str:
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}"


if __name__ == "__main__":
    raise SystemExit(main())
