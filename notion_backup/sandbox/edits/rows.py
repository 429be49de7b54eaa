"""What people do to rows, and to the schemas and names of databases."""

from __future__ import annotations

from notion_backup.sandbox.clock import to_minute
from notion_backup.sandbox.edits.desk import Action, Desk, Done
from notion_backup.sandbox.generator.bodies import fill
from notion_backup.sandbox.generator.builder import COLOURS, parent_of, text
from notion_backup.sandbox.generator.properties import row, tasks_schema, value
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.property_values import empty_value
from notion_backup.sandbox.workspace import Raw


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


def _property_added(desk: Desk) -> Done | None:
    source = desk.source()
    if source is None:
        return None
    name = f"Column {desk.rng.randrange(10_000, 20_000)}"
    definition = desk.builder.property(name, desk.rng.choice(("rich_text", "checkbox", "date", "url")))
    source["properties"][name] = definition
    for page in desk.space.rows(str(source["id"])):
        page["properties"][name] = empty_value(definition)
    desk.stamp(source)
    return "data_source", str(source["id"]), None, False


def _property_removed(desk: Desk) -> Done | None:
    source = desk.source()
    if source is None:
        return None
    needed = {
        one["rollup"]["rollup_property_id"]
        for other in desk.space.all("data_source")
        for one in other["properties"].values()
        if one["type"] == "rollup"
    }
    kinds = ("rich_text", "checkbox", "date", "url", "number")
    names = [name for name, one in source["properties"].items()
             if one["type"] in kinds and decode_property_id(str(one["id"])) not in needed]  # fmt: skip
    if len(names) < 2:
        return None
    name = desk.rng.choice(names)
    del source["properties"][name]
    for page in desk.space.rows(str(source["id"])):
        page["properties"].pop(name, None)
    desk.stamp(source)
    return "data_source", str(source["id"]), None, False


def _option_added(desk: Desk) -> Done | None:
    source = desk.source()
    found = (
        [one for one in source["properties"].values() if one["type"] in ("select", "multi_select")] if source else []
    )
    if source is None or not found:
        return None
    definition = desk.rng.choice(found)
    option = {
        "id": desk.builder.new_id(),
        "name": f"Option {desk.rng.randrange(10_000)}",
        "color": desk.rng.choice(COLOURS),
        "description": None,
    }
    definition[definition["type"]]["options"].append(option)
    desk.stamp(source)
    return "data_source", str(source["id"]), None, False


def _database_renamed(desk: Desk) -> Done | None:
    found = [one for one in desk.space.all("database") if not one["in_trash"] and len(one["data_sources"]) == 1]
    if not found:
        return None
    database = desk.rng.choice(found)
    title = desk.builder.words.title() + " (new)"
    source: Raw = desk.space.objects["data_source"][database["data_sources"][0]["id"]]
    database["title"] = source["title"] = text(title)
    database["data_sources"][0]["name"] = title
    desk.rename_child(database, "child_database", title)
    desk.stamp(source)
    return "database", str(database["id"]), None, False


def _row_unarchived(desk: Desk) -> Done | None:
    found = [one for one in desk.space.all("page") if one["is_archived"] and not one["in_trash"]]
    if not found:
        return None
    page = desk.rng.choice(found)
    page["is_archived"] = False
    desk.stamp(page)
    return "page", str(page["id"]), None, True


ACTIONS: tuple[Action, ...] = (
    ("row created", 10, _row_added),
    ("property changed", 14, _property_changed),
    ("row archived", 1, _row_archived),
    ("row unarchived", 0.3, _row_unarchived),
    ("property renamed", 0.3, _property_renamed),
    ("property added", 0.3, _property_added),
    ("property removed", 0.2, _property_removed),
    ("option added", 0.5, _option_added),
    ("database created", 0.5, _database_added),
    ("database renamed", 0.3, _database_renamed),
)
