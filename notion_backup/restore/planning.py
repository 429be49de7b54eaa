"""A target that only counts: what a restore would send, so that a plan is the restore itself without its requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import count

from notion_backup.restore.files import wishes_in
from notion_backup.restore.limits import PART, SINGLE_PART
from notion_backup.restore.target import MadeComment, MadeDatabase, MadeSource, MadeView, Schema
from notion_backup.snapshot import Raw


class PlanTarget:
    """Takes everything and gives ids of its own."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.blocks = 0
        self.uploads: dict[str, int] = {}
        self._numbers = count(1)
        self._properties: dict[str, dict[str, str]] = {}
        self._partners: dict[str, dict[str, tuple[str, str]]] = {}
        self._sources: Counter[str] = Counter()

    @property
    def upload_bytes(self) -> int:
        """Bytes of all files to be uploaded, each once."""
        return sum(self.uploads.values())

    def append(self, key: str, parent: str, blocks: Sequence[Raw], after: str | None) -> list[str]:
        """Counted."""
        self._send("PATCH blocks/{id}/children", list(blocks))
        self.blocks += sum(_count(block) for block in blocks)
        return [self._id() for _ in blocks]

    def learn(self, key: str, parent: str, count: int) -> list[str]:
        """Counted."""
        self._send("GET blocks/{id}/children", None)
        return [self._id() for _ in range(count)]

    def create_page(self, key: str, parent: Raw, body: Raw, title: str) -> str:
        """Counted."""
        self._send("POST pages", body)
        self.blocks += 1 + sum(_count(block) for block in body.get("children", ()))
        return self._id()

    def update_page(self, key: str, page_id: str, body: Raw) -> None:
        """Counted."""
        self._send("PATCH pages/{id}", body)

    def create_database(self, key: str, page_id: str, body: Raw, title: str) -> MadeDatabase:
        """Counted."""
        self._send("POST databases", body)
        self.requests["GET data_sources/{id}"] += 1
        self.blocks += 1
        made = MadeDatabase(self._id(), self._source(body["initial_data_source"]["properties"]))
        self._sources[made.id] += 1
        return made

    def update_database(self, key: str, database_id: str, body: Raw) -> None:
        """Counted."""
        self._send("PATCH databases/{id}", body)

    def create_source(self, key: str, database_id: str, body: Raw) -> MadeSource:
        """Counted."""
        self._send("POST data_sources", body)
        self._sources[database_id] += 1
        return self._source(body["properties"])

    def update_source(self, key: str, source_id: str, body: Raw) -> Schema:
        """Counted; new properties get ids, and dual relations a partner, as a server would give them."""
        self._send("PATCH data_sources/{id}", body)
        known, partners = self._properties[source_id], self._partners[source_id]
        for name, told in body.get("properties", {}).items():
            renamed = next((old for old, known_id in known.items() if known_id == name), None)
            if renamed is not None:
                known[told.get("name", renamed)] = known.pop(renamed)
                continue
            if told and "dual_property" in told.get("relation", {}):
                other = told["relation"]["data_source_id"]
                partner = f"Related to {source_id} ({name})"
                self._properties.setdefault(other, {})[partner] = f"p{next(self._numbers)}"
                partners[name] = (self._properties[other][partner], partner)
            known.setdefault(name, f"p{next(self._numbers)}")
        return Schema(dict(known), dict(partners))

    def views_of(self, key: str, database_id: str) -> list[str]:
        """Counted; each data source comes with a view."""
        self._send("GET views", None)
        return [self._id() for _ in range(self._sources[database_id])]

    def create_view(self, key: str, body: Raw, page_id: str | None) -> MadeView:
        """Counted."""
        self._send("POST views", body)
        return MadeView(self._id(), body.get("database_id") or self._id())

    def update_view(self, key: str, view_id: str, body: Raw) -> None:
        """Counted."""
        self._send("PATCH views/{id}", body)

    def delete_view(self, key: str, view_id: str) -> None:
        """Counted."""
        self._send("DELETE views/{id}", None)

    def comment(self, key: str, target_id: str, body: Raw) -> MadeComment:
        """Counted."""
        self._send("POST comments", body)
        return MadeComment(self._id(), body.get("discussion_id") or self._id())

    def _send(self, kind: str, body: Raw | list[Raw] | None) -> None:
        self.requests[kind] += 1
        for wish in wishes_in(body):
            if wish.key in self.uploads:
                continue
            size = self.uploads[wish.key] = wish.media.bytes
            parts = 1 if size <= SINGLE_PART else -(-size // PART)
            self.requests["POST file_uploads"] += 1
            self.requests["POST file_uploads/{id}/send"] += parts
            self.requests["POST file_uploads/{id}/complete"] += parts > 1
        self.requests += Counter()

    def _source(self, properties: Raw) -> MadeSource:
        made = self._id()
        self._properties.setdefault(made, {}).update({name: f"p{next(self._numbers)}" for name in properties})
        self._partners[made] = {}
        return MadeSource(made, Schema(dict(self._properties[made]), {}))

    def _id(self) -> str:
        return f"00000000-0000-4000-8000-{next(self._numbers):012x}"


def _count(block: Raw) -> int:
    return 1 + sum(_count(child) for child in block[block["type"]].get("children", ()))
