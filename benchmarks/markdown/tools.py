"""The tools: how each is got, and how it is started. All write into ``vault`` in the task's folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.markdown.workspace import Truth
from benchmarks.peers.environments import environment, version
from benchmarks.peers.obsidian import Obsidian
from benchmarks.peers.peer import Command, Left, Places, Task
from notion_backup import __version__

_DRIVERS = Path(__file__).parent / "drivers"


class Tool(Protocol):
    """One of them. ``own_names``: it names its files itself."""

    key: str
    name: str
    own_names: bool

    def prepare(self, places: Places) -> str:
        """See that it can run and give its version. Raises Left when it cannot."""

    def command(self, task: Task, truth: Truth) -> tuple[Command, str]:
        """How to start it, and what it is told on standard input."""


@dataclass
class Ours:
    """A snapshot with everything, and its export."""

    key: str = "ours"
    name: str = "notion_backup"
    own_names: bool = True

    def prepare(self, places: Places) -> str:
        return __version__

    def command(self, task: Task, truth: Truth) -> tuple[Command, str]:
        arguments = (sys.executable, "-m", "benchmarks.markdown.capture_and_export", task.url, str(task.folder))
        return Command(arguments, Path(__file__).parents[2]), ""


@dataclass
class ObsidianImporter:
    """Everything selected, its own defaults."""

    key: str = "obsidian"
    name: str = "Obsidian Importer"
    own_names: bool = True
    _peer: Obsidian = field(default_factory=Obsidian)

    def prepare(self, places: Places) -> str:
        return self._peer.prepare(places)

    def command(self, task: Task, truth: Truth) -> tuple[Command, str]:
        return self._peer.command(task), ""


@dataclass
class Notion2md:
    """Told the id of every page: it writes one at a time."""

    repaired: bool = False
    own_names: bool = True
    _python: Path = field(init=False)

    @property
    def key(self) -> str:
        return "notion2md-repaired" if self.repaired else "notion2md"

    @property
    def name(self) -> str:
        return "notion2md, repaired" if self.repaired else "notion2md, released"

    def prepare(self, places: Places) -> str:
        self._python = environment(places.cache, "notion2md", "notion2md==2.9.0", "notion-client==3.1.0")
        return _with_client(self._python, "notion2md")

    def command(self, task: Task, truth: Truth) -> tuple[Command, str]:
        how = ("--repaired",) if self.repaired else ()
        driver = str(_DRIVERS / "notion2md_pages.py")
        told = (task.url, task.token, str(task.folder / "vault"))
        return Command((str(self._python), driver, *how, *told), task.folder), "\n".join(sorted(truth.pages))


@dataclass
class NotionExporter:
    """With the newest client that still knows the call it uses, and so with Notion's API of 2022."""

    key: str = "notion-exporter"
    name: str = "notion-exporter"
    own_names: bool = False
    _python: Path = field(init=False)

    def prepare(self, places: Places) -> str:
        self._python = environment(places.cache, "notion-exporter", "notion-exporter==0.1.1", "notion-client==2.5.0")
        return _with_client(self._python, "notion-exporter")

    def command(self, task: Task, truth: Truth) -> tuple[Command, str]:
        lines = [("top", truth.tops), ("page", sorted(truth.pages)), ("database", truth.databases)]
        asked = "\n".join(f"{kind} {one}" for kind, ids in lines for one in ids)
        told = (task.url, task.token, str(task.folder / "vault"))
        driver = str(_DRIVERS / "notion_exporter_pages.py")
        return Command((str(self._python), driver, *told), task.folder), asked


@dataclass
class NotionToMd:
    """The converter of most site generators. Told the id of every page."""

    key: str = "notion-to-md"
    name: str = "notion-to-md"
    own_names: bool = False
    _folder: Path = field(init=False)

    def prepare(self, places: Places) -> str:
        if shutil.which("npm") is None:
            raise Left("npm is not installed")
        self._folder = places.cache / "npm-notion-to-md"
        packages = ("notion-to-md@3.1.9", "@notionhq/client@5.26.0")
        if not (self._folder / "node_modules" / "notion-to-md").is_dir():
            self._folder.mkdir(exist_ok=True)
            command = ("npm", "install", "--prefix", str(self._folder), "--ignore-scripts", "--no-audit", *packages)
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Left(f"npm could not install notion-to-md: {done.stderr.strip()[-200:]}")
        told = [json.loads((self._folder / "node_modules" / name / "package.json").read_text(encoding="utf-8"))
                for name in ("notion-to-md", "@notionhq/client")]  # fmt: skip
        return f"{told[0]['version']} with {told[1]['name']} {told[1]['version']}"

    def command(self, task: Task, truth: Truth) -> tuple[Command, str]:
        driver = str(_DRIVERS / "notion_to_md_pages.js")
        told = (task.url, task.token, str(task.folder / "vault"))
        modules = {"NODE_PATH": str(self._folder / "node_modules")}
        return Command(("node", driver, *told), task.folder, modules), "\n".join(sorted(truth.pages))


def _with_client(python: Path, package: str) -> str:
    return f"{version(python, package)} with notion-client {version(python, 'notion-client')}"


TOOLS: tuple[Tool, ...] = (
    Ours(), ObsidianImporter(), NotionExporter(), Notion2md(), Notion2md(repaired=True), NotionToMd(),
)  # fmt: skip
