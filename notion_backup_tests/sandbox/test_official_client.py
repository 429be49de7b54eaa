"""Notion's own JavaScript client against the sandbox: whoever wrote it knows nothing of us."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from notion_backup.sandbox import RunningSandbox, Sandbox, generate, running

PACKAGE = "@notionhq/client@5.26.0"
SCRIPT = Path(__file__).with_name("official_client.mjs")
_OLDEST_NODE = 18

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client_folder() -> Path:
    """A folder with the client in it, fetched by npm once a machine."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("node and npm are not on this machine")
    major = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout[1:].partition(".")[0]
    if int(major) < _OLDEST_NODE:
        pytest.skip(f"node {major} is older than {_OLDEST_NODE}, the least that the client needs")
    folder = Path(tempfile.gettempdir()) / f"notion-js-{PACKAGE.rpartition('@')[2]}-{os.getuid()}"
    if not (folder / "done").exists():
        folder.mkdir(exist_ok=True)
        command = [npm, "install", "--prefix", str(folder), "--no-package-lock", "--ignore-scripts", PACKAGE]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode:
            pytest.skip(f"npm could not fetch {PACKAGE}: {done.stderr.strip()[-300:]}")
        (folder / "done").touch()
    return folder


@pytest.fixture
def server() -> Iterator[RunningSandbox]:
    with running(Sandbox(generate(pages=20, seed=5))) as up:
        yield up


def test_it_reads_and_writes_as_it_does_on_notion(client_folder: Path, server: RunningSandbox) -> None:
    space = server.sandbox.workspace
    home = next(page["id"] for page in space.all("page") if page["parent"]["type"] == "workspace")
    script = Path(shutil.copy(SCRIPT, client_folder))  # modules are looked for beside the script
    told = {"NOTION_TOKEN": server.token, "NOTION_BASE_URL": server.url, "HOME_PAGE": home}
    node = shutil.which("node") or "node"
    done = subprocess.run(
        [node, str(script)], env={**os.environ, **told}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip() == "users search database blocks comments files views places refusals"
    assert server.stats.writes > 25
