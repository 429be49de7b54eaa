"""The Dagster instance of a home: its folder, its ``dagster.yaml``, and the way to open it."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from pathlib import Path

from dagster import DagsterInstance
from dagster._core.instance import InstanceRef

from notion_backup.errors import SettingsError
from notion_backup.settings import Settings

_CONFIG = "dagster.yaml"
_WRITTEN = ".dagster.yaml.written"


def packaged_config() -> str:
    """The text of the instance's ``dagster.yaml`` as this version ships it."""
    return files("notion_backup.pipeline").joinpath(_CONFIG).read_text(encoding="utf-8")


def prepare_home(settings: Settings) -> Path:
    """Make the instance's folder ready and give its path. Raises SettingsError when it cannot be written.

    ``dagster.yaml`` is written when there is none, and renewed as long as it is as an earlier version wrote it; one
    that somebody has changed is left alone.
    """
    home = settings.dagster_home
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_config(home)
    except OSError as error:
        raise SettingsError(
            f"The folder {home} for Dagster's history cannot be written ({error.strerror}).",
            cure="Name another with NOTION_BACKUP_HOME.",
        ) from error
    return home


def open_instance(settings: Settings) -> DagsterInstance:
    """The instance that the command line and Dagster's pages share; a context manager."""
    return DagsterInstance.from_ref(InstanceRef.from_dir(str(prepare_home(settings))))


def _write_config(home: Path) -> None:
    config, written = home / _CONFIG, home / _WRITTEN
    text = packaged_config()
    if config.exists():
        held = config.read_text(encoding="utf-8")
        if held == text:
            return
        if not written.exists() or written.read_text(encoding="ascii").strip() != _digest(held):
            return
    _replace(config, text)
    _replace(written, f"{_digest(text)}\n")


def _replace(path: Path, text: str) -> None:
    aside = path.with_name(f"{path.name}.new")
    aside.write_text(text, encoding="utf-8")
    aside.replace(path)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
