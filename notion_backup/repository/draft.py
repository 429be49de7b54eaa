"""drafts/<id>: what a sealed session wants to commit. Survives the process; counts for nothing until committed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from notion_backup.errors import Damaged, ObjectMissing
from notion_backup.repository.blob import BlobRef
from notion_backup.repository.canonical import parse_loosely, render_compact
from notion_backup.repository.crypto.sealed import seal, unseal
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.ports import Entropy
from notion_backup.repository.store.protocol import Store

FOLDER = "drafts/"
MAGIC = b"NBDRFT\x00\x01"
_LABEL = b"draft"
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Draft:
    """A session's result, durable and not yet committed. ``id`` becomes the commit's id."""

    id: str
    root: BlobRef
    summary: dict[str, Any]
    indexes: tuple[str, ...]
    stored_bytes: int
    stored_chunks: int

    def to_body(self) -> dict[str, Any]:
        """As the body of a commit entry, without the time."""
        return {
            "id": self.id,
            "root": self.root.to_json(),
            "summary": self.summary,
            "indexes": list(self.indexes),
            "stored_bytes": self.stored_bytes,
            "stored_chunks": self.stored_chunks,
        }


def save_draft(draft: Draft, store: Store, keys: Keys, entropy: Entropy) -> None:
    """Write the draft durably."""
    name = _name(draft.id)
    plaintext = render_compact(draft.to_body())
    store.put(name, MAGIC + seal(keys.draft, _LABEL, _bound_to(keys, name), plaintext, entropy))


def load_draft(draft_id: str, store: Store, keys: Keys) -> Draft:
    """Read a draft back. Raises Damaged when it is gone or changed."""
    if not _ID.fullmatch(draft_id):
        raise Damaged(f"{draft_id!r} is not the id of a draft.")
    try:
        data = store.get(_name(draft_id))
    except ObjectMissing as error:
        raise Damaged(
            f"Draft {draft_id} is not in {store.url}, and no commit came of it.",
            cure="Capture again; what is already stored is not stored twice.",
        ) from error
    return read_draft(_name(draft_id), data, keys)


def read_draft(name: str, data: bytes, keys: Keys) -> Draft:
    """Parse a draft's bytes. Raises Damaged, naming it."""
    if not data.startswith(MAGIC):
        raise Damaged(f"{name} is no draft.", cure="Capture again; nothing committed relies on it.")
    plaintext = unseal(keys.draft, _LABEL, _bound_to(keys, name), data[len(MAGIC) :], name)
    body = parse_loosely(plaintext)
    try:
        if body is None:
            raise ValueError("no object")
        return Draft(
            id=str(body["id"]),
            root=BlobRef.from_json(body["root"]),
            summary=dict(body["summary"]),
            indexes=tuple(str(each) for each in body["indexes"]),
            stored_bytes=int(body["stored_bytes"]),
            stored_chunks=int(body["stored_chunks"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{name} is malformed.", cure="Capture again; nothing committed relies on it.") from error


def _name(draft_id: str) -> str:
    return f"{FOLDER}{draft_id}"


def _bound_to(keys: Keys, name: str) -> bytes:
    return MAGIC + keys.repository_id + name.encode()
