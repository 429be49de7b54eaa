"""Exports of a large workspace as Markdown and HTML: seconds, the highest memory, and what renewing them costs.

    python -m benchmarks.exports [--blocks 200000] [--blocks-per-page 20] [--keep FOLDER] [--json FILE]

The snapshots are written directly, without a server. Two pages in five are rows of databases, one of which holds a
tenth of all pages; pages link to one another, rows are related; blocks are of all common types, one page in ten has
comments. The second snapshot changes one page in a hundred and renames one in a thousand. Each export is a process of
its own: the first snapshot into a new folder, the second into that folder, the second into it again, the second into a
new folder. Seconds are of the processor, without opening the repository; memory is the process's largest resident size.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from notion_backup.cli.heaps import share_heaps

PASSPHRASE = "benchmark"
FORMATS = ("markdown", "html")
WORDS = 40_000
_ROWS = 500  # of each database but the first


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=200_000)
    parser.add_argument("--blocks-per-page", type=int, default=20)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="make all of it here, or use what is there")
    parser.add_argument("--formats", nargs="+", default=FORMATS, choices=FORMATS)
    parser.add_argument("--one", nargs=3, metavar=("FORMAT", "WHICH", "FOLDER"), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    if arguments.one:
        form, which, folder = arguments.one
        print(json.dumps(_export(arguments.keep, form, int(which), Path(folder))))
        return 0
    pages = arguments.blocks // arguments.blocks_per_page
    with tempfile.TemporaryDirectory() as scratch:
        place = arguments.keep or Path(scratch) / "work"
        if not place.exists():
            _make(place, pages, arguments.blocks_per_page)
        figures = [_measured(place, form, what) for form in arguments.formats for what in STEPS]
    print(f"{arguments.blocks:,} blocks, {pages:,} pages\n")
    print("| format | export | seconds | peak MiB | files written | unchanged |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    for one in figures:
        print(f"| {one['format']} | {one['export']} | {one['seconds']:,.1f} | {one['peak_mib']:,.0f} |"
              f" {one['written']:,} | {one['unchanged']:,} |")  # fmt: skip
    if arguments.json:
        arguments.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return 0


STEPS = {
    "whole": (0, "renewed"),
    "renewed, 1 % changed": (1, "renewed"),
    "renewed, nothing changed": (1, "renewed"),
    "whole, second snapshot": (1, "fresh"),
}
"""What is exported into what, in this order."""


def _measured(place: Path, form: str, what: str) -> dict[str, Any]:
    which, folder = STEPS[what]
    command = [sys.executable, "-m", "benchmarks.exports", "--keep", str(place), "--one", form, str(which)]
    done = subprocess.run([*command, str(place / f"{form}-{folder}")], check=True, capture_output=True, text=True)
    return {"format": form, "export": what, **json.loads(done.stdout)}


def _export(place: Path, form: str, which: int, folder: Path) -> dict[str, Any]:
    share_heaps()
    from notion_backup.export.html.site_export import export_html
    from notion_backup.export.markdown.vault_export import export_markdown
    from notion_backup.repository import Repository, open_store
    from notion_backup.snapshot import open_snapshot

    repository = Repository.open(open_store(str(place / "repository")), PASSPHRASE)
    commit = repository.commits()[which]
    begun = time.process_time()
    export = export_markdown if form == "markdown" else export_html
    report = export(open_snapshot(repository, commit), folder, prune=True)
    assert report.complete, report.unreadable[:3]
    return {
        "seconds": time.process_time() - begun,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "written": report.changes.written,
        "unchanged": report.changes.unchanged,
    }


def _make(place: Path, pages: int, blocks_per_page: int) -> None:
    from notion_backup.repository import KdfParameters, Repository, open_store

    place.mkdir(parents=True)
    store = open_store(str(place / "repository"))
    repository, _ = Repository.init(store, PASSPHRASE, kdf=KdfParameters(1, 64, 1))
    for number in range(2):
        _take(repository, Workspace(pages, blocks_per_page), number)


def _take(repository: Any, workspace: Workspace, number: int) -> None:
    from notion_backup.snapshot import (
        BlockNode,
        RunFacts,
        SnapshotWriter,
        Table,
        WorkspaceIdentity,
        latest_snapshot,
    )

    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    previous = latest_snapshot(repository, "notion")
    every = range(workspace.pages)
    changed = set(every) if number == 0 else set(random.Random(1).sample(every, max(1, workspace.pages // 100)))
    with repository.session() as session:
        writer = SnapshotWriter(session, previous, clock=lambda: at)
        for user in range(20):
            writer.add(Table.USERS, {"object": "user", "id": _id(_USER + user), "type": "person", "name": f"P{user}"})
        for database in range(workspace.databases):
            for table, raw in workspace.database(database):
                writer.add(table, raw)
        for page in every:
            page_id = _id(page)
            if page not in changed:
                for table in (Table.PAGES, Table.BLOCKS, Table.COMMENTS):
                    writer.carry(table, page_id)
                continue
            # Nine in ten of those that change keep their title.
            title_of = number if page % 10 == 0 else 0
            writer.add(Table.PAGES, workspace.page(page, title_of, at))
            nodes = [BlockNode(raw, parent, depth) for raw, parent, depth in workspace.body(page, number, at)]
            writer.add_body(page_id, nodes)
            if page % 10 == 3:
                writer.add_comments(page_id, [workspace.comment(page, one, at) for one in range(2)])
        run = RunFacts("notion", WorkspaceIdentity("bot", "w", "Benchmark"), None, at, at, {})
        repository.commit(writer.seal(run).draft_id)


_BLOCK, _USER, _COMMENT, _DATABASE, _SOURCE, _VIEW = (kind * 10**9 for kind in range(1, 7))
_PLAIN = ("paragraph", "paragraph", "bulleted_list_item", "paragraph", "numbered_list_item", "to_do", "quote", "toggle")


class Workspace:
    """What stands where, worked out from numbers. The last two fifths of the pages are rows."""

    def __init__(self, pages: int, blocks_per_page: int) -> None:
        self.pages = pages
        self._blocks_per_page = blocks_per_page
        self._first_row = pages * 3 // 5
        self._large = pages // 10
        self.databases = 1 + max(1, (pages - self._first_row - self._large) // _ROWS)

    def _database_of(self, page: int) -> int | None:
        row = page - self._first_row
        if row < 0:
            return None
        return 0 if row < self._large else min(self.databases - 1, 1 + (row - self._large) // _ROWS)

    def database(self, number: int) -> Iterator[tuple[Any, dict[str, Any]]]:
        """A database, its data source and a view."""
        from notion_backup.snapshot import Table

        times = {"created_time": _TIME, "last_edited_time": _TIME, "in_trash": False}
        database_id, source_id = _id(_DATABASE + number), _id(_SOURCE + number)
        title = _spans(f"Database {number}")
        place = {"type": "page_id", "page_id": _id(number * 7 % self._first_row)}
        yield Table.DATABASES, {"object": "database", "id": database_id, "parent": place, "title": title, **times}
        kinds = ("title", "number", "select", "multi_select", "date", "relation", "people", "checkbox", "url")
        properties = {kind.title(): {"id": kind, "type": kind, "name": kind.title(), kind: {}} for kind in kinds}
        parent = {"type": "database_id", "database_id": database_id}
        yield Table.DATA_SOURCES, {"object": "data_source", "id": source_id, "parent": parent, "title": title,
                                   "properties": properties, **times}  # fmt: skip
        sorts = [{"property": "number", "direction": "descending"}]
        yield Table.VIEWS, {"object": "view", "id": _id(_VIEW + number), "parent": parent, "data_source_id": source_id,
                            "name": "By number", "type": "table", "sorts": sorts, **times}  # fmt: skip

    def page(self, page: int, title_of: int, at: datetime) -> dict[str, Any]:
        """A page object; a row with its values."""
        chooser = random.Random(page * 31 + title_of)
        title = {"id": "title", "type": "title", "title": _spans(_words(chooser, 4))}
        parent: dict[str, Any] = {"type": "workspace", "workspace": True}
        properties: dict[str, Any] = {"title": title}
        database = self._database_of(page)
        if database is not None:
            parent = {"type": "data_source_id", "data_source_id": _id(_SOURCE + database)}
            properties = {"Title": title, **self._values(page, chooser)}
        elif page:
            parent = {"type": "page_id", "page_id": _id(page // 20)}
        return {
            "object": "page",
            "id": _id(page),
            "created_time": _TIME,
            "created_by": {"object": "user", "id": _id(_USER + page % 20)},
            "last_edited_time": at.isoformat(),
            "last_edited_by": {"object": "user", "id": _id(_USER + page % 19)},
            "in_trash": False,
            "url": f"https://www.notion.so/{_id(page).replace('-', '')}",
            "parent": parent,
            "icon": {"type": "emoji", "emoji": "🌱"} if page % 3 == 0 else None,
            "properties": properties,
        }

    def _values(self, page: int, chooser: random.Random) -> dict[str, Any]:
        options = [{"id": str(one), "name": f"Option {one}", "color": "blue"} for one in chooser.sample(range(9), 3)]
        related = [{"id": _id(chooser.randrange(self.pages))} for _ in range(2)]
        values = {
            "number": chooser.randrange(10**6),
            "select": options[0],
            "multi_select": options,
            "date": {"start": f"2026-0{chooser.randint(1, 9)}-15", "end": None, "time_zone": None},
            "relation": related,
            "people": [{"object": "user", "id": _id(_USER + page % 20)}],
            "checkbox": page % 2 == 0,
            "url": f"https://example.com/{page}",
        }
        return {kind.title(): {"id": kind, "type": kind, kind: value} for kind, value in values.items()}

    def body(self, page: int, number: int, at: datetime) -> Iterator[tuple[dict[str, Any], str, int]]:
        """The blocks of a page: raw object, parent, depth."""
        chooser = random.Random(page * 37 + number)
        parent, toggle = _id(page), ""
        for at_block in range(self._blocks_per_page):
            block_id = _id(_BLOCK + page * 1000 + at_block)
            inside = bool(toggle) and at_block % 8 == 0
            kind, content = self._block(chooser, page, at_block)
            yield (
                {
                    "object": "block",
                    "id": block_id,
                    "type": kind,
                    "has_children": kind == "toggle",
                    "in_trash": False,
                    "last_edited_time": at.isoformat(),
                    kind: content,
                },
                toggle if inside else parent,
                int(inside),
            )
            toggle = block_id if kind == "toggle" else ""

    def _block(self, chooser: random.Random, page: int, at: int) -> tuple[str, dict[str, Any]]:
        if at == 0:
            return "heading_2", {"rich_text": _spans(_words(chooser, 3)), "color": "default"}
        if at == 9:
            return "code", {"rich_text": _spans(_words(chooser, 20)), "language": "python", "caption": []}
        if at == 13:
            icon = {"type": "emoji", "emoji": "💡"}
            return "callout", {"rich_text": _spans(_words(chooser, 12)), "icon": icon, "color": "blue_background"}
        kind = _PLAIN[at % len(_PLAIN)]
        spans = _spans(_words(chooser, 10)) + _spans(f" {_words(chooser, 2)}", bold=True)
        if at % 5 == 1:
            other = _id(chooser.randrange(self.pages))
            mention = {"type": "page", "page": {"id": other}}
            link = f"https://www.notion.so/{other.replace('-', '')}"
            spans += [{"type": "mention", "mention": mention, "plain_text": "A page", "href": link}]
        if at == 14 and page % 20 == 0:
            block = _id(_BLOCK + chooser.randrange(self.pages) * 1000 + 2).replace("-", "")
            spans += _spans(" there", href=f"/{_id(page).replace('-', '')}#{block}")
        checked = {"checked": page % 2 == 0} if kind == "to_do" else {}
        return kind, {"rich_text": spans, "color": "default", **checked}

    def comment(self, page: int, number: int, at: datetime) -> dict[str, Any]:
        """One of two comments, on the page and on a block."""
        block = {"type": "block_id", "block_id": _id(_BLOCK + page * 1000 + 1)}
        return {
            "object": "comment",
            "id": _id(_COMMENT + page * 10 + number),
            "parent": block if number else {"type": "page_id", "page_id": _id(page)},
            "discussion_id": _id(_COMMENT + page * 10 + number + 5),
            "created_time": at.isoformat(),
            "created_by": {"object": "user", "id": _id(_USER + page % 20)},
            "rich_text": _spans(_words(random.Random(page), 9)),
        }


_TIME = "2026-01-01T00:00:00.000Z"


def _spans(text: str, *, bold: bool = False, href: str | None = None) -> list[dict[str, Any]]:
    link = {"url": href} if href else None
    marks = {
        "bold": bold,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "code": False,
        "color": "default",
    }
    inner = {"content": text, "link": link}
    return [{"type": "text", "text": inner, "annotations": marks, "plain_text": text, "href": href}]


def _words(chooser: random.Random, many: int) -> str:
    """Words by rank: the n-th is about n times rarer than the first."""
    return " ".join(_word(int(WORDS ** chooser.random())) for _ in range(many))


@lru_cache(maxsize=WORDS)
def _word(rank: int) -> str:
    """Letters that differ at the beginning, as words of a language do."""
    letters = ""
    while rank or len(letters) < 3:
        rank, letter = divmod(rank, 26)
        letters += chr(ord("a") + letter)
    return letters


def _id(number: int) -> str:
    return f"{number * 2654435761 % 2**32:08x}-0000-4000-8000-{number:012x}"


if __name__ == "__main__":
    raise SystemExit(main())
