"""What steps hand to each other: the names of things in the repository, never content."""

from __future__ import annotations

import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from notion_backup.errors import SnapshotError


class _Reference(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    workspace: str
    partition: str


class DraftReference(_Reference):
    """A capture that is stored in full and not committed yet."""

    type: Literal["draft"] = "draft"
    draft_id: str


class SnapshotReference(_Reference):
    """A committed snapshot: its id, its slot in the log, and the digest of that log entry (hex)."""

    type: Literal["snapshot"] = "snapshot"
    snapshot_id: str
    slot: int
    digest: str


_ANY: TypeAdapter[DraftReference | SnapshotReference] = TypeAdapter(DraftReference | SnapshotReference)


def encode(reference: DraftReference | SnapshotReference) -> bytes:
    """One line of JSON."""
    return json.dumps(reference.model_dump(), sort_keys=True).encode("ascii") + b"\n"


def decode(data: bytes) -> DraftReference | SnapshotReference:
    """Read a reference back. Raises SnapshotError when it is not one."""
    try:
        return _ANY.validate_json(data)
    except ValidationError as error:
        raise SnapshotError("A stored reference is not readable.", cure="Capture the partition again.") from error
