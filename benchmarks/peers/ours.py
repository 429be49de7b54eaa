"""This project's own capture, into a repository on the local disk."""

from __future__ import annotations

import hashlib
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.peer import Command, Places, Task
from benchmarks.peers.truth import Held, as_text
from benchmarks.snapshots import PASSPHRASE
from notion_backup import __version__
from notion_backup.repository import Repository, open_store
from notion_backup.snapshot import SnapshotReader, Table, latest_snapshot


@dataclass
class Ours:
    """A snapshot, encrypted and committed. ``block_comments``: every block is asked for its comments."""

    block_comments: bool = True

    @property
    def key(self) -> str:
        return "ours" if self.block_comments else "ours-no-block-comments"

    @property
    def name(self) -> str:
        return "notion_backup" if self.block_comments else "notion_backup, no block comments"

    def prepare(self, places: Places) -> str:
        return __version__

    def command(self, task: Task) -> Command:
        arguments = [sys.executable, "-m", "benchmarks.snapshots", "--snapshot", task.url, str(_repository(task))]
        arguments += [] if self.block_comments else ["--no-block-comments"]
        arguments += [] if task.per_minute is None else ["--per-minute", str(task.per_minute)]
        return Command(tuple(arguments), Path(__file__).parents[2])

    def held(self, task: Task) -> Held:
        if not (_repository(task) / "repo.json").exists():
            return Held()
        repository = Repository.open(open_store(str(_repository(task))), PASSPHRASE)
        snapshot = latest_snapshot(repository, "notion")
        return Held() if snapshot is None else _held(snapshot)


def _repository(task: Task) -> Path:
    return task.folder / "repository"


def _held(snapshot: SnapshotReader) -> Held:
    held = Held(
        views={view["id"] for view in snapshot.objects(Table.VIEWS)},
        users={user["id"] for user in snapshot.objects(Table.USERS)},
        comments={comment["id"] for comment in snapshot.comments()},
    )
    relations: defaultdict[str, list[str]] = defaultdict(list)
    for page in snapshot.objects(Table.PAGES):
        held.pages.add(page["id"])
        values = [value for value in page["properties"].values() if value["type"] == "relation"]
        relations[page["id"]].append(as_text(values))
    for page_id, _, items in snapshot.properties():
        relations[page_id].append(as_text(items))
    held.relations = {page_id: " ".join(told) for page_id, told in relations.items()}
    for _, blocks in snapshot.bodies():
        held.read_words(*(as_text(node.raw) for node in blocks))
    for media in {file.media for file in snapshot.files() if file.media is not None}:
        with snapshot.open_media(media) as content:
            held.files.add(hashlib.sha256(content.read()).hexdigest())
    return held
