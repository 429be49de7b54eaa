"""Workspace → snapshot → restored workspace → snapshot: the two differ only in what the table of losses says."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from notion_backup.repository import Repository
from notion_backup.restore import Applied, SnapshotOrigin
from notion_backup.restore.compare import Canonical, differing
from notion_backup.restore.selection import everything_in, whole
from notion_backup.restore.tree import Node
from notion_backup.sandbox import Sandbox, Workspace, generate, running
from notion_backup.sandbox.maker import Maker
from notion_backup.snapshot import Table, rich_text
from notion_backup_tests.capture.taking import Album
from notion_backup_tests.restore.restoring import Restoring, snapshot_of


@pytest.mark.slow
def test_two_snapshots_differ_in_nothing_but_the_losses(repository: Repository, tmp_path: Path) -> None:
    space = generate(pages=6, seed=1, media_bytes=500, blocks_per_page=5)
    before = snapshot_of(repository, Sandbox(space))
    origin = SnapshotOrigin(before)
    with running(Sandbox(_empty(space))) as server:
        applied = Restoring(before, server, tmp_path / "restores").go()
        after = Album(repository, server).take()
    comparison = _Comparison(origin, SnapshotOrigin(after), applied)

    assert comparison.absent() == []
    assert comparison.uncalled_for() == []
    assert dict(comparison.differences()) == {}
    assert comparison.compared.keys() == {"page", "database", "data_source", "view", "comment", "block", "file"}
    assert comparison.compared["block"] > 300


def _empty(like: Workspace) -> Workspace:
    """Another workspace with the same people and emojis, and one empty page."""
    space = Workspace(name="Empty", id="00000000-0000-4000-8000-0000000e4e4e")
    for kind in ("user", "custom_emoji"):
        for raw in like.all(kind):
            space.put(kind, dict(raw))
    space.files.update({path: file for path, file in like.files.items() if path.startswith("public/")})
    Maker(space, random.Random()).page("Here", {"type": "workspace", "workspace": True})
    return space


class _Comparison:
    """Two snapshots, object by object, but for ids, times and authors; objects with a planned loss are let off."""

    def __init__(self, old: SnapshotOrigin, new: SnapshotOrigin, applied: Applied) -> None:
        job = applied.job
        assert [loss for loss in job.losses if not loss.planned] == []
        self._old, self._new = old, new
        self._into = job.facts.into
        self._made = job.made
        self._lost = {loss.id for loss in job.losses}
        self._before = Canonical(job.names.ids, job.facts.users)
        self._after = Canonical({}, {})
        self._words = [{str(raw["id"]): raw for raw in origin.snapshot.comments()} for origin in (old, new)]
        self.compared: Counter[str] = Counter()

    def absent(self) -> list[str]:
        """What was in the first snapshot, has no loss, and has not come back."""
        objects, sources = everything_in(self._old, whole(self._old))
        views = {str(raw["id"]) for raw in self._old.objects(Table.VIEWS) if not self._is_gone(raw)}
        comments = {str(raw["id"]) for page in objects for raw in self._old.comments(page)}
        return sorted((objects | sources | views | comments) - self._made.keys() - self._lost)

    def _is_gone(self, view: Any) -> bool:
        """Whether the database of a view lies in the trash."""
        raw = self._old.database(str(view["parent"].get("database_id")))
        return raw is None or bool(raw["in_trash"])

    def uncalled_for(self) -> list[str]:
        """What is in the second snapshot and does not come from the first; a dashboard has views of its own."""
        there = {
            str(raw["id"])
            for table in (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES, Table.VIEWS)
            for raw in self._new.objects(table)
            if not raw.get("in_trash") and not raw.get("dashboard_view_id")
        }
        return sorted(there - {made.new for made in self._made.values()} - {self._into})

    def differences(self) -> Iterator[tuple[str, Any]]:
        """What differs though no loss says so, by old id."""
        for made in self._made.values():
            self.compared[made.kind] += 1
            found = list(getattr(self, f"_{made.kind}")(made.old, made.new))
            if made.kind == "page":
                found += self._bodies(made.old, made.new)
                found += self._files(made.old, made.new)
            if found and (made.old not in self._lost or found[0].startswith(("blocks", "files"))):
                yield made.old, (made.kind, found)

    def _page(self, old: str, new: str) -> list[str]:
        was, now = self._old.page(old), self._new.page(new)
        assert was is not None and now is not None
        return differing(self._before.page(was), self._after.page(now)) if old not in self._lost else []

    def _database(self, old: str, new: str) -> list[str]:
        was, now = self._old.database(old), self._new.database(new)
        assert was is not None and now is not None
        return differing(self._before.database(was), self._after.database(now)) if was["data_sources"] else []

    def _data_source(self, old: str, new: str) -> list[str]:
        was, now = self._old.data_source(old), self._new.data_source(new)
        assert was is not None and now is not None
        return differing(self._before.source(was), self._after.source(now))

    def _view(self, old: str, new: str) -> list[str]:
        was, now = self._old.object(Table.VIEWS, old), self._new.object(Table.VIEWS, new)
        assert was is not None and now is not None
        sources = [
            origin.data_source(str(raw.get("data_source_id"))) for origin, raw in ((self._old, was), (self._new, now))
        ]
        return differing(self._before.view(was, sources[0]), self._after.view(now, sources[1]))

    def _comment(self, old: str, new: str) -> list[str]:
        """Every comment has the loss of its author; its words have none."""
        was, now = (words[one] for words, one in zip(self._words, (old, new), strict=True))
        words = rich_text(now["rich_text"])
        texts = [str(item["plain_text"]) for item in was["rich_text"] if item["type"] == "text"]
        return [] if all(text in words for text in texts) else ["rich_text"]

    def _bodies(self, old: str, new: str) -> list[str]:
        """The blocks of a page that lost nothing stand on the new one in their old order and depth."""
        wanted = list(self._flat(self._old.body(old), self._before, skip=self._lost))
        there = list(self._flat(self._new.body(new), self._after, skip=set()))
        self.compared["block"] += len(wanted)
        rest = iter(there)
        missing = [form for form in wanted if form not in rest]
        told = [f"blocks: {len(missing)} not in their place: {missing[0][:200]}"] if missing else []
        lost = any(node.id in self._lost for node in _nodes(self._old.body(old)))
        moved = any(made.parent == new and made.old in self._lost for made in self._made.values())
        if len(there) > len(wanted) and not (lost or moved):
            told.append("blocks: more than there were")
        return told

    def _flat(self, nodes: list[Node], canonical: Canonical, *, skip: set[str], depth: int = 0) -> Iterator[str]:
        for node in nodes:
            if node.id in skip:
                continue
            yield f"{depth} {json.dumps(canonical.block(node.raw), sort_keys=True)}"
            yield from self._flat(node.children, canonical, skip=skip, depth=depth + 1)

    def _files(self, old: str, new: str) -> list[str]:
        """The contents of a page's files, of those that lost nothing."""
        was, now = (
            Counter(
                file.media.sha256
                for (owner, _), file in origin.files(page).items()
                if file.media is not None and owner not in skip
            )
            for origin, page, skip in ((self._old, old, self._lost), (self._new, new, set()))
        )
        self.compared["file"] += was.total()
        return ["files"] if was - now else []


def _nodes(nodes: list[Node]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _nodes(node.children)
