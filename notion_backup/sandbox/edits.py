"""The single things people do to a workspace. Each returns what it did, or None when there was nothing to do it to.

What moves ``last_edited_time`` follows recorded traffic: an edit below a block moves that block's parent only, comments
and views move no page, a new child page moves its parent, a new row does not move its data source.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from notion_backup.sandbox.clock import to_millisecond, to_minute
from notion_backup.sandbox.generator.bodies import fill, paragraph_like, rich
from notion_backup.sandbox.generator.builder import Builder, parent_of, span, text
from notion_backup.sandbox.generator.properties import row, tasks_schema, value
from notion_backup.sandbox.generator.show_odd import trash
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.workspace import Raw, Workspace

Done = tuple[str, str, str | None, bool]
"""Kind, id, the page it belongs to, and whether that page's time moved."""
MEDIA = ("image", "video", "pdf", "audio", "file")


class Desk:
    """A person at work: picks things and changes them."""

    def __init__(self, workspace: Workspace, rng: random.Random, start: datetime) -> None:
        self.space = workspace
        self.rng = rng
        self.builder = Builder(workspace, rng, start)
        templates = workspace.template_page_ids()
        self._pages = [str(p["id"]) for p in workspace.all("page") if p["id"] not in templates]

    # --- picking -----------------------------------------------------------------------------------------------

    def page(self, *, is_row: bool | None = None, with_body: bool = False) -> Raw | None:
        """A live page at random; rows only, or no rows, or with blocks in it, if asked."""
        for _ in range(200):
            if not self._pages:
                return None
            page = self.space.get("page", self.rng.choice(self._pages))
            if page is None or page["in_trash"] or page["is_archived"]:
                continue
            if is_row is not None and (page["parent"]["type"] == "data_source_id") != is_row:
                continue
            if with_body and not self.space.children.get(str(page["id"])):
                continue
            return page
        return None

    def block(self, *, nested: bool = False, of_types: tuple[str, ...] = ()) -> tuple[Raw, Raw] | None:
        """A live block with the page it lies on: directly on it, or deeper when ``nested``."""
        for _ in range(400):
            page = self.page(with_body=True)
            if page is None:
                return None
            block = self.space.objects["block"][self.rng.choice(self.space.children[str(page["id"])])]
            for _ in range(self.rng.randint(1, 6) if nested else 0):
                below = self.space.children.get(str(block["id"]))
                if not below or block["type"] in ("child_page", "child_database"):
                    break
                block = self.space.objects["block"][self.rng.choice(below)]
            if block["in_trash"] or (block["parent"]["type"] == "block_id") != nested:
                continue
            if of_types and block["type"] not in of_types:
                continue
            return block, page
        return None

    def source(self) -> Raw | None:
        """A live data source with rows at random."""
        found = [s for s in self.space.all("data_source") if not s["in_trash"] and self.space.rows(str(s["id"]))]
        return self.rng.choice(found) if found else None

    # --- marking -----------------------------------------------------------------------------------------------

    def stamp(self, raw: Raw) -> None:
        """Note that an object was edited now, and by whom. A page's child block shows the same time."""
        now = to_minute(self.builder.now)
        for target in (raw, self.space.get("block", str(raw["id"])) or raw):
            target["last_edited_time"] = now
            target["last_edited_by"] = self.builder.author
        self.space.touch(str(raw["id"]))

    def rename_child(self, raw: Raw, block_type: str, title: str) -> None:
        """Keep the block by which a page or database shows in its parent in step with its title."""
        block = self.space.get("block", str(raw["id"]))
        if block is not None:
            block[block_type] = {"title": title}


def _new_page(desk: Desk) -> Done | None:
    holder = desk.page(is_row=False)
    if holder is None:
        return None
    page = desk.builder.page(desk.builder.words.title(), parent_of("page_id", str(holder["id"])))
    desk._pages.append(str(page["id"]))
    fill(desk.builder, page, desk.rng.randint(2, 15))
    desk.stamp(holder)
    return "page", str(page["id"]), None, True


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
    trash(desk.builder, block)
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


