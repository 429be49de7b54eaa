"""What the token may do and see."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from notion_backup.sandbox.replies import restricted
from notion_backup.sandbox.workspace import Workspace

UNREAD = ("reads.me", "reads.users", "reads.user", "reads.comments", "reads.comment", "uploads.list", "uploads.get",
          "tasks.get", "oauth.introspect")  # fmt: skip
"""What a connection may ask for that may not read content."""


@dataclass
class Access:
    """Capabilities of the connection, and which parts of the workspace were shared with it."""

    workspace: Workspace
    read: bool = True
    """Whether it may read content."""
    comments: bool = True
    """Whether it may read comments."""
    users: bool = True
    """Whether it may read user information; without it people are bare ids."""
    emails: bool = True
    """Whether that information holds addresses."""
    personal: bool = False
    """Whether the token is a personal access token, to which ``GET /users`` is refused."""
    views: bool = True
    """Whether the plan gives views to the API."""
    insert: bool = True
    """Whether it may make content."""
    update: bool = True
    """Whether it may change content."""
    comment_insert: bool = True
    """Whether it may comment."""
    unshared: set[str] = field(default_factory=set)
    """Roots of subtrees that were never shared: they and all below them answer 404."""
    search_omits: set[str] = field(default_factory=set)
    """Objects search leaves out although they are shared: Notion promises no completeness."""

    def need(self, capability: str) -> None:
        """Raises a 403 refusal when the connection lacks a capability, by its name here."""
        if not getattr(self, capability):
            raise restricted()

    def sees(self, object_id: str) -> bool:
        """Whether the object is shared: neither it nor anything it lies in is on the list of the unshared."""
        if not self.unshared:
            return True
        current: str | None = object_id
        for _ in range(1000):
            if current is None:
                return True
            if current in self.unshared:
                return False
            current = self.workspace.parent_of(current)
        return True

    def searchable(self, object_id: str) -> bool:
        """Whether search would show it."""
        return object_id not in self.search_omits and self.sees(object_id)


def without_people(text: str, access: Access) -> str:
    """An answer without what the connection may not know of people: all but their ids, or their addresses."""
    return json.dumps(_less(json.loads(text), access))


def _less(value: Any, access: Access) -> Any:
    if isinstance(value, list):
        return [_less(one, access) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("object") == "user" and value.get("id") != access.workspace.bot_id:
        if not access.users:
            return {"object": "user", "id": value["id"]}
        person = {name: one for name, one in (value.get("person") or {}).items() if name != "email"}
        return {**value, "person": person} if "person" in value else value
    return {name: _less(one, access) for name, one in value.items()}
