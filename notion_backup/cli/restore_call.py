"""What one call of ``restore`` is about: from where, what of it, and to where."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING

from notion_backup.cli.context import Session
from notion_backup.cli.safetext import safe
from notion_backup.errors import UsageError

if TYPE_CHECKING:
    from notion_backup.capture.source import Source
    from notion_backup.repository import Commit
    from notion_backup.restore.origin import Origin, SnapshotOrigin
    from notion_backup.restore.preflight import Preflight
    from notion_backup.restore.restores import Restores
    from notion_backup.restore.selection import Selection


class RestoreCall:
    """One call: the snapshot, the selection in it, the target, and the restores known so far."""

    def __init__(
        self,
        begun: Session,
        workspace: str | None,
        snapshot: str,
        as_of: str | None,
        into: str,
        pages: tuple[str, ...],
        changed_since: str | None,
        deleted_since: str | None,
        files: Path | None,
    ) -> None:
        from notion_backup.restore.restores import Restores, line_of
        from notion_backup.snapshot import id_in

        self.begun = begun
        settings = begun.settings
        self.workspace = begun.workspace(workspace)
        self.token = settings.restore_token()
        self.base_url = settings.restore_base_url(self.workspace)
        self.budget = settings.restore_budget(self.workspace)
        target = id_in(into)
        if target is None:
            raise UsageError(f"{safe(into, 80)!r} is no page's id or Notion URL.", cure="Copy the target page's link.")
        self.into = target
        self._snapshot, self._as_of, self._pages = snapshot, as_of, pages
        self._changed, self._deleted = changed_since, deleted_since
        self._files = files.absolute() if files is not None else None
        words = [
            str(self._files or snapshot),
            as_of or "",
            changed_since or "",
            deleted_since or "",
            self.into,
            self.base_url,
            *pages,
        ]
        self.line = line_of([self.workspace.name, *words])
        # What comes out of files needs no repository; where one is set, it takes a copy of the journal all the same.
        needed = self._files is None or settings.repository_url is not None
        self.repository = begun.repository() if needed else None
        self.restores: Restores = Restores(settings.restores, self.repository)

    def source(self) -> Source:
        """Where to write, and how patiently."""
        from notion_backup.capture.source import Source

        return Source(
            token=self.token.get_secret_value(),
            base_url=self.base_url,
            requests_per_minute=self.budget,
            ledger=self.begun.settings.ledgers,
        )

    def commit(self) -> Commit:
        """The snapshot that is restored from."""
        if self._deleted is not None:
            return self.begun.commit(self._deleted, self.workspace.name)
        if self._as_of is None:
            return self.begun.commit(self._snapshot, self.workspace.name)
        return self.begun.commit_at(self._as_of, self.workspace.name)

    def origin(self) -> tuple[Origin, str]:
        """The snapshot or the folder of files, as the source of a restore, with what names it in a journal."""
        from notion_backup.restore.work import files_name, origin_of

        name = files_name(self._files) if self._files is not None else self.commit().id
        return origin_of(name, self.begun.repository), name

    def selection(self, origin: Origin) -> Selection:
        """What is restored of it."""
        from notion_backup.restore import selection as selecting
        from notion_backup.restore.origin import SnapshotOrigin
        from notion_backup.snapshot import Table

        if not isinstance(origin, SnapshotOrigin):
            return self._named_in_files(origin)
        if self._pages:
            return self._named(origin)
        if self._changed is not None:
            since = datetime.combine(_day(self._changed, "--changed-since"), time.min, UTC)
            found = [
                entry.id
                for table in (Table.PAGES, Table.DATABASES)
                for entry in origin.snapshot.entries(table)
                if entry.last_edited_time is not None and entry.last_edited_time >= since and not entry.in_trash
            ]
            return selecting.only(origin, found)
        if self._deleted is not None:
            now = self.begun.snapshot(self._snapshot, self.workspace.name)
            kept = {
                entry.id
                for table in (Table.PAGES, Table.DATABASES)
                for entry in now.entries(table)
                if not entry.in_trash and not entry.unshared
            }
            then = [
                entry.id
                for table in (Table.PAGES, Table.DATABASES)
                for entry in origin.snapshot.entries(table)
                if not entry.in_trash
            ]
            return selecting.only(origin, [one for one in then if one not in kept])
        return selecting.whole(origin)

    def _named(self, origin: SnapshotOrigin) -> Selection:
        from notion_backup.restore import selection as selecting
        from notion_backup.snapshot import Table, find

        found = [find(origin.snapshot, text) for text in self._pages]
        blocks = [one for one in found if one.table is Table.BLOCKS]
        if not blocks:
            return selecting.chosen(origin, [one.id for one in found])
        if len(found) > 1:
            raise UsageError("A block is restored by itself.", cure="Name it alone with --page.")
        return selecting.Selection((("page", str(blocks[0].owner_id)),), block=blocks[0].id)

    def _named_in_files(self, origin: Origin) -> Selection:
        from notion_backup.restore import selection as selecting
        from notion_backup.snapshot import id_in

        if self._changed is not None or self._deleted is not None:
            raise UsageError("Files are of one moment: --changed-since and --deleted-since need a snapshot.")
        if not self._pages:
            return selecting.whole(origin)
        ids = [id_in(text) for text in self._pages]
        if None in ids:
            raise UsageError("In files, objects are named by id or Notion URL.")
        return selecting.chosen(origin, [one for one in ids if one is not None])

    def preflight(self, origin: Origin, selection: Selection) -> Preflight:
        """The target, looked at."""
        from notion_backup.capture.client import NotionReader
        from notion_backup.restore.preflight import preflight

        if not selection.roots:
            raise UsageError("There is nothing to restore.", cure="`notion-backup ls` shows what the snapshot holds.")
        with NotionReader(self.source()) as reader:
            return preflight(reader, self.into, origin, selection)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{option} is {safe(text, 40)!r}.", cure="Give a date such as 2026-11-22.") from error
