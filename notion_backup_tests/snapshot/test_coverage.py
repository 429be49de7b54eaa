"""How much of each kind a snapshot holds, counted from its tables and problems."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from notion_backup.repository import Repository
from notion_backup.snapshot import (
    KINDS,
    FileRef,
    Media,
    Problem,
    Severity,
    SnapshotWriter,
    compared,
    kind_of,
    prove_tables,
)
from notion_backup.snapshot.manifest import decode_manifest
from notion_backup_tests.snapshot.building import identity, take


def problem(code: str, kind: str, severity: Severity = Severity.MISSING, name: str = "x", where: str = "p") -> Problem:
    return Problem(code, severity, kind, name, where, "because", "look")


@pytest.mark.parametrize(
    ("code", "object_kind", "kind"),
    [
        ("page-unreachable", "page", "page"),
        ("body-unreachable", "page", "block"),
        ("children-unreachable", "block", "block"),
        ("comments-unreachable", "page", "comment"),
        ("comments-forbidden", "capability", "comment"),
        ("views-forbidden", "capability", "view"),
        ("users-forbidden", "capability", "user"),
        ("templates-unreachable", "templates", "template"),
        ("rows-over-cap", "data_source", "data_source"),
        ("property-unreachable", "property", "property"),
        ("media-not-a-file", "file", "file"),
        ("custom-emojis-unreachable", "custom_emojis", "custom_emoji"),
        ("search-refused", "search", "page"),
        ("workspace-shrunk", "workspace", "page"),
    ],
)
def test_a_problem_belongs_to_the_kind_that_it_takes_from(code: str, object_kind: str, kind: str) -> None:
    assert kind_of(problem(code, object_kind)) == kind


def _filled(writer: SnapshotWriter) -> None:
    blob = writer.store_media([b"bytes"])
    held = FileRef(identity(1), "icon", "a", "https://f/a", True, Media(blob, "ab" * 32, 5))
    elsewhere = FileRef(identity(1), "cover", "b", "https://e/b", False, None)
    writer.add_files(identity(1), [held, elsewhere, replace(held, slot="cover", media=None)])
    writer.problem(problem("media-unreachable", "file", name=identity(1), where=f"{identity(1)}/cover"))
    # One page that is not shared, met in two places, and one that is in the tree and cannot be had.
    for where in ("a", "b"):
        writer.problem(problem("page-unreachable", "page", Severity.OUTSIDE, "elsewhere", where))
    writer.problem(problem("page-unreachable", "page", name="lost"))


def test_every_kind_is_counted_once_for_each_object(repository: Repository) -> None:
    _, before = take(repository, {1: "one", 2: "two"})
    _, snapshot = take(repository, {1: "one", 2: "two", 3: "three"}, fill=_filled)
    found = compared(snapshot.coverage(), before.coverage())
    assert list(found) == list(KINDS)
    assert found["page"] == {"captured": 3, "referenced": 1, "unreachable": 1, "change": 1}
    assert found["block"] == {"captured": 9, "referenced": 0, "unreachable": 0, "change": 3}
    assert found["file"] == {"captured": 1, "referenced": 1, "unreachable": 1, "change": 1}
    assert compared(before.coverage(), None)["page"]["change"] is None
    assert list(prove_tables(snapshot)) == []


def test_a_manifest_of_a_time_before_it_counted_is_read_and_counted_now(repository: Repository) -> None:
    _, snapshot = take(repository, {1: "one"}, fill=_filled)
    stored = json.loads(snapshot.manifest.encode())
    del stored["coverage"]
    old = decode_manifest(json.dumps(stored).encode())
    assert old.coverage == {}
    counted = snapshot.coverage()
    snapshot.manifest = old
    assert snapshot.coverage() == counted
    assert list(prove_tables(snapshot)) == []


def test_a_verdict_that_counts_other_than_its_tables_is_found(repository: Repository) -> None:
    _, snapshot = take(repository, {1: "one"}, fill=_filled)
    facts = snapshot.manifest.coverage["page"].model_copy(update={"captured": 9})
    snapshot.manifest = snapshot.manifest.model_copy(update={"coverage": {**snapshot.manifest.coverage, "page": facts}})
    assert [finding.code for finding in prove_tables(snapshot)] == ["verdict-differs"]
