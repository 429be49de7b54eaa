"""A second snapshot costs what changed, and misses nothing for longer than it may."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from notion_backup.capture.walk import OWN_BODY
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import Sandbox, SandboxClock, Workspace, generate, running
from notion_backup.sandbox.clock import to_minute
from notion_backup.snapshot import Severity, SnapshotReader, Table
from notion_backup.snapshot.normal import canonical
from notion_backup_tests.capture.taking import Album, differing
from notion_backup_tests.conftest import CHEAP

DAY = 24 * 3600
LISTINGS = (
    "POST /v1/search",
    "GET /v1/users",
    "GET /v1/users/me",
    "GET /v1/custom_emojis",
)


@pytest.fixture
def album(request: pytest.FixtureRequest) -> Iterator[Album]:
    yield from _album(request, generate(pages=40, seed=11))


@pytest.fixture
def small_album(request: pytest.FixtureRequest) -> Iterator[Album]:
    yield from _album(request, generate(pages=8, rows=12, databases=2, blocks_per_page=4, seed=11, showcase=False))


def _album(request: pytest.FixtureRequest, space: Workspace) -> Iterator[Album]:
    sandbox = Sandbox(space, clock=SandboxClock.manual())
    sandbox.clock.advance(DAY)
    repository, _ = Repository.init(
        open_store(f"memory://{request.node.name.replace('[', '-').replace(']', '')}"), "passphrase", kdf=CHEAP
    )
    with running(sandbox) as server:
        yield Album(repository, server)


def test_an_unchanged_workspace_costs_only_its_listings(album: Album) -> None:
    first = album.take()
    album.server.sandbox.clock.advance(60)
    second = album.take()
    # Beside the listings only archived rows and what search never shows would be asked for.
    assert album.asked() - album.asked(*LISTINGS) <= 3
    assert differing(first, second) == {}
    assert second.manifest.catalog.parts == first.manifest.catalog.parts  # stored once for both
    assert second.manifest.verdict == first.manifest.verdict
    assert second.manifest.media == first.manifest.media.model_copy(update={"downloads": 0, "downloaded_bytes": 0})


def test_a_changed_page_costs_its_own_body(album: Album) -> None:
    album.take()
    sandbox = album.server.sandbox
    sandbox.clock.advance(600)
    space = sandbox.workspace
    page_id = next(p["id"] for p in space.all("page") if len(space.children.get(p["id"], ())) > 3 and not p["in_trash"])
    with space.lock:
        for raw in (space.objects["page"][page_id], space.objects["block"].get(page_id)):
            if raw is not None:
                raw["last_edited_time"] = to_minute(sandbox.clock.now())
        space.touch(page_id)
    sandbox.clock.advance(600)
    before = album.asked()
    second = album.take()
    walked = album.asked("GET /v1/blocks/{id}/children")
    assert 1 <= walked <= 1 + len(second.body(page_id) or [])
    assert album.asked() - album.asked(*LISTINGS) - walked <= 3
    assert album.asked() < before


@pytest.mark.parametrize("days", [4, *(pytest.param(days, marks=pytest.mark.campaign) for days in (1, 9))])
def test_days_of_edits_are_found_but_for_what_no_time_tells_of(album: Album, days: int) -> None:
    album.take()
    done = album.server.sandbox.live(days=days, seed=days, edits=60)
    album.server.sandbox.clock.advance(DAY)
    incremental = album.take()
    whole = album.afresh()
    silent = {edit.page_id or edit.object_id for day in done for edit in day.edits if not edit.moves_page_time}
    found = differing(incremental, whole)
    found.pop(Table.COMMENTS, None)  # what is written or resolved on a block tells of itself nowhere
    bodies = found.pop(Table.BLOCKS, set())
    assert {page for page in bodies if _own(incremental, page) != _own(whole, page)} <= silent
    assert set().union(*found.values()) <= silent | _linked(album, silent), found


def test_what_no_time_tells_of_is_found_within_the_set_days(album: Album) -> None:
    album.take()
    album.server.sandbox.live(days=1, seed=5, edits=80)
    oldest = []
    for _ in range(8):
        album.server.sandbox.clock.advance(DAY)
        taken = album.take()
        oldest.append(taken.manifest.captured_from - (taken.manifest.oldest_verification or taken.manifest.captured_to))
    assert differing(taken, album.afresh()) == {}
    assert max(oldest) <= timedelta(days=7)


def test_with_no_age_allowed_everything_is_read_every_time(album: Album) -> None:
    album.take()
    first = album.asked()
    album.server.sandbox.live(days=1, seed=5, edits=80)
    taken = album.take(verify_within=timedelta())
    assert album.asked() > first * 0.8
    assert differing(taken, album.afresh()) == {}


def test_omitted_by_search_is_not_deleted(album: Album) -> None:
    first = album.take()
    pages = [e.id for e in first.entries(Table.PAGES) if "search" in e.seen_in and not e.in_trash][:5]
    album.server.sandbox.access.search_omits |= set(pages)
    album.server.sandbox.workspace.touch("some")
    album.server.sandbox.clock.advance(60)
    second = album.take()
    assert differing(first, second) == {}
    assert second.manifest.verdict.status == "complete"
    assert {e.id for e in second.entries(Table.PAGES) if e.unshared} == set()


def test_no_longer_shared_is_carried_on_and_said_and_not_asked_again(album: Album) -> None:
    first = album.take()
    gone = next(
        e.id
        for e in first.entries(Table.PAGES)
        if (first.body(e.id) or []) and not e.in_trash and "search" in e.seen_in and e.parent_id is not None
    )
    album.server.sandbox.access.unshared.add(gone)
    album.server.sandbox.workspace.touch(gone)
    album.server.sandbox.clock.advance(60)
    second = album.take()
    entry = second.entry(Table.PAGES, gone)
    assert entry is not None and entry.unshared
    assert second.body(gone) == first.body(gone)
    told = [p for p in second.problems() if p.code == "no-longer-shared" and p.object_id == gone]
    assert [(p.severity, p.status) for p in told] == [(Severity.NOTICE, 404)]
    album.server.sandbox.clock.advance(60)
    third = album.take()
    assert album.asked("GET /v1/pages/{id}") <= 1
    assert third.body(gone) == first.body(gone)
    assert any(p.code == "no-longer-shared" and p.object_id == gone for p in third.problems())


def test_a_workspace_that_has_all_but_vanished_is_held_as_incomplete(album: Album) -> None:
    first = album.take()
    album.server.sandbox.access.unshared |= {e.id for e in first.entries(Table.PAGES)}
    album.server.sandbox.workspace.touch("all")
    album.server.sandbox.clock.advance(60)
    second = album.take()
    assert second.manifest.verdict.status == "incomplete"
    assert any(p.code == "workspace-shrunk" for p in second.problems())
    assert {e.id for e in second.entries(Table.BLOCKS)} >= {e.id for e in first.entries(Table.BLOCKS)}


def test_a_search_that_breaks_off_is_no_proof_of_anything(album: Album) -> None:
    from notion_backup.sandbox import FaultRule

    first = album.take()
    album.server.sandbox.faults.add(FaultRule("status", path="/search$", status=403, times=None))
    album.server.sandbox.clock.advance(60)
    second = album.take()
    assert second.manifest.verdict.status == "incomplete"
    assert album.asked("GET /v1/pages/{id}") == 0
    assert differing(first, second) == {}


def test_edited_again_in_the_minute_it_was_read_is_read_next_time(album: Album) -> None:
    sandbox = album.server.sandbox
    space = sandbox.workspace
    block = next(b for b in space.all("block") if b["type"] == "paragraph" and b["parent"]["type"] == "page_id")
    page_id = block["parent"]["page_id"]
    with space.lock:
        space.objects["page"][page_id]["last_edited_time"] = to_minute(sandbox.clock.now())
        space.touch(page_id)
    first = album.take()
    with space.lock:
        block["paragraph"]["rich_text"] = []
        space.touch(block["id"])
    sandbox.clock.advance(30)
    second = album.take()
    assert differing(first, second).get(Table.BLOCKS) == {page_id}


def _own(snapshot: SnapshotReader, page_id: str) -> list[str]:
    """A body without the blocks by which other pages and databases show in it: these have their times and titles."""
    own = [node.raw for node in snapshot.body(page_id) or () if node.raw["type"] not in OWN_BODY]
    return [canonical(raw) for raw in own]


def _linked(album: Album, pages: set[str]) -> set[str]:
    """Databases and data sources edited silently show in their views and sources."""
    space = album.server.sandbox.workspace
    return {
        str(other["id"])
        for kind in ("view", "data_source", "database")
        for other in space.all(kind)
        if other["id"] in pages or (other.get("parent") or {}).get("database_id") in pages
    }


@pytest.mark.parametrize(
    ("capability", "code", "lost"),
    [
        ("comments", "comments-forbidden", {Table.COMMENTS, Table.FILES}),
        # Without it, people are bare ids wherever they stand.
        ("users", "users-forbidden", {Table.USERS, Table.PAGES, Table.BLOCKS}),
        ("views", "views-forbidden", {Table.VIEWS}),
    ],
)
def test_a_missing_capability_is_said_each_time_and_made_good_when_it_is_given(
    small_album: Album, capability: str, code: str, lost: set[Table]
) -> None:
    access = small_album.server.sandbox.access
    setattr(access, capability, False)
    for _ in range(3):
        taken = small_album.take()
        problems = [problem for problem in taken.problems() if problem.severity is Severity.MISSING]
        assert [problem.code for problem in problems] == [code]
        assert problems[0].cure
        small_album.server.sandbox.clock.advance(60)
    setattr(access, capability, True)
    whole = small_album.take()
    assert whole.manifest.verdict.status == "complete"
    assert differing(whole, small_album.afresh()) == {}
    assert set(differing(taken, whole)) <= lost


def test_a_token_of_a_person_is_complete_each_time(small_album: Album) -> None:
    small_album.server.sandbox.access.personal = True
    for _ in range(2):
        taken = small_album.take()
        assert taken.manifest.verdict.status == "complete"
        assert [p.code for p in taken.problems() if p.severity is Severity.NOTICE].count("user-list-refused") == 1
        small_album.server.sandbox.clock.advance(60)
    assert differing(taken, small_album.afresh()) == {}
