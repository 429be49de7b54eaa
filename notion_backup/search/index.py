"""The search index of one workspace: every version of every object that any snapshot has, and which snapshots have it.

It is derived: made from snapshots in their order, brought up to date from what changed, and dropped when in doubt.
One full-text row a version; a version lives in stretches of snapshots (``lives``), so that one index answers for any
snapshot and for all of history.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from notion_backup.errors import Damaged
from notion_backup.repository import Commit, Repository
from notion_backup.search.attachments import Extent, text_of
from notion_backup.search.documents import COLUMNS, Document, documents, versions_in
from notion_backup.search.vault import reading, writing
from notion_backup.search.words import words
from notion_backup.snapshot import FileRef, SnapshotReader, open_snapshot

SCHEMA_VERSION = 3

_SCHEMA = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT);
CREATE TABLE snapshots (slot INTEGER PRIMARY KEY, id TEXT);
CREATE TABLE versions (
    version INTEGER PRIMARY KEY, id TEXT, digest BLOB, kind TEXT, title TEXT, parent TEXT, author TEXT, editor TEXT,
    edited INTEGER, in_trash INTEGER, unshared INTEGER, content BLOB
);
CREATE UNIQUE INDEX versions_by_id ON versions (id, digest);
CREATE TABLE lives (version INTEGER, first INTEGER, last INTEGER, PRIMARY KEY (version, first)) WITHOUT ROWID;
CREATE INDEX lives_by_last ON lives (last);
CREATE TABLE attachments (sha256 TEXT PRIMARY KEY, content BLOB, extent TEXT);
CREATE VIRTUAL TABLE words USING fts5 (
    {", ".join(COLUMNS)}, content='', columnsize=1,
    tokenize = "unicode61 remove_diacritics 0 categories 'L* N* M* Co'"
);
"""

