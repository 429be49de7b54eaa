"""Small workspaces by hand, and snapshots of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from notion_backup.repository import Commit, Repository
from notion_backup.snapshot import (
    BlockNode,
    Partition,
    RunFacts,
    SnapshotReader,
    SnapshotWriter,
    Table,
    WorkspaceIdentity,
    latest_snapshot,
    open_snapshot,
)

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = Partition("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC))


class Clock:
    """Moves on by a second whenever it is asked."""

    def __init__(self, start: datetime = NOON) -> None:
        self._ticks: Iterator[int] = count()
        self._start = start

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=next(self._ticks))


def text(content: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": {"content": content, "link": None}, "plain_text": content, "href": None}]


def page(
    number: int, title: str = "", *, parent: str | None = None, edited: str = "2026-11-19T10:00:00.000Z"
) -> dict[str, Any]:
    return {
        "object": "page",
        "id": identity(number),
        "created_time": "2026-11-01T10:00:00.000Z",
        "last_edited_time": edited,
        "in_trash": False,
        "parent": {"type": "page_id", "page_id": parent} if parent else {"type": "workspace", "workspace": True},
        "properties": {"title": {"id": "title", "type": "title", "title": text(title or f"Page {number}")}},
    }


def paragraph(number: int, content: str) -> dict[str, Any]:
    return {
        "object": "block",
        "id": identity(number),
        "type": "paragraph",
        "has_children": False,
        "in_trash": False,
        "last_edited_time": "2026-11-19T10:00:00.000Z",
        "paragraph": {"rich_text": text(content), "color": "default"},
    }


def identity(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def facts(*, workspace_id: str = "w1", partition: Partition | None = DAY, at: datetime = NOON) -> RunFacts:
    return RunFacts(
        workspace="notion",
        identity=WorkspaceIdentity("bot", workspace_id, "Acme"),
        partition=partition,
        started=at,
        finished=at + timedelta(minutes=5),
        requests={"POST search": 2},
    )


def take(
    repository: Repository,
    pages: Mapping[int, str],
    *,
    run: RunFacts | None = None,
    blocks_per_page: int = 3,
    fill: Any = None,
) -> tuple[Commit, SnapshotReader]:
    """A committed snapshot of pages (number → text), each with a few blocks; ``fill`` may add to the writer."""
    run = run or facts()
    with repository.session() as session:
        writer = SnapshotWriter(session, latest_snapshot(repository, "notion"), clock=Clock(run.started))
        for number, content in pages.items():
            writer.add(Table.PAGES, page(number, content[:20]))
            nodes = [
                BlockNode(paragraph(number * 1000 + i, f"{content[i * 23 :] or content} {i}"), identity(number), 0)
                for i in range(blocks_per_page)
            ]
            writer.add_body(identity(number), nodes)
        if fill is not None:
            fill(writer)
        sealed = writer.seal(run)
    commit = repository.commit(sealed.draft_id)
    return commit, open_snapshot(repository, commit)
