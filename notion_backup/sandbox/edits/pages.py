"""What people do to pages as a whole."""

from __future__ import annotations

from notion_backup.sandbox import trash
from notion_backup.sandbox.edits.desk import Action, Desk, Done
from notion_backup.sandbox.generator.bodies import fill
from notion_backup.sandbox.generator.builder import parent_of, text


def _new_page(desk: Desk) -> Done | None:
    holder = desk.page(is_row=False)
    if holder is None:
        return None
    page = desk.builder.page(desk.builder.words.title(), parent_of("page_id", str(holder["id"])))
    desk._pages.append(str(page["id"]))
    fill(desk.builder, page, desk.rng.randint(2, 15))
    desk.stamp(holder)
    return "page", str(page["id"]), None, True


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
        trash.put_away(desk.space, str(page["id"]))
        desk.stamp(page)
        return "page", str(page["id"]), None, True
    return None


def _page_restored(desk: Desk) -> Done | None:
    found = [one for one in sorted(desk.space.trash_roots) if desk.space.get("page", one) is not None]
    if not found:
        return None
    page = desk.space.objects["page"][desk.rng.choice(found)]
    trash.take_back(desk.space, str(page["id"]))
    desk.stamp(page)
    return "page", str(page["id"]), None, True


def _icon_changed(desk: Desk) -> Done | None:
    page = desk.page()
    if page is None:
        return None
    page["icon"] = {"type": "emoji", "emoji": desk.builder.words.emoji()}
    if desk.rng.random() < 0.3:
        page["cover"] = {"type": "file", "file": desk.builder.hosted(f"cover-{desk.rng.randrange(999)}.jpg")}
    desk.stamp(page)
    return "page", str(page["id"]), None, True


def _page_locked(desk: Desk) -> Done | None:
    page = desk.page(is_row=False)
    if page is None:
        return None
    page["is_locked"] = not page["is_locked"]
    desk.stamp(page)
    return "page", str(page["id"]), None, True


ACTIONS: tuple[Action, ...] = (
    ("page created", 6, _new_page),
    ("page renamed", 4, _page_renamed),
    ("page moved", 2, _page_moved),
    ("page trashed", 2, _page_trashed),
    ("page restored", 0.5, _page_restored),
    ("icon changed", 1.5, _icon_changed),
    ("page locked", 0.3, _page_locked),
)
