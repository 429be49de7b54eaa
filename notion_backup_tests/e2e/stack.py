"""The whole thing as real processes: a sandbox on a socket, Dagster's web server and daemon, driven through GraphQL."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx
from dagster import AssetKey, AssetRecordsFilter, DagsterInstance, DagsterRun, DagsterRunStatus

from notion_backup.pipeline.instance import open_instance
from notion_backup.repository import KdfParameters, Repository, open_store
from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running
from notion_backup.settings import Settings, load_settings

T = TypeVar("T")

PASSPHRASE = "correct horse battery staple"
LOCATION = {"repositoryLocationName": "notion_backup.definitions", "repositoryName": "__repository__"}
CHEAP = KdfParameters(iterations=1, memory_kib=8, lanes=1)

LAUNCH = """
mutation ($parameters: ExecutionParams!) {
  launchRun(executionParams: $parameters) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
  }
}
"""
BACKFILL = """
mutation ($parameters: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $parameters) {
    __typename
    ... on LaunchBackfillSuccess { backfillId }
    ... on PythonError { message }
  }
}
"""
LOADED = """
{ repositoriesOrError { ... on RepositoryConnection { nodes { jobs { name } } } ... on PythonError { message } } }
"""


@dataclass
class Stack:
    """Everything that runs, and the ways to talk to it."""

    settings: Settings
    sandbox: RunningSandbox
    url: str
    instance: DagsterInstance

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        body = answer.json()
        assert "errors" not in body, body
        found: dict[str, Any] = body["data"]
        return found

    def launch(self, job: str, partition: str) -> str:
        """Launch one partition as the pages do: the key is a string in a tag. Gives the run's id."""
        parameters = {
            "selector": {**LOCATION, "jobName": job},
            "runConfigData": {},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": partition}]},
        }
        found = self.graphql(LAUNCH, parameters=parameters)["launchRun"]
        assert found["__typename"] == "LaunchRunSuccess", found
        return str(found["run"]["runId"])

    def backfill(self, assets: list[AssetKey], partitions: list[str]) -> str:
        parameters = {"assetSelection": [{"path": key.path} for key in assets], "partitionNames": partitions}
        found = self.graphql(BACKFILL, parameters=parameters)["launchPartitionBackfill"]
        assert found["__typename"] == "LaunchBackfillSuccess", found
        return str(found["backfillId"])

    def repository(self) -> Repository:
        return Repository.open(open_store(self.settings.repository), PASSPHRASE)

    def run(self, run_id: str) -> DagsterRun:
        found = self.instance.get_run_by_id(run_id)
        assert found is not None
        return found

    def wait_for_run(self, run_id: str, status: DagsterRunStatus, within: float) -> DagsterRun:
        def ended() -> DagsterRun | None:
            run = self.run(run_id)
            return run if run.is_finished else None

        run = wait(ended, within, f"the end of run {run_id}")
        assert run.status is status, [str(entry.message) for entry in self.instance.all_logs(run_id)][-5:]
        return run

    def materialized(self, asset: str) -> dict[str, dict[str, Any]]:
        """Metadata of the newest materialisation of each partition."""
        wanted = AssetRecordsFilter(AssetKey(["notion", asset]))
        records = self.instance.fetch_materializations(wanted, limit=100, ascending=True).records
        return {
            str(record.partition_key): {
                name: value.value for name, value in record.asset_materialization.metadata.items()
            }
            for record in records
            if record.asset_materialization is not None
        }


def wait(look: Callable[[], T | None], within: float, what: str) -> T:
    """What ``look`` gives as soon as it gives something. Fails, naming ``what``, after ``within`` seconds."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {within:.0f} s in vain for {what}")
        time.sleep(0.3)


@contextmanager
def running_stack(folder: Path, *, pages: int = 8, days: int = 3) -> Iterator[Stack]:
    """A stack whose partitions began ``days`` days ago, so that as many were missed."""
    with running(
        Sandbox(generate(pages=pages, seed=3, blocks_per_page=4, media_bytes=2_000, showcase=False))
    ) as sandbox:
        environ = _environment(folder, sandbox, days)
        settings = load_settings(environ=environ)
        Repository.init(open_store(settings.repository), PASSPHRASE, kdf=CHEAP)
        port = _free_port()
        with open_instance(settings) as instance, _pages(environ, port, folder / "pages.log") as process:
            stack = Stack(settings, sandbox, f"http://127.0.0.1:{port}", instance)
            wait(lambda: _loaded(stack, process, folder / "pages.log"), 90, "Dagster's pages")
            yield stack


def processes_of(folder: Path) -> list[str]:
    """Command lines of living processes whose environment names this folder as their home."""
    wanted = f"NOTION_BACKUP_HOME={folder / 'home'}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes().split(b"\0") and int(process.name) != os.getpid():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it ended while we looked, or is not ours
    return found


def _environment(folder: Path, sandbox: RunningSandbox, days: int) -> dict[str, str]:
    now = datetime.now(UTC)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("NOTION", "DAGSTER", "PYTEST", "COV"))
    }
    return {
        **kept,
        "NOTION_TOKEN": sandbox.token,
        "NOTION_BASE_URL": sandbox.url,
        "NOTION_BACKUP_REPOSITORY": str(folder / "repository"),
        "NOTION_BACKUP_PASSPHRASE": PASSPHRASE,
        "NOTION_BACKUP_HOME": str(folder / "home"),
        "NOTION_BACKUP_CONFIG": str(_config(folder, now)),
        "NOTION_BACKUP_START": (now - timedelta(days=days)).date().isoformat(),
    }


def _config(folder: Path, now: datetime) -> Path:
    """A schedule whose tick is never near: the schedule must not add snapshots to those that the test counts."""
    hour = (now.hour + 12) % 24
    config = folder / "settings.toml"
    config.write_text(f'[[workspace]]\nname = "notion"\ncron = "30 {hour} * * *"\n', encoding="utf-8")
    return config


@contextmanager
def _pages(environ: dict[str, str], port: int, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    code = (
        "import sys\n"
        "from notion_backup.pipeline.launch import ui\n"
        "from notion_backup.settings import load_settings\n"
        f"sys.exit(ui(load_settings(), '127.0.0.1', {port}))\n"
    )
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", code], env=environ, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                status = process.wait(timeout=45)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
    assert status == 0, log.read_text(errors="replace")[-3000:]


def _loaded(stack: Stack, process: subprocess.Popen[bytes], log: Path) -> bool:
    assert process.poll() is None, log.read_text(errors="replace")[-3000:]
    try:
        found = stack.graphql(LOADED)["repositoriesOrError"]
    except httpx.TransportError:
        return False
    return any(job["name"] == "snapshot_notion" for node in found.get("nodes", []) for job in node["jobs"])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
