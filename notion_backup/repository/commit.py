"""A commit as a caller sees it: one log entry of kind ``commit``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notion_backup.errors import Damaged
from notion_backup.repository.blob import BlobRef
from notion_backup.repository.entry import Entry, slot_name


@dataclass(frozen=True, slots=True)
class Commit:
    """What one session stored and committed.

    ``slot`` orders commits; ``committed_at`` is the author's clock and proves nothing. ``stored_bytes`` are the
    bytes of packs and index that the session added, ``digest`` is that of the log entry (hex).
    """

    slot: int
    id: str
    root: BlobRef
    summary: dict[str, Any]
    committed_at: str
    stored_bytes: int
    stored_chunks: int
    digest: str
    indexes: tuple[str, ...] = ()


def commit_from(entry: Entry) -> Commit:
    """The commit an entry makes. Raises Damaged when its body is not a commit's."""
    body = entry.body
    try:
        return Commit(
            slot=entry.slot,
            id=str(body["id"]),
            root=BlobRef.from_json(body["root"]),
            summary=dict(body["summary"]),
            committed_at=str(body["committed_at"]),
            stored_bytes=int(body["stored_bytes"]),
            stored_chunks=int(body["stored_chunks"]),
            digest=entry.digest,
            indexes=tuple(str(name) for name in body["indexes"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"The body of {slot_name(entry.slot)} is not a commit's.") from error
