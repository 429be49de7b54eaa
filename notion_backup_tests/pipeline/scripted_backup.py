"""A process of its own that makes one backup with a capture that hangs when told to; started by test_launch.

Usage: python -m notion_backup_tests.pipeline.scripted_backup FOLDER [hang]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from notion_backup.capture import Progress
from notion_backup.pipeline import capturing
from notion_backup.pipeline.launch import run_snapshot
from notion_backup_tests.pipeline.world import NOW, ScriptedCapture, make_settings

HANG_SECONDS = 60


def main(folder: Path, hang: bool) -> int:
    def during() -> None:
        (folder / "capturing").touch()
        if hang:
            time.sleep(HANG_SECONDS)

    def told(progress: Progress) -> None:
        print(progress.phase, flush=True)

    capturing.capture_workspace = ScriptedCapture(during=during)
    outcome = run_snapshot(make_settings(folder), on_progress=told, clock=lambda: NOW)
    print("outcome", outcome.run_id, outcome.success, outcome.cancelled, outcome.error.kind if outcome.error else None)
    return 0 if outcome.success else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "hang" in sys.argv[2:]))
