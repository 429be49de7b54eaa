"""A seeded Notion workspace with everything that backups trip over, and the truth about it.

Knows nothing of the product: objects are written down in the shapes that Notion's API reference and changelog give.
A hosted file is kept as the address ``@name``; whoever serves an object signs it (`independent_server`).
"""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Raw = dict[str, Any]

EPOCH = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
CUT = 25  # references that a page object shows of one property


@dataclass
class Workspace:
    """What exists. ``objects`` by kind and id; what nobody may read is planned in ``refused`` and ``outside``."""

    rng: random.Random
    objects: dict[str, dict[str, Raw]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)  # page or block -> blocks in order
    echoes: dict[str, str] = field(default_factory=dict)  # reference to a synced block -> its original
    comments: dict[str, list[str]] = field(default_factory=dict)  # page or block -> comments
    views: dict[str, list[str]] = field(default_factory=dict)  # database -> views
    templates: dict[str, list[Raw]] = field(default_factory=dict)  # data source -> templates as listed
    rows: dict[str, list[str]] = field(default_factory=dict)  # data source -> rows
    values: dict[tuple[str, str], list[Raw]] = field(default_factory=dict)  # values that the page object cuts
    media: dict[str, bytes] = field(default_factory=dict)  # name -> content
    unlisted: set[str] = field(default_factory=set)  # pages and data sources that search omits, users nobody lists
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)  # children or content that never answers well
    missing: set[str] = field(default_factory=set)  # ids that the problems must name as missing
    outside: set[str] = field(default_factory=set)  # ids that are referred to and never shared

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def put(self, kind: str, raw: Raw) -> str:
        self.objects.setdefault(kind, {})[raw["id"]] = raw
        return str(raw["id"])

    def of(self, kind: str) -> dict[str, Raw]:
        return self.objects.setdefault(kind, {})


def text(content: str) -> list[Raw]:
    return [{**_rich("text", content), "text": {"content": content, "link": None}}]


def mention(kind: str, value: Any, shown: str) -> Raw:
    return {**_rich("mention", shown), "mention": {"type": kind, kind: value}}


def _rich(kind: str, shown: str) -> Raw:
    plain = dict.fromkeys(("bold", "italic", "strikethrough", "underline", "code"), False)
    return {"type": kind, "annotations": {**plain, "color": "default"}, "plain_text": shown, "href": None}


