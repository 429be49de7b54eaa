"""What the token may do and see."""

from __future__ import annotations

from dataclasses import dataclass, field

from notion_backup.sandbox.replies import restricted
from notion_backup.sandbox.workspace import Workspace


@dataclass
class Access:
    """Capabilities of the connection, and which parts of the workspace were shared with it."""

    workspace: Workspace
    comments: bool = True
    """Whether it may read comments."""
    users: bool = True
    """Whether it may read user information."""
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
