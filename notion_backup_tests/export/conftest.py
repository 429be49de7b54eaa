"""Snapshots to export: a generated workspace with everything in it, and the same with scripts in every field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from notion_backup.capture import Source, capture_workspace
from notion_backup.repository import Kind, Repository, open_store
from notion_backup.sandbox import RunningSandbox, Sandbox, Workspace, generate, load_workspace, running
from notion_backup.snapshot import (
    DETACHED,
    BlockNode,
    FileRef,
    Media,
    SnapshotReader,
    SnapshotWriter,
    Table,
    latest_snapshot,
    open_snapshot,
)
from notion_backup_tests.conftest import CHEAP, PASSPHRASE
from notion_backup_tests.export.more_views import add_views
from notion_backup_tests.snapshot.building import Clock, facts

PAYLOAD = (
    "</script><script>owned()</script><img src=x onerror=owned()>\"'><svg onload=owned()> "
    "[[x]] %%y%% ==z== #tag $a$ `b` {{c}} =HYPERLINK(1) ^d"
)
ACTIVE_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>owned()</script></svg>'
_IDENTIFYING = ("id", "object", "type", "database_id", "page_id", "block_id", "data_source_id", "property_id")


@pytest.fixture(scope="session")
def showcase(tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    """A captured workspace with every type of block and property, Unicode titles, media, comments, trash, views."""
    return _captured(add_views(generate(pages=30, seed=3)), tmp_path_factory.mktemp("showcase"))


@pytest.fixture(scope="session")
def recorded(recordings: Path, tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    """A captured workspace that was folded from recorded traffic; skipped where there is none."""
    return _captured(load_workspace(recordings / "workspace.json"), tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="session")
def hostile(showcase: SnapshotReader, tmp_path_factory: pytest.TempPathFactory) -> SnapshotReader:
    """The showcase with a payload in every text and a script in every URL; every file is an SVG that acts."""
    repository = new_repository(tmp_path_factory.mktemp("hostile"))
    with repository.session() as session:
        writer = SnapshotWriter(session, None, clock=Clock())
        media = Media(session.put_stream(Kind.MEDIA, iter([ACTIVE_SVG])), _sha256(ACTIVE_SVG), len(ACTIVE_SVG))
        for table in (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES, Table.VIEWS, Table.USERS, Table.CUSTOM_EMOJIS):
            for raw in showcase.objects(table):
                writer.add(table, _poisoned(raw))
        for owner, nodes in showcase.bodies():
            if not owner.startswith(DETACHED):
                poisoned = [BlockNode(_poisoned(node.raw), node.parent_id, node.depth) for node in nodes]
                writer.add_body(owner, poisoned)
                writer.add_comments(owner, [_poisoned(raw) for raw in showcase.comments(owner)])
                files = [_poisoned_file(file, media) for file in showcase.files(owner)]
                if files:
                    writer.add_files(owner, files)
        sealed = writer.seal(facts())
    return open_snapshot(repository, repository.commit(sealed.draft_id))


def every_file(folder: Path) -> dict[str, bytes]:
    """All files below a folder, by relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in _files(folder)}


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _captured(workspace: Workspace, folder: Path) -> SnapshotReader:
    with running(Sandbox(workspace)) as server:
        return capture(server, new_repository(folder))


def capture(server: RunningSandbox, repository: Repository) -> SnapshotReader:
    """A snapshot of what a server has now, after those that the repository has of it."""
    with repository.session() as session:
        writer = SnapshotWriter(session, latest_snapshot(repository, "notion"), clock=_now)
        source = Source(token=server.token, base_url=server.url, requests_per_minute=None)
        report = capture_workspace(source, writer, progress=lambda _: None, clock=_now)
        sealed = writer.seal(report.facts("notion"))
    return open_snapshot(repository, repository.commit(sealed.draft_id))


def new_repository(folder: Path) -> Repository:
    """An empty repository below a folder."""
    return Repository.init(open_store(str(folder / "repository")), PASSPHRASE, kdf=CHEAP)[0]


def _poisoned(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _poisoned(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_poisoned(inner, key) for inner in value]
    if not isinstance(value, str) or key in _IDENTIFYING or key.endswith("time") or key in ("start", "end"):
        return value
    if key in ("url", "href"):
        return f"javascript:owned('{value}')"
    return f"{PAYLOAD} {value}" if key in ("plain_text", "name", "content", "title", "expression", "caption") else value


def _poisoned_file(file: FileRef, media: Media) -> FileRef:
    kept = media if file.media else None
    return FileRef(
        file.owner, file.slot, PAYLOAD + ".svg", f"javascript:{file.url}", file.hosted, kept, "image/svg+xml"
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)


def rows_of_table(snapshot: SnapshotReader, table: Table) -> Iterator[dict[str, Any]]:
    """Every row of a table, with its raw object parsed."""
    for entry in snapshot.entries(table):
        for row in snapshot.rows(entry):
            yield {**row, "raw": json.loads(row["raw"])}


def pieces_of(value: Any) -> Iterator[str]:
    """The texts that an object shows: its rich text piece by piece, titles of subpages, formulas. Mentions of pages are
    left out: they are shown by the page's title."""
    if isinstance(value, dict):
        if value.get("type") != "mention" and isinstance(value.get("plain_text"), str):
            yield value["plain_text"]
        for inner in value.values():
            yield from pieces_of(inner)
        if isinstance(value.get("expression"), str) and "plain_text" not in value:
            yield value["expression"]
    elif isinstance(value, list):
        for inner in value:
            yield from pieces_of(inner)
