"""One capture from beginning to end: connect, read, look up references, settle, wait for media."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from notion_backup.capture.absent import Absent
from notion_backup.capture.client import NotionReader, Raw
from notion_backup.capture.comments import CommentReader
from notion_backup.capture.crew import Crew
from notion_backup.capture.databases import Databases
from notion_backup.capture.download import Fetcher
from notion_backup.capture.enumerate import Enumeration
from notion_backup.capture.finishing import Finishing
from notion_backup.capture.journal import Journal
from notion_backup.capture.known import Known
from notion_backup.capture.media import MediaDesk
from notion_backup.capture.pages import Pages
from notion_backup.capture.past import Past
from notion_backup.capture.people import People
from notion_backup.capture.problems import Problems
from notion_backup.capture.report import CaptureReport, Phase, Progress, Tally
from notion_backup.capture.run import Run
from notion_backup.capture.settle import ROUNDS, Settling
from notion_backup.capture.source import Source
from notion_backup.capture.synced import SyncedCopies
from notion_backup.capture.waiting import Stopped, Waiting
from notion_backup.errors import NotionError, NotionForbidden, NotionNotFound, NotionRefused
from notion_backup.snapshot import Severity, SnapshotWriter, WorkspaceIdentity

_CONNECT_ATTEMPTS = 5
_MEDIA_TIMEOUT = httpx.Timeout(30.0, read=60.0)


def capture_workspace(
    source: Source,
    writer: SnapshotWriter,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    waiting: Waiting | None = None,
    journal: Journal | None = None,
) -> CaptureReport:
    """Read a whole workspace into ``writer``. Commits nothing: that is the caller's next step.

    What cannot be had is a problem in the snapshot and stops nothing. Raises NotionUnauthorized for a bad token,
    NotionUnavailable when the server is out of reach, and whatever the writer raises. Ctrl-C ends the workers first.
    ``journal`` keeps what is answered, and answers first what an interrupted run of this capture was told.
    """
    waiting = waiting or Waiting()
    started = journal.began if journal is not None else clock()
    reader = NotionReader(source, waiting=waiting, now=clock, journal=journal)
    media_http = httpx.Client(timeout=_MEDIA_TIMEOUT, follow_redirects=False)
    tally = Tally(progress, lambda: reader.total_requests, waiting.monotonic)
    with reader, media_http:
        tally.phase(Phase.CONNECT)
        me, unknown = _who(reader)
        reader.same_workspace()
        crew = Crew(source.workers, waiting, name="notion")
        tally.discovery(lambda: crew.listing)
        media_crew = Crew(source.media_workers, waiting, name="media")
        try:
            problems = Problems(writer, tally)
            if unknown is not None:
                problems.failed(unknown, "identity-unknown", Severity.NOTICE, "connection", "users/me", "users/me")
            fetcher = Fetcher(media_http, waiting, limits=source.limits)
            media = MediaDesk(
                media_crew, fetcher, reader, writer, problems, tally, external=source.external_files, journal=journal
            )
            if journal is not None:
                journal.admit(identity_of(me))
            past = Past(writer.previous, started, source.verify_within)
            run = Run(source, reader, writer, crew, media, Known(), past, problems, tally, clock)
            _Capture(run, media_crew, started).work(me)
        except Stopped:
            # A worker failed while this thread was busy itself: the worker's error is the one to tell.
            crew.raise_error()
            media_crew.raise_error()
            raise
        finally:
            # Whatever ended the capture, no worker outlives it.
            waiting.stop()
            crew.close()
            media_crew.close()
        tally.phase(Phase.DONE)
        return CaptureReport(
            identity=identity_of(me),
            requests=reader.requests,
            downloads=media.downloads,
            downloaded_bytes=media.downloaded_bytes,
            started=started,
            finished=clock(),
        )


def _who(reader: NotionReader) -> tuple[Raw | None, NotionError | None]:
    """What ``GET users/me`` tells, or why it does not; a token that is refused there may read all the same.

    Raises NotionUnauthorized, NotionUnavailable and NotionGarbled: nothing else would be answered either. Somebody
    waits for this first answer and nothing has been done yet, so it is not tried for long.
    """
    try:
        return reader.get("users/me", attempts=_CONNECT_ATTEMPTS, live=True), None
    except (NotionForbidden, NotionNotFound, NotionRefused) as error:
        return None, error


def identity_of(me: Raw | None) -> WorkspaceIdentity:
    """Who the token is and whose workspace it sees, from ``GET users/me``."""
    if me is None:
        return WorkspaceIdentity(bot_id="unknown", workspace_id=None, workspace_name=None)
    bot = me.get("bot")
    facts = bot if isinstance(bot, dict) else {}
    workspace_id, name = facts.get("workspace_id"), facts.get("workspace_name")
    return WorkspaceIdentity(
        bot_id=str(me.get("id")),
        workspace_id=workspace_id if isinstance(workspace_id, str) else None,
        workspace_name=name if isinstance(name, str) else None,
    )


@dataclass(frozen=True, slots=True)
class _Capture:
    """The phases of one capture."""

    run: Run
    media_crew: Crew
    started: datetime

    def work(self, me: Raw | None) -> None:
        run = self.run
        copies = SyncedCopies(run.known, run.past)
        pages = Pages(run, CommentReader(run), copies)
        people = People(run)
        databases = Databases(run, pages)
        absent = Absent(run, pages, databases, people)
        enumeration = Enumeration(run, pages, databases, people, absent)
        finishing = Finishing(run, copies)
        settling = Settling(run, enumeration, pages, self.started)

        run.tally.phase(Phase.READ)
        people.try_again()
        databases.try_again()
        enumeration.begin()
        self._drain()
        if me is not None:
            people.keep(me)  # unless it is on the list: what Notion lists is what is kept
        self._complete(enumeration, finishing, accounted=False)
        self._account(absent)
        self._complete(enumeration, finishing)
        absent.judge()
        run.tally.phase(Phase.SETTLE)
        for _ in range(ROUNDS):
            if not settling.read_again():
                break
            self._complete(enumeration, finishing)
        else:
            settling.report_moving()
        run.tally.phase(Phase.MEDIA)
        self.media_crew.drain()
        # A comment read late may have been waiting for its page's last file.
        self._drain()

    def _account(self, absent: Absent) -> None:
        """For everything that the previous snapshot has and nothing has brought up."""
        if absent.query_rows():
            self._drain()
        absent.account()
        self._drain()

    def _complete(self, enumeration: Enumeration, finishing: Finishing, *, accounted: bool = True) -> None:
        """Until nothing is left that was met and not read. ``accounted``: for what was known before, too."""
        self._drain()
        self.run.tally.phase(Phase.REFERENCES)
        while True:
            while enumeration.look_up():
                self._drain()
            finishing.look_for_originals()
            while enumeration.look_up():
                self._drain()
            finishing.read_orphans()
            if accounted:
                # A body still to be asked for may be where they stand.
                finishing.fetch_detached()
            self._drain()
            if not enumeration.look_up():
                return
            self._drain()

    def _drain(self) -> None:
        self.run.crew.drain()
        # A media worker that failed for good has stopped everything: its error is the one to tell.
        self.media_crew.raise_error()
