"""Schemas of data sources and the values of their rows, every property type among them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from notion_backup.sandbox.clock import to_minute
from notion_backup.sandbox.generator.bodies import rich
from notion_backup.sandbox.generator.builder import COLOURS, Builder, text
from notion_backup.sandbox.workspace import Raw

STAGES = (("Not started", "default", "To-do"), ("In progress", "blue", "In progress"), ("Done", "green", "Complete"))


def options(builder: Builder, names: tuple[str, ...]) -> Raw:
    """Options of a select or multi-select."""
    return {
        "options": [
            {"id": builder.new_id(), "name": name, "color": COLOURS[place % 10], "description": None}
            for place, name in enumerate(names)
        ]
    }


def status(builder: Builder) -> Raw:
    """A status definition with its three groups."""
    made = options(builder, tuple(name for name, _, _ in STAGES))["options"]
    for option, (_, colour, _) in zip(made, STAGES, strict=True):
        option["color"] = colour
    groups = [
        {"id": builder.new_id(), "name": group, "color": colour, "option_ids": [option["id"]]}
        for option, (_, _, group), colour in zip(made, STAGES, ("gray", "blue", "green"), strict=True)
    ]
    return {"options": made, "groups": groups}


def schema(*definitions: Raw) -> Raw:
    """Definitions by name."""
    return {str(definition["name"]): definition for definition in definitions}


def tasks_schema(builder: Builder) -> Raw:
    """A small, everyday schema."""
    return schema(
        builder.property("Task", "title"),
        builder.property("Status", "status", status(builder)),
        builder.property("Priority", "select", options(builder, ("High", "Medium", "Low"))),
        builder.property("Tags", "multi_select", options(builder, ("hardware", "software", "garden", "legal"))),
        builder.property("Due", "date"),
        builder.property("Owner", "people"),
        builder.property("Effort", "number", {"format": "number"}),
        builder.property("Attachments", "files"),
        builder.property("Notes", "rich_text"),
    )


def every_schema(builder: Builder) -> Raw:
    """Every property type that needs no other data source (relations and rollups are tied on later)."""
    return schema(
        builder.property("Name", "title", description="What the machine is called in the field"),
        builder.property("Text", "rich_text"),
        builder.property("Number", "number", {"format": "euro"}),
        builder.property("Select", "select", options(builder, ("A", "B", "C"))),
        builder.property("Multi-select", "multi_select", options(builder, ("rain", "sun", "wind", "frost"))),
        builder.property("Status", "status", status(builder)),
        builder.property("Date", "date"),
        builder.property("People", "people"),
        builder.property("Files & media", "files"),
        builder.property("Checkbox", "checkbox"),
        builder.property("URL", "url"),
        builder.property("Email", "email"),
        builder.property("Phone", "phone_number"),
        builder.property("Formula text", "formula", {"expression": 'prop("Name") + "!"'}),
        builder.property("Formula number", "formula", {"expression": 'prop("Number") * 2'}),
        builder.property("Formula yes", "formula", {"expression": 'prop("Checkbox")'}),
        builder.property("Formula date", "formula", {"expression": 'prop("Date")'}),
        builder.property("Created time", "created_time"),
        builder.property("Created by", "created_by"),
        builder.property("Last edited time", "last_edited_time"),
        builder.property("Last edited by", "last_edited_by"),
        builder.property("ID", "unique_id", {"prefix": "BOT"}),
        builder.property("Button", "button"),
        builder.property("Verification", "verification"),
        builder.property("Place", "place"),
        builder.property("Location", "location"),
        builder.property("Last visited time", "last_visited_time"),
    )


def value(builder: Builder, definition: Raw, number: int, page_times: tuple[str, Raw]) -> Raw:
    """A row's value of one property. ``number`` is the row's place; ``page_times`` its time and author."""
    kind = str(definition["type"])
    return {"id": definition["id"], "type": kind, kind: _inner(builder, definition, kind, number, page_times)}


def _inner(builder: Builder, definition: Raw, kind: str, number: int, page_times: tuple[str, Raw]) -> Any:
    rng = builder.rng
    stamp, author = page_times
    if rng.random() < 0.08 and kind in _NULL_WHEN_EMPTY:
        return None
    if kind == "rich_text":
        return rich(builder) if rng.random() < 0.8 else []
    if kind == "number":
        return round(rng.random() * 1000, 2) if rng.random() < 0.5 else rng.randrange(100)
    if kind in ("select", "status"):
        return _chosen(rng.choice(definition[kind]["options"]))
    if kind == "multi_select":
        found = definition[kind]["options"]
        return [_chosen(option) for option in rng.sample(found, rng.randint(0, min(3, len(found))))]
    if kind == "date":
        return _date(builder)
    if kind == "people":
        people = [u for u in builder.workspace.objects["user"].values() if u["type"] == "person"]
        return rng.sample(people, min(len(people), rng.randint(0, 2)))
    if kind == "files":
        return _files(builder) if rng.random() < 0.15 else []
    if kind == "checkbox":
        return rng.random() < 0.5
    if kind == "formula":
        return _formula(builder, definition, number)
    if kind in ("created_time", "last_edited_time", "last_visited_time"):
        return stamp
    if kind in ("created_by", "last_edited_by"):
        return builder.workspace.get("user", str(author["id"])) or author
    if kind == "unique_id":
        return {"prefix": definition[kind]["prefix"], "number": number + 1}
    if kind == "verification":
        until = {"start": stamp, "end": None, "time_zone": None}
        verified = {"state": "verified", "verified_by": author, "date": until}
        return verified if rng.random() < 0.3 else {"state": "unverified", "verified_by": None, "date": None}
    if kind == "place":
        return {"lat": 41.15, "lon": -8.61, "name": "Test garden", "address": "Porto, Portugal",
                "aws_place_id": None, "google_place_id": None}  # fmt: skip
    plain = {"url": f"https://example.com/{number}", "email": f"unit{number}@example.com",
             "phone_number": f"+351 555 {number:04d}", "button": {}, "location": {}}  # fmt: skip
    return plain[kind]


_NULL_WHEN_EMPTY = ("number", "select", "date", "url", "email", "phone_number", "place")


def _chosen(option: Raw) -> Raw:
    return {"id": option["id"], "name": option["name"], "color": option["color"]}


def _date(builder: Builder) -> Raw:
    rng = builder.rng
    day = (builder.now + timedelta(days=rng.randint(-60, 60))).date()
    if rng.random() < 0.3:
        return {"start": f"{day}T09:{rng.randrange(60):02d}:00.000+00:00", "end": None, "time_zone": None}
    end = str(day + timedelta(days=rng.randint(1, 9))) if rng.random() < 0.2 else None
    return {"start": str(day), "end": end, "time_zone": None}


def _files(builder: Builder) -> list[Raw]:
    names = builder.rng.sample(("invoice.pdf", "photo.jpg", "data.csv", "firmware.zip", "voice memo.mp3"), 2)
    found = [{"name": name, "type": "file", "file": builder.hosted_again(name)} for name in names]
    external = {"name": "manual", "type": "external", "external": {"url": "https://example.com/manual.pdf"}}
    return [*found, external] if builder.rng.random() < 0.3 else found


def _formula(builder: Builder, definition: Raw, number: int) -> Raw:
    name = str(definition["name"])
    if "number" in name:
        return {"type": "number", "number": number * 2}
    if "yes" in name:
        return {"type": "boolean", "boolean": number % 2 == 0}
    if "date" in name:
        return {"type": "date", "date": {"start": to_minute(builder.now), "end": None, "time_zone": None}}
    return {"type": "string", "string": f"Unit {number}!"}


def row(builder: Builder, source: Raw, title: str, number: int, **changes: Raw) -> Raw:
    """A row with a value for every property of the schema. ``changes`` replaces values by property name."""
    definitions = source["properties"]
    times = (to_minute(builder.now), builder.author)
    title_name = next(name for name, d in definitions.items() if d["type"] == "title")
    values = {
        name: value(builder, definition, number, times)
        for name, definition in definitions.items()
        if definition["type"] not in ("title", "relation", "rollup")
    }
    for name, definition in definitions.items():
        if definition["type"] == "relation":
            values[name] = {"id": definition["id"], "type": "relation", "relation": [], "has_more": False}
        elif definition["type"] == "rollup":
            rollup = {"type": "number", "number": 0, "function": definition["rollup"]["function"]}
            values[name] = {"id": definition["id"], "type": "rollup", "rollup": rollup}
    values.update(changes)
    page = builder.page(title, builder.row_parent(source), properties=values, title_name=title_name)
    page["properties"][title_name]["title"] = text(title)
    return page
