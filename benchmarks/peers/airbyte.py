"""Airbyte's source, as released and with its worst bug repaired in memory."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import environment, version
from benchmarks.peers.peer import DRIVERS, Command, Left, Places, Task
from benchmarks.peers.truth import Held, as_text

_RELEASE = "airbyte-source-notion==3.2.0"
_API = "https://api.notion.com"


@dataclass
class Airbyte:
    """``source-notion read`` with every stream; the second run is given the state of the first.

    The records of both runs together are what a destination that merges by key would hold.
    """

    repaired: bool = False
    _python: Path = field(init=False)

    @property
    def key(self) -> str:
        return "airbyte-repaired" if self.repaired else "airbyte"

    @property
    def name(self) -> str:
        return "Airbyte, repaired" if self.repaired else "Airbyte, released"

    def prepare(self, places: Places) -> str:
        self._python = environment(places.cache, "airbyte", _RELEASE)
        return version(self._python, "airbyte-source-notion")

    def command(self, task: Task) -> Command:
        folder = task.folder
        self._lay_out(folder, task)
        arguments = ["read", "--config", "config.json", "--catalog", "catalog.json"]
        if task.number:
            (folder / "state.json").write_text(json.dumps(_states(folder / "out-0.jsonl")), encoding="utf-8")
            arguments += ["--state", "state.json"]
        return Command((*self._source(), *arguments), folder)

    def held(self, task: Task) -> Held:
        held = Held()
        for number in range(task.number + 1):
            for stream, record in _records(task.folder / f"out-{number}.jsonl"):
                _hold(held, stream, record)
        return held

    def _source(self) -> tuple[str, ...]:
        more = ("--repaired",) if self.repaired else ()
        return (str(self._python), str(DRIVERS / "airbyte_read.py"), *more)

    def _lay_out(self, folder: Path, task: Task) -> None:
        """Config, catalog, and the source's own manifest with the sandbox's address in it."""
        config: dict[str, Any] = {"start_date": "2020-01-01T00:00:00.000Z"}
        config["credentials"] = {"auth_type": "token", "token": task.token}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        manifest = next((self._python.parent.parent / "lib").glob("python*/site-packages/source_notion/manifest.yaml"))
        told = manifest.read_text(encoding="utf-8").replace(_API, task.url)
        # The source reads the manifest of its working directory first.
        (folder / "manifest.yaml").write_text(told, encoding="utf-8")
        (folder / "catalog.json").write_text(json.dumps(self._catalog(folder)), encoding="utf-8")

    def _catalog(self, folder: Path) -> dict[str, Any]:
        """Every stream, incremental where it can be."""
        discovered = self._python.parent.parent / "catalog.json"
        if not discovered.exists():
            command = (*self._source(), "discover", "--config", "config.json")
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            found = [m["catalog"] for m in _messages(done.stdout.splitlines()) if m.get("type") == "CATALOG"]
            if not found:
                raise Left(f"discover gave no catalog: {done.stderr[-300:]}")
            discovered.write_text(json.dumps(found[0]), encoding="utf-8")
        streams = json.loads(discovered.read_text(encoding="utf-8"))["streams"]
        return {"streams": [_configured(stream) for stream in streams]}


def _configured(stream: dict[str, Any]) -> dict[str, Any]:
    incremental = "incremental" in stream["supported_sync_modes"]
    return {
        "stream": stream,
        "sync_mode": "incremental" if incremental else "full_refresh",
        "destination_sync_mode": "append_dedup" if incremental else "overwrite",
        "cursor_field": stream.get("default_cursor_field", []),
        "primary_key": stream.get("source_defined_primary_key", []),
    }


def _messages(lines: Iterator[str] | list[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith("{"):
            yield json.loads(line)


def _states(output: Path) -> list[dict[str, Any]]:
    """The last state of every stream."""
    last = {}
    with output.open(encoding="utf-8") as lines:
        for message in _messages(lines):
            if message.get("type") == "STATE":
                last[message["state"]["stream"]["stream_descriptor"]["name"]] = message["state"]
    return list(last.values())


def _records(output: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with output.open(encoding="utf-8") as lines:
        for message in _messages(lines):
            if message.get("type") == "RECORD":
                yield message["record"]["stream"], message["record"]["data"]


def _hold(held: Held, stream: str, record: dict[str, Any]) -> None:
    if stream == "pages":
        held.pages.add(record["id"])
        values = [one["value"] for one in record["properties"] if one["value"].get("type") == "relation"]
        held.relations[record["id"]] = as_text(values)
    elif stream == "blocks":
        held.read_words(as_text(record))
    elif stream == "comments":
        held.comments.add(record["id"])
    elif stream == "users":
        held.users.add(record["id"])
