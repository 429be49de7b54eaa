"""Everything that can be set: the environment, and one TOML file for what a team needs.

Nothing but the environment is needed for one workspace. A TOML file (``--config`` or ``NOTION_BACKUP_CONFIG``) names
several workspaces, their schedules and policies. Secrets are never in the file: it may only say where they are
(the name of an environment variable, a file, or a command that prints the secret).
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import platformdirs
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from notion_backup.errors import SettingsError

NOTION_URL = "https://api.notion.com"
DEFAULT_WORKSPACE = "notion"
# Notion's ordinary plans give a connection 180 requests in each 60 seconds (request limits, autumn 2026).
NOTION_REQUESTS_PER_MINUTE = 180
_SECRET_TIMEOUT_SECONDS = 60


class SecretSource(BaseModel):
    """Where one secret is: an environment variable, a file, or a command that prints it. Never the secret itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str | None = None
    file: Path | None = None
    command: str | None = None

    def read(self, environ: Mapping[str, str], *, name: str) -> SecretStr:
        """The secret, without its closing newline. Raises SettingsError when no place holds it."""
        if self.env and environ.get(self.env):
            return SecretStr(environ[self.env].strip())
        if self.file is not None:
            return _from_file(self.file, name)
        if self.command:
            return _from_command(self.command, name)
        raise SettingsError(
            f"The {name} is not set.",
            cure=f"Set {self.env or 'its variable'}, or name a file or a command that holds it.",
        )


def _bytes(value: Any) -> Any:
    """A size in bytes from ``"200 MiB"``, ``"2 GB"`` or a plain number."""
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B\s*", value, re.IGNORECASE)
    if match is None:
        raise ValueError("must be a size such as '200 MiB' or '2 GB', or a number of bytes")
    step = 1024 if match[3] else 1000
    return int(float(match[1]) * step ** " KMGT".index(match[2].upper() or " "))


def _file_type(value: str) -> str:
    plain = value.strip().lower().removeprefix(".")
    if not re.fullmatch(r"[a-z0-9_-]+|[a-z0-9.+-]+/(\*|[a-z0-9.+-]+)", plain):
        raise ValueError("must be an extension such as 'zip', or a media type such as 'video/mp4' or 'video/*'")
    return plain


FileType = Annotated[str, AfterValidator(_file_type)]


