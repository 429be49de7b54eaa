"""Elastic's Notion connector, without the Elasticsearch behind it."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import checkout, commit_of, environment, version
from benchmarks.peers.peer import DRIVERS, Command, Places, Task
from benchmarks.peers.truth import Held, as_text

_NEEDS = (
    "notion-client==2.2.1", "aiohttp", "aiofiles", "base64io", "fastjsonschema", "ecs-logging", "python-dateutil",
    "pytz", "tzcron", "beautifulsoup4", "pympler",
)  # fmt: skip
"""What the source and the little of the service that it uses import; the client at the version they pin."""


@dataclass
class Elastic:
    """All pages and databases; ``comments`` also asks every page and block for its comments."""

    comments: bool = True
    _python: Path = field(init=False)
    _checkout: Path = field(init=False)

    @property
    def key(self) -> str:
        return "elastic" if self.comments else "elastic-no-comments"

    @property
    def name(self) -> str:
        return "elastic connector" if self.comments else "elastic connector, no comments"

    def prepare(self, places: Places) -> str:
        needed = ("app/connectors_service/connectors/sources/notion", "libs/connectors_sdk")
        self._checkout = checkout(places.checkouts, "connectors", *needed)
        self._python = environment(places.cache, "elastic", *_NEEDS)
        return f"{commit_of(self._checkout)} with notion-client {version(self._python, 'notion-client')}"

    def command(self, task: Task) -> Command:
        asked = "yes" if self.comments else "no"
        output = str(_output(task))
        driver = str(DRIVERS / "elastic_docs.py")
        arguments = (str(self._python), driver, str(self._checkout), task.token, output, asked)
        return Command(arguments, task.folder, {"OVERRIDE_URL": task.url})

    def held(self, task: Task) -> Held:
        held = Held()
        if _output(task).exists():
            with _output(task).open(encoding="utf-8") as lines:
                for line in lines:
                    if line.endswith("}\n"):
                        _hold(held, json.loads(line))
        return held


def _output(task: Task) -> Path:
    return task.folder / f"documents-{task.number}.jsonl"


def _hold(held: Held, document: dict[str, Any]) -> None:
    kind = document.get("object")
    if kind == "page":
        held.pages.add(document["id"])
        held.relations[document["id"]] = document.get("details", "")
    elif kind == "block":
        held.read_words(as_text(document))
    elif kind == "comment":
        held.comments.add(document["id"])
    elif kind == "user":
        held.users.add(document["id"])
    elif "_attachment" in document:
        held.files.add(hashlib.sha256(base64.b64decode(document["_attachment"])).hexdigest())
