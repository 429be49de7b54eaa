"""What people do to the blocks of a page."""

from __future__ import annotations

from notion_backup.sandbox import trash
from notion_backup.sandbox.edits.desk import Action, Desk, Done
from notion_backup.sandbox.generator.bodies import paragraph_like, rich
from notion_backup.sandbox.generator.builder import span


def _text_edited(desk: Desk) -> Done | None:
    found = desk.block(of_types=("paragraph", "bulleted_list_item", "to_do", "quote", "callout"))
    if found is None:
        return None
    block, page = found
    kind = str(block["type"])
    block[kind] = {**block[kind], "rich_text": rich(desk.builder)}
    desk.stamp(block)
    desk.stamp(page)
    return "block", str(block["id"]), str(page["id"]), True


def _nested_edit(desk: Desk) -> Done | None:
    found = desk.block(nested=True, of_types=("paragraph", "bulleted_list_item", "to_do", "quote"))
    if found is None:
        return None
    block, page = found
    kind = str(block["type"])
    block[kind] = {**block[kind], "rich_text": [span(desk.builder.words.sentence())]}
    desk.stamp(block)
    return "block", str(block["id"]), str(page["id"]), False


def _nested_append(desk: Desk) -> Done | None:
    found = desk.block(of_types=("toggle", "callout", "bulleted_list_item"))
    if found is None:
        return None
    holder, page = found
    block = paragraph_like(desk.builder, holder, "paragraph")
    desk.stamp(holder)
    return "block", str(block["id"]), str(page["id"]), False


def _block_added(desk: Desk) -> Done | None:
    page = desk.page(with_body=True)
    if page is None:
        return None
    place = desk.rng.randint(0, len(desk.space.children[str(page["id"])]))
    inner = {"rich_text": rich(desk.builder), "icon": None, "color": "default"}
    block = desk.builder.block(page, "paragraph", inner, place=place)
    desk.stamp(page)
    return "block", str(block["id"]), str(page["id"]), True


def _block_deleted(desk: Desk) -> Done | None:
    found = desk.block(of_types=("paragraph", "to_do", "quote", "divider", "toggle", "image"))
    if found is None:
        return None
    block, page = found
    trash.put_away(desk.space, str(block["id"]))
    desk.stamp(page)
    return "block", str(block["id"]), str(page["id"]), True


def _block_moved(desk: Desk) -> Done | None:
    page = desk.page(with_body=True)
    if page is None or len(desk.space.children[str(page["id"])]) < 2:
        return None
    ids = desk.space.children[str(page["id"])]
    block_id = ids.pop(0)
    ids.append(block_id)
    desk.stamp(page)
    return "block", block_id, str(page["id"]), True


def _nested_deleted(desk: Desk) -> Done | None:
    """Its parent's time stays too (recorded, 4 of 4)."""
    found = desk.block(nested=True, of_types=("paragraph", "bulleted_list_item", "to_do"))
    if found is None:
        return None
    block, page = found
    trash.put_away(desk.space, str(block["id"]))
    return "block", str(block["id"]), str(page["id"]), False


ACTIONS: tuple[Action, ...] = (
    ("text edited", 20, _text_edited),
    ("nested text edited", 6, _nested_edit),
    ("nested block added", 4, _nested_append),
    ("nested block deleted", 1, _nested_deleted),
    ("block added", 10, _block_added),
    ("block deleted", 4, _block_deleted),
    ("block moved", 3, _block_moved),
)