class WorkspaceSettings(BaseModel):
    """One Notion workspace: where it is, how often it is captured, how its capture behaves."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    token_env: str = "NOTION_TOKEN"
    token_file: Path | None = None
    token_command: str | None = None
    # Connections of the same workspace beside the first: each adds its own budget of requests.
    more_tokens: tuple[SecretSource, ...] = ()
    base_url: str = NOTION_URL
    cron: str = "0 3 * * *"
    timezone: str = "UTC"
    start: date | None = None
    requests_per_minute: int | None = Field(default=None, ge=1)
    workers: int = Field(default=12, ge=1, le=64)
    block_comments: bool = True
    # Nothing is older than this, whatever its edit time says; 0 reads everything every time.
    verify_days: float = Field(default=7, ge=0)
    external_files: bool = False
    # Files left out of snapshots, references kept: by size ("200 MiB"), by extension or media type ("zip", "video/*").
    largest_file: Annotated[int, BeforeValidator(_bytes), Field(ge=0)] | None = None
    skip_file_types: tuple[FileType, ...] = ()
    only_file_types: tuple[FileType, ...] = ()

    @field_validator("name")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        # The name is an asset key, a group and a command-line word: one alphabet serves them all.
        if not value or not value.isascii() or not value.replace("_", "a").isalnum() or value[0].isdigit():
            raise ValueError("a workspace's name has letters, digits and underscores, and begins with a letter")
        return value

    @field_validator("base_url")
    @classmethod
    def _http(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an http or https URL")
        if parts.username or parts.password:
            raise ValueError("must not hold credentials")
        return value.rstrip("/").removesuffix("/v1")

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{value!r} is not a time zone of the tz database") from error
        return value

    @field_validator("cron")
    @classmethod
    def _five_fields(cls, value: str) -> str:
        if len(value.split()) != 5:
            raise ValueError("a cron line has five fields, as in '0 3 * * *'")
        return value

    @property
    def budget(self) -> int | None:
        """Requests a minute. Other servers than Notion name their own limit by answering 429."""
        if self.requests_per_minute is not None:
            return self.requests_per_minute
        return NOTION_REQUESTS_PER_MINUTE if self.base_url == NOTION_URL else None


class _File(BaseModel):
    """The TOML file's shape."""

    model_config = ConfigDict(extra="forbid")

    repository: str | None = None
    home: Path | None = None
    start: date | None = None
    passphrase: SecretSource | None = None
    verify_sample: float = Field(default=0.1, gt=0, le=1)
    # Pages and databases of one restore for practice, and the share of objects that must come back as planned.
    drill_pages: int = Field(default=100, ge=1)
    drill_score: float = Field(default=1.0, ge=0, le=1)
    workspaces: list[WorkspaceSettings] = Field(default_factory=list, alias="workspace")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process, validated; secrets are read only when asked for."""

    workspaces: tuple[WorkspaceSettings, ...]
    repository_url: str | None
    home: Path
    start: date
    verify_sample: float
    drill_pages: int
    drill_score: float
    config: Path | None
    _passphrase: SecretSource = field(repr=False)
    _environ: Mapping[str, str] = field(repr=False)

    @property
    def repository(self) -> str:
        """Where snapshots are kept: a path or any fsspec URL. Raises SettingsError when unset."""
        if not self.repository_url:
            raise SettingsError(
                "No repository is set.",
                cure="Set NOTION_BACKUP_REPOSITORY to a folder or a URL such as s3://bucket/path.",
            )
        return self.repository_url

    @property
    def dagster_home(self) -> Path:
        """The folder of the Dagster instance."""
        return self.home / "dagster"

    @property
    def pins(self) -> Path:
        """The file that remembers the newest log slot this machine has seen."""
        return self.home / "pins.json"

    def workspace(self, name: str | None = None) -> WorkspaceSettings:
        """The workspace of that name; without a name the only one. Raises SettingsError."""
        if name is None:
            if len(self.workspaces) == 1:
                return self.workspaces[0]
            raise SettingsError(f"Several workspaces are set ({self._names()}).", cure="Name one with --workspace.")
        for workspace in self.workspaces:
            if workspace.name == name:
                return workspace
        raise SettingsError(f"No workspace is called {name!r}.", cure=f"Known: {self._names()}.")

    def token(self, workspace: WorkspaceSettings) -> SecretStr:
        """The token of a workspace's connection. Raises SettingsError."""
        source = SecretSource(env=workspace.token_env, file=workspace.token_file, command=workspace.token_command)
        return source.read(self._environ, name=f"Notion token of workspace {workspace.name!r}")

    def more_tokens(self, workspace: WorkspaceSettings) -> tuple[SecretStr, ...]:
        """The tokens of a workspace's other connections. Raises SettingsError."""
        return tuple(
            source.read(self._environ, name=f"Notion token {number} of workspace {workspace.name!r}")
            for number, source in enumerate(workspace.more_tokens, 2)
        )

    def restore_token(self) -> SecretStr:
        """The token of a restore: never that of a backup, which only reads. Raises SettingsError."""
        return SecretSource(env="NOTION_RESTORE_TOKEN").read(self._environ, name="Notion token of the restore")

    def restore_base_url(self, workspace: WorkspaceSettings) -> str:
        """The server that a restore writes to: its own setting, else the one that the workspace is read from."""
        given = self._environ.get("NOTION_RESTORE_BASE_URL")
        if not given:
            return workspace.base_url
        try:
            return WorkspaceSettings(name=workspace.name, base_url=given).base_url
        except ValidationError as error:
            raise SettingsError(f"NOTION_RESTORE_BASE_URL is wrong: {_first(error)}.") from error

    def restore_budget(self, workspace: WorkspaceSettings) -> int | None:
        """Requests a minute of a restore."""
        base_url = self.restore_base_url(workspace)
        if base_url == workspace.base_url:
            return workspace.budget
        return NOTION_REQUESTS_PER_MINUTE if base_url == NOTION_URL else None

    @property
    def restores(self) -> Path:
        """The folder with the journals and reports of restores."""
        return self.home / "restores"

    @property
    def ledgers(self) -> Path:
        """The folder in which captures that use the same token share its budget."""
        return self.home / "pace"

    def passphrase(self) -> SecretStr:
        """The repository's passphrase. Raises SettingsError."""
        return self._passphrase.read(self._environ, name="repository passphrase")

    @property
    def names_passphrase(self) -> bool:
        """Whether any place is set that should hold the passphrase; where none is, a person may be asked."""
        source = self._passphrase
        return bool((source.env and self._environ.get(source.env)) or source.file or source.command)

    def first_partition(self, workspace: WorkspaceSettings) -> date:
        """The day with which the workspace's partitions begin."""
        return workspace.start or self.start

    def _names(self) -> str:
        return ", ".join(workspace.name for workspace in self.workspaces)


