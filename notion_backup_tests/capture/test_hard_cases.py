from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

import pytest

from notion_backup.capture import Progress, capture_workspace
from notion_backup.capture.source import RetryPolicy
from notion_backup.errors import NotionUnauthorized, NotionUnavailable, StoreFull
from notion_backup.sandbox import FaultRule, RunningSandbox, Sandbox, SandboxClock, generate, running
from notion_backup.sandbox.workspace import Workspace
from notion_backup.snapshot import Severity, Table, WorkspaceIdentity
from notion_backup_tests.capture.standing_in import Remembering, source
from notion_backup_tests.capture.whole import Captured, capture, capture_all


@pytest.fixture
def small() -> Workspace:
    return generate(pages=12, seed=5, blocks_per_page=4, showcase=False, media_bytes=2000)


def rich_source(space: Workspace) -> str:
    """The id of the data source with the most rows."""
    rows: dict[str, int] = {}
    for page in space.all("page"):
        source_id = page["parent"].get("data_source_id")
        if source_id:
            rows[source_id] = rows.get(source_id, 0) + 1
    return max(rows, key=lambda name: rows[name])


def live_rows(space: Workspace, source_id: str) -> list[str]:
    return [
        page["id"]
        for page in space.all("page")
        if page["parent"].get("data_source_id") == source_id and not page["in_trash"]
    ]


def test_a_wrong_token_stops_at_once_with_a_clear_error(small: Workspace) -> None:
    with running(Sandbox(small)) as server, pytest.raises(NotionUnauthorized, match="token") as caught:
        capture_workspace(source(server.url, "ntn_wrong"), Remembering().writer)
    assert server.stats.total == 1
    assert "ntn_wrong" not in str(caught.value)


def test_a_token_revoked_half_way_ends_the_capture_and_its_threads(small: Workspace) -> None:
    with running(Sandbox(small, revoke_after=40)) as server, pytest.raises(NotionUnauthorized):
        capture(server)
    assert server.stats.total < 80
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("notion-", "media-"))]


def test_a_server_that_goes_away_ends_the_capture_after_the_retries() -> None:
    policy = RetryPolicy(attempts=3, first_delay=0.01, timeout=2)
    with pytest.raises(NotionUnavailable, match="cannot be reached"):
        capture_workspace(source("http://127.0.0.1:9", retry=policy), Remembering().writer)


def test_without_the_comment_capability_the_rest_is_kept_and_one_problem_says_so(small: Workspace) -> None:
    captured = capture_all(Sandbox(small, comments=False))
    lost = captured.missing()
    assert set(lost) <= {"comment", "file"}
    problems = [p for p in captured.kept.problems.values() if p.severity is Severity.MISSING]
    assert [p.code for p in problems] == ["comments-forbidden"]
    assert "capability" in problems[0].cure
    # Requests that were already on their way may still be answered.
    assert captured.report.requests["GET comments"] <= source().workers


def test_a_personal_token_reads_users_one_by_one(small: Workspace) -> None:
    captured = capture_all(Sandbox(small, personal=True))
    assert captured.problems(Severity.MISSING) == []
    assert "user-list-refused" in captured.kept.codes(Severity.NOTICE)
    referred = {page["created_by"]["id"] for page in small.all("page")}
    assert referred <= captured.kept.ids(Table.USERS)


def test_without_the_user_capability_one_problem_says_so(small: Workspace) -> None:
    captured = capture_all(Sandbox(small, users=False))
    assert captured.problems(Severity.MISSING) == ["users-forbidden read users"]
    assert set(captured.missing()) <= {"user"}


def test_a_server_that_does_not_say_who_we_are_is_read_all_the_same(small: Workspace) -> None:
    rule = FaultRule("status", path=r"^/v1/users/me$", status=404, times=None)
    captured = capture_all(Sandbox(small, faults=[rule]))
    assert captured.missing() == {}
    assert captured.report.identity == WorkspaceIdentity("unknown", None, None)
    assert "identity-unknown" in captured.kept.codes(Severity.NOTICE)


def test_rows_past_the_cap_of_one_query_are_all_captured() -> None:
    space = generate(pages=4, seed=7, rows=90, blocks_per_page=1, showcase=False)
    captured = capture_all(Sandbox(space, row_cap=20), block_comments=False)
    assert captured.missing() == {}
    assert captured.problems(Severity.MISSING) == []
    rows = live_rows(space, rich_source(space))
    assert len(rows) > 40
    assert all("query" in captured.kept.seen[row] for row in rows)


