"""The verdict of a snapshot for people: what it holds, and what is missing, why, and what to do about it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from notion_backup.cli.output import count, say, say_json, size
from notion_backup.cli.safetext import safe
from notion_backup.cli.summary import facts
from notion_backup.phrasing import lasting
from notion_backup.snapshot import Severity, compared, count_changes, diff_snapshots, snapshot_before

if TYPE_CHECKING:
    from notion_backup.snapshot import Manifest, Problem, SnapshotReader, Verdict

_IDS_NAMED = 5
_HEADINGS = {
    Severity.MISSING: "Missing: belongs to the workspace and is not in the snapshot",
    Severity.OUTSIDE: "Outside: referred to, but not shared with the connection or left out by the settings",
    Severity.NOTICE: "Notices: nothing is missing that could have been read",
}
_WORDS = {
    "page": "pages",
    "block": "blocks",
    "database": "databases",
    "data_source": "data sources",
    "view": "views",
    "template": "templates",
    "comment": "comments",
    "property": "long values",
    "user": "users",
    "custom_emoji": "custom emojis",
    "file": "files",
}
_COLUMNS = {
    "captured": "captured",
    "change": "since before",
    "referenced": "referenced",
    "unreachable": "unreachable",
}


def say_verdict(snapshot: SnapshotReader, *, as_json: bool, **more: Any) -> Verdict:
    """Print the verdict, compared with the workspace's snapshot before; ``more`` goes into the JSON."""
    problems, before = snapshot.problems(), snapshot_before(snapshot)
    if as_json:
        kinds = compared(snapshot.coverage(), before.coverage() if before is not None else None)
        about = {**facts(snapshot.commit), **more, "coverage": kinds, "changes": _counts(before, snapshot)}
        about |= {"unknown_types": snapshot.manifest.verdict.unknown_types}
        say_json({**about, "problems": [problem.to_json() for problem in problems]})
    else:
        for line in verdict_lines(snapshot, problems, before):
            say(line)
    return snapshot.manifest.verdict


def verdict_lines(
    snapshot: SnapshotReader, problems: Sequence[Problem], before: SnapshotReader | None = None
) -> Iterator[str]:
    """The verdict as lines, safe to print. ``before`` is the workspace's snapshot to compare with."""
    manifest = snapshot.manifest
    verdict = manifest.verdict
    yield f"Snapshot {snapshot.commit.id} is {verdict.status.upper()}"
    partition = manifest.partition
    if partition is not None:
        yield f"  partition  {partition.key} ({partition.start:%Y-%m-%d %H:%M} to {partition.end:%Y-%m-%d %H:%M %Z})"
    late = f", late by {lasting(manifest.late_by_seconds)}" if manifest.late else ""
    yield f"  captured   {manifest.captured_from:%Y-%m-%d %H:%M:%SZ} to {manifest.captured_to:%H:%M:%SZ}{late}"
    yield f"  verified   {verified_text(manifest)}"
    media = manifest.media
    yield f"  files      {count(media.contents, 'file')}, {size(media.bytes)}; {media.downloads:,} downloaded now"
    new = size(snapshot.commit.stored_bytes)
    yield f"  cost       {count(manifest.requests_total, 'request')}, {new} new in the store"
    if before is not None:
        yield f"  changes    {_changes(before, snapshot)}"
    for name, number in sorted(verdict.unknown_types.items()):
        yield f"  unknown    {number:,} × {safe(name, 60)}, kept as Notion gave it"
    yield from _table(compared(snapshot.coverage(), before.coverage() if before is not None else None))
    for severity, heading in _HEADINGS.items():
        of_it = [problem for problem in problems if problem.severity is severity]
        if of_it:
            yield f"{heading} ({len(of_it):,})"
            yield from _grouped(of_it, manifest.captured_from, named=severity is Severity.MISSING)


def verified_text(manifest: Manifest) -> str:
    """How old the oldest verification of a snapshot's objects was when it was taken."""
    oldest = manifest.oldest_verification
    if oldest is None:
        return "nothing to verify"
    age = (manifest.captured_from - oldest).total_seconds()
    return "every object now" if age < 1 else f"every object within {lasting(age)}, the oldest {oldest:%Y-%m-%d %H:%MZ}"


def _counts(before: SnapshotReader | None, snapshot: SnapshotReader) -> dict[str, int]:
    """Changes by kind since the snapshot before; empty where there is none."""
    return count_changes(diff_snapshots(before, snapshot)) if before is not None else {}


def _changes(before: SnapshotReader, snapshot: SnapshotReader) -> str:
    told = ", ".join(
        f"{number:,} {'no longer shared' if kind == 'unshared' else kind}"
        for kind, number in _counts(before, snapshot).items()
        if number
    )
    return f"{told or 'none'}, since {before.manifest.captured_from:%Y-%m-%d %H:%MZ}"


def _table(rows: Mapping[str, Mapping[str, int | None]]) -> Iterator[str]:
    """One line a kind; left out are kinds of which there is nothing, and the comparison where there is no before."""
    columns = [name for name in _COLUMNS if name != "change" or any(row["change"] is not None for row in rows.values())]
    yield f"  {'':<14}" + "".join(f"{_COLUMNS[name]:>14}" for name in columns)
    for kind, row in rows.items():
        if any(row.values()):
            yield f"  {_WORDS.get(kind, kind):<14}" + "".join(f"{_number(name, row[name]):>14}" for name in columns)


def _number(column: str, value: int | None) -> str:
    if not value:
        return "0" if column == "captured" else "-"
    return f"{value:+,}" if column == "change" else f"{value:,}"


def _grouped(problems: Sequence[Problem], now: datetime, *, named: bool) -> Iterator[str]:
    """Problems of one kind share a line, a reason, an age and a cure; of what is missing, the first ids are named."""
    groups: defaultdict[tuple[str, str], list[Problem]] = defaultdict(list)
    for problem in problems:
        groups[problem.code, problem.object_kind].append(problem)
    for (code, kind), group in sorted(groups.items()):
        why = Counter(problem.why for problem in group).most_common(1)[0][0]
        yield f"  {len(group):,} × {safe(code, 60)} ({safe(kind, 40)}){_age(group, now)}: {safe(why, 300)}"
        if group[0].cure:
            yield f"      → {safe(group[0].cure, 300)}"
        if named:
            ids = ", ".join(safe(problem.object_id, 80) for problem in group[:_IDS_NAMED])
            more = f" and {len(group) - _IDS_NAMED:,} more" if len(group) > _IDS_NAMED else ""
            yield f"      {ids}{more}"


def _age(group: Sequence[Problem], now: datetime) -> str:
    """Since when, where it is not new; and how many are new where some are not."""
    times = [problem.since for problem in group if problem.since is not None]
    old = [time for time in times if (now - time).total_seconds() >= 1]
    if not old:
        return ""
    fresh = f", {len(group) - len(old):,} of them new" if len(old) < len(group) else ""
    return f", since {min(old):%Y-%m-%d} ({lasting((now - min(old)).total_seconds())}){fresh}"
