"""What the previous snapshot knows, and how much of each object has to be read again.

Edit times are hints: they are rounded down to the minute, and neither nested edits through the API nor comments nor
views move them. So what was edited near the last reading is read again, and the rest in turns: each capture reads the
share of the least recently verified that keeps everything younger than a set age.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from notion_backup.capture.client import Raw
from notion_backup.capture.download import LEFT_OUT
from notion_backup.snapshot import DETACHED, Entry, FileRef, Problem, Severity, SnapshotReader, Table, instant

_SETTLED = timedelta(minutes=3)
"""An edit time says the minute, search lags, clocks differ: younger edits may be more than what was read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What of a page is read in this capture; the rest is carried on from the previous snapshot."""

    body: bool
    comments: bool


EVERYTHING = Reading(body=True, comments=True)


class Past:
    """The previous snapshot as a capture sees it. ``previous`` None: there is none, and everything is read.

    ``began`` is when this capture began; ``verify_within`` the age that no object's last verification may exceed, zero
    to read everything.
    """

    def __init__(self, previous: SnapshotReader | None, began: datetime, verify_within: timedelta) -> None:
        self._previous = previous
        self._began = began
        self._within = verify_within
        self._problems: dict[str, list[Problem]] = {}
        self._outside: dict[str, Problem] = {}
        self._missing: set[str] = set()
        self._lost_blocks: set[str] = set()
        self._due: set[str] = set()
        self._refused: set[str] = set()
        self._views: dict[str, list[str]] = {}
        self._templates: dict[str, list[str]] = {}
        self._sources: dict[str, list[str]] = {}
        self._template_ids: set[str] = set()
        if previous is not None:
            self._learn(previous)

    def __bool__(self) -> bool:
        return self._previous is not None

    def entry(self, table: Table, unit_id: str) -> Entry | None:
        """The unit that the previous snapshot has under that id, or None."""
        return self._previous.entry(table, unit_id) if self._previous else None

    def entries(self, table: Table) -> Iterator[Entry]:
        """The units of a table in the previous snapshot."""
        return self._previous.entries(table) if self._previous else iter(())

    def object(self, table: Table, object_id: str) -> Raw | None:
        """The raw object that the previous snapshot has."""
        return self._previous.object(table, object_id) if self._previous else None

    def reading(self, page: Raw) -> Reading:
        """How much of a page that a listing gave has to be read."""
        page_id = page["id"]
        was, body = self.entry(Table.PAGES, page_id), self.entry(Table.BLOCKS, page_id)
        if was is None or body is None or was.unshared or self.is_due(page_id) or page_id in self._missing:
            return EVERYTHING
        edited = instant(page.get("last_edited_time"))
        same = (
            edited is not None
            and edited == was.last_edited_time
            and edited + _SETTLED <= body.verified_at
            and bool(page.get("in_trash")) == bool(was.in_trash)
        )
        return Reading(body=not same, comments=self.entry(Table.COMMENTS, page_id) is None)

    def is_due(self, object_id: str) -> bool:
        """Whether it is this page's, database's or user's turn to be read whatever its edit time says."""
        return object_id in self._due

    def failed_before(self, object_id: str) -> bool:
        """Whether something of it was missing in the previous snapshot."""
        return object_id in self._missing

    def lost_block(self, object_id: str) -> bool:
        """Whether the block as which it stands in a body could not be had."""
        return object_id in self._lost_blocks

    def problems(self, where: str) -> list[Problem]:
        """The problems that were met in an object."""
        return self._problems.get(where, [])

    def outside(self, object_id: str) -> Problem | None:
        """Why an object that others refer to was not to be had, if that was so."""
        return self._outside.get(object_id)

    def was_refused(self, code: str) -> bool:
        """Whether a capability was missing when the previous snapshot was taken, by the code of its problem."""
        return code in self._refused

    def some_user(self) -> str | None:
        """A user whom some page of the previous snapshot names."""
        for entry in self.entries(Table.PAGES):
            page = self.object(Table.PAGES, entry.id) or {}
            author = page.get("created_by")
            if isinstance(author, dict) and isinstance(author.get("id"), str):
                return str(author["id"])
        return None

    def all_due(self) -> None:
        """Have everything read again."""
        for table in (Table.PAGES, Table.DATABASES, Table.USERS):
            self._due |= {entry.id for entry in self.entries(table)}

    def views(self, database_id: str) -> list[str]:
        """Ids of the views a database had."""
        return self._views.get(database_id, [])

    def sources(self, database_id: str) -> list[str]:
        """Ids of the data sources a database had."""
        return self._sources.get(database_id, [])

    def templates(self, source_id: str) -> list[str]:
        """Ids of the templates a data source had."""
        return self._templates.get(source_id, [])

    def is_template(self, page_id: str) -> bool:
        """Whether a page was some data source's template: no listing but that of templates shows these."""
        return page_id in self._template_ids

    def files(self, page_id: str, *, own: bool, blocks: bool, comments: bool) -> list[FileRef]:
        """The references to files that were met with a page: those of itself, its blocks, its comments."""
        if self._previous is None or self.entry(Table.FILES, page_id) is None:
            return []
        of_comments = {raw["id"] for raw in self._previous.comments(page_id)}

        def wanted(file: FileRef) -> bool:
            if file.owner == page_id:
                return own
            return comments if file.owner in of_comments else blocks

        return [file for file in self._previous.files(page_id) if wanted(file)]

    def left_out(self, page_id: str) -> list[FileRef]:
        """The files of a page that the settings of that time left out."""
        places = {(p.object_id, p.where) for p in self.problems(page_id) if p.code == LEFT_OUT}
        if not places or self._previous is None:
            return []
        return [file for file in self._previous.files(page_id) if (file.owner, f"{page_id}/{file.slot}") in places]

    def comments(self, page_id: str) -> list[Raw]:
        """The comments that were kept of a page."""
        return list(self._previous.comments(page_id)) if self._previous else []

    def block_ids(self, page_id: str) -> list[str]:
        """The blocks of a page's body, in document order, child pages left out."""
        body = self._previous.body(page_id) if self._previous else None
        return [node.raw["id"] for node in body or () if node.raw.get("type") != "child_page"]

    def was_pointer(self, page_id: str, block_id: str) -> bool:
        """Whether a synced copy stood in the page and its content was found at its original."""
        body = (self._previous.body(page_id) if self._previous else None) or []
        standing = any(node.raw["id"] == block_id for node in body)
        return standing and not any(node.parent_id == block_id for node in body)

    def _learn(self, previous: SnapshotReader) -> None:
        for problem in previous.problems():
            self._problems.setdefault(problem.inside, []).append(problem)
            if problem.object_kind == "capability":
                self._refused.add(problem.code)
            if problem.severity is Severity.MISSING:
                self._missing |= {problem.inside, problem.object_id}
                if problem.code == "block-unreachable":
                    self._lost_blocks.add(problem.object_id)
            elif problem.severity is Severity.OUTSIDE:
                self._outside[problem.object_id] = problem
        for table, by_parent in (
            (Table.VIEWS, self._views),
            (Table.TEMPLATES, self._templates),
            (Table.DATA_SOURCES, self._sources),
        ):
            for entry in previous.entries(table):
                by_parent.setdefault(entry.parent_id or "", []).append(entry.id)
        self._template_ids = {page for pages in self._templates.values() for page in pages}
        share = self._share(previous.manifest.captured_from)
        catalog = previous.catalog()
        pages = _verified(catalog, Table.BLOCKS)
        for page_id, verified in _verified(catalog, Table.COMMENTS).items():
            # A body is read whenever its page was edited; the turn is that of the comments.
            pages[page_id] = min(verified, pages.get(page_id, verified))
        for ages in (pages, _verified(catalog, Table.DATABASES), _verified(catalog, Table.USERS)):
            self._due |= self._oldest(ages, share)

    def _share(self, last: datetime) -> float:
        """The part of everything that falls to this capture, for all to be read within the age."""
        if self._within <= timedelta():
            return 1.0
        return min(1.0, max(0.0, (self._began - last) / self._within))

    def _oldest(self, ages: dict[str, datetime], share: float) -> set[str]:
        count = int(len(ages) * share)
        in_turn = sorted(ages, key=lambda object_id: (ages[object_id], object_id))
        overdue = (object_id for object_id in in_turn[count:] if ages[object_id] < self._began - self._within)
        return {*in_turn[:count], *overdue}


def _verified(catalog: pa.Table, table: Table) -> dict[str, datetime]:
    """When each unit of a table was last verified."""
    chosen = catalog.filter(pc.equal(catalog.column("table"), table.value))
    ids: Iterable[str] = chosen.column("id").to_pylist()
    times: Iterable[datetime] = chosen.column("verified_at").to_pylist()
    return {
        object_id: time.astimezone(UTC)
        for object_id, time in zip(ids, times, strict=True)
        if not object_id.startswith(DETACHED)
    }