def crowded(rows: int, *, numbers: bool = False, titles: bool = False) -> tuple[Workspace, str, list[str]]:
    """A workspace whose rows were all made and edited in one minute, told apart by titles, numbers or nothing."""
    space = generate(pages=4, seed=7, rows=rows, blocks_per_page=1, showcase=False)
    source_id = rich_source(space)
    ids = live_rows(space, source_id)
    first = space.objects["page"][ids[0]]
    schema = space.objects["data_source"][source_id]["properties"]
    title = next(name for name, value in schema.items() if value["type"] == "title")
    if numbers:
        schema["No"] = {
            "id": "%3Ano",
            "name": "No",
            "description": None,
            "type": "unique_id",
            "unique_id": {"prefix": None},
        }
    for number, row_id in enumerate(ids):
        row = space.objects["page"][row_id]
        row["created_time"], row["last_edited_time"] = first["created_time"], first["last_edited_time"]
        if numbers:
            value = {"prefix": None, "number": (number * 37) % 1009}
            row["properties"]["No"] = {"id": "%3Ano", "type": "unique_id", "unique_id": value}
        if not titles:
            row["properties"][title] = first["properties"][title]
    return space, source_id, ids


@pytest.mark.parametrize(("rows", "differing"), [(90, "numbers"), (35, "titles")])
def test_more_rows_of_one_minute_than_a_query_gives_are_all_found(rows: int, differing: str) -> None:
    space, _, ids = crowded(rows, **{differing: True})
    captured = capture_all(Sandbox(space, row_cap=20, search_omits=ids), block_comments=False)
    assert captured.missing() == {}
    assert captured.problems(Severity.MISSING) == []


@pytest.mark.parametrize("titles", [True, False])
def test_rows_of_one_minute_that_nothing_tells_apart_are_told_as_missing(titles: bool) -> None:
    space, source_id, ids = crowded(60, titles=titles)
    captured = capture_all(Sandbox(space, row_cap=20), block_comments=False)
    assert captured.problems(Severity.MISSING) == [f"rows-over-cap {source_id}"]
    # Search still knows them: nothing is lost that any way would have brought.
    assert captured.missing() == {}
    assert len(ids) > 40


def test_an_unshared_page_is_outside_where_it_is_only_referred_to(small: Workspace) -> None:
    top = next(page for page in small.all("page") if page["parent"]["type"] == "workspace")
    captured = capture_all(Sandbox(small, unshared=[top["id"]]))
    assert captured.missing() == {}
    assert top["id"] not in captured.kept.ids(Table.PAGES)


def test_a_container_that_cannot_be_listed_is_missing_and_the_rest_goes_on() -> None:
    space = generate(pages=30, seed=3)
    container = next(
        block
        for block in space.all("block")
        if block["type"] in ("toggle", "column", "bulleted_list_item") and len(space.children.get(block["id"], ())) > 1
    )
    fault = FaultRule("status", path=f"/blocks/{container['id']}/children", status=404, times=None)
    captured = capture_all(Sandbox(space, faults=[fault]), block_comments=False)
    assert captured.problems(Severity.MISSING) == [f"children-unreachable {container['id']}"]
    assert container["id"] in captured.kept.blocks()


def test_a_page_whose_server_fails_for_ever_is_one_problem(small: Workspace) -> None:
    page = next(page["id"] for page in small.all("page") if not page["in_trash"])
    fault = FaultRule("status", path=f"/blocks/{page}/children", status=500, times=None)
    policy = RetryPolicy(attempts=2, first_delay=0.01)
    captured = capture_all(Sandbox(small, faults=[fault]), block_comments=False, retry=policy)
    assert captured.problems(Severity.MISSING) == [f"body-unreachable {page}"]
    problem = next(p for p in captured.kept.problems.values() if p.code == "body-unreachable")
    assert problem.status == 500
    assert problem.cure


@pytest.fixture
def with_files() -> Workspace:
    return generate(pages=25, seed=3, media_bytes=3000)


def one_file(space: Workspace) -> str:
    image = next(block for block in space.all("block") if block["type"] == "image" and block["image"]["type"] == "file")
    url: str = image["image"]["file"]["url"]
    return url.partition("?")[0].rpartition("/")[2]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (FaultRule("status", status=404, times=None), "media-unreachable"),
        (FaultRule("html", times=None), "media-not-a-file"),
        (FaultRule("html", status=404, times=None), "media-unreachable"),
    ],
)
def test_a_file_that_cannot_be_had_is_missing_and_its_reference_stays(
    with_files: Workspace, fault: FaultRule, code: str
) -> None:
    name = one_file(with_files)
    rule = FaultRule(fault.effect, path=f"/files/.*{name}", status=fault.status, times=None)
    captured = capture_all(Sandbox(with_files, faults=[rule]), block_comments=False)
    assert captured.kept.codes(Severity.MISSING) == {code}
    assert [file for file in captured.kept.file_refs() if name in file.url and file.media is None]