def _page_renamed(desk: Desk) -> Done | None:
    page = desk.page()
    if page is None:
        return None
    title = desk.builder.words.title() + " (new)"
    for name, kept in page["properties"].items():
        if kept["type"] == "title":
            page["properties"][name] = {**kept, "title": text(title)}
    desk.rename_child(page, "child_page", title)
    desk.stamp(page)
    return "page", str(page["id"]), None, True


def _page_moved(desk: Desk) -> Done | None:
    page, holder = desk.page(is_row=False), desk.page(is_row=False)
    if page is None or holder is None or page["parent"]["type"] != "page_id":
        return None
    above: str | None = str(holder["id"])
    while above is not None:
        if above == page["id"]:
            return None
        above = desk.space.parent_of(above)
    old = str(page["parent"]["page_id"])
    desk.builder.unhang(old, str(page["id"]))
    page["parent"] = parent_of("page_id", str(holder["id"]))
    desk.space.objects["block"][str(page["id"])]["parent"] = dict(page["parent"])
    desk.space.put("page", page)
    desk.builder.hang(str(holder["id"]), str(page["id"]))
    return "page", str(page["id"]), None, False


def _page_trashed(desk: Desk) -> Done | None:
    for _ in range(60):
        page = desk.page(is_row=desk.rng.random() < 0.5)
        if page is None or page["parent"]["type"] == "workspace":
            continue
        below = desk.space.children.get(str(page["id"]), ())
        if any(desk.space.get("page", child) or desk.space.get("database", child) for child in below):
            continue  # nobody throws away a whole department
        trash(desk.builder, page)
        desk.stamp(page)
        return "page", str(page["id"]), None, True
    return None


def _row_added(desk: Desk) -> Done | None:
    source = desk.source()
    if source is None:
        return None
    page = row(desk.builder, source, desk.builder.words.task(), len(desk.space.rows(str(source["id"]))))
    desk._pages.append(str(page["id"]))
    if desk.rng.random() < 0.5:
        fill(desk.builder, page, 3)
    return "page", str(page["id"]), None, True


def _property_changed(desk: Desk) -> Done | None:
    page = desk.page(is_row=True)
    source = desk.space.get("data_source", str(page["parent"]["data_source_id"])) if page else None
    if page is None or source is None:
        return None
    kinds = ("number", "rich_text", "date", "select", "multi_select", "status", "checkbox", "people")
    names = [name for name, d in source["properties"].items() if d["type"] in kinds and name in page["properties"]]
    if not names:
        return None
    name = desk.rng.choice(names)
    times = (to_minute(desk.builder.now), desk.builder.author)
    page["properties"][name] = value(desk.builder, source["properties"][name], desk.rng.randrange(999), times)
    desk.stamp(page)
    return "page", str(page["id"]), None, True


def _row_archived(desk: Desk) -> Done | None:
    page = desk.page(is_row=True)
    if page is None:
        return None
    page["is_archived"] = True
    desk.stamp(page)
    return "page", str(page["id"]), None, True


def _property_renamed(desk: Desk) -> Done | None:
    source = desk.source()
    if source is None:
        return None
    names = [n for n, d in source["properties"].items() if d["type"] in ("rich_text", "number", "select", "date")]
    if not names:
        return None
    old, new = desk.rng.choice(names), f"Column {desk.rng.randrange(10_000)}"
    # Values are keyed by name in answers, so every row shows the new one without having been edited.
    renamed = {new if name == old else name: d for name, d in source["properties"].items()}
    renamed[new] = {**renamed[new], "name": new}
    source["properties"] = renamed
    for page in desk.space.rows(str(source["id"])):
        page["properties"] = {new if name == old else name: v for name, v in page["properties"].items()}
    desk.stamp(source)
    return "data_source", str(source["id"]), None, False


