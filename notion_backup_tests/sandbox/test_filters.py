"""Filters of every property type, as a query sends them, against rows whose values are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from notion_backup.sandbox import Sandbox, SandboxClock, generate, running
from notion_backup_tests.sandbox.conftest import VERSION

Raw = dict[str, Any]
Ask = Callable[[Raw], set[str]]


@pytest.fixture(scope="module")
def world() -> Any:
    """The rows of the machines by id, and a way to ask for some of them."""
    sandbox = Sandbox(generate(pages=5, seed=4), clock=SandboxClock.manual())
    space = sandbox.workspace
    source = next(s for s in space.all("data_source") if "Machines" in str(s["title"]))
    with running(sandbox) as up:
        headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
        with httpx.Client(base_url=up.url, headers=headers) as plain:

            def ask(told: Raw) -> set[str]:
                answer = plain.post(f"/v1/data_sources/{source['id']}/query", json={"filter": told})
                assert answer.status_code == 200, answer.text
                return {row["id"] for row in answer.json()["results"]}

            templates = space.template_page_ids()
            rows = {r["id"]: r["properties"] for r in space.rows(source["id"])
                    if not r["is_archived"] and r["id"] not in templates}  # fmt: skip
            yield rows, ask, plain, source


def of(rows: dict[str, Raw], name: str, test: Callable[[Any], bool]) -> set[str]:
    return {row_id for row_id, values in rows.items() if test(values[name][values[name]["type"]])}


@pytest.mark.parametrize(
    ("name", "told", "test"),
    [
        ("Name", {"title": {"contains": "MOWER 1"}}, lambda v: "mower 1" in str(v).lower()),
        ("Name", {"title": {"is_empty": True}}, lambda v: not v),
        ("Number", {"number": {"greater_than_or_equal_to": 50}}, lambda v: v is not None and v >= 50),
        ("Number", {"number": {"is_empty": True}}, lambda v: v is None),
        ("Select", {"select": {"equals": ["A", "B"]}}, lambda v: v and v["name"] in ("A", "B")),
        ("Select", {"select": {"does_not_equal": ["A", "B"]}}, lambda v: not v or v["name"] not in ("A", "B")),
        ("Checkbox", {"checkbox": {"equals": False}}, lambda v: not v),
        ("Date", {"date": {"on_or_after": "today"}}, lambda v: v is not None and v["start"][:10] >= "2026-09-01"),
        ("Date", {"date": {"before": "one_month_ago"}}, lambda v: v is not None and v["start"][:10] < "2026-08-01"),
        ("People", {"people": {"is_not_empty": True}}, bool),
        ("Files & media", {"files": {"is_empty": True}}, lambda v: not v),
        ("URL", {"url": {"ends_with": "/7"}}, lambda v: bool(v) and v.endswith("/7")),
        ("ID", {"unique_id": {"less_than": 5}}, lambda v: v["number"] < 5),
        ("Verification", {"verification": {"status": "verified"}}, lambda v: v["state"] == "verified"),
        ("Verification", {"verification": {"status": "none"}}, lambda v: v["state"] == "unverified"),
        ("Formula number", {"formula": {"number": {"greater_than": 20}}}, lambda v: v["number"] > 20),
        ("Formula yes", {"formula": {"checkbox": {"equals": True}}}, lambda v: v["boolean"]),
        ("Part count", {"rollup": {"number": {"equals": 25}}}, lambda v: v["number"] == 25),
        ("Prices", {"rollup": {"any": {"number": {"greater_than": 500}}}},
         lambda v: any((one["number"] or 0) > 500 for one in v["array"])),
        ("Replaces", {"relation": {"is_empty": True}}, lambda v: not v),
    ],
)  # fmt: skip
def test_a_filter_finds_its_rows_and_no_other(world: Any, name: str, told: Raw, test: Callable[[Any], bool]) -> None:
    rows, ask, _, _ = world
    wanted = of(rows, name, lambda value: bool(test(value)))
    assert ask({"property": name, **told}) == wanted
    assert ask({"property": rows[next(iter(rows))][name]["id"], **told}) == wanted
    others = {"property": "Name", "title": {"is_not_empty": True}}
    assert ask({"and": [{"property": name, **told}, others]}) <= wanted


def test_people_and_relations_are_found_by_id_in_either_form_and_as_me(world: Any) -> None:
    rows, ask, plain, source = world
    first = next(values["People"]["people"][0]["id"] for values in rows.values() if values["People"]["people"])
    wanted = of(rows, "People", lambda people: first in [one["id"] for one in people])
    assert ask({"property": "People", "people": {"contains": first}}) == wanted
    assert ask({"property": "People", "people": {"contains": first.replace("-", "")}}) == wanted
    before = next(values["Replaces"]["relation"][0]["id"] for values in rows.values() if values["Replaces"]["relation"])
    after = of(rows, "Replaces", lambda items: before in [one["id"] for one in items])
    assert ask({"property": "Replaces", "relation": {"contains": before}}) == after
    me = plain.get("/v1/users/me").json()["id"]
    old = of(rows, "Created by", lambda user: user["id"] == me)
    mine = plain.post("/v1/pages", json={"parent": {"data_source_id": source["id"]}, "properties": {}}).json()["id"]
    assert ask({"property": "Created by", "created_by": {"contains": "me"}}) == {*old, mine}
    plain.patch(f"/v1/pages/{mine}", json={"in_trash": True})


def test_filters_of_another_kind_or_too_long_are_refused(world: Any) -> None:
    _, _, plain, source = world
    for told in (
        {"property": "Number", "select": {"equals": "A"}},
        {"or": [{"property": "Number", "number": {"equals": 1}}] * 101},
    ):
        answer = plain.post(f"/v1/data_sources/{source['id']}/query", json={"filter": told})
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error")
