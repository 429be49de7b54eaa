"""Users and custom emojis: listed whole where Notion allows, users that are only referred to one by one."""

from __future__ import annotations

from notion_backup.capture.bundle import Bundle
from notion_backup.capture.client import Raw
from notion_backup.capture.paging import collect, get
from notion_backup.capture.run import Run
from notion_backup.errors import NotionError, NotionForbidden, NotionRefused
from notion_backup.snapshot import Severity, Table


class People:
    """Reads users and custom emojis."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._forbidden = False

    def read_users(self) -> None:
        """The list of members; guests are not on it, and tokens of persons may not ask for it."""
        run = self._run
        try:
            users, incomplete = collect(run.reader, get("users"))
        except (NotionForbidden, NotionRefused) as error:
            run.problems.failed(error, "user-list-refused", Severity.NOTICE, "users", "users", "users")
            return
        except NotionError as error:
            run.problems.failed(error, "user-list-unreachable", Severity.MISSING, "users", "users", "users")
            return
        if incomplete is not None:
            why = f"Notion cut the list of users ({incomplete})."
            run.problems.report("listing-incomplete", Severity.MISSING, "users", "users", "users", why)
        for user in users:
            self.keep(user)

    def keep(self, user: Raw) -> None:
        """Keep a whole user object, unless one is kept."""
        if self._run.known.claim("user", user["id"]):
            self._run.writer.add(Table.USERS, user)

    def try_again(self) -> None:
        """Whether users may be read now, if they might not before: then all that names some has to be read again."""
        past = self._run.past
        user_id = past.some_user() if past.was_refused("users-forbidden") else None
        if user_id is not None:
            self.fetch(user_id, "users")
            if not self._forbidden:
                past.all_due()

    def fetch(self, user_id: str, inside: str) -> None:
        """Fetch a user who is on no list: a guest, a bot, one who left."""
        run = self._run
        if self._forbidden or not run.known.claim("user", user_id):
            return
        try:
            run.writer.add(Table.USERS, run.reader.get("users/{id}", id=user_id))
        except NotionForbidden as error:
            self._forbidden = True
            run.problems.failed(error, "users-forbidden", Severity.MISSING, "capability", "read users", "users")
        except NotionError as error:
            gone = error.status in (400, 404)
            severity = Severity.OUTSIDE if gone else Severity.MISSING
            run.problems.failed(error, "user-unknown", severity, "user", user_id, inside)

    def read_emojis(self) -> None:
        """Custom emojis, their images among the files."""
        run = self._run
        try:
            emojis, incomplete = collect(run.reader, get("custom_emojis"))
        except NotionError as error:
            refused = error.status in (400, 403, 404)
            severity = Severity.NOTICE if refused else Severity.MISSING
            for entry in run.past.entries(Table.CUSTOM_EMOJIS):
                # What was there before is better than nothing.
                run.writer.carry(Table.CUSTOM_EMOJIS, entry.id)
                run.writer.carry(Table.FILES, entry.id)
            run.problems.failed(error, "custom-emojis-unreachable", severity, "custom_emojis", "custom_emojis", "list")
            return
        if incomplete is not None:
            why = f"Notion cut the list of custom emojis ({incomplete})."
            run.problems.report("listing-incomplete", Severity.MISSING, "custom_emojis", "custom_emojis", "list", why)
        for emoji in emojis:
            run.writer.add(Table.CUSTOM_EMOJIS, emoji)
            bundle = Bundle(emoji["id"], run.writer, run.media)
            bundle.add_files("custom_emoji", emoji)
            bundle.done()