def test_an_expired_url_is_renewed_by_reading_its_owner_once_more(with_files: Workspace) -> None:
    emoji = next(with_files.all("custom_emoji"))["url"].partition("?")[0].rpartition("/")[2]
    names = [one_file(with_files), emoji]
    expired = [FaultRule("status", path=f"^/files/.*{name}", status=403, times=1) for name in names]
    with running(Sandbox(with_files, faults=expired)) as server:
        captured = capture(server, block_comments=False)
        assert server.sandbox.faults.struck == 2
    assert captured.problems(Severity.MISSING) == []


def test_a_url_that_stays_refused_is_missing_after_one_renewal(with_files: Workspace) -> None:
    refused = FaultRule("status", path=f"^/files/.*{one_file(with_files)}", status=403, times=None)
    with running(Sandbox(with_files, faults=[refused])) as server:
        captured = capture(server, block_comments=False)
        assert server.sandbox.faults.struck == 2
    assert captured.kept.codes(Severity.MISSING) == {"media-unreachable"}


def test_a_file_in_many_places_is_downloaded_once(with_files: Workspace) -> None:
    with running(Sandbox(with_files)) as server:
        captured = capture(server, block_comments=False)
        assert max(server.stats.download_paths.values()) == 1
    kept = [file for file in captured.kept.file_refs() if file.media is not None]
    assert captured.report.downloads == len({file.url for file in kept})
    assert captured.report.downloaded_bytes == sum({f.url: f.media.bytes for f in kept if f.media}.values())


def test_a_file_held_by_the_previous_snapshot_is_not_downloaded_again(with_files: Workspace) -> None:
    with running(Sandbox(with_files)) as server:
        first = capture(server, block_comments=False)
        held = {file.url: file.media for file in first.kept.file_refs() if file.hosted and file.media is not None}
        again = capture(server, Remembering(known=held), block_comments=False)
    assert again.report.downloads == 0
    assert {f.url for f in again.kept.file_refs() if f.media} == set(held)


class Meddler:
    """Changes the workspace when the capture enters a phase."""

    def __init__(self, phase: str, change: Callable[[], None], times: int = 1) -> None:
        self._phase = phase
        self._change = change
        self._left = times
        self._last = ""

    def __call__(self, progress: Progress) -> None:
        entered = progress.phase == self._phase and self._last != self._phase
        self._last = progress.phase
        if entered and self._left:
            self._left -= 1
            self._change()


def edit(sandbox: Sandbox, page_id: str, words: str) -> None:
    """Someone edits the first paragraph of a page, now."""
    space = sandbox.workspace
    with space.lock:
        now = sandbox.clock.now().strftime("%Y-%m-%dT%H:%M:00.000Z")
        block = next(
            space.objects["block"][name]
            for name in space.children[page_id]
            if space.objects["block"][name]["type"] == "paragraph"
        )
        block["paragraph"]["rich_text"][0]["plain_text"] = words
        space.objects["page"][page_id]["last_edited_time"] = now
        space.touch(page_id)
        space.touch(block["id"])


def with_paragraph(space: Workspace) -> str:
    return next(
        page["id"]
        for page in space.all("page")
        if not page["in_trash"]
        and any(space.objects["block"][name]["type"] == "paragraph" for name in space.children.get(page["id"], ()))
    )


def captured_while(server: RunningSandbox, meddler: Meddler) -> Captured:
    kept = Remembering()
    report = capture_workspace(source(server.url, server.token), kept.writer, progress=meddler)
    return Captured(kept, report, server.sandbox)


def texts(captured: Captured, page_id: str) -> list[str]:
    return [
        node.raw["paragraph"]["rich_text"][0]["plain_text"]
        for node in captured.kept.bodies[page_id]
        if node.raw["type"] == "paragraph" and node.raw["paragraph"]["rich_text"]
    ]


def test_a_page_edited_while_the_capture_ran_is_read_again(small: Workspace) -> None:
    page_id = with_paragraph(small)
    with running(Sandbox(small)) as server:
        meddler = Meddler("settle", lambda: edit(server.sandbox, page_id, "edited meanwhile"))
        captured = captured_while(server, meddler)
    assert "edited meanwhile" in texts(captured, page_id)
    assert captured.missing() == {}
    assert "still-moving" not in captured.kept.codes()


