"""What the workspace holds and the connection may read: what a complete backup is compared with."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.access import Access
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.signing import _HOSTED, PUBLIC_PREFIX
from notion_backup.sandbox.workspace import Raw, Workspace


def truth(workspace: Workspace, access: Access) -> dict[str, Any]:
    """Counts and sorted ids by kind of everything readable.

    ``page`` and ``data_source`` hold what is live (archived pages included, which ``archived`` names again);
    ``trashed`` names pages and data sources in the trash; ``block`` holds the blocks of live pages as the children
    endpoint gives them, ``trashed_block`` those of trashed pages; ``file`` the paths of all hosted files that any of
    the live objects names.
    """
    seen: dict[str, set[str]] = {kind: set() for kind in (
        "page", "database", "data_source", "block", "view", "comment", "user", "custom_emoji", "template",
        "trashed", "archived", "trashed_block", "unshared", "file",
    )}  # fmt: skip
    templates = workspace.template_page_ids()
    for page in workspace.all("page"):
        _sort_in(workspace, access, page, seen, templates)
    for source in workspace.all("data_source"):
        _sort_in(workspace, access, source, seen, templates)
    for database in workspace.all("database"):
        if access.sees(database["id"]) and not _in_trash(database):
            seen["database"].add(database["id"])
            seen["view"].update(v for v in workspace.view_ids(database["id"]))
    for page_id in seen["page"] | seen["template"]:
        seen["block"].update(_tree(workspace, page_id))
    for page_id in seen["trashed"]:
        seen["trashed_block"].update(_tree(workspace, page_id))
    for target in seen["page"] | seen["block"] | seen["template"]:
        seen["comment"].update(str(c["id"]) for c in workspace.comments_on(target))
    seen["user"].update(workspace.objects["user"])
    seen["custom_emoji"].update(workspace.objects["custom_emoji"])
    for kind in ("page", "database", "data_source", "block", "comment", "custom_emoji"):
        extra = seen["template"] if kind == "page" else set()
        for object_id in seen[kind] | extra:
            seen["file"].update(hosted_paths(workspace.objects[kind][object_id]))
    return {
        "counts": {kind: len(ids) for kind, ids in seen.items()},
        "ids": {kind: sorted(ids) for kind, ids in seen.items()},
    }


def hosted_paths(raw: Raw) -> set[str]:
    """Paths of the hosted files an object names, as they stand in its URLs after ``/files/``."""
    return {match.group(1) or PUBLIC_PREFIX + match.group(2) for match in _HOSTED.finditer(dumps(raw))}


def _in_trash(raw: Raw) -> bool:
    return bool(raw.get("in_trash") or raw.get("archived"))


def _sort_in(workspace: Workspace, access: Access, raw: Raw, seen: dict[str, set[str]], templates: set[str]) -> None:
    object_id = str(raw["id"])
    if not access.sees(object_id):
        seen["unshared"].add(object_id)
    elif _in_trash(raw):
        seen["trashed"].add(object_id)
    elif object_id in templates:
        seen["template"].add(object_id)
    else:
        seen[str(raw["object"])].add(object_id)
        if raw.get("is_archived"):
            seen["archived"].add(object_id)


def _tree(workspace: Workspace, root: str) -> set[str]:
    """Blocks below a page, other pages' bodies not included."""
    found: set[str] = set()
    waiting = list(workspace.children.get(root, ()))
    blocks = workspace.objects["block"]
    while waiting:
        block_id = waiting.pop()
        block = blocks.get(block_id)
        if block is None or block_id in found:
            continue
        found.add(block_id)
        # Sections of meeting notes are reached by the ids the block names, listed or not.
        sections = block.get("meeting_notes", {}).get("children", {}).values()
        for section in sections:
            if section not in workspace.children.get(block_id, ()):
                waiting += workspace.children.get(section, ())
        if block["type"] not in ("child_page", "child_database"):
            waiting += workspace.children.get(block_id, ())
    return found
