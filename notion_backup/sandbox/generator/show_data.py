"""Data sources with every property type, long relations and people lists, rollups of every kind, templates."""

from __future__ import annotations

from dataclasses import dataclass

from notion_backup.sandbox.generator.bodies import fill
from notion_backup.sandbox.generator.builder import Builder, mention, parent_of, span, text
from notion_backup.sandbox.generator.properties import every_schema, row, schema, tasks_schema
from notion_backup.sandbox.ids import decode_property_id
from notion_backup.sandbox.workspace import Raw

MACHINES = 40
PARTS = 130


@dataclass(frozen=True)
class Tables:
    """The data sources other parts of the showcase lean on."""

    machines_database: Raw
    machines: Raw
    parts: Raw
    checks: Raw
    """A second data source in the parts database."""
    machine_rows: list[Raw]
    part_rows: list[Raw]


def every_property(builder: Builder, page: Raw) -> Tables:
    """Two databases on ``page``: machines (every property type) and parts (two data sources), tied by relations."""
    here = parent_of("page_id", str(page["id"]))
    machines_database = builder.database("Machines", here, description="Everything that mows")
    machines = builder.data_source(machines_database, "Machines", every_schema(builder))
    parts_database = builder.database("Parts", here, is_inline=True)
    parts = builder.data_source(parts_database, "Parts", _parts_schema(builder))
    checks = builder.data_source(parts_database, "Checks", tasks_schema(builder))
    _tie(builder, machines, parts)
    machine_rows = [_machine(builder, machines, number) for number in range(MACHINES)]
    part_rows = [row(builder, parts, f"Part {number + 1}", number) for number in range(PARTS)]
    for number in range(3):
        row(builder, checks, f"Check {number + 1}", number)
    _relate(builder, machines, machine_rows, part_rows)
    _crowd(builder, machine_rows)
    _templates(builder, machines)
    return Tables(machines_database, machines, parts, checks, machine_rows, part_rows)


def _parts_schema(builder: Builder) -> Raw:
    return schema(
        builder.property("Part", "title"),
        builder.property("Price", "number", {"format": "euro"}),
        builder.property("Delivered", "date"),
        builder.property("Remarks", "rich_text"),
    )


def _tie(builder: Builder, machines: Raw, parts: Raw) -> None:
    """A dual relation between the two, a single one of machines to themselves, and rollups over the first."""
    ours, theirs = builder.property("Parts", "relation"), builder.property("Machines", "relation")
    for mine, other, target in ((ours, theirs, parts), (theirs, ours, machines)):
        mine["relation"] = {
            "database_id": target["parent"]["database_id"],
            "data_source_id": target["id"],
            "type": "dual_property",
            "dual_property": {"synced_property_name": other["name"], "synced_property_id": other["id"]},
        }
    machines["properties"]["Parts"] = ours
    parts["properties"]["Machines"] = theirs
    machines["properties"]["Replaces"] = builder.property(
        "Replaces",
        "relation",
        {"database_id": machines["parent"]["database_id"], "data_source_id": machines["id"],
         "type": "single_property", "single_property": {}},
    )  # fmt: skip
    columns = parts["properties"]
    for name, column, function in (
        ("Part names", "Part", "show_original"),
        ("Part count", "Part", "count"),
        ("Last delivery", "Delivered", "latest_date"),
        ("Prices", "Price", "show_original"),
        ("Median price", "Price", "median"),
        ("Unique names", "Part", "show_unique"),
    ):
        machines["properties"][name] = builder.property(name, "rollup", _rollup(ours, columns[column], function))


def _rollup(relation: Raw, column: Raw, function: str) -> Raw:
    return {
        "rollup_property_name": column["name"],
        "relation_property_name": relation["name"],
        "rollup_property_id": decode_property_id(column["id"]),
        "relation_property_id": decode_property_id(relation["id"]),
        "function": function,
    }


def _machine(builder: Builder, machines: Raw, number: int) -> Raw:
    builder.tick(20)
    page = row(builder, machines, f"Mower {number + 1}", number)
    if number % 4 == 0:
        fill(builder, page, 5)
    return page


def _relate(builder: Builder, machines: Raw, machine_rows: list[Raw], part_rows: list[Raw]) -> None:
    """The first machine has 130 parts, the second 60, the third exactly 25, the others a few."""
    for place, machine in enumerate(machine_rows):
        count = {0: PARTS, 1: 60, 2: 25, 3: 26}.get(place, builder.rng.randint(0, 4))
        chosen = part_rows[:count] if place < 4 else builder.rng.sample(part_rows, count)
        machine["properties"]["Parts"]["relation"] = [{"id": part["id"]} for part in chosen]
        for part in chosen:
            part["properties"]["Machines"]["relation"].append({"id": machine["id"]})
        if place:
            machine["properties"]["Replaces"]["relation"] = [{"id": machine_rows[place - 1]["id"]}]
        _roll_up(machine, machines, chosen)


def _roll_up(machine: Raw, machines: Raw, parts: list[Raw]) -> None:
    """The results the API would state; over long relations it looks at the first 25 references only."""
    seen = parts[:25]
    dates = [part["properties"]["Delivered"]["date"] for part in seen]
    latest = max((date for date in dates if date), key=lambda date: str(date["start"]), default=None)
    titles = [{"type": "title", "title": part["properties"]["Part"]["title"]} for part in seen]
    prices = [{"type": "number", "number": part["properties"]["Price"]["number"]} for part in seen]
    results: dict[str, Raw] = {
        "Part names": {"type": "array", "array": titles},
        "Part count": {"type": "number", "number": len(seen)},
        "Last delivery": {"type": "date", "date": latest},
        "Prices": {"type": "array", "array": prices},
        "Median price": {"type": "unsupported", "unsupported": {}},
        "Unique names": {"type": "incomplete", "incomplete": {}},
    }
    for name, result in results.items():
        function = machines["properties"][name]["rollup"]["function"]
        machine["properties"][name]["rollup"] = {**result, "function": function}


def _crowd(builder: Builder, machine_rows: list[Raw]) -> None:
    """People lists at and over 25, and texts with more elements than a page object shows."""
    people = [user for user in builder.workspace.all("user") if user["type"] == "person"]
    machine_rows[0]["properties"]["People"]["people"] = people[:31]
    machine_rows[1]["properties"]["People"]["people"] = people[:25]
    crowd = []
    for person in [*people, *people][:62]:
        crowd += [mention("user", person, f"@{person['name']}"), span(" and ")]
    machine_rows[0]["properties"]["Text"]["rich_text"] = crowd
    machine_rows[4]["properties"]["Name"]["title"] = [*text("Built by "), *crowd[:70]]


def _templates(builder: Builder, machines: Raw) -> None:
    found = []
    for name, default in (("New mower", True), ("Returned mower", False)):
        page = row(builder, machines, name, 900)
        fill(builder, page, 8)
        found.append({"id": page["id"], "name": name, "is_default": default})
    builder.workspace.templates[str(machines["id"])] = found