def load_settings(config: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the environment and, where named, the TOML file. Raises SettingsError with the field and the cure."""
    env = os.environ if environ is None else environ
    path = config or (Path(env["NOTION_BACKUP_CONFIG"]) if env.get("NOTION_BACKUP_CONFIG") else None)
    file = _read_file(path) if path else _File()
    home = Path(env.get("NOTION_BACKUP_HOME") or file.home or platformdirs.user_data_path("notion-backup"))
    home = home.expanduser().absolute()
    return Settings(
        workspaces=_workspaces(file, env),
        repository_url=_repository(env.get("NOTION_BACKUP_REPOSITORY") or file.repository),
        home=home,
        start=_start(env.get("NOTION_BACKUP_START"), file.start, home),
        verify_sample=file.verify_sample,
        drill_pages=file.drill_pages,
        drill_score=file.drill_score,
        config=path.absolute() if path else None,
        _passphrase=_passphrase(env, file),
        _environ=env,
    )


def remember_start(home: Path, today: date) -> None:
    """Note the day on which a home began, so that partitions of days before it are not shown as missed."""
    home.mkdir(parents=True, exist_ok=True)
    marker = home / "started"
    if not marker.exists():
        marker.write_text(f"{today.isoformat()}\n", encoding="ascii")


def _workspaces(file: _File, env: Mapping[str, str]) -> tuple[WorkspaceSettings, ...]:
    if not file.workspaces:
        values: dict[str, Any] = {"name": DEFAULT_WORKSPACE}
        if env.get("NOTION_BASE_URL"):
            values["base_url"] = env["NOTION_BASE_URL"]
        try:
            return (WorkspaceSettings(**values),)
        except ValidationError as error:
            raise SettingsError(f"NOTION_BASE_URL is wrong: {_first(error)}.") from error
    names = [workspace.name for workspace in file.workspaces]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise SettingsError(f"Two workspaces are called {doubled[0]!r}.", cure="Give each a name of its own.")
    base_url = env.get("NOTION_BASE_URL")
    if not base_url:
        return tuple(file.workspaces)
    return tuple(
        WorkspaceSettings(**{"base_url": base_url, **workspace.model_dump(exclude_unset=True)})
        for workspace in file.workspaces
    )


def _passphrase(env: Mapping[str, str], file: _File) -> SecretSource:
    name = "NOTION_BACKUP_PASSPHRASE"
    if env.get(name) or env.get(f"{name}_FILE") or env.get(f"{name}_COMMAND") or file.passphrase is None:
        path = env.get(f"{name}_FILE")
        return SecretSource(env=name, file=Path(path) if path else None, command=env.get(f"{name}_COMMAND") or None)
    return file.passphrase


def _repository(value: str | None) -> str | None:
    if not value:
        return None
    if "://" not in value:
        return str(Path(value).expanduser().absolute())
    if "@" in urlsplit(value).netloc:
        raise SettingsError(
            "The repository's URL holds credentials.",
            cure="Give them by the environment (AWS_ACCESS_KEY_ID, …).",
        )
    return value


def _start(value: str | None, from_file: date | None, home: Path) -> date:
    if value:
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise SettingsError(f"NOTION_BACKUP_START is {value!r}.", cure="Give a date such as 2026-11-01.") from error
    if from_file:
        return from_file
    marker = home / "started"
    if marker.exists():
        return date.fromisoformat(marker.read_text(encoding="ascii").strip())
    return datetime.now(UTC).date()


def _read_file(path: Path) -> _File:
    try:
        return _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise SettingsError(f"The settings file {path} does not exist.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The settings file {path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is not TOML: {error}.") from error
    except ValidationError as error:
        raise SettingsError(f"The settings file {path} is wrong: {_first(error)}.") from error


def _first(error: ValidationError) -> str:
    """The first complaint, with its place and without the value: a misplaced secret must not be printed."""
    detail = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}: {detail['msg']}" if place else str(detail["msg"])


def _from_file(path: Path, name: str) -> SecretStr:
    try:
        value = path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file with the {name}, {path}, cannot be read.", cure=str(error)) from error
    if not value:
        raise SettingsError(f"The file with the {name}, {path}, is empty.")
    return SecretStr(value)


def _from_command(command: str, name: str) -> SecretStr:
    try:
        done = subprocess.run(shlex.split(command), stdout=subprocess.PIPE, timeout=_SECRET_TIMEOUT_SECONDS, check=True)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        # The command line may itself hold something private: only its kind of failure is told.
        raise SettingsError(f"The command for the {name} failed ({type(error).__name__}).") from error
    value = done.stdout.decode("utf-8", "replace").strip()
    if not value:
        raise SettingsError(f"The command for the {name} printed nothing.")
    return SecretStr(value)
