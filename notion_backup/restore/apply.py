"""Doing a restore at a server: what reads, writes, uploads and keeps the journal, put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from notion_backup.capture.client import NotionReader
from notion_backup.capture.source import Source
from notion_backup.capture.waiting import Waiting
from notion_backup.restore.facts import Facts
from notion_backup.restore.finding import Finder
from notion_backup.restore.job import Job
from notion_backup.restore.journal import Journal
from notion_backup.restore.notion import NotionTarget
from notion_backup.restore.origin import Origin
from notion_backup.restore.selection import Selection
from notion_backup.restore.steps import run
from notion_backup.restore.uploads import Uploads
from notion_backup.restore.writer import NotionWriter


@dataclass(frozen=True, slots=True)
class Applied:
    """A restore that came to its end: what was made and lost, and the requests this process sent."""

    job: Job
    requests: Counter[str]


def apply(
    source: Source,
    origin: Origin,
    facts: Facts,
    selection: Selection,
    journal: Journal,
    *,
    waiting: Waiting | None = None,
    http: httpx.Client | None = None,
    phase: Callable[[str], None] = lambda _: None,
    tell: Callable[[str], None] = lambda _: None,
) -> Applied:
    """Restore ``selection`` below the page that ``facts`` name; what the journal has is not done again.

    ``http`` sends the writes and is closed. Raises NotionUnavailable, NotionUnauthorized and NotionForbidden when it
    cannot go on for now: everything made until then is in the journal.
    """
    waiting = waiting or Waiting()
    with NotionWriter(source, waiting=waiting, http=http) as writer, NotionReader(source, waiting=waiting) as reader:
        finder = Finder(reader)
        finder.know(facts.into, list(facts.present))
        target = NotionTarget(writer, finder, journal, Uploads(writer, finder, journal, origin))
        job = Job(origin, target, facts, selection, tell=tell)
        run(job, phase)
        return Applied(job, writer.requests + Counter(reader.requests))
