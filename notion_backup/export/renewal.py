"""Leaving documents of an earlier export as they are, where they would be made again the same.

Each document is written down with what it is made from (``inputs``), the files that it consists of, and how much it
shows. It is left when all of that is the same and its files still hold what was written; they are read for that.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from notion_backup.export.atlas import Atlas
from notion_backup.export.folder import ExportFolder
from notion_backup.export.inputs import Inputs
from notion_backup.export.report import Losses
from notion_backup.snapshot import Place

COUNTED = ("pages", "databases", "data_sources", "blocks", "comments")


@dataclass(slots=True)
class Totals:
    """How much an export shows, by kind, and its media: path and bytes."""

    counts: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(COUNTED, 0)))
    media: dict[str, int] = field(default_factory=dict)


class Renewal:
    """The documents of one export at work. ``left`` are the ids of those that are not made again."""

    def __init__(self, inputs: Inputs, atlas: Atlas, files: ExportFolder, losses: Losses, totals: Totals) -> None:
        self.left: set[str] = set()
        self._atlas = atlas
        self._inputs = inputs
        self._files = files
        self._losses = losses
        self._totals = totals
        self._lines = files.scratch()
        self._places: list[tuple[str, int]] = []
        self._before: Counter[str] = Counter()

    def leave_what_is_the_same(self, *needed: str) -> None:
        """Go through what the earlier export wrote down. Nothing is left unless the files ``needed`` are intact."""
        # What is lost already may be missing in any document.
        if len(self._losses) or not all(self._files.intact(path) for path in needed):
            return
        lines = self._files.inputs()
        if json.loads(next(lines, b"null")) != self._inputs.general:
            return
        for line in lines:
            record = json.loads(line)
            place = self._atlas.places.get(record["id"])
            if place is not None and place.document is place and self._is_the_same(place, record):
                self._leave(place, record, line)

    def begin(self) -> None:
        """A document is made now."""
        self._atlas.asked.questions.clear()
        self._files.used.clear()
        self._before = Counter(self._totals.counts)

    def made(self, place: Place) -> None:
        """A document is made and written."""
        questions = sorted(self._atlas.asked.questions - {"=" + place.id})
        record = {
            "id": place.id,
            "from": self._inputs.digest(place, questions),
            "asked": questions,
            "counts": self._totals.counts - self._before,
            "files": sorted(self._files.used - self._totals.media.keys()),
            "media": sorted(self._files.used & self._totals.media.keys()),
        }
        self._keep(place, json.dumps(record, ensure_ascii=True, sort_keys=True).encode() + b"\n")

    def lines(self) -> Iterator[bytes] | None:
        """What a later export needs to know. None when anything was lost: then that makes all of it again."""
        return None if len(self._losses) else self._in_order()

    def _in_order(self) -> Iterator[bytes]:
        yield json.dumps(self._inputs.general).encode() + b"\n"
        for _, at in sorted(self._places):
            self._lines.seek(at)
            yield self._lines.readline()

    def _is_the_same(self, place: Place, record: dict[str, Any]) -> bool:
        return (
            self._inputs.readable(place)
            and record["from"] == self._inputs.digest(place, record["asked"])
            and all(self._files.intact(path) for path in record["files"])
            and all(self._files.intact(path, read=False) for path in record["media"])
        )

    def _leave(self, place: Place, record: dict[str, Any], line: bytes) -> None:
        for path in record["files"]:
            self._files.leave(path)
        for path in record["media"]:
            self._totals.media[path] = self._files.leave(path)
        self._totals.counts.update(record["counts"])
        self.left.add(place.id)
        self._keep(place, line)

    def _keep(self, place: Place, line: bytes) -> None:
        self._places.append((place.id, self._lines.seek(0, 2)))
        self._lines.write(line)
