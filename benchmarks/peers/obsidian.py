"""Obsidian Importer, run headless on its own test shims."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.peers.environments import checkout, commit_of
from benchmarks.peers.peer import DRIVERS, Command, Places, Task
from benchmarks.peers.truth import Held

_ID = re.compile(r"^notion-id: \"?([0-9a-f-]{36})\"?$", re.MULTILINE)


@dataclass
class Obsidian:
    """Everything selected, its own defaults ("update" what is there, keep the ids of the source)."""

    key: str = "obsidian"
    name: str = "Obsidian Importer"
    _checkout: Path = field(init=False)

    def prepare(self, places: Places) -> str:
        needed = ("node_modules/.bin/tsx", "src/formats/notion-api.ts", "tests/shims/vault.ts")
        self._checkout = checkout(places.checkouts, "obsidian-importer", *needed)
        told = json.loads((self._checkout / "package.json").read_text(encoding="utf-8"))["version"]
        return f"{told} ({commit_of(self._checkout)})"

    def command(self, task: Task) -> Command:
        # Modules are looked for from where a file lies: the driver has to lie in the checkout's reach.
        driver = task.folder / "obsidian_import.ts"
        driver.write_text((DRIVERS / "obsidian_import.ts").read_text(encoding="utf-8"), encoding="utf-8")
        tsx = str(self._checkout / "node_modules/.bin/tsx")
        arguments = (tsx, "--tsconfig", str(self._checkout / "tsconfig.test.json"), str(driver))
        told = {"CHECKOUT": str(self._checkout), "NOTION_URL": task.url, "NOTION_TOKEN": task.token}
        return Command(arguments, self._checkout, {**told, "VAULT": str(task.folder / "vault"), "TZ": "UTC"})

    def held(self, task: Task) -> Held:
        held = Held()
        for path in (task.folder / "vault").rglob("*"):
            if path.suffix == ".md":
                _hold_note(held, path.read_text(encoding="utf-8"))
            elif path.is_file():
                held.files.add(hashlib.sha256(path.read_bytes()).hexdigest())
        return held


def _hold_note(held: Held, note: str) -> None:
    front, body = "", note
    if note.startswith("---\n"):
        front, _, body = note[4:].partition("\n---")
    found = _ID.search(front)
    if found:
        held.pages.add(found.group(1))
        held.relations[found.group(1)] = front
    held.read_words(body)
