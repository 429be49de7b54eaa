"""Which objects a capture has met, kept and still to look up. Ids and times only, and one string for an
id that many name, so that it stays small."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from sys import intern

from notion_backup.capture.references import Reference


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where an object was met: ``how`` is ``tree`` or ``reference``, ``inside`` the id of what named it."""

    how: str
    inside: str


class Known:
    """Thread-safe. A reference is *claimed* by whoever takes it on; each is claimed once in a run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claimed: defaultdict[str, set[str]] = defaultdict(set)
        self._waiting: dict[Reference, Meeting] = {}
        self._edited: dict[str, str] = {}
        self._listed_blocks: set[str] = set()
        self._standing: dict[str, str] = {}
        self._read_at: dict[str, datetime] = {}
        self._rollups: dict[str, dict[str, str]] = {}
        self._carried: dict[str, bool] = {}
        self._forced: set[str] = set()
        self._quiet: set[str] = set()
        self._stood: dict[str, Reference] = {}
        self._commented: set[str] = set()
        self._listings_whole = True

    def claim(self, kind: str, object_id: str) -> bool:
        """Whether the caller is the first to take this object on."""
        with self._lock:
            claimed = self._claimed[kind]
            if object_id in claimed:
                return False
            claimed.add(object_id)
            self._waiting.pop(Reference(kind, object_id), None)
            return True

    def has(self, kind: str, object_id: str) -> bool:
        """Whether somebody has claimed the object."""
        with self._lock:
            return object_id in self._claimed[kind]

    def meet(self, reference: Reference, how: str, inside: str) -> None:
        """Remember an object that was named somewhere, unless it is known. The tree outranks mere references."""
        with self._lock:
            if reference.id in self._claimed[reference.kind]:
                return
            before = self._waiting.get(reference)
            if before is None or (before.how == "reference" and how == "tree"):
                self._waiting[reference] = Meeting(how, inside)

    def take(self, how: str) -> list[tuple[Reference, Meeting]]:
        """The objects met that way that nobody has claimed; they are forgotten here."""
        with self._lock:
            found = [(reference, met) for reference, met in self._waiting.items() if met.how == how]
            for reference, _ in found:
                del self._waiting[reference]
            return sorted(found, key=lambda pair: (pair[0].kind, pair[0].id))

    def newer(self, object_id: str, edited: object) -> bool:
        """Note the edit time of what is about to be kept; False when something as new is kept already."""
        time = edited if isinstance(edited, str) else ""
        with self._lock:
            before = self._edited.get(object_id)
            if before is not None and time <= before:
                return False
            self._edited[object_id] = time
            return True

    def edited(self, object_id: str) -> str | None:
        """The edit time of what is kept, as Notion spells it."""
        with self._lock:
            return self._edited.get(object_id)

    def listed(self, block_id: str) -> None:
        """Note a block of interest that stands in a walked body: child pages and databases, synced originals."""
        with self._lock:
            self._listed_blocks.add(intern(block_id))

    def is_listed(self, block_id: str) -> bool:
        """Whether the block stands in a walked body."""
        with self._lock:
            return block_id in self._listed_blocks

    def stands_in(self, object_id: str, parent_id: str) -> None:
        """Note a page or database that should stand as a block in the body of a page or block."""
        with self._lock:
            self._standing[object_id] = intern(parent_id)

    def unlisted(self) -> list[tuple[str, str]]:
        """Pages and databases that stood in no walked body, with the parent they name."""
        with self._lock:
            return sorted(item for item in self._standing.items() if item[0] not in self._listed_blocks)

    def quiet(self, object_id: str) -> None:
        """Note a page or database that is where it was and as it was."""
        with self._lock:
            self._quiet.add(object_id)

    def is_quiet(self, object_id: str) -> bool:
        """Whether the object is where it was and as it was."""
        with self._lock:
            return object_id in self._quiet

    def carry(self, page_id: str, in_trash: bool) -> bool:
        """Note that a page's body is carried on unread; False when it has to be read after all."""
        with self._lock:
            if page_id in self._forced:
                return False
            self._carried[page_id] = in_trash
            return True

    def force(self, page_id: str) -> bool | None:
        """Have a page's body read because of what became of its children.

        Tells whether the page is in the trash when it was carried and the caller is to read it now, else None.
        """
        with self._lock:
            self._forced.add(page_id)
            return self._carried.pop(page_id, None)

    def stood(self, block_id: str, parent: Reference) -> None:
        """Note what a block that was asked for by itself stands in."""
        with self._lock:
            self._stood[block_id] = parent

    def stands_in_carried(self, block_id: str) -> bool:
        """Whether a block that was asked for stands in a page whose body is carried on unread."""
        with self._lock:
            parent = self._stood.get(block_id)
            for _ in range(len(self._stood)):
                if parent is None or parent.kind != "block":
                    break
                parent = self._stood.get(parent.id)
            return parent is not None and parent.id in self._carried

    def listing_failed(self) -> None:
        """Note that a listing of the workspace broke off: what it lacks may be there."""
        with self._lock:
            self._listings_whole = False

    @property
    def listings_whole(self) -> bool:
        """Whether every listing of the workspace was read to its end."""
        with self._lock:
            return self._listings_whole

    def reading(self, page_id: str, now: datetime) -> None:
        """Note when the reading of a page's body began."""
        with self._lock:
            self._read_at[page_id] = now

    def read_at(self, page_id: str) -> datetime | None:
        """When the reading of a page's body last began."""
        with self._lock:
            return self._read_at.get(page_id)

    def commented(self, page_id: str) -> None:
        """Note that a page's comments are read in this capture."""
        with self._lock:
            self._commented.add(page_id)

    def is_commented(self, page_id: str) -> bool:
        """Whether a page's comments are read in this capture."""
        with self._lock:
            return page_id in self._commented

    def set_rollups(self, source_id: str, rollups: dict[str, str]) -> None:
        """Note which relation each rollup of a data source counts over."""
        with self._lock:
            self._rollups[source_id] = rollups

    def rollups(self, source_id: str) -> dict[str, str] | None:
        """Which relation each rollup of a data source counts over; None while its schema is not known."""
        with self._lock:
            return self._rollups.get(source_id)
