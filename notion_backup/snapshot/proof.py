"""Proving a snapshot: its tables are opened and counted, and every digest is computed again."""

from __future__ import annotations

from collections.abc import Iterator

from notion_backup.errors import Damaged
from notion_backup.repository import Commit, Finding, Repository
from notion_backup.snapshot.catalog import Entry
from notion_backup.snapshot.coverage import coverage_of
from notion_backup.snapshot.model import Table
from notion_backup.snapshot.normal import canonical, digest
from notion_backup.snapshot.reader import SnapshotReader, open_snapshot
from notion_backup.snapshot.rows import content_of
from notion_backup.snapshot.seal import table_facts, verdict_of

_CURE = "Restore this object from another snapshot or another copy of the repository."


def references(repository: Repository, commit: Commit) -> Iterator[bytes]:
    """The id of every chunk that a snapshot needs: what ``Repository.verify`` asks for."""
    yield from open_snapshot(repository, commit).references()


def prove_tables(snapshot: SnapshotReader) -> Iterator[Finding]:
    """Compare catalog, segments and manifest with each other; nothing found means they agree in every row.

    The chunks below were verified when they were read, so a finding here tells of a fault in writing, not on disk.
    """
    try:
        entries = list(snapshot.entries())
    except Damaged as error:
        yield _finding(snapshot, "catalog-unreadable", "catalog", error.what)
        return
    for table, facts in table_facts(entries).items():
        if facts != snapshot.manifest.tables.get(table):
            yield _finding(
                snapshot, "table-differs", table.value, f"The catalog's {table} are not those of the manifest."
            )
    for entry in sorted(entries, key=lambda entry: (entry.segment, entry.first)):
        yield from _prove_unit(snapshot, entry)
    yield from _prove_verdict(snapshot)


def _prove_unit(snapshot: SnapshotReader, entry: Entry) -> Iterator[Finding]:
    name = f"{entry.table}/{entry.id}"
    try:
        rows = snapshot.rows(entry)
    except (Damaged, KeyError) as error:
        yield _finding(snapshot, "unit-unreadable", name, f"The rows of {name} cannot be read: {error}")
        return
    if len(rows) != entry.count:
        yield _finding(snapshot, "rows-missing", name, f"{name} has {len(rows)} rows of {entry.count}.")
    elif digest(canonical(content_of(entry.table, row)) for row in rows) != entry.digest:
        yield _finding(snapshot, "digest-differs", name, f"The content of {name} is not what was captured.")


def _prove_verdict(snapshot: SnapshotReader) -> Iterator[Finding]:
    manifest = snapshot.manifest
    try:
        problems = snapshot.problems()
    except Damaged:
        return  # The unit of problems has its own finding already.
    coverage = coverage_of(manifest.tables, manifest.media.references, problems)
    if verdict_of(problems) != manifest.verdict or coverage != (manifest.coverage or coverage):
        yield _finding(
            snapshot, "verdict-differs", Table.PROBLEMS.value, "The verdict is not that of the problems kept."
        )


def _finding(snapshot: SnapshotReader, code: str, name: str, what: str) -> Finding:
    return Finding(code=code, object=name, what=what, cure=_CURE, snapshots=[snapshot.commit.id])
