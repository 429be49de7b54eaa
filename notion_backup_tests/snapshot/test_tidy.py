from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from notion_backup.repository import Repository
from notion_backup.snapshot import PAGE_COLUMNS, SnapshotWriter, Table, TidyTable
from notion_backup.snapshot.tidy_values import DATE, STRINGS, TIME
from notion_backup_tests.snapshot.building import identity, page, take, text

SOURCE = identity(500)
KINDS = {
    "Name": "title",
    "name": "rich_text",
    "Cost": "number",
    "Due": "date",
    "Who": "people",
    "Parts": "relation",
    "Sum": "formula",
    "Mixed": "formula",
    "All": "rollup",
    "Push": "button",
    "Hologram": "hologram",
    "ID": "unique_id",
}


def _value(kind: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"id": f"p-{kind}", "type": kind, kind: content, **more}


def _rows() -> list[dict[str, Any]]:
    full = {
        "name": _value("rich_text", text("small")),
        "Cost": _value("number", 1.5),
        "Due": _value("date", {"start": "2026-11-01T09:00:00.000+02:00", "end": "2026-11-02", "time_zone": None}),
        "Who": _value("people", [{"object": "user", "id": identity(900)}, {"object": "user", "id": "gone"}]),
        "Parts": _value("relation", [{"id": identity(1)}], has_more=True),
        "Sum": _value("formula", {"type": "number", "number": 3}),
        "Mixed": _value("formula", {"type": "number", "number": 3}),
        "All": _value("rollup", {"type": "array", "array": [{"type": "title", "title": text("a")}]}),
        "Push": _value("button", {}),
        "Hologram": _value("hologram", {"depth": 3}),
        "ID": _value("unique_id", {"prefix": "BOT", "number": 7}),
    }
    odd = {
        "Cost": _value("number", None),
        "Due": _value("date", "soon"),
        "Parts": _value("relation", None),
        "Mixed": _value("formula", {"type": "string", "string": "three"}),
        "All": _value("rollup", {"type": "number", "number": 0}),
    }
    made = []
    for number, values in ((501, full), (502, odd)):
        raw = page(number, f"Row {number}")
        raw["parent"] = {"type": "data_source_id", "data_source_id": SOURCE}
        raw["properties"] = {"Name": _value("title", text(f"Row {number}")), **values}
        made.append(raw)
    return made


def _table(repository: Repository) -> pa.Table:
    def fill(writer: SnapshotWriter) -> None:
        properties = {name: {"id": name, "name": name, "type": kind} for name, kind in KINDS.items()}
        writer.add(Table.DATA_SOURCES, {"object": "data_source", "id": SOURCE, "properties": properties})
        writer.add(Table.USERS, {"object": "user", "id": identity(900), "name": "Ann"})
        for raw in _rows():
            writer.add(Table.PAGES, raw)
        items = [{"type": "relation", "relation": {"id": identity(number)}} for number in (1, 2, 77)]
        writer.add_properties(identity(501), [("p-relation", items)])

    _, snapshot = take(repository, {1: "First", 2: "Second"}, fill=fill)
    tidy = TidyTable([snapshot], SOURCE)
    return pa.Table.from_batches(tidy.batches(rows=1), tidy.schema)


def test_every_property_is_a_typed_column_with_its_values_in_full(repository: Repository) -> None:
    table = _table(repository)
    types = {name: table.schema.field(name).type for name in table.column_names}
    assert table.column_names[: len(PAGE_COLUMNS)] == [name for name, *_ in PAGE_COLUMNS]
    assert table.column_names[len(PAGE_COLUMNS)] == "Name"
    assert (types["Cost"], types["Due"], types["Parts"], types["created_time"]) == (
        pa.float64(), DATE, STRINGS, TIME,
    )  # fmt: skip
    assert (types["Sum"], types["Mixed"], types["All"]) == (pa.float64(), pa.string(), STRINGS)
    assert "Push" not in types
    row = table.to_pylist()[0]
    assert (row["Name"], row["name (2)"], row["Cost"], row["ID"]) == ("Row 501", "small", 1.5, "BOT-7")
    assert row["Due"] == {
        "start": datetime(2026, 11, 1, 7, tzinfo=UTC),
        "end": datetime(2026, 11, 2, tzinfo=UTC),
        "has_time": True,
        "time_zone": None,
    }
    assert (row["Who"], row["Who ids"]) == (["Ann", "gone"], [identity(900), "gone"])
    assert row["Parts ids"] == [identity(1), identity(2), identity(77)]
    assert row["Parts"] == ["First", "Second", identity(77)]
    assert (row["Sum"], row["Mixed"], row["All"]) == (3.0, "3", ["a"])
    assert json.loads(row["Hologram"]) == {"depth": 3}


def test_empty_missing_and_misshapen_values_are_null(repository: Repository) -> None:
    row = _table(repository).to_pylist()[1]
    assert {name: row[name] for name in ("name (2)", "Cost", "Due", "Who", "Parts", "Sum", "ID")} == dict.fromkeys(
        ("name (2)", "Cost", "Due", "Who", "Parts", "Sum", "ID")
    )
    assert (row["Mixed"], row["All"]) == ("three", ["0"])


def test_names_are_unique_without_regard_to_case(repository: Repository) -> None:
    names = [name.casefold() for name in _table(repository).column_names]
    assert len(set(names)) == len(names)


def test_a_property_whose_type_changed_keeps_what_it_held_in_every_snapshot(repository: Repository) -> None:
    def fill(kind: str, content: Any) -> Callable[[SnapshotWriter], None]:
        def add(writer: SnapshotWriter) -> None:
            schema = {"Tags": {"id": "t", "name": "Tags", "type": kind}}
            writer.add(Table.DATA_SOURCES, {"object": "data_source", "id": SOURCE, "properties": schema})
            raw = page(501, "Row")
            raw["parent"] = {"type": "data_source_id", "data_source_id": SOURCE}
            raw["properties"] = {"Tags": {"id": "t", "type": kind, kind: content}}
            writer.add(Table.PAGES, raw)

        return add

    def column(kinds: list[tuple[str, Any]]) -> tuple[pa.DataType, list[Any]]:
        taken = [take(repository, {1: "x"}, fill=fill(kind, content))[1] for kind, content in kinds]
        tidy = TidyTable(taken, SOURCE)
        table = pa.Table.from_batches(tidy.batches(), tidy.schema)
        assert table["snapshot"].to_pylist() == [one.commit.id for one in taken]
        return table.schema.field("Tags").type, table["Tags"].to_pylist()

    assert column([("select", {"name": "red"}), ("multi_select", [{"name": "red"}, {"name": "blue"}])]) == (
        STRINGS, [["red"], ["red", "blue"]],
    )  # fmt: skip
    assert column([("rich_text", text("a")), ("url", "https://example.com")]) == (
        pa.string(), ["a", "https://example.com"],
    )  # fmt: skip
    assert column([("number", 2), ("checkbox", True), ("date", {"start": "2026-11-01", "end": "2026-11-02"})]) == (
        pa.string(), ["2", "true", "2026-11-01/2026-11-02"],
    )  # fmt: skip
    assert column([("rich_text", text("half \ud83d")), ("rich_text", [])]) == (pa.string(), ["half ?", ""])
