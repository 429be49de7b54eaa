from __future__ import annotations

import copy

import httpx
import pytest

from notion_backup.sandbox import (
    RunningSandbox,
    Sandbox,
    SandboxClock,
    Workspace,
    edit_day,
    edit_days,
    generate,
    running,
)
from notion_backup.sandbox.edits import ACTIONS


@pytest.fixture
def space() -> Workspace:
    return generate(pages=30, seed=11)


def test_the_same_seed_gives_the_same_day() -> None:
    first, second = generate(pages=20, seed=3), generate(pages=20, seed=3)
    one, two = edit_days(first, days=3, seed=8), edit_days(second, days=3, seed=8)
    assert [day.to_json() for day in one] == [day.to_json() for day in two]
    assert first.objects == second.objects
    assert edit_day(generate(pages=20, seed=3), seed=9).to_json() != one[0].to_json()


def test_all_kinds_of_edits_turn_up_within_a_few_days(space: Workspace) -> None:
    done = {edit.action for day in edit_days(space, days=6, seed=1) for edit in day.edits}
    assert done == {name for name, _, _ in ACTIONS}


def test_schemas_change_and_their_rows_with_them(space: Workspace) -> None:
    days = edit_days(space, days=8, seed=1)
    for source in space.all("data_source"):
        for page in space.rows(str(source["id"])):
            assert set(page["properties"]) == set(source["properties"]), source["title"]
            assert {v["id"] for v in page["properties"].values()} == {d["id"] for d in source["properties"].values()}
    changed = set().union(*(day.ids("property added") | day.ids("property removed") for day in days))
    assert changed and all(space.objects["data_source"][one]["last_edited_time"] > "2026-09-01" for one in changed)
    restored = set().union(*(day.ids("page restored") for day in days))
    assert restored and any(one in ids for one in restored for ids in space.children.values())


def test_the_summary_names_exactly_the_pages_whose_time_moved(space: Workspace) -> None:
    before = {p["id"]: p["last_edited_time"] for p in copy.deepcopy(list(space.all("page")))}
    day = edit_day(space, seed=2, edits=60)
    told = {edit.page_id or edit.object_id for edit in day.edits if edit.moves_page_time}
    moved = {p["id"] for p in space.all("page") if p["id"] in before and p["last_edited_time"] != before[p["id"]]}
    parents = {space.parent_of(page_id) for page_id in day.ids("page created") | day.ids("database created")}
    assert moved <= told | parents
    quiet = {edit.page_id for edit in day.edits if not edit.moves_page_time and edit.page_id} - told - parents
    assert quiet
    assert not quiet & moved


def test_what_is_trashed_leaves_its_parents_list_and_stays_known(space: Workspace) -> None:
    days = edit_days(space, days=4, seed=5)
    trashed = set().union(*(day.ids("page trashed") for day in days))
    assert trashed
    for page_id in trashed - set().union(*(day.ids("page restored") for day in days)):
        assert space.objects["page"][page_id]["in_trash"] is True
        assert all(page_id not in ids for ids in space.children.values())


def test_edits_always_come_after_what_was_read(space: Workspace) -> None:
    sandbox = Sandbox(space, clock=SandboxClock.manual())
    for seed in range(3):
        now = sandbox.clock.now()
        (day,) = sandbox.live(seed=seed)
        assert day.day == now.date().isoformat()
        assert (sandbox.clock.now() - now).total_seconds() == 24 * 3600
        newest = max(page["last_edited_time"] for page in space.all("page"))
        assert newest >= now.strftime("%Y-%m-%dT%H:%M")


def test_the_controls_work_over_http(server: RunningSandbox) -> None:
    with httpx.Client(base_url=server.url) as plain:
        before = plain.get("/_sandbox/truth").json()
        days = plain.post("/_sandbox/edit", json={"days": 2, "seed": 4}).json()
        after = plain.get("/_sandbox/truth").json()
        assert len(days) == 2
        assert before["counts"] != after["counts"]
        created = {e["object_id"] for d in days for e in d["edits"] if e["action"] == "row created"}
        assert created - set(before["ids"]["page"]) == created
        assert plain.post("/_sandbox/reset-stats").json() == {"reset": True}
        assert plain.get("/_sandbox/stats").json()["total"] == 0
        first = plain.get("/_sandbox/clock").json()["now"]
        assert plain.post("/_sandbox/clock", json={"advance_seconds": 60}).json()["now"] > first


def test_a_server_starts_and_stops_many_times() -> None:
    sandbox = Sandbox(generate(pages=2, showcase=False))
    for _ in range(5):
        with running(sandbox) as up:
            assert httpx.get(f"{up.url}/_sandbox/stats").status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{up.url}/_sandbox/stats")
