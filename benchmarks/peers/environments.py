"""Python environments for the peers, made once in the cache folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.peers.peer import Left

_PYTHON = "python3.11"
"""The newest version that all of them run on."""


def environment(cache: Path, name: str, *requirements: str) -> Path:
    """The Python of an environment that has the requirements. Raises Left when they cannot be installed."""
    folder = cache / f"venv-{name}"
    python = folder / "bin" / "python"
    told = folder / "requirements.txt"
    wanted = "\n".join(requirements) + "\n"
    if told.exists() and told.read_text(encoding="utf-8") == wanted:
        return python
    base = shutil.which(_PYTHON) or (sys.executable if sys.version_info[:2] == (3, 11) else None)
    if base is None:
        raise Left(f"{_PYTHON} is not installed")
    shutil.rmtree(folder, ignore_errors=True)
    for command in ((base, "-m", "venv", str(folder)), (str(python), "-m", "pip", "install", "--quiet", *requirements)):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Left(f"pip could not install {requirements[0]}: {done.stderr.strip()[-200:]}")
    told.write_text(wanted, encoding="utf-8")
    return python


def version(python: Path, package: str) -> str:
    """The version of an installed package."""
    ask = f"import importlib.metadata as m; print(m.version({package!r}))"
    return subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def checkout(checkouts: Path | None, name: str, *needed: str) -> Path:
    """The folder of a peer's source tree. Raises Left when it, or something needed in it, is not there."""
    if checkouts is None or not (checkouts / name).is_dir():
        raise Left(f"no checkout named {name} (see --checkouts)")
    for one in needed:
        if not (checkouts / name / one).exists():
            raise Left(f"the checkout {name} has no {one}")
    return (checkouts / name).resolve()


def commit_of(folder: Path) -> str:
    """The commit that a checkout stands at, in short; "unknown" without git."""
    done = subprocess.run(["git", "-C", str(folder), "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return done.stdout.strip() or "unknown"