class Builder:
    """Writes a workspace down, piece by piece."""

    def __init__(self, seed: int) -> None:
        self.made = Workspace(random.Random(seed))
        self.rng = self.made.rng
        self.moment = EPOCH
        self.members = [self.user("person", f"Member {number}") for number in range(32)]
        self.guests = [self.user("person", f"Guest {number}") for number in range(2)]
        self.bot = self.user("bot", "Backup")
        self.made.unlisted.update(self.guests)

    def user(self, kind: str, name: str) -> str:
        person: Raw = {"person": {"email": f"{name.replace(' ', '.').lower()}@example.com"}}
        owner: Raw = {"owner": {"type": "workspace", "workspace": True}, "workspace_name": "Independent"}
        limits = {"workspace_id": self.made.new_id(), "workspace_limits": {"max_file_upload_size_in_bytes": 5_242_880}}
        extra = person if kind == "person" else {"bot": {**owner, **limits}}
        own_id = self.made.new_id()
        return self.made.put(
            "user", {"object": "user", "id": own_id, "name": name, "avatar_url": None, "type": kind, **extra}
        )

    def stamps(self, *, exact: bool = False) -> Raw:
        self.moment += timedelta(seconds=self.rng.randrange(1, 20))
        edited = self.moment + timedelta(minutes=self.rng.randrange(90))
        form = "%Y-%m-%dT%H:%M:%S.123+00:00" if exact else "%Y-%m-%dT%H:%M:00.000Z"
        return {"created_time": self.moment.strftime(form), "last_edited_time": edited.strftime(form)}

    def authors(self) -> Raw:
        everyone = [*self.members, *self.guests]
        return {name: {"object": "user", "id": self.rng.choice(everyone)} for name in ("created_by", "last_edited_by")}

    def hosted(self, name: str, size: int = 0, content: bytes | None = None) -> Raw:
        key = f"{self.made.new_id()}/{self.made.new_id()}/{name}"
        self.made.media[key] = content if content is not None else self.rng.randbytes(size or self.rng.randrange(9_000))
        return {"url": f"@{key}", "expiry_time": None}

    def page(self, title: str, parent: Raw, *, body: bool = True, **extra: Any) -> str:
        own_id = self.made.new_id()
        state = {"in_trash": False, "is_archived": False, "is_locked": False}
        raw: Raw = {
            "object": "page",
            "id": own_id,
            **self.stamps(),
            **self.authors(),
            "cover": None,
            "icon": None,
            **state,
        }
        name = {"id": "title", "type": "title", "title": text(title)}
        raw |= {"parent": parent, "properties": {"Name" if "data_source_id" in parent else "title": name}}
        raw |= {"url": f"https://app.notion.com/p/{own_id.replace('-', '')}", "public_url": None, **extra}
        self.made.put("page", raw)
        self.made.children[own_id] = []
        if body:
            self.block(own_id, "paragraph", {"rich_text": text(f"Body of {title}"), "color": "default", "icon": None})
        return own_id

    def child_page(self, title: str, page: str, *, below: str | None = None, **extra: Any) -> str:
        """A page in a page, in the body where its parent block says."""
        made = self.page(title, {"type": "page_id", "page_id": page}, **extra)
        self.block(below or page, "child_page", {"title": title}, own_id=made, has_children=True)
        return made

    def block(
        self, parent: str, kind: str, value: Raw, *, own_id: str | None = None, has_children: bool = False
    ) -> str:
        own_id = own_id or self.made.new_id()
        above = "page_id" if parent in self.made.of("page") else "block_id"
        raw: Raw = {"object": "block", "id": own_id, "parent": {"type": above, above: parent}, **self.stamps()}
        raw |= {**self.authors(), "has_children": has_children, "in_trash": False, "type": kind, kind: value}
        self.made.put("block", raw)
        self.made.children.setdefault(parent, []).append(own_id)
        if above == "block_id":
            self.made.of("block")[parent]["has_children"] = True
        return own_id

    def paragraph(self, parent: str, content: str, kind: str = "paragraph", **extra: Any) -> str:
        return self.block(parent, kind, {"rich_text": text(content), "color": "default", **extra})

    def database(self, title: str, page: str, names: list[str], *, below: str | None = None) -> tuple[str, list[str]]:
        """A database in a page with one data source for each name. Gives its id and theirs."""
        own_id = self.made.new_id()
        where = {"type": "page_id", "page_id": page}
        sources = [self.data_source(name, own_id, where) for name in names]
        listed = [{"id": found, "name": name} for found, name in zip(sources, names, strict=True)]
        raw: Raw = {"object": "database", "id": own_id, "title": text(title), "description": [], "parent": where}
        raw |= {"is_inline": False, "in_trash": False, "is_locked": False, **self.stamps(exact=True), "icon": None}
        raw |= {"cover": None, "data_sources": listed, "url": f"https://app.notion.com/p/{own_id}", "public_url": None}
        self.made.put("database", raw)
        self.block(below or page, "child_database", {"title": title}, own_id=own_id)
        return own_id, sources

    def data_source(self, name: str, database: str, where: Raw) -> str:
        own_id = self.made.new_id()
        schema: Raw = {"Name": {"id": "title", "name": "Name", "description": None, "type": "title", "title": {}}}
        raw: Raw = {
            "object": "data_source",
            "id": own_id,
            "cover": None,
            "icon": None,
            **self.stamps(),
            **self.authors(),
        }
        raw |= {"title": text(name), "description": [], "is_inline": False, "properties": schema, "in_trash": False}
        raw |= {"parent": {"type": "database_id", "database_id": database}, "database_parent": where}
        raw |= {"url": f"https://app.notion.com/p/{own_id}", "public_url": None}
        self.made.rows[own_id] = []
        return self.made.put("data_source", raw)

    def prop(self, source: str, name: str, own_id: str, kind: str, config: Raw) -> None:
        schema = self.made.of("data_source")[source]["properties"]
        schema[name] = {"id": own_id, "name": name, "description": None, "type": kind, kind: config}

    def row(self, source: str, title: str, **extra: Any) -> str:
        database = self.made.of("data_source")[source]["parent"]["database_id"]
        parent = {"type": "data_source_id", "data_source_id": source, "database_id": database}
        made = self.page(title, parent, body=self.rng.random() < 0.15, **extra)
        self.made.rows[source].append(made)
        return made

    def value(self, page: str, name: str, own_id: str, kind: str, shown: list[Raw]) -> None:
        """A property value: the page shows the first 25 references, a relation says that there are more."""
        value: Raw = {"id": own_id, "type": kind, kind: shown[:CUT]}
        if kind == "relation":
            value["has_more"] = len(shown) > CUT
        if len(shown) > CUT:
            items = [{"object": "property_item", "type": kind, "id": own_id, kind: one} for one in shown]
            self.made.values[page, own_id] = items
        self.made.of("page")[page]["properties"][name] = value

    def comment(self, target: str, content: str, attachments: list[Raw] | None = None) -> str:
        above = "page_id" if target in self.made.of("page") else "block_id"
        raw: Raw = {"object": "comment", "id": self.made.new_id(), "parent": {"type": above, above: target}}
        raw |= {"discussion_id": self.made.new_id(), **self.stamps(), "rich_text": text(content)}
        author = self.rng.choice([*self.members, *self.guests])
        raw |= {"created_by": {"object": "user", "id": author}, "display_name": {"type": "user", "resolved_name": "x"}}
        if attachments is not None:
            raw["attachments"] = attachments
        made = self.made.put("comment", raw)
        self.made.comments.setdefault(target, []).append(made)
        return made

    def view(self, database: str, source: str | None, kind: str) -> str:
        raw: Raw = {
            "object": "view",
            "id": self.made.new_id(),
            "parent": {"type": "database_id", "database_id": database},
        }
        raw |= {"data_source_id": source, "name": kind.title(), "type": kind, "filter": None, "sorts": None}
        raw |= {
            "quick_filters": None,
            "configuration": {"type": kind},
            **self.stamps(exact=True),
            "url": "https://n.example/v",
        }
        made = self.made.put("view", raw)
        self.made.views.setdefault(database, []).append(made)
        return made
