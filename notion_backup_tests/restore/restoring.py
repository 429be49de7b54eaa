"""Restoring a snapshot into a served sandbox, as a process would."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from notion_backup.capture.client import NotionReader
from notion_backup.capture.waiting import Waiting
from notion_backup.repository import Repository
from notion_backup.restore import Applied, Facts, Selection, SnapshotOrigin, apply, whole
from notion_backup.restore.journal import Header, Journal, Record, local_records
from notion_backup.restore.preflight import preflight
from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running
from notion_backup.snapshot import SnapshotReader
from notion_backup_tests.capture.standing_in import FakeTime, source
from notion_backup_tests.capture.taking import Album

RESTORE = "a1"


class Killed(BaseException):
    """Stands for the end of a process."""


class Mortal(httpx.BaseTransport):
    """Sends requests until its time has come: before the last one leaves, or before its answer arrives."""

    def __init__(self, requests: int, *, sent: bool) -> None:
        self._inner = httpx.HTTPTransport()
        self._left = requests
        self._sent = sent

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._left -= 1
        if self._left <= 0:
            if self._sent:
                response = self._inner.handle_request(request)
                response.read()
                response.close()
            raise Killed
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def picture(sandbox: Sandbox, top: str) -> Any:
    """All that a workspace holds below a page, without ids and times: two restores of one snapshot look alike."""
    space = sandbox.workspace

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(one) for one in value]
        if isinstance(value, dict):
            return {
                name: plain(one)
                for name, one in value.items()
                if name not in _CHANGING and not name.endswith("property_id")
            }
        return "id" if isinstance(value, str) and _ID.search(value) else value

    def comments(object_id: str) -> list[Any]:
        return [plain([one["rich_text"], one["display_name"]]) for one in space.comments_on(object_id)]

    def block(object_id: str) -> Any:
        raw = space.objects["block"][object_id]
        kind = raw["type"]
        below = [block(child) for child in space.children.get(object_id, ())]
        page, database = space.get("page", object_id), space.get("database", object_id)
        inside: list[Any] = []
        if database is not None:
            inside.append(plain(database["title"]))
            for one in database["data_sources"]:
                source = space.objects["data_source"][one["id"]]
                rows = sorted((row_of(row) for row in space.rows(one["id"])), key=repr)
                inside.append([sorted(source["properties"]), rows])
            inside.append(sorted(repr(plain(space.objects["view"][v])) for v in space.view_ids(object_id)))
        if page is not None:
            inside.append([plain(page["properties"]), plain(page["icon"]), page["is_locked"], page["is_archived"]])
        return [kind, plain(raw[kind]), inside, below, comments(object_id)]

    def row_of(row: Any) -> Any:
        below = [block(child) for child in space.children.get(row["id"], ())]
        return [plain(row["properties"]), plain(row["icon"]), row["is_archived"], below, comments(row["id"])]

    return [block(child) for child in space.children.get(top, ())]


_CHANGING = {"id", "created_time", "last_edited_time", "created_by", "last_edited_by", "url", "expiry_time", "parent",
             "created", "dashboard_view_id", "option_ids", "property", "quick_filters"}  # fmt: skip
_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")


def target_sandbox(seed: int = 1, **changes: Any) -> Sandbox:
    """A small workspace with the same people and emojis as generated ones of that seed."""
    return Sandbox(generate(pages=1, seed=seed, showcase=False, rows=0, databases=0), **changes)


def top_of(sandbox: Sandbox) -> str:
    """A page to restore below."""
    return next(str(page["id"]) for page in sandbox.workspace.all("page") if page["parent"]["type"] == "workspace")


def snapshot_of(repository: Repository, sandbox: Sandbox) -> SnapshotReader:
    with running(sandbox) as server:
        return Album(repository, server).take()


@dataclass
class Restoring:
    """One restore of a snapshot into a running sandbox; ``go`` may be called again after it was broken off."""

    snapshot: SnapshotReader
    server: RunningSandbox
    folder: Path
    repository: Repository | None = None
    selection: Selection | None = None
    changes: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        self.origin = SnapshotOrigin(self.snapshot)
        self.into = top_of(self.server.sandbox)
        self.chosen = self.selection or whole(self.origin)
        self.facts = self.ask()

    def ask(self) -> Facts:
        with NotionReader(source(self.server.url, self.server.token)) as reader:
            return preflight(reader, self.into, self.origin, self.chosen).facts

    def header(self) -> Header:
        return Header(RESTORE, "line", "c", self.server.url, self.into, "now", self.facts.to_json(), {})

    def go(
        self,
        times: FakeTime | None = None,
        http: httpx.Client | None = None,
        *,
        behind: bool = False,
        series: int = 0,
    ) -> Applied:
        """Begin, or go on from the journal that is there. ``http`` may die on the way, as a process does."""
        record = local_records(self.folder).get(RESTORE) or Record(self.header())
        journal = Journal(self.folder, record, self.repository, series, behind=behind)
        waiting: Waiting = (times or FakeTime()).waiting()
        settings = source(self.server.url, self.server.token, **(self.changes or {}))
        try:
            return apply(settings, self.origin, self.facts, self.chosen, journal, waiting=waiting, http=http)
        except Killed:
            journal.abandon()
            raise
        finally:
            journal.close()
