"""The one tree of errors: what happened, to which object, and what to do about it.

    NotionBackupError
    ├── UsageError            exit 2   wrong arguments
    │   └── SettingsError              a setting is missing or wrong
    ├── RepositoryError       exit 1
    │   ├── StoreError                 the place where objects lie did not do what was asked
    │   │   ├── StoreUnavailable       it cannot be reached, or refuses us
    │   │   │   └── StoreRefused       it refuses us: permissions or credentials
    │   │   ├── ObjectMissing          it holds no object of that name
    │   │   ├── StoreFull              no room is left
    │   │   └── StoreUnsuitable        it cannot do what a repository needs (exclusive creation)
    │   ├── RepositoryMissing          there is no repository there
    │   ├── RepositoryExists           there is one already
    │   ├── RepositoryForeign          something else lies there
    │   ├── FormatUnknown              written by a newer version
    │   ├── WrongPassphrase
    │   ├── HistoryRolledBack          the log is shorter than, or differs from, what was seen before
    │   └── Damaged                    stored bytes are not what was written
    ├── SnapshotError         exit 1
    │   └── SnapshotNotFound  exit 2   no snapshot answers to that name
    ├── ExportError           exit 1   the place an export goes to could not be written
    └── NotionError           exit 1
        ├── NotionUnauthorized         the token is missing, wrong or revoked
        ├── NotionForbidden            the token lacks a capability
        ├── NotionNotFound             absent or not shared; Notion does not tell the two apart
        ├── NotionRefused              any other refusal: asking again will not help
        ├── NotionUnavailable          the server cannot be reached or keeps failing
        └── NotionGarbled              the answer is not what the API promises (cut, HTML, no JSON)

An error is *transient* when the same call may succeed later; ``retry_after`` is the time the other side named,
in seconds. Exit statuses are those of the command line.
"""

from __future__ import annotations

from typing import ClassVar

EXIT_COMPLETE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3


class NotionBackupError(Exception):
    """Base of all errors this package raises on purpose.

    ``what`` says what happened and to which object; ``cure`` says what a person can do. Neither ever holds a
    secret, a signed URL or the text of a page.
    """

    exit_status: ClassVar[int] = EXIT_FAILED
    transient: ClassVar[bool] = False

    def __init__(self, what: str, *, cure: str = "", retry_after: float | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.cure = cure
        self.retry_after = retry_after

    @property
    def kind(self) -> str:
        """The class's name: stable, for scripts and for grouping."""
        return type(self).__name__

    def __str__(self) -> str:
        return f"{self.what} {self.cure}".rstrip() if self.cure else self.what


class UsageError(NotionBackupError):
    """The command was called in a way it cannot serve."""

    exit_status = EXIT_USAGE


class SettingsError(UsageError):
    """A setting is missing, malformed, or contradicts another."""


class RepositoryError(NotionBackupError):
    """Anything about the repository and the store below it."""


class StoreError(RepositoryError):
    """The store did not do what was asked."""


class StoreUnavailable(StoreError):
    """The store cannot be reached, or refuses the credentials it was given."""

    transient = True


class StoreRefused(StoreUnavailable):
    """The store refuses what was asked: permissions, credentials, a read-only medium. Asking again will not help."""

    transient = False


class ObjectMissing(StoreError):
    """The store holds no object of that name. The repository turns it into Damaged where one must be."""


class StoreFull(StoreError):
    """The store has no room left."""


class StoreUnsuitable(StoreError):
    """The store lacks something a repository cannot do without."""


class RepositoryMissing(RepositoryError):
    """No repository lies at the given place."""

    exit_status = EXIT_USAGE


class RepositoryExists(RepositoryError):
    """A repository lies there already; nothing was changed."""

    exit_status = EXIT_USAGE


class RepositoryForeign(RepositoryError):
    """The place holds something that is not a repository of this program."""

    exit_status = EXIT_USAGE


class FormatUnknown(RepositoryError):
    """The repository was written by a newer version, or needs a feature unknown here."""

    exit_status = EXIT_USAGE


class WrongPassphrase(RepositoryError):
    """No key in the repository opens with this passphrase."""

    exit_status = EXIT_USAGE


class HistoryRolledBack(RepositoryError):
    """The log is shorter than, or differs from, what this machine saw before."""


class Damaged(RepositoryError):
    """Stored bytes are missing or are not what was written."""


class SnapshotError(NotionBackupError):
    """Anything about what a snapshot holds."""


class SnapshotNotFound(SnapshotError):
    """No snapshot answers to the given name."""

    exit_status = EXIT_USAGE


class ExportError(NotionBackupError):
    """The place an export goes to could not be written; nothing half-written is left there."""


class NotionError(NotionBackupError):
    """Anything Notion, or the way to it, answered.

    ``status`` is the HTTP status (None when no answer came) and ``code`` Notion's own word for the error, or one of
    ours where Notion gave none.
    """

    def __init__(
        self,
        what: str,
        *,
        cure: str = "",
        retry_after: float | None = None,
        status: int | None = None,
        code: str = "",
    ) -> None:
        super().__init__(what, cure=cure, retry_after=retry_after)
        self.status = status
        self.code = code


class NotionUnauthorized(NotionError):
    """The token is missing, wrong or revoked (HTTP 401)."""

    exit_status = EXIT_FAILED


class NotionForbidden(NotionError):
    """The token lacks a capability or the plan forbids it (HTTP 403)."""


class NotionNotFound(NotionError):
    """Absent or not shared with the connection (HTTP 404): Notion does not tell the two apart."""


class NotionRefused(NotionError):
    """Any other refusal that asking again will not change (HTTP 400 and the like)."""


class NotionUnavailable(NotionError):
    """The server cannot be reached, limits us, or keeps failing, after all retries."""

    transient = True


class NotionGarbled(NotionError):
    """The answer is cut, is not JSON, or is not shaped as the API promises, after all retries."""

    transient = True
