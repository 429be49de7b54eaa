"""What every command starts from: the settings, and the repository they name, opened when first needed."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

from notion_backup.cli.output import note
from notion_backup.cli.safetext import safe
from notion_backup.errors import SnapshotNotFound, UsageError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from notion_backup.repository import Commit, RecoverySheet, Repository
    from notion_backup.settings import Settings, WorkspaceSettings
    from notion_backup.snapshot import SnapshotReader

LATEST = "latest"


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
        """The commit of the snapshot that answers to ``name``, or of the one nearest to the point in time it says.

        Raises SnapshotNotFound.
        """
        from notion_backup.snapshot import resolve_snapshot

        if workspace is not None:
            self.settings.workspace(workspace)
        try:
            return resolve_snapshot(self.repository(), name, workspace=workspace)
        except SnapshotNotFound:
            return self.commit_at(name, workspace)

    def commit_at(self, at: str, workspace: str | None = None) -> Commit:
        """The nearest complete snapshot at or before ``at``, named on standard error. Raises SnapshotNotFound."""
        from notion_backup.snapshot import snapshot_at

        known = {each.name: each for each in self.settings.workspaces}
        mine = known[workspace] if workspace in known else self.settings.workspaces[0]
        choice = snapshot_at(self.repository(), at, workspace=workspace, zone=ZoneInfo(mine.timezone))
        note(safe(choice.why))
        return choice.commit

    def snapshot(self, name: str | None, workspace: str | None = None, at: str | None = None) -> SnapshotReader:
        """The snapshot that answers to ``name``, or that stands at ``at``; without either the latest, opened.

        Raises SnapshotNotFound, and UsageError when both are given.
        """
        from notion_backup.snapshot import open_snapshot

        if at is not None and name is not None:
            raise UsageError("A snapshot is named twice.", cure="Give either SNAPSHOT or --at.")
        if at is not None:
            return open_snapshot(self.repository(), self.commit_at(at, workspace))
        return open_snapshot(self.repository(), self.commit(name or LATEST, workspace))

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
