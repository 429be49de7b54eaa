"""Pages that a recording shows or changes as Markdown: what their text was before, and the blocks it cannot show."""

from __future__ import annotations

from typing import Any

from notion_backup.sandbox.conform import stubs
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import MARKDOWN, answer, told
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.maker import parent_of
from notion_backup.sandbox.workspace import Raw, Workspace


def put_unknown_blocks(space: Workspace, evidence: Evidence) -> None:
    """The blocks that an answer names because the format has no words for them."""
    for exchange in evidence.exchanges:
        page_id = _page(exchange)
        unknown = answer(exchange).get("unknown_block_ids")
        if page_id is None or space.get("page", page_id) is None or not isinstance(unknown, list):
            continue
        for block_id in unknown:
            if isinstance(block_id, str) and evidence.is_past(block_id) and space.get("block", block_id) is None:
                stubs.stub(space, "block", block_id, [])
                block = space.objects["block"][block_id]
                del block["toggle"]
                block |= {"parent": parent_of("page_id", page_id), "type": "unsupported"}
                block["unsupported"] = {"block_type": "button"}


def texts_before(space: Workspace, evidence: Evidence) -> dict[str, str]:
    """Page -> its text before the first exchange that shows or changes it, where nothing else tells its content."""
    found: dict[str, str] = {}
    for exchange in evidence.exchanges:
        page_id = _page(exchange)
        if page_id is None or page_id in found or exchange.status >= 400 or not evidence.is_past(page_id):
            continue
        known = [space.get("block", child) or {} for child in space.children.get(page_id, ())]
        if all(block.get("type") == "unsupported" for block in known):
            found[page_id] = _before(exchange)
    return {page_id: text for page_id, text in found.items() if text.strip()}


def _page(exchange: Exchange) -> str | None:
    path = MARKDOWN.fullmatch(exchange.path)
    return normalise(path.group(1)) if path else None


def _before(exchange: Exchange) -> str:
    """The text that an answer shows, with what the request did to it taken back."""
    body = told(exchange)
    shown = str(answer(exchange).get("markdown") or "")
    inner = body.get(str(body.get("type")))
    if exchange.method == "GET" or not isinstance(inner, dict):
        return shown
    if body["type"] == "replace_content":
        return ""
    if body["type"] == "update_content":
        updates = inner.get("content_updates")
        for one in reversed(updates if isinstance(updates, list) else []):
            if isinstance(one, dict):
                shown = _swapped(shown, str(one.get("new_str") or ""), str(one.get("old_str") or ""))
        return shown
    content = str(inner.get("content") or "")
    if body["type"] == "replace_content_range":
        return _swapped(shown, content, _selected(inner.get("content_range")))
    after = _selected(inner.get("after"))
    shown = shown.replace(content, "", 1)
    return shown if after in shown else f"{shown}\n{after}"


def _swapped(text: str, new: str, old: str) -> str:
    return text.replace(new, old, 1) if new and new in text else f"{text}\n{old}"


def _selected(selection: Any) -> str:
    """The least that a selection of the form ``start...end`` finds."""
    start, _, end = str(selection or "").partition("...")
    return f"{start}\n{end}" if end else start


def as_write(text: str) -> Raw:
    """The request that puts a text at the beginning of a page and leaves what is there."""
    return {"type": "insert_content", "insert_content": {"content": text, "position": {"type": "start"}}}
