"""Writing the bodies of pages: blocks in document order around the pages and databases that stand among them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from notion_backup.restore.files import wishes_in
from notion_backup.restore.job import Job
from notion_backup.restore.layout import Unit, batches, goes_along, units_of
from notion_backup.restore.limits import MOST_BYTES, size
from notion_backup.restore.target import START, TargetRefused, UploadRefused
from notion_backup.restore.wants import Hole, Want, refused
from notion_backup.snapshot import Raw


@dataclass(slots=True)
class Late:
    """A synced copy whose original is made later: to be put below ``parent`` after ``before`` (None: first)."""

    want: Want
    parent: Want | str
    before: Want | str | None
    page: str


@dataclass(slots=True)
class Body:
    """The body of one page in the making.

    ``items`` are its blocks and holes in order, ``anchors`` what holes have become, by old id. ``ends`` are the ids of
    the last block of each stretch between holes, by its place in ``items``, where known.
    """

    old: str
    new: str
    items: list[Want | Hole]
    anchors: dict[str, str] = field(default_factory=dict)
    ends: dict[int, str] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)


Follower = tuple[str, list[Want]]
"""A block of the target, and blocks to be appended to it."""


class BodyWriter:
    """Appends blocks. ``late`` gathers synced copies that have to wait for their originals."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._ids: dict[int, str] = {}
        self._keep: list[Want] = []
        self.late: list[Late] = []

    def along(self, wants: Sequence[Want], used: int) -> tuple[list[Raw], list[Want]]:
        """Blocks that can be sent in the request that makes their page, and those that follow.

        ``used``: bytes that the rest of the request takes.
        """
        if any(want.notes.pending for one in wants for want in one.walk()) or not goes_along(wants):
            return [], list(wants)
        units = units_of(wants)
        first = next(batches(units, MOST_BYTES - used), [])
        if any(unit.cuts or unit.listings for unit in first) or size([u.body for u in first]) + used > MOST_BYTES:
            return [], list(wants)
        return [unit.body for unit in first], list(wants[len(first) :])

    def kept(self, wants: Sequence[Want]) -> None:
        """Note the losses of blocks that were written."""
        for one in wants:
            for want in one.walk():
                self._job.keep(want.notes)

    def write(
        self, page: str, parent: str, wants: Sequence[Want], after: str | None, *, before: str | None = None
    ) -> str | None:
        """Append blocks below a page or block of the target; gives the id of the last, if there is one.

        ``page`` is the old id of the page; ``before`` what they come after even where they go to the end. What waits
        for something that is not there yet is left out, for later.
        """
        self._keep.extend(wants)
        followers: list[Follower] = []
        last = self._append_all(page, parent, list(wants), after, before, followers)
        queue = deque(followers)
        while queue:
            holder, rest = queue.popleft()
            followers = []
            self._append_all(page, holder, rest, None, None, followers)
            queue.extendleft(reversed(followers))
        if not self.late:
            self._ids.clear()
            self._keep.clear()
        return last

    def insert(self, late: Late, want: Want) -> None:
        """Put a copy that had to wait into its place."""
        parent = late.parent if isinstance(late.parent, str) else self._ids[id(late.parent)]
        before = late.before if isinstance(late.before, str) else self._ids.get(id(late.before)) or START
        end = self.write(late.page, parent, [want], before)
        if end is not None:
            self._ids[id(late.want)] = end

    def _append_all(
        self,
        page: str,
        parent: str,
        wants: list[Want],
        after: str | None,
        before: str | None,
        followers: list[Follower],
    ) -> str | None:
        """Append the blocks of one level; what stands below them and was not sent along goes to ``followers``."""
        last: str | None = None
        previous: str | None = before if after in (None, START) else after
        while wants:
            ready: list[Want] = []
            while wants and self._settle(wants[0]):
                ready.append(wants.pop(0))
            if not ready:
                left = self._without_late(page, wants.pop(0), parent, previous)
                if left is not None:
                    wants.insert(0, left)
                continue
            for done in self._send(page, parent, ready, after, followers):
                previous = last = done
                after = done if after is not None else None
        return last

    def _settle(self, want: Want) -> bool:
        """Whether nothing in a block waits any more; copies whose original has been made are pointed to it."""
        for one in want.walk():
            for old in list(one.notes.pending):
                new = self._job.names.find(old)
                if new is None:
                    return False
                one.inner = _pointed(one.inner, old, new)
                one.notes.pending.discard(old)
        return True

    def _without_late(self, page: str, want: Want, parent: str, previous: str | None) -> Want | None:
        """Take the copies that wait out of a block; None when it is one itself."""
        if want.notes.pending:
            self.late.append(Late(want, parent, previous, page))
            return None
        waiting = [want]
        while waiting:
            holder = waiting.pop()
            before: Want | None = None
            kept: list[Want] = []
            for child in holder.children:
                if any(self._job.names.find(old) is None for old in child.notes.pending):
                    self.late.append(Late(child, holder, before, page))
                    holder.needed = True
                    if before is not None:
                        before.needed = True
                else:
                    kept.append(child)
                before = child
            holder.children = kept
            waiting.extend(kept)
        return want

    def _send(
        self,
        page: str,
        parent: str,
        wants: list[Want],
        after: str | None,
        followers: list[Follower],
    ) -> list[str]:
        """Send blocks that wait for nothing. A block that the target refuses gives way to a stand-in."""
        done: list[str] = []
        waiting: deque[tuple[list[Want], set[int]]] = deque([(wants, set())])
        while waiting:
            group, split = waiting.popleft()
            units = units_of(group, split=split)
            batch = next(batches(units))
            rest = group[len(batch) :]
            place = (done[-1] if done else after) if after is not None else None
            try:
                ids = self._job.target.append(
                    self._job.turn(f"blocks:{page}"), parent, [unit.body for unit in batch], place
                )
            except UploadRefused as error:
                self._job.refuse_upload(error)
                first = [self._without_file(want, error) for want in group[: len(batch)]]
                waiting.appendleft(([*first, *rest], split))
                continue
            except TargetRefused as error:
                if rest:
                    waiting.appendleft((rest, split))
                waiting.extendleft(reversed(self._smaller(batch, split, error)))
                continue
            done.extend(ids)
            for unit, new in zip(batch, ids, strict=False):
                self._written(page, unit, new, followers)
            if len(ids) < len(batch):
                rest = group[len(ids) :]
            if rest:
                waiting.appendleft((rest, split))
        return done

    def _smaller(self, batch: list[Unit], split: set[int], error: TargetRefused) -> list[tuple[list[Want], set[int]]]:
        """What to try in place of a refused request: its halves, the block alone, a stand-in."""
        wants = [unit.want for unit in batch]
        if len(wants) > 1:
            half = len(wants) // 2
            return [(wants[:half], split), (wants[half:], split)]
        want = wants[0]
        if want.children and want.kind not in ("table", "column_list", "tab") and id(want) not in split:
            return [([want], {*split, id(want)})]
        if "icon" in want.inner:
            want.inner = {name: value for name, value in want.inner.items() if name != "icon"}
            want.notes.lose("block-refused", "block", want.old or "", f"icon: {error.why}"[:200])
            return [([want], split)]
        stand_in = refused(want, error.why)
        self._keep.append(stand_in)
        return [([stand_in], {*split, id(stand_in)})]

    def _without_file(self, want: Want, error: UploadRefused) -> Want:
        for one in want.walk():
            if any(wish.key == error.upload for wish in wishes_in(one.inner)):
                stand_in = refused(one, error.why)
                one.kind, one.inner = stand_in.kind, stand_in.inner
                one.notes.lose("file-refused", "block", one.old or "")
        return want

    def _written(self, page: str, unit: Unit, new: str, followers: list[Follower]) -> None:
        """Note what became of one block and those sent along with it."""
        self._learn(unit.want, new)
        self.kept([unit.want])
        for holder, inside in unit.listings:
            ids = self._job.target.learn(self._job.turn(f"ids:{page}"), self._ids[id(holder)], len(inside))
            for want, child in zip(inside, ids, strict=False):
                self._learn(want, child)
        followers.extend((self._ids[id(holder)], children) for holder, children in unit.cuts)

    def _learn(self, want: Want, new: str) -> None:
        self._ids[id(want)] = new
        if want.old is not None and want.old not in self._job.made:
            self._job.names.learn(want.old, new)


def _pointed(inner: Raw, old: str, new: str) -> Raw:
    """The content of a copy or link, leading to a new id."""
    source = inner.get("synced_from")
    if isinstance(source, dict) and source.get("block_id") == old:
        return {**inner, "synced_from": {"type": "block_id", "block_id": new}}
    return {name: new if value == old else value for name, value in inner.items()}
