"""Files in every place a file may be, the same file in many of them."""

from __future__ import annotations

from notion_backup.sandbox.generator.bodies import paragraph_like
from notion_backup.sandbox.generator.builder import Builder, parent_of, text
from notion_backup.sandbox.generator.show_data import Tables
from notion_backup.sandbox.workspace import Raw

BIG_BYTES = 3_000_000
_NASTY_FILES = ("Bericht äöü #1 100%.pdf", "写真 (1).png", "no-extension", "a b&c=d?.txt", "%2e%2e%2fup.txt")


def _file(file: Raw) -> Raw:
    return {"type": "file", "file": file}


Look = tuple[str, Raw | None, Raw | None]
"""A page's title, icon and cover."""


def _external(url: str) -> Raw:
    return {"type": "external", "external": {"url": url}}


def every_place_of_media(builder: Builder, page: Raw, tables: Tables) -> None:
    """Icons, covers, blocks, captions, files properties, comments, emojis."""
    shared = builder.hosted("logo.png", 5000)
    _blocks(builder, page, shared)
    _icons(builder, page, shared, tables)
    machine = tables.machine_rows[0]
    machine["properties"]["Files & media"]["files"] = [
        {"name": "logo.png", **_file(dict(shared))},
        *({"name": name[:100], **_file(builder.hosted(name))} for name in _NASTY_FILES),
        {"name": "elsewhere", **_external("https://example.com/elsewhere.pdf")},
    ]
    note = builder.comment(page, text("See the pictures"), attachments=[
        {"category": "image", "file": dict(shared)},
        {"category": "pdf", "file": builder.hosted("contract.pdf")},
        {"category": "productivity", "file": builder.hosted("numbers.xlsx")},
    ])  # fmt: skip
    builder.comment(page, text("And hear this"), discussion=str(note["discussion_id"]),
                    attachments=[{"category": "audio", "file": builder.hosted("voice.mp3")}])  # fmt: skip


def _blocks(builder: Builder, page: Raw, shared: Raw) -> None:
    for kind, name in (("image", "garden.jpg"), ("video", "mowing.mp4"), ("pdf", "manual.pdf"), ("audio", "hum.mp3")):
        builder.block(page, kind, {"caption": text(f"Our {kind}"), **_file(builder.hosted(name))})
        builder.block(page, kind, {"caption": [], **_external(f"https://example.com/{name}")})
    for number in range(4):
        holder = paragraph_like(builder, page, "toggle") if number % 2 else page
        builder.block(holder, "image", {"caption": [], **_file(dict(shared))})
    builder.block(page, "file", {"caption": [], **_file(builder.hosted("firmware.zip")), "name": "firmware.zip"})
    builder.block(page, "file", {"caption": [], **_external("https://example.com/x.bin"), "name": "x.bin"})
    builder.block(page, "video", {"caption": [], **_file(builder.hosted("long film.mp4", builder.big_bytes))})
    builder.block(page, "file", {"caption": [], **_file(builder.hosted("empty.txt", 0)), "name": "empty.txt"})
    builder.block(page, "file", {"caption": [], **_file(builder.hosted("one byte", 1)), "name": "one byte"})


def _icons(builder: Builder, page: Raw, shared: Raw, tables: Tables) -> None:
    emoji = next(builder.workspace.all("custom_emoji"))
    custom = {"type": "custom_emoji", "custom_emoji": dict(emoji)}
    own = {"type": "icon", "icon": {"name": "pizza", "color": "blue"}}
    here = parent_of("page_id", str(page["id"]))
    pages: tuple[Look, ...] = (
        ("Icon and cover of our own", _file(builder.hosted("icon.png")), _file(builder.hosted("cover.jpg"))),
        ("The shared logo as icon", _file(dict(shared)), _file(dict(shared))),
        ("External", _external("https://example.com/i.png"), _external("https://www.notion.so/images/c.jpg")),
        ("Custom emoji", custom, None),
        ("Built-in icon", own, None),
    )
    for title, icon, cover in pages:
        builder.page(title, here, icon=icon, cover=cover)
    kinds: list[Raw | None] = [_file(builder.hosted("callout.svg")), custom, own, None]
    for kind in kinds:
        paragraph_like(builder, page, "callout")["callout"]["icon"] = kind
    for target in (tables.machines_database, tables.machines):
        target["icon"] = _file(dict(shared))
        target["cover"] = _file(builder.hosted("meadow.jpg"))
