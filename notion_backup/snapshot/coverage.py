"""How much of each kind of object a snapshot holds: captured, only referred to, known but not to be had."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from notion_backup.snapshot.manifest import KindFacts, TableFacts
from notion_backup.snapshot.model import Problem, Severity, Table

KINDS: dict[str, Table] = {
    "page": Table.PAGES,
    "block": Table.BLOCKS,
    "database": Table.DATABASES,
    "data_source": Table.DATA_SOURCES,
    "view": Table.VIEWS,
    "template": Table.TEMPLATES,
    "comment": Table.COMMENTS,
    "property": Table.PROPERTIES,
    "user": Table.USERS,
    "custom_emoji": Table.CUSTOM_EMOJIS,
    "file": Table.FILES,
}
"""Every kind, with the table that holds its rows. A ``property`` is a long value that was read in full by itself."""

_BY_CODE = {
    "body": "block",
    "children": "block",
    "comments": "comment",
    "custom": "custom_emoji",
    "file": "file",
    "media": "file",
    "property": "property",
    "rows": "data_source",
    "templates": "template",
    "user": "user",
    "users": "user",
    "view": "view",
    "views": "view",
}
"""By the first word of a problem's code: what could not be had, whatever object it belongs to."""


def kind_of(problem: Problem) -> str:
    """The kind of which a problem takes something away; what fits nowhere else counts with the pages."""
    by_code = _BY_CODE.get(problem.code.partition("-")[0])
    kind = by_code or problem.object_kind
    return kind if kind in KINDS else "page"


def coverage_of(
    tables: Mapping[Table, TableFacts], files_held: int, problems: Iterable[Problem]
) -> dict[str, KindFacts]:
    """Every kind of ``KINDS``, in that order. ``files_held``: references to files whose content is kept."""
    named: dict[Severity, defaultdict[str, set[tuple[str, str]]]] = {s: defaultdict(set) for s in Severity}
    for problem in problems:
        kind = kind_of(problem)
        # A file has no id: its owner and its place in it name it. All else may be met in many places and is one.
        named[problem.severity][kind].add((problem.object_id, problem.where if kind == "file" else ""))
    found = {}
    for kind, table in KINDS.items():
        rows = tables[table].rows if table in tables else 0
        unreachable = len(named[Severity.MISSING][kind])
        referenced = len(named[Severity.OUTSIDE][kind])
        if kind == "file":
            referenced, rows = max(0, rows - files_held - unreachable), files_held
        found[kind] = KindFacts(captured=rows, referenced=referenced, unreachable=unreachable)
    return found


def compared(now: Mapping[str, KindFacts], before: Mapping[str, KindFacts] | None) -> dict[str, dict[str, int | None]]:
    """Every kind's numbers with ``change``: how many more are captured than before, None without a before."""
    found: dict[str, dict[str, int | None]] = {}
    for kind, facts in now.items():
        was = before.get(kind) if before is not None else None
        found[kind] = {**facts.model_dump(), "change": facts.captured - was.captured if was is not None else None}
    return found
