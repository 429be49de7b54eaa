"""Children in their order: as listed, as an append's ``after_block`` tells it, and what lies on a page."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.stubs import stub
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import CHILDREN, parent_id, results, told
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.maker import parent_of
from notion_backup.sandbox.storage import child_block
from notion_backup.sandbox.workspace import Workspace


def place_children(space: Workspace, evidence: Evidence) -> None:
    """Put every block where it was."""
    for container, children in evidence.listed.items():
        kept = [child for child in children if evidence.is_past(child) and space.get("block", child) is not None]
        if kept:
            space.children[container] = kept
    _show_pages(space, evidence)
    for exchange in evidence.exchanges:
        holder = _appended_to(exchange)
        if holder is not None and not evidence.is_made(holder):
            _place_around(space, evidence, holder, exchange)
    _place_rest(space, evidence)
    for container, children in space.children.items():
        block = space.get("block", container)
        if block is not None and children:
            block["has_children"] = True


def _show_pages(space: Workspace, evidence: Evidence) -> None:
    for kind, block_type in (("page", "child_page"), ("database", "child_database")):
        for raw in list(space.all(kind)):
            holder = raw["parent"].get("page_id") or raw["parent"].get("block_id")
            if not holder or space.get("block", str(raw["id"])) is not None:
                continue
            space.put("block", child_block(space, kind, block_type, raw))
            if not raw.get("in_trash") and str(holder) not in evidence.listed:
                space.children.setdefault(str(holder), []).append(str(raw["id"]))


def _appended_to(exchange: Exchange) -> str | None:
    found = CHILDREN.fullmatch(exchange.path)
    return normalise(found.group(1)) if found and exchange.method == "PATCH" and exchange.status < 400 else None


def _after(exchange: Exchange) -> str | None:
    """The block after which an append was to put its own, in the words of any version."""
    body = told(exchange)
    position = body.get("position")
    given: Any = body.get("after")
    if isinstance(position, dict) and isinstance(position.get("after_block"), dict):
        given = position["after_block"].get("id")
    return normalise(given) if isinstance(given, str) else None


def _place_around(space: Workspace, evidence: Evidence, holder: str, exchange: Exchange) -> None:
    """The block appended after, and what the answer shows to follow it, were there."""
    after = _after(exchange)
    if after is None or not evidence.is_past(after):
        return
    sent = len(told(exchange).get("children") or ())
    following = [str(block.get("id")) for block in results(exchange)[sent:]]
    kept = [child for child in following if evidence.is_past(child) and space.get("block", child) is not None]
    listed = space.children.setdefault(holder, [])
    if after not in listed:
        if space.get("block", after) is None:
            stub(space, "block", after, [])
        kind = "page_id" if space.get("page", holder) is not None else "block_id"
        space.objects["block"][after]["parent"] = parent_of(kind, holder)
        place = next((listed.index(child) for child in kept if child in listed), len(listed))
        listed.insert(place, after)
    for child in reversed([child for child in kept if child not in listed]):
        listed.insert(listed.index(after) + 1, child)


def _place_rest(space: Workspace, evidence: Evidence) -> None:
    """What names what it lies in, and was never listed there, lies at the end."""
    for raw in list(space.all("block")):
        holder = parent_id(raw)
        if holder is None or raw.get("in_trash") or holder in evidence.listed:
            continue
        listed = space.children.setdefault(holder, [])
        if raw["id"] not in listed:
            listed.append(str(raw["id"]))
