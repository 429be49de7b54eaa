from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from dagster import DefaultScheduleStatus, DefaultSensorStatus, Definitions

from notion_backup.pipeline.access import connection_pool
from notion_backup.pipeline.composition import build_definitions
from notion_backup.settings import load_settings
from notion_backup_tests.pipeline.world import make_settings

TOP = Path(__file__).parents[2]

TEAM = """
repository = "/nowhere/repository"

[[workspace]]
name = "design"
token_env = "DESIGN_TOKEN"

[[workspace]]
name = "sales"
token_env = "SALES_TOKEN"
cron = "0 */6 * * *"
timezone = "Europe/Berlin"

[[workspace]]
name = "sales_archive"
token_env = "SALES_TOKEN"
"""


def test_workspace_yaml_and_pyproject_name_the_same_module() -> None:
    workspace = yaml.safe_load((TOP / "workspace.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))

    (location,) = workspace["load_from"]
    assert location["python_module"] == project["tool"]["dg"]["project"]["code_location_target_module"]


def test_definitions_load_in_a_bare_environment_without_secrets_warnings_or_the_web_server(tmp_path: Path) -> None:
    code = (
        "import sys, notion_backup.definitions as d, dagster as dg, notion_backup.pipeline.launch\n"
        "dg.Definitions.validate_loadable(d.defs)\n"
        "assert 'dagster_webserver' not in sys.modules\n"
    )
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("NOTION", "DAGSTER", "PYTEST", "COV_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environ, "NOTION_BACKUP_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_the_package_itself_imports_no_dagster() -> None:
    code = "import sys, notion_backup.pipeline; assert 'dagster' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_several_workspaces_have_assets_jobs_and_schedules_of_their_own(tmp_path: Path) -> None:
    config = tmp_path / "team.toml"
    config.write_text(TEAM, encoding="utf-8")
    definitions = build_definitions(load_settings(config, environ={"NOTION_BACKUP_HOME": str(tmp_path)}))
    Definitions.validate_loadable(definitions)

    graph = definitions.resolve_asset_graph()
    assert {key.path[0] for key in graph.get_all_asset_keys()} == {"design", "sales", "sales_archive"}
    assert {key.path[1] for key in graph.get_all_asset_keys()} == {
        *("users", "databases", "pages", "blocks", "comments", "media"),
        *("snapshot", "changes", "structure", "content", "search_index", "restore_drill"),
    }
    assert {graph.get(key).group_name for key in graph.get_all_asset_keys()} == {"design", "sales", "sales_archive"}
    schedules = {schedule.name: schedule for schedule in definitions.schedules or []}
    assert schedules["snapshot_sales_schedule"].cron_schedule == "0 */6 * * *"  # type: ignore[union-attr]
    assert schedules["snapshot_sales_schedule"].execution_timezone == "Europe/Berlin"  # type: ignore[union-attr]


def test_schedules_and_sensors_run_without_being_switched_on(tmp_path: Path) -> None:
    definitions = build_definitions(make_settings(tmp_path))

    assert {schedule.default_status for schedule in definitions.schedules or []} == {DefaultScheduleStatus.RUNNING}  # type: ignore[union-attr]
    assert {sensor.default_status for sensor in definitions.sensors or []} == {DefaultSensorStatus.RUNNING}


def test_workspaces_that_share_a_connection_share_its_pool(tmp_path: Path) -> None:
    config = tmp_path / "team.toml"
    config.write_text(TEAM, encoding="utf-8")
    settings = load_settings(config, environ={})

    pools = [connection_pool(settings, workspace) for workspace in settings.workspaces]

    assert pools == ["notion_design", "notion_sales", "notion_sales"]


@pytest.mark.parametrize("job", ["snapshot_notion", "verify_notion", "index_notion", "drill_notion", "restore_notion"])
def test_a_job_says_whose_and_what_for_it_is(tmp_path: Path, job: str) -> None:
    tags = build_definitions(make_settings(tmp_path)).resolve_job_def(job).run_tags

    assert tags["notion_backup/workspace"] == "notion"
    assert tags["notion_backup/purpose"] == job.split("_")[0]