def test_an_edit_in_the_very_minute_of_the_reading_is_not_missed(small: Workspace) -> None:
    page_id = with_paragraph(small)
    with running(Sandbox(small)) as server:
        edit(server.sandbox, page_id, "before")
        meddler = Meddler("settle", lambda: edit(server.sandbox, page_id, "after"))
        captured = captured_while(server, meddler)
    assert "after" in texts(captured, page_id)


def test_ctrl_c_ends_the_capture_cleanly(small: Workspace) -> None:
    slow = FaultRule("delay", seconds=0.3, times=None, after=5)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs are started without it
    with running(Sandbox(small, faults=[slow])) as server:
        main = threading.main_thread().ident
        assert main is not None
        threading.Timer(1.0, lambda: signal.pthread_kill(main, signal.SIGINT)).start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            capture(server)
        assert time.monotonic() - began < 6
    assert not [thread for thread in threading.enumerate() if thread.name.startswith(("notion-", "media-"))]


def test_an_error_of_the_writer_ends_the_capture_and_is_told(small: Workspace) -> None:
    class Full(Remembering):
        def add_body(self, *_: object) -> None:
            raise StoreFull("No room is left.")

    with running(Sandbox(small)) as server, pytest.raises(StoreFull):
        capture(server, Full())


def test_progress_counts_to_the_end(small: Workspace) -> None:
    told: list[Progress] = []
    with running(Sandbox(small)) as server:
        kept = Remembering()
        capture_workspace(source(server.url, server.token), kept.writer, progress=told.append)
    last = told[-1]
    assert last.phase == "done"
    assert last.pages_done == last.pages_known == len(kept.ids(Table.PAGES))
    assert last.files_done == last.files_known
    assert last.requests == server.stats.total
    assert {progress.phase for progress in told} >= {"connect", "read", "settle", "media", "done"}


def test_the_report_counts_requests_as_the_server_does(small: Workspace) -> None:
    faults = [FaultRule("status", status=503, every=9, times=None), FaultRule("drop", every=20, times=None)]
    with running(Sandbox(small, faults=faults)) as server:
        captured = capture(server)
        assert sum(captured.report.requests.values()) == server.stats.total


def test_a_budget_of_the_server_is_kept_by_pausing(small: Workspace) -> None:
    fault = FaultRule("status", path="^/v1/", status=429, retry_after=1, after=30, times=3)
    with running(Sandbox(small, faults=[fault])) as server:
        captured = capture(server, block_comments=False)
        assert server.stats.statuses[429] == 3
    assert captured.problems(Severity.MISSING) == []


def test_what_somebody_never_stops_editing_is_named_and_nothing_else(small: Workspace) -> None:
    page_id = with_paragraph(small)
    sandbox = Sandbox(small, clock=SandboxClock.manual())
    clock = sandbox.clock
    stop = threading.Event()

    def edit_for_ever() -> None:
        number = 0
        while not stop.wait(0.01):
            clock.advance(61)
            edit(sandbox, page_id, f"edit {number}")
            number += 1

    editor = threading.Thread(target=edit_for_ever)
    kept = Remembering()
    with running(sandbox) as server:
        editor.start()
        try:
            capture_workspace(source(server.url, server.token), kept.writer, clock=clock.now)
        finally:
            stop.set()
            editor.join()
    moving = [problem for problem in kept.problems.values() if problem.code == "still-moving"]
    assert [(p.object_kind, p.object_id, p.severity) for p in moving] == [("page", page_id, Severity.NOTICE)]
    assert "different moments" in moving[0].why and moving[0].cure
    assert kept.codes(Severity.MISSING) == set()
    assert page_id in kept.bodies


@pytest.mark.slow
def test_progress_foretells_an_end_that_is_true(small: Workspace) -> None:
    # So slow that a pace can be seen: a page takes about as long as another.
    slow = FaultRule("delay", path="/v1/blocks/", seconds=0.4, times=None)
    told: list[tuple[float, Progress]] = []
    with running(Sandbox(generate(pages=70, seed=5, blocks_per_page=1, showcase=False), faults=[slow])) as server:
        where = source(server.url, server.token, workers=4, block_comments=False)
        capture_workspace(
            where, Remembering().writer, progress=lambda progress: told.append((time.monotonic(), progress))
        )
    foretold = [(at, p.seconds_left) for at, p in told if p.phase == "read" and p.seconds_left and not p.at_least]
    read_to = max(at for at, p in told if p.phase == "read")
    middle, seconds = foretold[len(foretold) // 2]
    assert 0.3 < seconds / (read_to - middle) < 3
