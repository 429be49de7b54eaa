"""What people say, the files they bring, and how they look at data."""

from __future__ import annotations

from notion_backup.sandbox.clock import to_millisecond, to_minute
from notion_backup.sandbox.edits.desk import Action, Desk, Done
from notion_backup.sandbox.generator.builder import span, text
from notion_backup.sandbox.generator.show_views import view

MEDIA = ("image", "video", "pdf", "audio", "file")


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


def _comment_edited(desk: Desk) -> Done | None:
    found = [c for c in desk.space.all("comment") if c["discussion_id"] not in desk.space.resolved_discussions]
    if not found:
        return None
    comment = desk.rng.choice(found)
    comment["rich_text"] = text(desk.builder.words.sentence() + " (corrected)")
    comment["last_edited_time"] = to_minute(desk.builder.now)
    desk.space.touch(str(comment["id"]))
    return "comment", str(comment["id"]), None, False


def _comment_deleted(desk: Desk) -> Done | None:
    found = list(desk.space.all("comment"))
    if not found:
        return None
    comment = desk.rng.choice(found)
    desk.space.remove("comment", str(comment["id"]))
    return "comment", str(comment["id"]), None, False


def _row_file_replaced(desk: Desk) -> Done | None:
    for _ in range(50):
        page = desk.page(is_row=True)
        named = [v for v in page["properties"].values() if v["type"] == "files" and v["files"]] if page else []
        if page is not None and named:
            name = f"replaced-{desk.rng.randrange(999)}.pdf"
            named[0]["files"] = [{"name": name, "type": "file", "file": desk.builder.hosted(name)}]
            desk.stamp(page)
            return "page", str(page["id"]), None, True
    return None


def _view_added(desk: Desk) -> Done | None:
    source = desk.source()
    database = desk.space.get("database", str(source["parent"]["database_id"])) if source else None
    if source is None or database is None:
        return None
    made = view(desk.builder, database, source, "list", f"List {desk.rng.randrange(1000)}",
                configuration={"type": "list", "properties": []})  # fmt: skip
    return "view", str(made["id"]), None, False


ACTIONS: tuple[Action, ...] = (
    ("page commented", 5, _commented),
    ("block commented", 3, _block_commented),
    ("comment edited", 0.5, _comment_edited),
    ("comment deleted", 0.3, _comment_deleted),
    ("discussion resolved", 1, _discussion_resolved),
    ("file replaced", 2, _file_replaced),
    ("file of a row replaced", 0.7, _row_file_replaced),
    ("file added", 3, _file_added),
    ("view added", 0.3, _view_added),
    ("view changed", 1, _view_changed),
)
