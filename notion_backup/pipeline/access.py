"""The way from a run to the repository and to Notion, opened when a step first asks.

Secrets are read here, at run time, and go nowhere else: not into run configuration, tags, metadata or logs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property

from pydantic import SecretStr

from notion_backup.capture import Limits, Source
from notion_backup.errors import NotionUnauthorized, SettingsError
from notion_backup.pipeline.partitions import utc_now
from notion_backup.pipeline.progress import Told
from notion_backup.repository import Pins, Repository, open_store
from notion_backup.settings import Settings, WorkspaceSettings


class Access:
    """What the steps of one run share: settings, clock, the opened repository, and who listens to progress."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        listener: Callable[[Told], None] | None = None,
        passphrase: SecretStr | None = None,
        repository: Repository | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.listener = listener
        self._passphrase = passphrase
        self._opened = repository

    @cached_property
    def repository(self) -> Repository:
        """The repository, opened once a run: deriving the key costs seconds on purpose.

        Raises RepositoryError, or SettingsError when the place or the passphrase is not set.
        """
        if self._opened is not None:
            return self._opened
        store = open_store(self.settings.repository)
        passphrase = self._passphrase or self.settings.passphrase()
        return Repository.open(store, passphrase.get_secret_value(), pins=Pins(self.settings.pins))

    def source(self, workspace: WorkspaceSettings) -> Source:
        """The connection to a workspace. Raises NotionUnauthorized when no token is to be had."""
        try:
            token = self.settings.token(workspace)
            more = self.settings.more_tokens(workspace)
        except SettingsError as error:
            raise NotionUnauthorized(error.what, cure=error.cure) from error
        return Source(
            token=token.get_secret_value(),
            base_url=workspace.base_url,
            requests_per_minute=workspace.budget,
            workers=workspace.workers,
            external_files=workspace.external_files,
            limits=Limits(workspace.largest_file, workspace.skip_file_types, workspace.only_file_types),
            block_comments=workspace.block_comments,
            verify_within=timedelta(days=workspace.verify_days),
            more_tokens=tuple(other.get_secret_value() for other in more),
            ledger=self.settings.ledgers,
        )


def connection_pool(settings: Settings, workspace: WorkspaceSettings) -> str:
    """The pool of a workspace's connection: workspaces that share a token share its request budget, and so the pool.

    It is named after the first of them; the token itself has no part in the name.
    """
    first = next(other for other in settings.workspaces if _connection(other) == _connection(workspace))
    return f"notion_{first.name}"


def _connection(workspace: WorkspaceSettings) -> tuple[object, ...]:
    return (workspace.base_url, workspace.token_env, workspace.token_file, workspace.token_command)
