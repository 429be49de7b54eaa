"""Memory does not grow with the size of a file."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from notion_backup.sandbox import running
from notion_backup.sandbox.media import content, facts_of
from notion_backup_tests.capture.scene import Scene
from notion_backup_tests.capture.test_completeness import path_of

MIB = 1024**2


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(192 * MIB, marks=pytest.mark.slow),
        pytest.param(2048 * MIB, marks=[pytest.mark.campaign, pytest.mark.timeout(1800)]),
    ],
    ids=["192 MiB", "2 GiB"],
)
def test_a_huge_file_takes_no_more_memory_than_a_small_one(tmp_path: Path, size: int) -> None:
    small, _ = _captured(tmp_path / "small", 1 * MIB)
    huge, digest = _captured(tmp_path / "huge", size)
    assert huge["verdict"] == "complete"
    assert huge["files"] == [[digest, size]]
    # Chunks on their way, compressed and encrypted, and packs being filled: the same for every file.
    print(f"{small['peak'] // MIB} MiB for a small file, {huge['peak'] // MIB} MiB for a huge one")
    assert huge["peak"] - small["peak"] < 128 * MIB


def _captured(folder: Path, size: int) -> tuple[dict[str, Any], str]:
    """What a capture of one file of that size told, and the file's SHA-256."""
    folder.mkdir()
    scene = Scene()
    file = scene.make.hosted("film.mp4", size)
    scene.make.block(scene.home, "video", {"type": "file", "file": file, "caption": []})
    with running(scene.sandbox()) as server:
        done = subprocess.run(
            [sys.executable, "-m", "notion_backup_tests.capture.huge", server.url, server.token, str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    shutil.rmtree(folder)  # large, and of no use any more
    path = path_of(file["url"])
    hashed = hashlib.sha256()
    for piece in content(path, facts_of(scene.space, path)):
        hashed.update(piece)
    told: dict[str, Any] = json.loads(done.stdout)
    return told, hashed.hexdigest()
