"""Real input: a workspace folded from recorded traffic of the official API is kept object for object."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from notion_backup.capture import Source, capture_workspace
from notion_backup.export.json_export import export_json
from notion_backup.repository import Repository
from notion_backup.sandbox import Sandbox, load_workspace, running
from notion_backup.search import index_path, reading, update_index
from notion_backup.snapshot import OBJECT_TABLES, SnapshotReader, SnapshotWriter, open_snapshot, prove_tables
from notion_backup.sql import Sql, tidy_names
from notion_backup.sql.file import quoted

KINDS = ("page", "database", "data_source", "block", "comment", "user")


@pytest.fixture(scope="module")
def recorded(recordings: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((recordings / "workspace.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture
def snapshot(recordings: Path, repository: Repository) -> Iterator[SnapshotReader]:
    with running(Sandbox(load_workspace(recordings / "workspace.json"))) as server:
        with repository.session() as session:
            writer = SnapshotWriter(session, None, clock=_now)
            source = Source(token=server.token, base_url=server.url, requests_per_minute=None)
            report = capture_workspace(source, writer, progress=lambda _: None, clock=_now)
            sealed = writer.seal(report.facts("notion"))
        assert server.stats.writes == 0
    yield open_snapshot(repository, repository.commit(sealed.draft_id))


def test_every_recorded_object_comes_back_as_recorded(
    snapshot: SnapshotReader, recorded: dict[str, Any], tmp_path: Path
) -> None:
    export_json(snapshot, tmp_path / "out", lambda *_: None)
    differing: dict[str, list[str]] = {}
    for kind in KINDS:
        exported = {raw["id"]: raw for raw in _lines(tmp_path / "out" / "objects" / f"{kind}.jsonl")}
        for raw in recorded["objects"][kind]:
            if _comparable(exported.get(raw["id"])) != _comparable(raw):
                differing.setdefault(kind, []).append(raw["id"])
    assert differing == {}

    children = {row["id"]: row["children"] for row in _lines(tmp_path / "out" / "children.jsonl")}
    listed_somewhere = {child for listed in recorded["children"].values() for child in listed}
    unlisted = {
        raw["id"] for kind in ("block", "page", "database") for raw in recorded["objects"][kind]
    } - listed_somewhere
    for parent, listed in recorded["children"].items():
        # What the recording has in no list (blocks in the trash, subpages) is served at the end of its parent's.
        extra = [child for child in children[parent] if child not in listed]
        assert [child for child in children[parent] if child in listed] == listed
        assert set(extra) <= unlisted

    long_values = {
        (row["page_id"], row["property_id"]): row["items"] for row in _lines(tmp_path / "out" / "properties.jsonl")
    }
    [relation] = [items for (_, property_id), items in long_values.items() if property_id == "o_yF"]
    assert len(relation) == 30
    assert list(prove_tables(snapshot)) == []


def test_every_recorded_object_is_in_sql_and_in_the_search_index(snapshot: SnapshotReader, tmp_path: Path) -> None:
    sql = Sql([snapshot])
    for table, facts in snapshot.manifest.tables.items():
        assert sql.query(f"SELECT count(*) AS n FROM {table.value}").to_table()["n"].to_pylist() == [facts.rows]
    for source_id, view in tidy_names([snapshot]).items():
        rows = sql.query(f"SELECT * FROM {quoted(view)}").to_table()
        pages = sql.query(f"SELECT id FROM pages WHERE parent_id = '{source_id}'").to_table()
        assert set(rows["page_id"].to_pylist()) == set(pages["id"].to_pylist())
    path = index_path(tmp_path, snapshot.repository, "notion")
    update_index(path, snapshot.repository, snapshot.repository.commits())
    with reading(path, snapshot.repository) as index:
        indexed = {one for (one,) in index.execute("SELECT id FROM versions")}
    assert indexed == {entry.id for table in OBJECT_TABLES for entry in snapshot.entries(table)}


def test_what_the_recording_lacks_is_a_problem_counted_and_explained(snapshot: SnapshotReader) -> None:
    codes = Counter((problem.code, problem.severity.value) for problem in snapshot.problems())
    assert codes["database-unreachable", "missing"] == 9  # named by data sources, never read
    assert codes["unsupported-block", "notice"] == 2
    assert snapshot.manifest.verdict.status == "incomplete"
    for problem in snapshot.problems():
        assert problem.object_id and problem.where and problem.why


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _comparable(value: Any) -> Any:
    """Without what differs from answer to answer, and ``has_children`` (recorded before children were added)."""
    if isinstance(value, dict):
        kept = {k: _comparable(v) for k, v in value.items() if k not in ("request_id", "expiry_time", "has_children")}
        if isinstance(kept.get("url"), str) and "X-Amz-" in kept["url"]:
            kept["url"] = "/".join(urlsplit(kept["url"]).path.split("/")[-3:])
        return kept
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return value


def _now() -> datetime:
    return datetime.now(UTC)