def _database_added(desk: Desk) -> Done | None:
    holder = desk.page(is_row=False)
    if holder is None:
        return None
    title = desk.builder.words.title()
    database = desk.builder.database(title, parent_of("page_id", str(holder["id"])))
    source = desk.builder.data_source(database, title, tasks_schema(desk.builder))
    default_view(desk.builder, database, source)
    for number in range(3):
        row(desk.builder, source, desk.builder.words.task(), number)
    desk.stamp(holder)
    return "database", str(database["id"]), None, True


def _commented(desk: Desk) -> Done | None:
    page = desk.page()
    if page is None:
        return None
    comment = desk.builder.comment(page, [span(desk.builder.words.sentence())])
    return "comment", str(comment["id"]), str(page["id"]), False


def _block_commented(desk: Desk) -> Done | None:
    found = desk.block()
    if found is None:
        return None
    block, page = found
    comment = desk.builder.comment(block, [span(desk.builder.words.sentence())])
    return "comment", str(comment["id"]), str(page["id"]), False


def _discussion_resolved(desk: Desk) -> Done | None:
    found = [c for c in desk.space.all("comment") if c["discussion_id"] not in desk.space.resolved_discussions]
    if not found:
        return None
    comment = desk.rng.choice(found)
    desk.space.resolved_discussions.add(str(comment["discussion_id"]))
    desk.space.touch(str(comment["id"]))
    return "comment", str(comment["id"]), None, False


def _file_replaced(desk: Desk) -> Done | None:
    found = desk.block(of_types=MEDIA)
    if found is None or found[0][found[0]["type"]].get("type") != "file":
        return None
    block, page = found
    kind = str(block["type"])
    old = str(block[kind]["file"]["url"]).rpartition("/")[2]
    suffix = old.rpartition(".")[2] if "." in old else "bin"
    block[kind] = {**block[kind], "file": desk.builder.hosted(f"replaced-{desk.rng.randrange(999)}.{suffix}")}
    desk.stamp(block)
    desk.stamp(page)
    return "block", str(block["id"]), str(page["id"]), True


def _file_added(desk: Desk) -> Done | None:
    page = desk.page()
    if page is None:
        return None
    file = desk.builder.hosted(f"scan-{desk.rng.randrange(9999)}.pdf")
    block = desk.builder.block(page, "pdf", {"caption": [], "type": "file", "file": file})
    desk.stamp(page)
    return "block", str(block["id"]), str(page["id"]), True


def _view_changed(desk: Desk) -> Done | None:
    views = list(desk.space.all("view"))
    if not views:
        return None
    view = desk.rng.choice(views)
    view["name"] = f"View {desk.rng.randrange(1000)}"
    view["last_edited_time"] = to_millisecond(desk.builder.now)
    desk.space.touch(str(view["id"]))
    return "view", str(view["id"]), None, False


ACTIONS: tuple[tuple[str, float, Callable[[Desk], Done | None]], ...] = (
    ("page created", 6, _new_page),
    ("text edited", 20, _text_edited),
    ("nested text edited", 6, _nested_edit),
    ("nested block added", 4, _nested_append),
    ("block added", 10, _block_added),
    ("block deleted", 4, _block_deleted),
    ("block moved", 3, _block_moved),
    ("page renamed", 4, _page_renamed),
    ("page moved", 2, _page_moved),
    ("page trashed", 2, _page_trashed),
    ("row created", 10, _row_added),
    ("property changed", 14, _property_changed),
    ("row archived", 1, _row_archived),
    ("property renamed", 0.3, _property_renamed),
    ("database created", 0.5, _database_added),
    ("page commented", 5, _commented),
    ("block commented", 3, _block_commented),
    ("discussion resolved", 1, _discussion_resolved),
    ("file replaced", 2, _file_replaced),
    ("file added", 3, _file_added),
    ("view changed", 1, _view_changed),
)
"""What people do, how often compared with each other, and how."""
