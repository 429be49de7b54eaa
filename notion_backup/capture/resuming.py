"""Which interrupted capture, if any, a new one goes on with; and taking away journals that are of no use any more."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from notion_backup.capture.journal import OLDEST, Header, Journal, Memory
from notion_backup.capture.source import Source
from notion_backup.errors import Damaged, ObjectMissing
from notion_backup.repository import Repository, WriteSession
from notion_backup.repository.journal import JournalPlace, JournalWriter, journals, read_part, remove

_FORGOTTEN = timedelta(days=30)
"""Age after which a journal is taken away whatever it is about."""


def settings_of(source: Source) -> str:
    """What of the settings decides which questions a capture asks."""
    files = f"{source.external_files} {source.limits}"
    return f"{source.base_url} {source.block_comments} {files} {source.verify_within.total_seconds()}"


def open_journal(
    repository: Repository,
    session: WriteSession,
    source: Source,
    *,
    workspace: str,
    partition: str | None,
    previous: str | None,
    now: datetime,
) -> Journal:
    """The journal of a new capture, going on with the newest one of the same capture that was interrupted.

    What that capture had stored of files is taken over by ``session``. Journals of captures that have been committed
    since, or that nobody went on with for long, are taken away.
    """
    header = Header(workspace, partition, previous, now, settings_of(source))
    found = _headers(repository)
    tidy(repository, workspace, previous, now, found)
    memory = None
    for place, before in sorted(found, key=lambda pair: len(pair[1].continues), reverse=True):
        if not before.same_capture(header):
            continue
        with suppress(Damaged, ObjectMissing, ValueError, KeyError):
            # A journal that cannot be read is one that was never written: the questions are asked again.
            memory = _memory(repository, [*before.continues, place.id])
        if memory is None or memory.last is None or now - memory.last > OLDEST:
            memory = None
            continue
        if session.adopt(memory.fragments):
            header = replace(header, began=before.began, continues=(*before.continues, place.id))
            break
        memory = None
    writer = JournalWriter(repository.store, repository.keys, repository.entropy)
    budget = source.requests_per_minute
    return Journal(
        header,
        append=writer.append,
        memory=memory,
        flush_media=session.flush,
        every=max(1, budget // 6) if budget else None,
    )


def tidy(
    repository: Repository,
    workspace: str,
    previous: str | None,
    now: datetime,
    found: list[tuple[JournalPlace, Header]] | None = None,
) -> None:
    """Take away the journals of a workspace that do not build on its newest snapshot, and very old ones."""
    for place, header in _headers(repository) if found is None else found:
        old = now - header.began > _FORGOTTEN
        if old or (header.workspace == workspace and header.previous != previous):
            remove(place.id, repository.store)


def _headers(repository: Repository) -> list[tuple[JournalPlace, Header]]:
    found = []
    for place in journals(repository.store):
        with suppress(Damaged, ObjectMissing, ValueError, KeyError):
            part = read_part(place.parts[0], repository.store, repository.keys)
            found.append((place, Memory.header(part)))
    return found


def _memory(repository: Repository, ids: list[str]) -> Memory:
    parts = {place.id: place.parts for place in journals(repository.store)}
    names = [name for journal_id in ids for name in parts[journal_id]]
    return Memory(names, partial(read_part, store=repository.store, keys=repository.keys))
