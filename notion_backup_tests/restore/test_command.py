"""The command, as processes and scripts call it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from dagster import AssetKey, DagsterRunStatus

from notion_backup.pipeline.instance import open_instance
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import FaultRule, RunningSandbox, Sandbox, generate, running
from notion_backup.settings import load_settings
from notion_backup.snapshot import SnapshotReader, Table
from notion_backup_tests.capture.taking import Album
from notion_backup_tests.cli.world import Program, environment_for
from notion_backup_tests.conftest import CHEAP, PASSPHRASE
from notion_backup_tests.restore.restoring import target_sandbox, top_of


@dataclass
class Desk:
    """A repository with a snapshot, a target, and the program pointed at both."""

    program: Program
    target: RunningSandbox
    snapshot: SnapshotReader
    into: str

    def titles_below(self) -> Counter[str]:
        space = self.target.sandbox.workspace
        blocks = [space.objects["block"][child] for child in space.children.get(self.into, ())]
        return Counter(b["child_page"]["title"] for b in blocks if b["type"] == "child_page" and not b["in_trash"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    repository, _ = Repository.init(open_store(str(tmp_path / "repository")), PASSPHRASE, kdf=CHEAP)
    with running(Sandbox(generate(pages=6, seed=2, blocks_per_page=5, media_bytes=500, showcase=False))) as server:
        snapshot = Album(repository, server).take()
    with running(target_sandbox(2)) as target:
        environment = environment_for(tmp_path, target.url) | {"NOTION_RESTORE_TOKEN": target.token}
        yield Desk(Program(environment, tmp_path), target, snapshot, top_of(target.sandbox))


def roots(desk: Desk) -> Counter[str]:
    return Counter(e.title for e in desk.snapshot.entries() if e.table is Table.PAGES and e.parent_id is None)


def test_the_plan_is_shown_and_nothing_is_written_without_a_word_of_consent(desk: Desk) -> None:
    shown = desk.program("restore", "latest", "--into", desk.into, "--json")
    assert shown.status == 0
    plan = shown.json["plan"]
    assert plan["requests_total"] == sum(plan["requests"].values()) > 0
    assert {one["outcome"] for one in plan["objects"]} <= {"exact", "with loss", "impossible"}
    assert desk.target.stats.writes == 0
    assert "requests, about" in desk.program("restore", "--into", desk.into, "--dry-run", "--yes").stdout
    assert desk.target.stats.writes == 0


def test_a_restore_its_repetition_and_its_undoing(desk: Desk) -> None:
    before = desk.titles_below()
    line = ("restore", "latest", "--into", desk.into, "--yes", "--json")
    first = desk.program(*line)
    assert first.status == 0, first.output
    assert first.json["score"] == 1
    assert first.json["unplanned"] == []
    assert desk.titles_below() - before == roots(desk)
    assert Path(first.json["report"]).read_text().startswith("<!doctype html>")

    written = desk.target.stats.writes
    again = desk.program(*line)
    assert (again.status, again.json["restore"]) == (0, first.json["restore"])
    assert desk.target.stats.writes == written

    listed = desk.program("restores", "--json").json_lines
    assert [(one["restore"], one["state"]) for one in listed] == [(first.json["restore"], "done")]
    refused = desk.program("restores", "undo", first.json["restore"])
    assert desk.target.stats.writes == written and "--yes" in refused.output
    assert desk.program("restores", "undo", first.json["restore"], "--yes").status == 0
    assert desk.titles_below() == before
    assert desk.program("restores", "--json").json_lines[0]["state"] == "undone"


def test_a_restore_is_a_run_in_dagsters_history(desk: Desk) -> None:
    settings = load_settings(environ=desk.program.environment)
    desk.program("restore", "--into", desk.into, "--json")
    desk.program("restore", "--into", desk.into, "--dry-run", "--yes")
    with open_instance(settings) as instance:
        assert instance.get_runs() == []
        # A backup that holds its connection keeps no restore waiting: that one has a connection of its own.
        instance.event_log_storage.initialize_concurrency_limit_to_default("notion_notion")
        assert instance.event_log_storage.claim_concurrency_slot("notion_notion", "a backup", "captured").is_claimed

        done = desk.program("restore", "--into", desk.into, "--yes", "--json")
        assert done.status == 0, done.output
        (run,) = instance.get_runs()
        told = instance.get_latest_materialization_event(AssetKey(["notion", "restored"]))
    assert (run.job_name, run.status) == ("restore_notion", DagsterRunStatus.SUCCESS)
    assert told is not None and told.asset_materialization is not None
    shown = {name: value.value for name, value in told.asset_materialization.metadata.items()}
    assert shown["restore"] == done.json["restore"]
    assert shown["snapshot"] == desk.snapshot.commit.id
    assert (shown["score"], shown["unplanned"], shown["complete"]) == (1, 0, True)
    assert shown["made"] == done.json["made"]
    assert shown["report"] == done.json["report"]

    kept = b"".join(path.read_bytes() for path in settings.dagster_home.rglob("*") if path.is_file())
    assert shown["restore"].encode() in kept
    assert desk.target.token.encode() not in kept
    assert not [title for title in roots(desk) if title.encode() in kept]


@pytest.mark.slow
def test_ctrl_c_cancels_the_run_and_the_same_line_goes_on(desk: Desk) -> None:
    before = desk.titles_below()
    line = ["restore", "latest", "--into", desk.into, "--yes", "--json"]
    process = subprocess.Popen(
        [*desk.program.command, *line],
        env=desk.program.process_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while desk.target.stats.writes < 5 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "the same line goes on" in said
    with open_instance(load_settings(environ=desk.program.environment)) as instance:
        assert [run.status for run in instance.get_runs()] == [DagsterRunStatus.CANCELED]
    done = desk.program(*line)
    assert (done.status, done.json["score"]) == (0, 1), done.output
    assert desk.titles_below() - before == roots(desk)


def test_less_than_planned_and_not_at_all_have_statuses_of_their_own(desk: Desk) -> None:
    line = ("restore", "--into", desk.into, "--yes", "--json")
    desk.target.sandbox.faults.add(
        FaultRule("status", path="^/v1/pages$", method="POST", status=400, code="validation_error", after=3, times=4)
    )
    less = desk.program(*line)
    assert less.status == 3, less.output
    assert less.json["unplanned"]
    desk.target.sandbox.faults.add(FaultRule("revoke", path="^/v1/pages$", method="POST"))
    stopped = desk.program(*line, "--new")
    assert (stopped.status, stopped.stdout) == (1, "")
    assert "token of the restore" in stopped.output


def test_undoing_spares_what_others_put_there(desk: Desk) -> None:
    done = desk.program("restore", "--into", desk.into, "--yes", "--json").json
    page = next(new for old, new in done["ids"].items() if desk.snapshot.entry(Table.PAGES, old))
    own = httpx.post(
        f"{desk.target.url}/v1/pages",
        json={"parent": {"page_id": page}, "properties": {"title": {"title": [{"text": {"content": "Mine"}}]}}},
        headers={"Authorization": f"Bearer {desk.target.token}", "Notion-Version": "2026-03-11"},
    ).json()
    refused = desk.program("restores", "undo", done["restore"], "--yes")
    assert refused.status == 2
    assert own["id"] in refused.output
    assert not desk.target.sandbox.workspace.objects["page"][page]["in_trash"]


@pytest.mark.slow
def test_a_killed_restore_is_gone_on_with_by_the_same_line(desk: Desk) -> None:
    before = desk.titles_below()
    line = ["restore", "latest", "--into", desk.into, "--yes", "--json"]
    for moment in (5, 14):
        process = subprocess.Popen(
            [sys.executable, "-m", "notion_backup.cli.main", *line],
            env=desk.program.process_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while desk.target.stats.writes < moment and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        process.wait()
    done = desk.program.process(*line)
    assert done.status == 0, done.output
    assert json.loads(done.stdout)["score"] == 1
    assert desk.titles_below() - before == roots(desk)


def test_without_its_own_token_nothing_is_begun(desk: Desk) -> None:
    refused = desk.program("restore", "--into", desk.into, "--yes", NOTION_RESTORE_TOKEN=None)
    assert refused.status == 2
    assert "NOTION_RESTORE_TOKEN" in refused.output


def test_one_page_with_its_tree_and_one_row_with_its_database(desk: Desk) -> None:
    row = next(e for e in desk.snapshot.entries() if e.table is Table.PAGES and _is_row(desk, e.id))
    page = next(e for e in desk.snapshot.entries() if e.table is Table.PAGES and e.parent_id is None)
    done = desk.program("restore", "--page", row.id, "--page", page.id, "--into", desk.into, "--yes", "--json")
    assert done.status == 0, done.output
    assert {row.id, page.id} <= done.json["ids"].keys()


def _is_row(desk: Desk, page_id: str) -> bool:
    raw = desk.snapshot.object(Table.PAGES, page_id)
    return raw is not None and raw["parent"]["type"] == "data_source_id"


def test_out_into_files_and_from_there_into_notion(desk: Desk, tmp_path: Path) -> None:
    before = desk.titles_below()
    folder = str(tmp_path / "files")
    assert desk.program("restore", "latest", "--to-files", folder).status == 0
    assert desk.target.stats.writes == 0
    done = desk.program("restore", "--from-files", folder, "--into", desk.into, "--yes", "--json")
    assert done.status == 0, done.output
    assert done.json["score"] == 1
    assert desk.titles_below() - before == roots(desk)
    nowhere = {"NOTION_BACKUP_REPOSITORY": None, "NOTION_BACKUP_PASSPHRASE": None}
    again = desk.program("restore", "--from-files", folder, "--into", desk.into, "--yes", "--new", "--json", **nowhere)
    assert (again.status, again.json["score"]) == (0, 1), again.output
    assert "only this machine can go on" in again.stderr
    refused = desk.program("restore", "--from-files", str(tmp_path), "--into", desk.into, "--yes")
    assert refused.status == 2 and "no JSON export" in refused.output


def test_by_day_and_by_what_is_no_longer_there(desk: Desk) -> None:
    plan = desk.program("restore", "--into", desk.into, "--as-of", "2099-01-01", "--json")
    assert plan.status == 0, plan.output
    assert plan.json["plan"]["snapshot"] == desk.snapshot.commit.id
    assert desk.program("restore", "--into", desk.into, "--as-of", "2001-01-01").status == 2
    assert desk.program("restore", "--into", desk.into, "--as-of", "soon").status == 2

    changed = desk.program("restore", "--into", desk.into, "--changed-since", "2001-01-01", "--json")
    assert changed.json["plan"]["counts"]["page"] == plan.json["plan"]["counts"]["page"]
    nothing = desk.program("restore", "--into", desk.into, "--deleted-since", "latest", "--json")
    assert nothing.status == 2 and "nothing to restore" in nothing.output
    both = desk.program("restore", "--into", desk.into, "--page", desk.into, "--changed-since", "2001-01-01")
    assert both.status == 2
    assert desk.target.stats.writes == 0
