from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from notion_backup.capture import ProbeStatus, RetryPolicy, probe
from notion_backup.sandbox import Sandbox, generate, running
from notion_backup.sandbox.workspace import Workspace
from notion_backup_tests.capture.standing_in import source


@pytest.fixture(scope="module")
def space() -> Workspace:
    return generate(pages=5, seed=1, showcase=False)


def statuses(sandbox: Sandbox, token: str | None = None, **options: object) -> dict[str, ProbeStatus]:
    with running(sandbox) as server:
        lines = probe(source(server.url, token or server.token), **options)  # type: ignore[arg-type]
        assert server.stats.writes == 0
    assert all(line.cure for line in lines if line.status is ProbeStatus.ERROR)
    return {line.name: line.status for line in lines}


def test_a_connection_that_can_do_all_is_all_right(space: Workspace) -> None:
    assert set(statuses(Sandbox(space)).values()) == {ProbeStatus.OK}


def test_a_wrong_token_is_the_only_line(space: Workspace) -> None:
    assert statuses(Sandbox(space), "ntn_wrong") == {"token": ProbeStatus.ERROR}


def test_a_server_out_of_reach_is_told_as_a_line() -> None:
    [line] = probe(source("http://127.0.0.1:9", retry=RetryPolicy(attempts=1)))
    assert line.status is ProbeStatus.ERROR
    assert "cannot be reached" in line.text


def test_missing_capabilities_are_warnings(space: Workspace) -> None:
    found = statuses(Sandbox(space, comments=False, users=False))
    assert {name for name, status in found.items() if status is ProbeStatus.WARNING} == {"comments", "users"}


def test_a_connection_to_which_nothing_is_shared_is_warned_of() -> None:
    found = statuses(Sandbox(Workspace()))
    assert found["shared"] is ProbeStatus.WARNING


def test_a_clock_that_is_wrong_is_warned_of(space: Workspace) -> None:
    found = statuses(Sandbox(space), clock=lambda: datetime.now(UTC) - timedelta(hours=1))
    assert found["clock"] is ProbeStatus.WARNING


def test_no_line_ever_holds_the_token(space: Workspace) -> None:
    with running(Sandbox(space)) as server:
        lines = probe(source(server.url, server.token))
    assert server.token not in repr(lines)
