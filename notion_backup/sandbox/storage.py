"""A workspace as one JSON file: written by the sandbox, or folded from recorded traffic."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

from notion_backup.sandbox.uploads import Upload
from notion_backup.sandbox.workspace import KINDS, HostedFile, Raw, Workspace

FORMAT = "notion-sandbox-workspace"
FORMAT_VERSION = 1


class WorkspaceFileError(ValueError):
    """The file is not a workspace this sandbox can read."""


def workspace_text(workspace: Workspace) -> str:
    """The whole state as one JSON document."""
    with workspace.lock:
        document = {
            "format": FORMAT,
            "format_version": FORMAT_VERSION,
            "notion_version": "2026-03-11",
            "workspace": {
                "name": workspace.name,
                "id": workspace.id,
                "bot_id": workspace.bot_id,
                "bot_name": workspace.bot_name,
                "last_edit": workspace.last_edit,
            },
            "objects": {kind: list(workspace.all(kind)) for kind in KINDS},
            "children": workspace.children,
            "property_items": workspace.property_items,
            "templates": workspace.templates,
            "unlisted_users": sorted(workspace.unlisted_users),
            "resolved_discussions": sorted(workspace.resolved_discussions),
            "files": {name: _file_facts(known) for name, known in workspace.files.items()},
            "trash_roots": workspace.trash_roots,
            "uploads": [upload.to_json() for upload in workspace.uploads.values()],
        }
        return json.dumps(document, ensure_ascii=False)


def _file_facts(known: HostedFile) -> list[Any]:
    """Size, type and generation of a file; its bytes too when they were uploaded."""
    facts: list[Any] = [known.size, known.content_type, known.generation]
    return facts if known.data is None else [*facts, base64.b64encode(known.data).decode()]


def _file(facts: list[Any]) -> HostedFile:
    data = base64.b64decode(facts[3]) if len(facts) > 3 else None
    return HostedFile(facts[0], facts[1], facts[2], data)


def save_workspace(workspace: Workspace, path: str | Path) -> None:
    """Write the whole state to ``path``; the file appears complete or not at all."""
    text = workspace_text(workspace)
    target = Path(path)
    partial = target.with_name(target.name + ".part")
    partial.write_text(text, encoding="utf-8", errors="surrogatepass")
    partial.replace(target)


def load_workspace(path: str | Path) -> Workspace:
    """Read a saved workspace, or a fold of recorded traffic (``objects`` / ``children`` / ``property_items``).

    Raises ``WorkspaceFileError`` for anything else, ``OSError`` when the file cannot be read.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8", errors="surrogatepass"))
    except ValueError as error:
        raise WorkspaceFileError(f"{path} is not JSON: {error}") from error
    if not isinstance(document, dict) or "objects" not in document:
        raise WorkspaceFileError(f"{path} holds no workspace: there is no `objects` in it.")
    if document.get("format", FORMAT) != FORMAT or document.get("format_version", 1) > FORMAT_VERSION:
        raise WorkspaceFileError(f"{path} was written in a format this version does not know.")
    return _saved(document) if "format" in document else _recorded(document)


def _by_id(document: dict[str, Any]) -> dict[str, dict[str, Raw]]:
    objects: dict[str, dict[str, Raw]] = {kind: {} for kind in KINDS}
    for kind, raws in document["objects"].items():
        items = raws.values() if isinstance(raws, dict) else raws
        objects.setdefault(kind, {}).update({str(raw["id"]): raw for raw in items})
    return objects


def _saved(document: dict[str, Any]) -> Workspace:
    workspace = Workspace(
        **document["workspace"],
        objects=_by_id(document),
        children=document["children"],
        property_items=document["property_items"],
        templates=document["templates"],
        unlisted_users=set(document["unlisted_users"]),
        resolved_discussions=set(document["resolved_discussions"]),
        files={name: _file(facts) for name, facts in document["files"].items()},
    )
    roots = document.get("trash_roots", {})
    workspace.trash_roots = {object_id: (holder, place) for object_id, (holder, place) in roots.items()}
    uploads = [Upload.from_json(given) for given in document.get("uploads", ())]
    workspace.uploads = {upload.id: upload for upload in uploads}
    return workspace


def _recorded(document: dict[str, Any]) -> Workspace:
    """A workspace out of recorded answers: the last seen state of whatever the recording met, with gaps."""
    objects = _by_id(document)
    for raw in (raw for kind in objects.values() for raw in kind.values()):
        raw.pop("request_id", None)  # it names the answer that was recorded, not the object
    bots = [user for user in objects["user"].values() if user.get("type") == "bot"]
    workspace = Workspace(
        name="Recorded workspace",
        objects=objects,
        children={parent: list(ids) for parent, ids in document.get("children", {}).items()},
        property_items=document.get("property_items", {}),
    )
    if bots:
        workspace.bot_id, workspace.bot_name = str(bots[0]["id"]), str(bots[0].get("name"))
    _complete_children(workspace)
    times = [str(raw.get("last_edited_time", "")) for raw in workspace.all("page")]
    workspace.last_edit = max(times, default=workspace.last_edit)
    return workspace


def _complete_children(workspace: Workspace) -> None:
    """Hang every block that no list holds under its parent, and show child pages and databases as Notion would.

    The recording is a fold of many moments: a block that was trashed later, or that a recorded list predates, is
    still part of what was seen.
    """
    listed = {block_id for ids in workspace.children.values() for block_id in ids}
    for block_id in list(workspace.objects["block"]):
        parent = workspace.parent_of(block_id)
        if block_id not in listed and parent is not None:
            workspace.children.setdefault(parent, []).append(block_id)
    made: set[str] = set()
    for kind, block_type in (("page", "child_page"), ("database", "child_database")):
        for object_id, raw in workspace.objects[kind].items():
            parent_page = raw["parent"].get("page_id")
            known = object_id in workspace.objects["block"]
            if parent_page and not known and not raw.get("in_trash") and not raw.get("archived"):
                workspace.put("block", child_block(workspace, kind, block_type, raw))
                made.add(object_id)
                workspace.children.setdefault(str(parent_page), []).append(object_id)
    for parent, ids in workspace.children.items():
        block = workspace.objects["block"].get(parent)
        # Recorded when the block was made, before anything was put into it; no reader would ask for its children.
        if ids and block is not None and (parent in made or not block["type"].startswith("child_")):
            block["has_children"] = True


def child_block(workspace: Workspace, kind: str, block_type: str, raw: Raw) -> Raw:
    """The block by which a page or database shows up among the children of its parent."""
    if kind == "page":
        title_value = next((p for p in raw.get("properties", {}).values() if p.get("type") == "title"), None)
        spans = title_value["title"] if title_value else []
        has_children = bool(workspace.children.get(str(raw["id"])))
        author = {"created_by": raw["created_by"], "last_edited_by": raw["last_edited_by"]}
    else:
        spans = raw.get("title", [])
        has_children = False
        bot = {"object": "user", "id": workspace.bot_id}
        author = {"created_by": raw.get("created_by", bot), "last_edited_by": raw.get("last_edited_by", bot)}
    return {
        "object": "block",
        "id": raw["id"],
        "parent": dict(raw["parent"]),
        "created_time": _minute(raw["created_time"]),
        "last_edited_time": _minute(raw["last_edited_time"]),
        **author,
        "has_children": has_children,
        "in_trash": bool(raw.get("in_trash")),
        "type": block_type,
        block_type: {"title": "".join(str(span.get("plain_text", "")) for span in spans)},
    }


def _minute(text: str) -> str:
    return f"{text[:16]}:00.000Z"
