"""What every command starts from: the settings, and the repository they name, opened when first needed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from notion_backup.errors import UsageError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from notion_backup.repository import Commit, RecoverySheet, Repository
    from notion_backup.settings import Settings, WorkspaceSettings
    from notion_backup.snapshot import SnapshotReader


@dataclass(slots=True)
class Session:
    """The global options of one call, and what was made of them so far."""

    config: Path | None = None
    debug: bool = False
    recovery_sheet: Path | None = None
    tolerate_damage: bool = False
    _settings: Settings | None = field(default=None, repr=False)
    _repository: Repository | None = field(default=None, repr=False)
    _passphrase: SecretStr | None = field(default=None, repr=False)

    @property
    def settings(self) -> Settings:
        """The settings. Raises SettingsError."""
        if self._settings is None:
            from notion_backup.settings import load_settings

            self._settings = load_settings(self.config)
        return self._settings

    def workspace(self, name: str | None) -> WorkspaceSettings:
        """The workspace of that name, or the only one. Raises SettingsError."""
        return self.settings.workspace(name)

    def repository(self, *, tolerate_damage: bool = False) -> Repository:
        """The repository, opened and compared with what this machine saw of it before.

        With ``tolerate_damage`` a history with changed or missing entries is opened too, to look at what is left.
        """
        if self._repository is None:
            from notion_backup.repository import Pins, Repository, open_store

            store = open_store(self.settings.repository)
            sheet = self._read_sheet()
            self._repository = Repository.open(
                store,
                None if sheet else self.passphrase().get_secret_value(),
                recovery=sheet,
                pins=Pins(self.settings.pins),
                tolerate_damage=tolerate_damage or self.tolerate_damage,
            )
        return self._repository

    def _read_sheet(self) -> RecoverySheet | None:
        if self.recovery_sheet is None:
            return None
        from notion_backup.repository import RecoverySheet

        try:
            text = self.recovery_sheet.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"The recovery sheet {self.recovery_sheet} cannot be read.") from error
        return RecoverySheet.parse(text)

    def commit(self, name: str, workspace: str | None = None) -> Commit:
        """The commit of the snapshot that answers to ``name``. Raises SnapshotNotFound."""
        from notion_backup.snapshot import resolve_snapshot

        if workspace is not None:
            self.settings.workspace(workspace)
        return resolve_snapshot(self.repository(), name, workspace=workspace)

    def snapshot(self, name: str, workspace: str | None = None) -> SnapshotReader:
        """The snapshot that answers to ``name``, opened. Raises SnapshotNotFound."""
        from notion_backup.snapshot import open_snapshot

        return open_snapshot(self.repository(), self.commit(name, workspace))

    def passphrase(self, *, new: bool = False) -> SecretStr:
        """The passphrase from the settings; where none is set, asked for on a terminal (twice when ``new``)."""
        if self._passphrase is None:
            asked = not self.settings.names_passphrase and sys.stdin.isatty() and sys.stderr.isatty()
            self._passphrase = _ask(twice=new) if asked else self.settings.passphrase()
        return self._passphrase


def _ask(*, twice: bool) -> SecretStr:
    from pydantic import SecretStr

    first = getpass("Passphrase of the repository: ", stream=sys.stderr)
    if not first:
        raise UsageError("An empty passphrase protects nothing.")
    if twice and getpass("The same again: ", stream=sys.stderr) != first:
        raise UsageError("The two passphrases differ; nothing was made.")
    return SecretStr(first)


def session(ctx: typer.Context) -> Session:
    """The session that the global options began."""
    found = ctx.find_object(Session)
    if found is None:
        raise UsageError("The command was called without its program.")
    return found


def debug_asked(ctx: Any) -> bool:
    """Whether ``--debug`` was given."""
    found = ctx.find_object(Session)
    return found is not None and found.debug
