"""``doctor``: what is wrong with the setup, and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import typer

from notion_backup.cli.context import Session, session
from notion_backup.cli.options import JsonLinesOption, WorkspaceOption
from notion_backup.cli.output import count, note, say, say_json_line
from notion_backup.cli.safetext import safe
from notion_backup.cli.summary import verdict_text
from notion_backup.errors import EXIT_FAILED, NotionBackupError, RepositoryMissing
from notion_backup.phrasing import lasting

if TYPE_CHECKING:
    from notion_backup.settings import WorkspaceSettings

OK, WARNING, ERROR = "ok", "warning", "error"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing looked at: ``status`` is ok, warning or error; ``cure`` says what to do unless it is ok."""

    name: str
    status: str
    text: str
    cure: str = ""


def doctor(ctx: typer.Context, workspace: WorkspaceOption = None, as_json: JsonLinesOption = False) -> None:
    """Check all that a backup needs; say what is wrong.

    Each line is ok, a warning or an error, with what to do about it. Looks at the settings, the token and its
    capabilities, what is shared with the connection, limits, the clock, the store, the passphrase, the repository's
    history, and Dagster's instance. Sends only reads to Notion and changes nothing in the repository. Exit status 1
    when any line is an error.
    """
    begun = session(ctx)
    lines: list[Line] = []
    for line in _checks(begun, workspace):
        lines.append(line)
        if as_json:
            say_json_line(asdict(line))
            continue
        say(f"{line.status:<8} {safe(line.name, 28):<28} {safe(line.text, 400)}")
        if line.cure and line.status != OK:
            say(f"{'':<37} → {safe(line.cure, 400)}")
    errors = sum(line.status == ERROR for line in lines)
    warnings = sum(line.status == WARNING for line in lines)
    note(f"{count(errors, 'error')}, {count(warnings, 'warning')}.")
    if errors:
        raise typer.Exit(EXIT_FAILED)


def _checks(begun: Session, workspace: str | None) -> Iterator[Line]:
    settings = begun.settings
    chosen = [begun.workspace(workspace)] if workspace else settings.workspaces
    where = f"from {settings.config}" if settings.config else "from the environment"
    yield Line("settings", OK, f"{where}; workspaces: {', '.join(one.name for one in chosen)}")
    for one in chosen:
        name = "notion" if len(settings.workspaces) == 1 else f"notion {one.name}"
        yield from _guarded(name, partial(_notion, begun, one, name))
    yield from _guarded("repository", partial(_repository, begun))
    yield from _guarded("dagster", partial(_dagster, begun))
    yield _attachments()


def _guarded(name: str, check: Callable[[], Iterable[Line]]) -> Iterator[Line]:
    """A check whose failure is a line, so that the others are still made."""
    try:
        yield from check()
    except NotionBackupError as error:
        yield Line(name, ERROR, error.what, error.cure)


def _notion(begun: Session, workspace: WorkspaceSettings, name: str) -> Iterator[Line]:
    from notion_backup.capture import RetryPolicy, Source, probe

    source = Source(
        token=begun.settings.token(workspace).get_secret_value(),
        base_url=workspace.base_url,
        requests_per_minute=workspace.budget,
        workers=workspace.workers,
        external_files=workspace.external_files,
        block_comments=workspace.block_comments,
        # A person waits for the answer; a backup has the patience that this look has not.
        retry=RetryPolicy(attempts=2, patience=20.0, timeout=15.0),
    )
    for line in probe(source):
        yield Line(f"{name}: {line.name}", str(line.status), line.text, line.cure)


def _repository(begun: Session) -> Iterator[Line]:
    from notion_backup.repository import open_store

    store = open_store(begun.settings.repository)
    if store.size("repo.json") is None:
        raise RepositoryMissing(f"There is no repository at {store.url}.", cure="Make it with `notion-backup init`.")
    yield Line("store", OK, f"{store.url} answers")
    repository = begun.repository()
    yield Line("passphrase", OK, "opens the repository")
    info = repository.info
    if info.exclusive_create:
        yield Line("repository", OK, f"{repository.id}, format {info.format}; any number of writers")
    else:
        yield Line(
            "repository",
            WARNING,
            f"{repository.id}, format {info.format}; its store cannot create exclusively",
            "Let only one machine at a time write to it, or move it to a store that can.",
        )
    commits = repository.commits()
    yield Line("history", OK, f"{count(len(commits), 'snapshot')}; agrees with what this machine has seen before")
    if not commits:
        yield Line("latest snapshot", WARNING, "there is none yet", "Make one with `notion-backup backup`.")
        return
    last = commits[-1]
    text = f"{last.id[:12]}, {_age(last.committed_at)} ago, {verdict_text(last.summary)}"
    complete = last.summary.get("verdict") == "complete"
    cure = "" if complete else f"`notion-backup backup` named what is missing; so does `export {last.id[:12]}`."
    yield Line("latest snapshot", OK if complete else WARNING, text, cure)


def _dagster(begun: Session) -> Iterator[Line]:
    from notion_backup.pipeline.instance import open_instance

    with open_instance(begun.settings) as instance:
        runs = instance.get_runs_count()
        yield Line("dagster", OK, f"instance at {begun.settings.dagster_home}; {count(runs, 'run')}")


def _attachments() -> Line:
    from notion_backup.confinement import FILES, NETWORK
    from notion_backup.search import kept_off

    off = kept_off()
    missing = [name for name in (NETWORK, FILES) if name not in off]
    if not missing:
        return Line("attachments", OK, "their text is read by a process kept off the network and this machine's files")
    return Line(
        "attachments",
        WARNING,
        "the process that reads their text has limits of memory, time and written bytes, but this system does not keep "
        f"it off: {', '.join(missing)}",
        "Index on Linux with Landlock and seccomp: docs/threat-model.md.",
    )


def _age(committed_at: str) -> str:
    seconds = (datetime.now(UTC) - datetime.fromisoformat(committed_at)).total_seconds()
    return lasting(seconds)
