"""The manifest: what a snapshot holds and how it came about. The log entry that commits a snapshot names it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from notion_backup.errors import Damaged, FormatUnknown
from notion_backup.repository import BlobRef
from notion_backup.snapshot.model import UNKNOWN_TYPE, Severity, Table

MANIFEST_FORMAT = 1


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WorkspaceFacts(_Frozen):
    """Which workspace: the name it has in the settings, and the identity Notion gave."""

    name: str
    bot_id: str
    workspace_id: str | None
    workspace_name: str | None


class PartitionFacts(_Frozen):
    """The stretch of time that the snapshot stands for."""

    key: str
    start: datetime
    end: datetime


class Verdict(_Frozen):
    """Whether anything is missing. ``codes`` counts problems by code, per severity."""

    status: Literal["complete", "incomplete"]
    missing: int
    outside: int
    notices: int
    codes: dict[str, dict[str, int]]

    @property
    def complete(self) -> bool:
        """True when nothing that belongs to the workspace is missing."""
        return self.status == "complete"

    @property
    def unknown_types(self) -> dict[str, int]:
        """How many blocks and properties of types that the capturing version did not know: ``block hologram`` -> 2."""
        notices = self.codes.get(Severity.NOTICE.value, {})
        known = ((code.partition(":"), number) for code, number in notices.items() if code.startswith(UNKNOWN_TYPE))
        return {f"{code.removeprefix(UNKNOWN_TYPE)} {name}": number for (code, _, name), number in known}


class KindFacts(_Frozen):
    """One kind of object: how many are captured, only referred to, and known but not to be had.

    What could not be had may stand for many: the comments of a page, the rows of a data source.
    """

    captured: int
    referenced: int
    unreachable: int


class TableFacts(_Frozen):
    """One table: its units, its rows, and the digest of the list of (id, unit digest) in order of id."""

    units: int
    rows: int
    digest: str


class SegmentFacts(_Frozen):
    """One segment that the catalog points to, with the rows it holds in all (live or not)."""

    table: Table
    rows: int
    blob: dict[str, Any]

    @property
    def ref(self) -> BlobRef:
        """Where its bytes lie."""
        return BlobRef.from_json(self.blob)


class CatalogFacts(_Frozen):
    """Where the catalog lies: its parts in order, and the file of what moves with every snapshot."""

    parts: list[dict[str, Any]]
    proof: dict[str, Any]

    @property
    def part_refs(self) -> list[BlobRef]:
        """Where the parts' bytes lie."""
        return [BlobRef.from_json(part) for part in self.parts]

    @property
    def proof_ref(self) -> BlobRef:
        """Where the other file's bytes lie."""
        return BlobRef.from_json(self.proof)


class MediaFacts(_Frozen):
    """The files whose content is kept: references, different contents, bytes of these, and what was downloaded now."""

    references: int
    contents: int
    bytes: int
    downloads: int
    downloaded_bytes: int


class Manifest(_Frozen):
    """All of it; written as JSON. Unknown fields are refused: they come with a new ``format``.

    Fields with a default came later; a manifest without them is as good as before.
    """

    format: int
    software: str
    workspace: WorkspaceFacts
    partition: PartitionFacts | None
    captured_from: datetime
    captured_to: datetime
    late: bool
    late_by_seconds: float
    provable: int
    oldest_verification: datetime | None
    verdict: Verdict
    tables: dict[Table, TableFacts]
    media: MediaFacts
    requests: dict[str, int]
    segments: dict[int, SegmentFacts]
    catalog: CatalogFacts
    previous: str | None
    coverage: dict[str, KindFacts] = {}

    @property
    def requests_total(self) -> int:
        """Requests that were sent to Notion, every try counted."""
        return sum(self.requests.values())

    def encode(self) -> bytes:
        """The JSON that is stored."""
        return self.model_dump_json().encode()

    def summary(self) -> dict[str, Any]:
        """What lists show without opening the manifest: small, kept in the log entry itself."""
        return {
            "workspace": self.workspace.name,
            "workspace_id": self.workspace.workspace_id,
            "partition": self.partition.model_dump(mode="json") if self.partition else None,
            "captured_from": self.captured_from.isoformat(),
            "captured_to": self.captured_to.isoformat(),
            "late": self.late,
            "late_by_seconds": self.late_by_seconds,
            "oldest_verification": self.oldest_verification.isoformat() if self.oldest_verification else None,
            "verdict": self.verdict.status,
            Severity.MISSING.value: self.verdict.missing,
            Severity.OUTSIDE.value: self.verdict.outside,
            "notices": self.verdict.notices,
            "rows": {table.value: facts.rows for table, facts in self.tables.items()},
            "media_bytes": self.media.bytes,
            "requests": self.requests_total,
        }


def decode_manifest(data: bytes) -> Manifest:
    """Read a stored manifest. Raises FormatUnknown for a newer format, Damaged for anything that is not one."""
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        raise _reason(data) from error


def _reason(data: bytes) -> Damaged | FormatUnknown:
    class Head(BaseModel):
        format: int

    try:
        head = Head.model_validate_json(data)
    except ValidationError:
        return Damaged("A snapshot's manifest is not readable.", cure="Run `notion-backup verify --level full`.")
    if head.format > MANIFEST_FORMAT:
        return FormatUnknown(
            f"The snapshot has manifest format {head.format}; this program knows {MANIFEST_FORMAT}.",
            cure="Install a newer notion-backup.",
        )
    return Damaged("A snapshot's manifest lacks fields it must have.", cure="Run `notion-backup verify --level full`.")
