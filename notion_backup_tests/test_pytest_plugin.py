"""The pytest plugin as others have it: in a process of its own, found by its entry point."""

from __future__ import annotations

import json
from importlib.metadata import entry_points

import pytest

pytest_plugins = ["pytester"]


@pytest.fixture
def outer(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]")
    return pytester


def test_it_is_found_by_entry_point() -> None:
    [found] = [one for one in entry_points(group="pytest11") if one.value == "notion_backup.pytest_plugin"]
    assert found.name == "notion_sandbox"


def test_who_does_not_use_it_imports_nothing_of_it(outer: pytest.Pytester) -> None:
    outer.makepyfile(
        """
        import sys

        def test_nothing_is_there():
            heavy = {"starlette", "uvicorn", "notion_backup.sandbox", "dagster", "pyarrow"}
            assert "notion_backup.pytest_plugin" in sys.modules
            assert heavy & set(sys.modules) == set()
        """
    )
    outer.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)


def test_a_test_gets_a_server_of_its_own(outer: pytest.Pytester) -> None:
    outer.makepyfile(
        """
        import httpx

        def _ask(server, path):
            headers = {"Authorization": f"Bearer {server.token}", "Notion-Version": "2026-03-11"}
            return httpx.get(f"{server.url}/v1/{path}", headers=headers)

        def test_it_answers(notion_sandbox):
            assert _ask(notion_sandbox, "users/me").json()["object"] == "user"
            assert notion_sandbox.stats.total == 1

        def test_it_is_new(notion_sandbox):
            assert notion_sandbox.stats.total == 0
        """
    )
    outer.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)


def test_the_factory_takes_the_options_of_a_sandbox(outer: pytest.Pytester) -> None:
    plan = {"rules": [{"effect": "status", "status": 503, "path": "^/v1/users/me", "times": 1}]}
    outer.path.joinpath("plan.json").write_text(json.dumps(plan))
    outer.makepyfile(
        """
        import httpx
        from notion_backup.sandbox import Workspace, save_workspace

        def _status(server):
            headers = {"Authorization": f"Bearer {server.token}", "Notion-Version": "2026-03-11"}
            return httpx.get(f"{server.url}/v1/users/me", headers=headers).status_code

        def test_options(notion_sandbox_factory, tmp_path):
            save_workspace(Workspace(name="Saved"), tmp_path / "w.json")
            limited = notion_sandbox_factory(Workspace(), rate_limit=2, token="secret")
            saved = notion_sandbox_factory(tmp_path / "w.json", faults="plan.json")
            assert limited.url != saved.url
            assert limited.token == "secret"
            assert [_status(limited) for _ in range(3)] == [200, 200, 429]
            assert [_status(saved), _status(saved)] == [503, 200]
            assert saved.sandbox.workspace.name == "Saved"
        """
    )
    outer.runpytest_subprocess("-W", "error").assert_outcomes(passed=1)
