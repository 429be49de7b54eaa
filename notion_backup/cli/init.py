"""``init``: make the repository."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated

import typer

from notion_backup.cli.context import session
from notion_backup.cli.options import JsonOption
from notion_backup.cli.output import note, say, say_json
from notion_backup.cli.safetext import safe
from notion_backup.errors import UsageError

if TYPE_CHECKING:
    from notion_backup.repository import RecoverySheet, Repository


def init(
    ctx: typer.Context,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", metavar="FILE", help="Write the recovery sheet to a new FILE only its owner may read."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make the repository and its recovery sheet.

    First the store proves that it keeps what it is given: it is asked to create, to refuse to create again, to read
    back and to list. The repository is encrypted under the passphrase; where none is set, it is asked for twice on a
    terminal.

    The recovery sheet says what a person needs to open the repository years from now. It is printed, or written to
    the file that --sheet names. Keep it apart from the repository. An existing repository is never touched.
    """
    from notion_backup.repository import Repository, open_store
    from notion_backup.settings import remember_start

    begun = session(ctx)
    settings = begun.settings
    store = open_store(settings.repository)
    passphrase = begun.passphrase(new=True).get_secret_value()
    with _private_file(sheet) as file:
        repository, recovery = Repository.init(store, passphrase)
        if file is not None:
            _write(file, recovery.text)
    # The sheet comes out before anything else is tried: it exists only here.
    if as_json:
        say_json(_facts(repository, recovery, sheet))
    else:
        _tell(repository, recovery, sheet)
    sys.stdout.flush()
    remember_start(settings.home, datetime.now(UTC).date())


def _facts(repository: Repository, recovery: RecoverySheet, sheet: Path | None) -> dict[str, object]:
    return {
        "repository": repository.store.url,
        "id": repository.id,
        "format": repository.info.format,
        "exclusive_create": repository.info.exclusive_create,
        "recovery_sheet": None if sheet else recovery.text,
        "recovery_sheet_file": str(sheet) if sheet else None,
    }


def _tell(repository: Repository, recovery: RecoverySheet, sheet: Path | None) -> None:
    say(f"Made a repository at {safe(repository.store.url)}")
    say(f"  id      {repository.id}, format {repository.info.format}")
    if repository.info.exclusive_create:
        say("  store   creates exclusively, reads back and lists: any number of writers may use it")
    else:
        say("  store   reads back and lists, but cannot create exclusively")
        note("Warning: this store cannot create exclusively. Let only one machine at a time write to it.")
    if sheet is None:
        say()
        say(recovery.text)
    else:
        say(f"  sheet   recovery sheet written to {safe(str(sheet))}; keep it apart from the repository")


@contextmanager
def _private_file(path: Path | None) -> Iterator[IO[str] | None]:
    """A new file that only its owner may read, opened before anything is made: a sheet that cannot be written down
    must not come to be. It is gone again when the work inside fails."""
    if path is None:
        yield None
        return
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already.", cure="Name a new file; a sheet is never replaced.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {os.strerror(error.errno or 0)}.") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _write(file: IO[str], text: str) -> None:
    """Write the sheet; a disk that refuses it now, with the repository made, must not cost the sheet."""
    try:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    except OSError:
        note("Warning: the recovery sheet could not be written to its file. Here it is; it is shown only this once.")
        say(text)
