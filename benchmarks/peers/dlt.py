"""dlt's verified source ``notion``, loading into DuckDB."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import checkout, commit_of, environment, version
from benchmarks.peers.peer import DRIVERS, Command, Places, Task
from benchmarks.peers.truth import Held


@dataclass
class Dlt:
    """Both of its resources. Every load replaces the one before: that is how the source is written."""

    key: str = "dlt"
    name: str = "dlt verified source"
    _python: Path = field(init=False)
    _checkout: Path = field(init=False)

    def prepare(self, places: Places) -> str:
        self._checkout = checkout(places.checkouts, "verified-sources", "sources/notion")
        self._python = environment(places.cache, "dlt", "dlt[duckdb]>=1.5,<2")
        return f"{commit_of(self._checkout)} with dlt {version(self._python, 'dlt')}"

    def command(self, task: Task) -> Command:
        driver = str(DRIVERS / "dlt_load.py")
        arguments = (str(self._python), driver, str(self._checkout), task.url, task.token, str(task.folder))
        return Command(arguments, task.folder, {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"})

    def held(self, task: Task) -> Held:
        held = Held()
        for name, rows in self._tables(task.folder / "notion.duckdb").items():
            if name.startswith("_dlt"):
                continue
            for row in rows:
                if name == "notion_pages" or name.startswith("notion_pages__"):
                    held.read_words(*(value for value in row.values() if isinstance(value, str)))
                elif row.get("object") == "page":
                    held.pages.add(row["id"])
        self._relate(held, task)
        return held

    def _relate(self, held: Held, task: Task) -> None:
        """Relations are tables of their own, tied to their rows by dlt's ids."""
        tables = self._tables(task.folder / "notion.duckdb")
        rows = {row["_dlt_id"]: row["id"] for found in tables.values() for row in found if row.get("object") == "page"}
        for name, found in tables.items():
            if name.endswith("__relation"):
                for row in found:
                    page = rows.get(row["_dlt_parent_id"], "")
                    held.relations[page] = held.relations.get(page, "") + " " + row["id"]

    def _tables(self, database: Path) -> dict[str, list[dict[str, Any]]]:
        """Every table, read by the peer's own DuckDB."""
        done = subprocess.run(
            [str(self._python), str(DRIVERS / "duckdb_tables.py"), str(database)],
            capture_output=True,
            text=True,
            check=False,
        )
        found: dict[str, list[dict[str, Any]]] = json.loads(done.stdout) if done.returncode == 0 else {}
        return found
