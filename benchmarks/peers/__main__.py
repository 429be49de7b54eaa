"""This capture and others, side by side on one sandbox.

    python -m benchmarks.peers [--checkouts DIR] [--cache DIR] [--scenes quiet faults …] [--peers ours airbyte …]
        [--json FILE] [--keep DIR]

Airbyte's source is installed from its registry into an environment under ``--cache``, and so is what the other Python
peers import. Source trees are taken from ``--checkouts``, folders named ``verified-sources`` (dlt), ``connectors``
(elastic) and ``obsidian-importer`` (with its ``node_modules``). A peer that is not there is left out, and the result
says why.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.peers.airbyte import Airbyte
from benchmarks.peers.arena import Scene, contest
from benchmarks.peers.dlt import Dlt
from benchmarks.peers.elastic import Elastic
from benchmarks.peers.obsidian import Obsidian
from benchmarks.peers.ours import Ours
from benchmarks.peers.peer import Left, Peer, Places
from benchmarks.peers.scenes import SCENES
from benchmarks.peers.table import tables

PEERS: tuple[Peer, ...] = (
    Ours(), Ours(block_comments=False), Airbyte(), Airbyte(repaired=True), Dlt(), Elastic(), Elastic(comments=False),
    Obsidian(),
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    checkouts = os.environ.get("PEER_CHECKOUTS")
    parser.add_argument("--checkouts", type=Path, default=Path(checkouts) if checkouts else None)
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "notion-backup-benchmarks")
    parser.add_argument("--scenes", nargs="+", choices=[scene.key for scene in SCENES], default=None)
    parser.add_argument("--peers", nargs="+", choices=[peer.key for peer in PEERS], default=None)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--keep", type=Path, help="keep what the peers wrote in this folder")
    arguments = parser.parse_args(argv)
    arguments.cache.mkdir(parents=True, exist_ok=True)
    versions, left = _ready(Places(arguments.checkouts, arguments.cache), arguments.peers)
    peers = [peer for peer in PEERS if peer.key in versions]
    result: dict[str, Any] = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "peers": {peer.key: {"name": peer.name, "version": versions[peer.key]} for peer in peers},
        "left_out": left,
        "scenes": {},
    }
    scenes = [scene for scene in SCENES if arguments.scenes is None or scene.key in arguments.scenes]
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.keep or Path(scratch)
        outcomes = _play(scenes, peers, folder)
    for scene in scenes:
        told = {peer.key: outcomes[scene.key, peer.key] for peer in peers if (scene.key, peer.key) in outcomes}
        result["scenes"][scene.key] = {"title": scene.title, "outcomes": told}
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(tables(result))
    return 0


def _ready(places: Places, wanted: Sequence[str] | None) -> tuple[dict[str, str], dict[str, str]]:
    """Versions of the peers that can run, and why the others cannot."""
    versions: dict[str, str] = {}
    left: dict[str, str] = {}
    for peer in PEERS:
        if wanted is None or peer.key in wanted:
            try:
                versions[peer.key] = peer.prepare(places)
            except Left as reason:
                left[peer.key] = f"{peer.name}: {reason}"
    return versions, left


def _play(scenes: Sequence[Scene], peers: Sequence[Peer], folder: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """All peers in all scenes, by the keys of both. What is mostly waiting goes on at the same time."""
    parts = [(scene, peer) for scene in scenes for peer in peers if scene.invites(peer.key)]

    def one(part: tuple[Scene, Peer]) -> list[dict[str, Any]]:
        scene, peer = part
        place = folder / scene.key / peer.key
        shutil.rmtree(place, ignore_errors=True)
        found = [outcome.to_json() for outcome in contest(peer, scene, place)]
        print(f"{scene.key}: {peer.name} is through", file=sys.stderr)
        return found

    played: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for together in (True, False):
        now = [(scene, peer) for scene, peer in parts if scene.together is together]
        with ThreadPoolExecutor(max(1, len(now)) if together else 1) as pool:
            for (scene, peer), found in zip(now, pool.map(one, now), strict=True):
                played[scene.key, peer.key] = found
    return played


if __name__ == "__main__":
    sys.exit(main())