Progress = Callable[[str, int, int], None]
"""Told: the snapshot being indexed, how many of its changed objects are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Update:
    """What bringing an index up to date did."""

    snapshots: int
    versions: int
    rebuilt: bool


def index_path(home: Path, repository: Repository, workspace: str) -> Path:
    """Where the index of a workspace lies in a home."""
    return home / "search" / f"{repository.id}-{workspace}.index"


def update_index(
    path: Path,
    repository: Repository,
    commits: Sequence[Commit],
    *,
    rebuild: bool = False,
    progress: Progress | None = None,
) -> Update:
    """Bring the index up to date with the snapshots of its workspace, given in their order.

    Only snapshots it does not have are read, and of these only what changed. It is made anew when told to, when it is
    of another version, damaged, or has a snapshot that is no longer there.
    """
    if rebuild:
        path.unlink(missing_ok=True)
    known = _known(path, repository)
    wanted = [(commit.slot, commit.id) for commit in commits]
    rebuilt = path.exists() and known != wanted[: len(known)]
    if rebuilt or (path.exists() and not known):
        path.unlink(missing_ok=True)
        known = []
    missing = commits[len(known) :]
    if not missing:
        return Update(0, 0, rebuilt)
    try:
        return Update(len(missing), _take_in(path, repository, missing, known, progress), rebuilt)
    except Damaged:
        if not known:
            raise
        # Damage in what the index had: made from the snapshots alone it is whole, or they are what is damaged.
        return update_index(path, repository, commits, rebuild=True, progress=progress)


def is_current(path: Path, repository: Repository, commits: Sequence[Commit]) -> bool:
    """Whether the index has exactly these snapshots."""
    return _known(path, repository) == [(commit.slot, commit.id) for commit in commits]


def _take_in(
    path: Path,
    repository: Repository,
    missing: Sequence[Commit],
    known: list[tuple[int, str]],
    progress: Progress | None,
) -> int:
    count = 0
    with writing(path, repository) as database:
        if not known:
            database.execute(_SCHEMA)
            database.execute("INSERT INTO facts VALUES ('schema', ?)", (str(SCHEMA_VERSION),))
        previous = known[-1][0] if known else None
        for commit in missing:
            count += _add(database, open_snapshot(repository, commit), previous, progress)
            previous = commit.slot
    return count


def _known(path: Path, repository: Repository) -> list[tuple[int, str]]:
    """The snapshots an index has; none where it is missing, damaged or of another version."""
    if not path.exists():
        return []
    try:
        with reading(path, repository) as database:
            (schema,) = database.execute("SELECT value FROM facts WHERE name = 'schema'").fetchone() or ("",)
            if schema != str(SCHEMA_VERSION):
                return []
            return [(int(slot), str(one)) for slot, one in database.execute("SELECT * FROM snapshots ORDER BY slot")]
    except (Damaged, apsw.SQLError):
        return []


def _add(database: apsw.Connection, snapshot: SnapshotReader, previous: int | None, progress: Progress | None) -> int:
    """One more snapshot: what the last one had alike goes on living, new versions are read, old ones begin again."""
    slot = snapshot.commit.slot
    with database:
        database.execute("INSERT INTO snapshots VALUES (?, ?)", (slot, snapshot.commit.id))
        now = versions_in(snapshot)
        living = {
            object_id: (version, digest)
            for object_id, version, digest in database.execute(
                "SELECT id, v.version, digest FROM lives l JOIN versions v USING (version) WHERE last = ?", (previous,)
            )
        }
        same = [version for one, (version, digest) in living.items() if now.get(one) == digest]
        database.executemany(
            "UPDATE lives SET last = ? WHERE version = ? AND last = ?", ((slot, version, previous) for version in same)
        )
        changed = {one: digest for one, digest in now.items() if one not in living or living[one][1] != digest}
        back = _known_versions(database, changed)
        database.executemany("INSERT INTO lives VALUES (?, ?, ?)", ((version, slot, slot) for version in back.values()))
        unread = {one: digest for one, digest in changed.items() if one not in back}
        for done, document in enumerate(documents(snapshot, unread, _Attachments(database, snapshot))):
            _insert(database, document, slot)
            if progress is not None and done % 500 == 0:
                progress(snapshot.commit.id, done, len(unread))
    return len(unread)


def _known_versions(database: apsw.Connection, changed: dict[str, bytes]) -> dict[str, int]:
    """Those of the changed objects that are as they were once before."""
    found = {}
    for one, digest in changed.items():
        row = database.execute("SELECT version FROM versions WHERE id = ? AND digest = ?", (one, digest)).fetchone()
        if row is not None:
            found[one] = int(row[0])
    return found


def _insert(database: apsw.Connection, document: Document, slot: int) -> None:
    content = {name: getattr(document, name) for name in COLUMNS[1:]}
    database.execute(
        f"INSERT INTO versions VALUES (NULL, {', '.join('?' * 11)})",
        (
            document.id,
            document.version,
            document.kind,
            _storable(document.title),
            document.parent,
            document.author,
            document.editor,
            int(document.edited.timestamp()) if document.edited else None,
            document.in_trash,
            document.unshared,
            pack(content),
        ),
    )
    version = database.last_insert_rowid()
    database.execute("INSERT INTO lives VALUES (?, ?, ?)", (version, slot, slot))
    texts = [" ".join(words(text) for _, text in content[name]) for name in COLUMNS[1:]]
    database.execute(
        f"INSERT INTO words (rowid, {', '.join(COLUMNS)}) VALUES (?, {', '.join('?' * len(COLUMNS))})",
        (version, words(document.title), *texts),
    )


def pack(content: dict[str, list[tuple[str, str]]]) -> bytes:
    """The texts of a version as they are stored for excerpts."""
    return zlib.compress(json.dumps(content).encode("ascii"), 3)


def unpack(content: bytes) -> dict[str, list[tuple[str, str]]]:
    """What :func:`pack` made."""
    found: dict[str, list[tuple[str, str]]] = json.loads(zlib.decompress(content))
    return found


def _storable(text: str) -> str:
    """A lone surrogate has no UTF-8: a question mark stands for it."""
    return text.encode("utf-8", "replace").decode("utf-8")


class _Attachments:
    """The text of files, read once for each content however many snapshots and objects show it."""

    def __init__(self, database: apsw.Connection, snapshot: SnapshotReader) -> None:
        self._database = database
        self._snapshot = snapshot

    def __call__(self, file: FileRef) -> str | None:
        if file.media is None:
            return None
        key = (file.media.sha256,)
        known = self._database.execute("SELECT content FROM attachments WHERE sha256 = ?", key).fetchone()
        if known is not None:
            return zlib.decompress(known[0]).decode("utf-8") or None
        found = text_of(self._snapshot, file)
        stored = zlib.compress((found.text or "").encode("utf-8", "replace"), 3)
        self._database.execute("INSERT INTO attachments VALUES (?, ?, ?)", (*key, stored, found.extent.value))
        return found.text


def attachments_read(database: apsw.Connection) -> dict[Extent, int]:
    """How many contents of files were read how far. What is not ``WHOLE`` has text that a search does not see."""
    counts = dict.fromkeys(Extent, 0)
    for extent, number in database.execute("SELECT extent, count(*) FROM attachments GROUP BY extent"):
        counts[Extent(extent)] = int(number)
    return counts


def snapshots_in(database: apsw.Connection) -> Iterator[tuple[int, str]]:
    """Slot and id of every snapshot an index has."""
    for slot, snapshot_id in database.execute("SELECT slot, id FROM snapshots ORDER BY slot"):
        yield int(slot), str(snapshot_id)
