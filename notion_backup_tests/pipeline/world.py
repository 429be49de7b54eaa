"""A small world for the pipeline's tests: a real repository and a real instance, and a capture that is scripted."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dagster import DagsterInstance, Definitions, ExecuteInProcessResult

from notion_backup.capture import CaptureReport, Journal, Progress, Source
from notion_backup.pipeline import names
from notion_backup.pipeline.composition import build_definitions
from notion_backup.repository import KdfParameters, Repository, open_store
from notion_backup.settings import Settings, load_settings
from notion_backup.snapshot import BlockNode, Problem, SnapshotWriter, Table, WorkspaceIdentity

PASSPHRASE = "correct horse battery staple"
TOKEN = "ntn_token_that_is_nowhere_else"
NOW = datetime(2025, 11, 22, 12, 0, tzinfo=UTC)
CHEAP = KdfParameters(iterations=1, memory_kib=8, lanes=1)


@dataclass
class ScriptedCapture:
    """Stands in for ``capture_workspace``: writes as many pages as it is told, or raises what it is told."""

    pages: int = 30
    title: str = "A page"
    problems: list[Problem] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    during: Callable[[], None] = lambda: None
    calls: int = 0
    sources: list[Source] = field(default_factory=list)

    def __call__(
        self,
        source: Source,
        writer: SnapshotWriter,
        *,
        progress: Callable[[Progress], None],
        clock: Callable[[], datetime],
        journal: Journal,
    ) -> CaptureReport:
        self.calls += 1
        self.sources.append(source)
        started = clock()
        worker = threading.Thread(target=progress, args=(Progress("read", 1, self.pages, 3, 0, 0, 0, 4, 0),))
        worker.start()  # as the real one does: progress comes from the threads that do the work
        worker.join()
        self.during()
        if self.errors:
            raise self.errors.pop(0)
        for number in range(self.pages):
            page = page_of(number, self.title)
            writer.add(Table.PAGES, page)
            writer.saw(page["id"], "search")
            writer.add_body(page["id"], [BlockNode(block_of(number, self.title), page["id"], 0)])
        writer.add(Table.USERS, {"object": "user", "id": identifier(9, 1), "name": self.title, "type": "person"})
        for problem in self.problems:
            writer.problem(problem)
        return CaptureReport(
            identity=WorkspaceIdentity("bot", "workspace", self.title),
            requests={"POST /v1/search": 1, "GET /v1/blocks/{id}/children": self.pages},
            downloads=0,
            downloaded_bytes=0,
            started=started,
            finished=clock(),
        )


@dataclass
class World:
    """Settings, a repository, a clock that stands still, a scripted capture, and definitions over all of it."""

    settings: Settings
    capture: ScriptedCapture
    now: datetime = NOW

    def clock(self) -> datetime:
        return self.now

    def definitions(self) -> Definitions:
        return build_definitions(self.settings, clock=self.clock)

    def repository(self) -> Repository:
        return Repository.open(open_store(self.settings.repository), PASSPHRASE)

    def run(
        self, instance: DagsterInstance, job: str, partition: str, run_config: dict[str, Any] | None = None, **tags: str
    ) -> ExecuteInProcessResult:
        config = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, **(run_config or {})}
        definition = self.definitions().resolve_job_def(job)
        # Like a launch from the pages: the partition is a tag, and so a plain string.
        return definition.execute_in_process(
            run_config=config,
            instance=instance,
            tags={"dagster/partition": partition, **tags},
            raise_on_error=False,
        )

    def snapshot(self, instance: DagsterInstance, partition: str, **tags: str) -> ExecuteInProcessResult:
        return self.run(instance, names.snapshot_job("notion"), partition, **tags)


def make_settings(folder: Path, start: date = date(2025, 11, 18), **environ: str) -> Settings:
    return load_settings(
        environ={
            "NOTION_TOKEN": TOKEN,
            "NOTION_BACKUP_REPOSITORY": str(folder / "repository"),
            "NOTION_BACKUP_PASSPHRASE": PASSPHRASE,
            "NOTION_BACKUP_HOME": str(folder / "home"),
            "NOTION_BACKUP_START": start.isoformat(),
            **environ,
        }
    )


def make_repository(settings: Settings) -> None:
    Repository.init(open_store(settings.repository), PASSPHRASE, kdf=CHEAP)


def results_of(result: ExecuteInProcessResult) -> dict[str, Any]:
    """Check evaluations of a run by ``asset/check``."""
    return {
        f"{evaluation.asset_key.path[-1]}/{evaluation.check_name}": evaluation
        for evaluation in result.get_asset_check_evaluations()
    }


def metadata_of(result: ExecuteInProcessResult, asset: str) -> dict[str, Any]:
    """Metadata of the asset's materialisation in a run."""
    for event in result.get_asset_materialization_events():
        if event.asset_key is not None and event.asset_key.path[-1] == asset:
            metadata = event.step_materialization_data.materialization.metadata
            return {name: value.value for name, value in metadata.items()}
    raise AssertionError(f"{asset} was not materialised")


def identifier(kind: int, number: int) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def page_of(number: int, title: str) -> dict[str, Any]:
    return {
        "object": "page",
        "id": identifier(1, number),
        "created_time": "2025-11-01T00:00:00.000Z",
        "last_edited_time": "2025-11-01T00:00:00.000Z",
        "in_trash": False,
        "parent": {"type": "workspace", "workspace": True},
        "properties": {"title": {"id": "title", "type": "title", "title": [_text(f"{title} {number}")]}},
    }


def block_of(number: int, text: str) -> dict[str, Any]:
    return {
        "object": "block",
        "id": identifier(2, number),
        "type": "paragraph",
        "has_children": False,
        "in_trash": False,
        "last_edited_time": "2025-11-01T00:00:00.000Z",
        "paragraph": {"rich_text": [_text(text)], "color": "default"},
    }


def _text(content: str) -> dict[str, Any]:
    return {"type": "text", "text": {"content": content, "link": None}, "plain_text": content, "annotations": {}}


def failures_of(result: ExecuteInProcessResult) -> dict[str, str]:
    """The words of every failed step."""
    found = {}
    for event in result.all_events:
        if event.is_step_failure:
            told = event.step_failure_data.user_failure_data
            found[str(event.step_key)] = (
                "; ".join(str(value.value) for value in told.metadata.values())
                if told
                else str(event.step_failure_data.error)
            )
    return found
