"""What every part of one restore shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from notion_backup.restore.blocks import BlockEncoder
from notion_backup.restore.facts import Facts, Names, Notes
from notion_backup.restore.files import FileEncoder
from notion_backup.restore.losses import Loss
from notion_backup.restore.origin import Origin
from notion_backup.restore.selection import Selection
from notion_backup.restore.target import Target, TargetRefused, UploadRefused
from notion_backup.restore.values import ValueEncoder
from notion_backup.snapshot import Raw, title_of


@dataclass(slots=True)
class Made:
    """One object that was created: kind, old id, new id, and the new id of what it lies in."""

    kind: str
    old: str
    new: str
    parent: str


@dataclass
class Job:
    """One restore at work, or its plan: the same steps at another target."""

    origin: Origin
    target: Target
    facts: Facts
    selection: Selection
    tell: Callable[[str], None] = lambda _: None
    names: Names = field(init=False)
    losses: dict[Loss, None] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)
    refused_uploads: set[str] = field(default_factory=set)
    adopted: dict[str, str] = field(default_factory=dict)
    page_of_comment: dict[str, str] = field(default_factory=dict)
    needed_originals: set[str] = field(default_factory=set)
    states: list[tuple[str, str, str, Raw]] = field(default_factory=list)
    """What is archived or locked at the very end: kind, old id, new id, what to say."""
    _turns: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.names = Names(self.facts)

    def lose(self, losses: Iterable[Loss]) -> None:
        """Keep losses that have come true."""
        self.losses.update(dict.fromkeys(losses))

    def note(self, code: str, kind: str, object_id: str, detail: str = "") -> None:
        """Keep one loss."""
        self.lose([Loss(code, kind, object_id, detail)])

    @contextmanager
    def tolerated(self, code: str, kind: str, old: str, what: str) -> Iterator[None]:
        """A change that the target may refuse without anything else being the worse for it."""
        try:
            yield
        except TargetRefused as error:
            self.note(code, kind, old, f"{what}: {error.why}"[:200])

    def keep(self, notes: Notes) -> None:
        """Keep the losses of something that was written."""
        self.lose(notes.losses)

    def create(self, kind: str, old: str, new: str, parent: str) -> None:
        """Note that an object was created."""
        self.names.learn(old, new)
        self.made.setdefault(old, Made(kind, old, new, parent))
        self.tell(kind)

    def turn(self, what: str) -> str:
        """A key for the next step of that name: the same ones in the same order whenever the restore is run."""
        self._turns[what] += 1
        return f"{what}#{self._turns[what]}"

    def files_of(self, owner_id: str) -> FileEncoder:
        """Encodes files met with one page, database or data source."""
        return FileEncoder(self.names, self.origin.files(owner_id), self.refused_uploads)

    def blocks_of(self, page_id: str, needed: frozenset[str] | set[str]) -> BlockEncoder:
        """Encodes the blocks of one page."""
        return BlockEncoder(
            self.names,
            self.files_of(page_id),
            needed=needed,
            adopted=self.adopted,
            page_of_comment=self.page_of_comment,
            content_of=self.origin.synced,
        )

    def values_of(self, page_id: str) -> ValueEncoder:
        """Encodes the values of one page."""
        return ValueEncoder(self.names, self.files_of(page_id), self._title)

    def _title(self, page_id: str) -> str:
        raw = self.origin.page(page_id)
        return (title_of(raw) if raw is not None else "") or page_id

    def refuse_upload(self, error: UploadRefused) -> None:
        """Remember that the target will not take a file."""
        self.refused_uploads.add(error.upload)
