"""The end of a snapshot: catalog and manifest are made from the units, stored, and sealed into a draft."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from notion_backup import __version__
from notion_backup.errors import SnapshotError
from notion_backup.repository import Kind, WriteSession
from notion_backup.snapshot.catalog import Entry, encode_parts, encode_proof
from notion_backup.snapshot.coverage import coverage_of
from notion_backup.snapshot.manifest import (
    MANIFEST_FORMAT,
    CatalogFacts,
    Manifest,
    MediaFacts,
    PartitionFacts,
    SegmentFacts,
    TableFacts,
    Verdict,
    WorkspaceFacts,
)
from notion_backup.snapshot.model import DETACHED, Partition, Problem, RunFacts, Severity, Table
from notion_backup.snapshot.normal import Digest
from notion_backup.snapshot.reader import SnapshotReader
from notion_backup.snapshot.units import Units


def seal(
    session: WriteSession,
    units: Units,
    segments: Mapping[int, SegmentFacts],
    problems: Collection[Problem],
    seen: Mapping[str, str],
    media: MediaFacts,
    previous: SnapshotReader | None,
    run: RunFacts,
) -> tuple[Manifest, str]:
    """Store catalog and manifest; gives the manifest and the draft's id. Raises SnapshotError for a foreign token.

    ``seen`` tells of each object where it was met, as the catalog's ``seen_in``.
    """
    _same_workspace(previous, run)
    entries = units.in_order(partial(_finished, seen=seen, partition=run.partition))
    used = {entry.segment for entry in entries if entry.count}
    live = {number: segments[number] for number in sorted(used)}
    late_by = _late_by(run)
    tables = table_facts(entries)
    manifest = Manifest(
        format=MANIFEST_FORMAT,
        software=f"notion-backup {__version__}",
        workspace=WorkspaceFacts(
            name=run.workspace,
            bot_id=run.identity.bot_id,
            workspace_id=run.identity.workspace_id,
            workspace_name=run.identity.workspace_name,
        ),
        partition=_partition(run.partition),
        captured_from=run.started,
        captured_to=run.finished,
        late=late_by > 0,
        late_by_seconds=late_by,
        provable=sum(entry.provable for entry in entries),
        oldest_verification=min((entry.verified_at for entry in entries if not entry.unshared), default=None),
        verdict=verdict_of(problems),
        tables=tables,
        media=media,
        requests=dict(run.requests),
        segments=live,
        catalog=_store_catalog(session, entries),
        previous=previous.commit.id if previous else None,
        coverage=coverage_of(tables, media.references, problems),
    )
    root = session.put_bytes(Kind.MANIFEST, manifest.encode())
    return manifest, session.seal(root, manifest.summary()).id


def table_facts(entries: Iterable[Entry]) -> dict[Table, TableFacts]:
    """Units, rows and logical digest of each table, from the catalog alone; the entries come in order of id."""
    units: Counter[Table] = Counter()
    rows: Counter[Table] = Counter()
    digests = {table: Digest() for table in Table}
    for entry in entries:
        units[entry.table] += 1
        rows[entry.table] += entry.count
        digests[entry.table].add(f"{entry.id} {entry.digest.hex()}")
    return {
        table: TableFacts(units=units[table], rows=rows[table], digest=digests[table].value().hex()) for table in Table
    }


def verdict_of(problems: Iterable[Problem]) -> Verdict:
    """Complete when no problem says that something is missing."""
    codes: dict[str, Counter[str]] = {severity.value: Counter() for severity in Severity}
    for problem in problems:
        codes[problem.severity][problem.code] += 1
    missing = codes[Severity.MISSING].total()
    return Verdict(
        status="incomplete" if missing else "complete",
        missing=missing,
        outside=codes[Severity.OUTSIDE].total(),
        notices=codes[Severity.NOTICE].total(),
        codes={severity: dict(sorted(counts.items())) for severity, counts in codes.items() if counts},
    )


def _store_catalog(session: WriteSession, entries: Sequence[Entry]) -> CatalogFacts:
    return CatalogFacts(
        parts=[session.put_parquet(part).to_json() for part in encode_parts(entries)],
        proof=session.put_parquet(encode_proof(entries)).to_json(),
    )


def _finished(entry: Entry, seen: Mapping[str, str], partition: Partition | None) -> Entry:
    return replace(
        entry,
        seen_in=seen.get(entry.id.removeprefix(DETACHED), ""),
        provable=_provable(entry, partition),
    )


def _provable(entry: Entry, partition: Partition | None) -> bool:
    """Whether this is how the unit stood at the partition's end: read before it, or not edited after it.

    Notion rounds edit times down to the minute, so only a time strictly before the end proves anything.
    """
    if partition is None or entry.captured_at <= partition.end:
        return True
    return entry.last_edited_time is not None and entry.last_edited_time < partition.end


def _late_by(run: RunFacts) -> float:
    """Seconds between the end of the partition and the start of the capture; 0 when it began in time."""
    if run.partition is None:
        return 0.0
    return max(0.0, (run.started - run.partition.end).total_seconds())


def _partition(partition: Partition | None) -> PartitionFacts | None:
    if partition is None:
        return None
    return PartitionFacts(key=partition.key, start=partition.start, end=partition.end)


def media_facts(media: Iterable[tuple[str, int]], run: RunFacts) -> MediaFacts:
    """What the manifest says of files, from the SHA-256 and size of each reference whose content is held."""
    references = 0
    sizes: dict[str, int] = {}
    for sha256, size in media:
        references += 1
        sizes[sha256] = size
    return MediaFacts(
        references=references,
        contents=len(sizes),
        bytes=sum(sizes.values()),
        downloads=run.downloads,
        downloaded_bytes=run.downloaded_bytes,
    )


def _same_workspace(previous: SnapshotReader | None, run: RunFacts) -> None:
    before = previous.manifest.workspace.workspace_id if previous else None
    now = run.identity.workspace_id
    if before and now and before != now:
        raise SnapshotError(
            f"The token of workspace {run.workspace!r} belongs to another Notion workspace ({now}) than the "
            f"snapshots kept under that name ({before}).",
            cure="Give the other workspace a name of its own in the settings file.",
        )
