"""The repository: made once, opened with a passphrase, written through sessions, read by reference."""

from __future__ import annotations

import io
import os
import random as _random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import BinaryIO

from notion_backup.errors import Damaged, FormatUnknown, HistoryRolledBack, ObjectMissing, StoreRefused
from notion_backup.repository import setup
from notion_backup.repository.blob import BlobRef
from notion_backup.repository.codec import Codec
from notion_backup.repository.commit import Commit, commit_from
from notion_backup.repository.crypto.passphrase import KdfParameters
from notion_backup.repository.crypto.signing import SigningKey
from notion_backup.repository.description import RepositoryInfo
from notion_backup.repository.draft import load_draft
from notion_backup.repository.entry import COMMIT
from notion_backup.repository.history import Head, History, LogProblem
from notion_backup.repository.index import ChunkIndex, FilledPack, read_fragment
from notion_backup.repository.keyfile import Bundle, write_for_passphrase
from notion_backup.repository.pins import Pins
from notion_backup.repository.ports import Clock, Entropy, Sleep, iso, system_clock
from notion_backup.repository.reader import BlobFile, ChunkReader, chunk_ids
from notion_backup.repository.recovery import RecoverySheet, sheet_for
from notion_backup.repository.session import WriteSession
from notion_backup.repository.setup import Opened
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.verification.places import listed_packs
from notion_backup.repository.verification.report import Finding, Progress, References, VerifyReport
from notion_backup.repository.verification.run import Subject, verify

_READERS = 8


class Repository:
    """One opened repository. Thread-safe. Made by :meth:`init` and :meth:`open`."""

    def __init__(
        self,
        opened: Opened,
        *,
        pins: Pins | None = None,
        advance_pins: bool = True,
        clock: Clock = system_clock,
        random: Entropy = os.urandom,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.store = opened.store
        self.info: RepositoryInfo = opened.info
        self.keys = opened.keys
        self.trust = opened.trust
        self.opened = opened
        self._signer = opened.signer
        self._history = opened.history
        self._pins = pins
        self._advance_pins = advance_pins
        self._clock = clock
        self._random = random
        self._sleep = sleep
        self._jitter = _random.Random()
        self._codec = Codec()
        self._index = ChunkIndex()
        self._index_lock = threading.Lock()
        self._indexed: set[str] = set()
        self._indexed_to = -1
        self._bad_indexes: dict[str, Damaged] = {}
        self._chunks = ChunkReader(self.store, self.keys, self._codec, self.index)

    @classmethod
    def init(
        cls,
        store: Store,
        passphrase: str,
        *,
        kdf: KdfParameters | None = None,
        clock: Clock = system_clock,
        random: Entropy = os.urandom,
    ) -> tuple[Repository, RecoverySheet]:
        """Probe the store and make a repository in it.

        Raises StoreUnsuitable when it lacks exclusive creation, RepositoryExists when one is there, RepositoryForeign
        when the place holds something else, UsageError when the passphrase is empty.
        """
        opened, sheet = setup.create(store, passphrase, kdf or KdfParameters.default(), clock=clock, entropy=random)
        return cls(opened, clock=clock, random=random), sheet

    @classmethod
    def open(
        cls,
        store: Store,
        passphrase: str | None = None,
        *,
        recovery: RecoverySheet | None = None,
        pins: Pins | None = None,
        tolerate_damage: bool = False,
        clock: Clock = system_clock,
        random: Entropy = os.urandom,
        sleep: Sleep = time.sleep,
    ) -> Repository:
        """Open with a passphrase or with a recovery sheet, and verify the whole log.

        Raises RepositoryMissing, RepositoryForeign, FormatUnknown, WrongPassphrase, HistoryRolledBack (the log is
        not what ``pins`` remembers) or Damaged. With ``tolerate_damage`` a log with changed or missing entries opens
        too, so that what is left can be verified and exported; it cannot be written to.
        """
        opened = setup.unlock(store, passphrase, recovery, tolerate_damage=tolerate_damage)
        if pins is not None and not tolerate_damage:
            pins.check(opened.info.id, opened.history, store.url)
            pins.advance(opened.info.id, opened.history.head)
        return cls(opened, pins=pins, advance_pins=not tolerate_damage, clock=clock, random=random, sleep=sleep)

    @property
    def id(self) -> str:
        """The repository id, 32 hex digits."""
        return self.info.id

    @property
    def entropy(self) -> Entropy:
        """Where random bytes come from."""
        return self._random

    @property
    def head(self) -> Head:
        """Slot and digest of the last log entry: what a pin remembers."""
        return self._history.head

    @property
    def history(self) -> History:
        """The verified log."""
        return self._history

    @property
    def log_problems(self) -> list[LogProblem]:
        """Where the log is not what was written; empty unless opened with ``tolerate_damage`` or slots are void."""
        return self._history.problems

    def refresh(self) -> None:
        """See what others have committed since."""
        if self._history.refresh():
            self._remember()

    def commits(self) -> list[Commit]:
        """Every commit in slot order."""
        return [commit_from(entry) for entry in self._history.entries if entry.kind == COMMIT]

    def session(self) -> WriteSession:
        """Begin to write. Raises FormatUnknown when the repository has features this version cannot keep up.

        The packs are listed first: what the index says to lie in a pack that is gone or cut is stored anew as soon as
        it comes by, and so heals the older snapshots that need it.
        """
        self._require_writable()
        index = self.index()
        present = listed_packs(self.store)
        lost = frozenset(pack for pack, size in index.packs().items() if present.get(pack) != size)
        return WriteSession(
            self.store, self.keys, self.info, index, self._codec, self._random, self._history.require_whole, lost
        )

    def commit(self, draft_id: str) -> Commit:
        """Put a sealed draft into the history. Committing it again answers the same commit.

        Raises Damaged when the draft is unknown, StoreUnavailable when the store keeps failing.
        """
        self.refresh()
        done = self._committed(draft_id)
        if done is not None:
            return done
        signer = self._require_writable()
        body = load_draft(draft_id, self.store, self.keys).to_body() | {"committed_at": iso(self._clock())}
        entry = self._history.append(
            COMMIT,
            body,
            lambda other: other.body.get("id") == draft_id,
            signer=signer,
            entropy=self._random,
            sleep=self._sleep,
            jitter=self._jitter.random,
        )
        self._remember()
        return commit_from(entry)

    def read(self, ref: BlobRef) -> bytes:
        """A whole blob. Raises Damaged when any of its chunks is not what was stored."""
        if ref.depth == 0:
            data = self._chunks.read(ref.root, ref.kind)
            if len(data) != ref.size:
                raise Damaged(f"Chunk {ref.root.hex()[:16]} is not as long as its reference says.")
            return data
        return BlobFile(ref, self._chunks).readall()

    def open_blob(self, ref: BlobRef) -> BinaryIO:
        """The same as a seekable file that reads only what is asked for."""
        return io.BufferedReader(BlobFile(ref, self._chunks), buffer_size=256 * 1024)

    def chunk_ids(self, ref: BlobRef) -> Iterator[bytes]:
        """Every chunk id of a blob in order, tree nodes included."""
        return chunk_ids(ref, self._chunks)

    def verify(
        self,
        level: str,
        *,
        references: References,
        commits: list[Commit] | None = None,
        sample: float = 0.1,
        progress: Progress | None = None,
        random: _random.Random | None = None,
    ) -> VerifyReport:
        """Prove all commits, or some. Damage is a finding, not an error.

        ``structure``: the small files, the log, the index; every chunk that ``references`` names is indexed and every
        pack is there with its size. ``sample``: also a share of the packs, chosen by ``random``, decrypted. ``full``:
        every byte of every object, those of unfinished sessions too unless ``commits`` are given.
        """
        self.refresh()
        subject = Subject(self.store, self.keys, self.trust, self._history, self.commits())
        report = verify(
            subject,
            level,
            references,
            only=commits,
            sample=sample,
            chooser=random or _random.Random(),
            progress=progress,
        )
        return replace(report, findings=[*self._pin_findings(), *report.findings])

    def add_passphrase(self, passphrase: str, *, kdf: KdfParameters | None = None) -> str:
        """Let another passphrase open the repository. Answers the name of the new key file.

        Raises StoreRefused when this repository was opened without its signing key.
        """
        setup.require_passphrase(passphrase)
        if self.opened.signing_seed is None:
            raise _no_signing_key(self.store.url)
        name, data = write_for_passphrase(
            Bundle(self.opened.root_secret, self.opened.signing_seed),
            passphrase,
            self.info.id_bytes,
            kdf or KdfParameters.default(),
            clock=self._clock,
            entropy=self._random,
        )
        self.store.put(name, data)
        return name

    def recovery_sheet(self) -> RecoverySheet:
        """The sheet that opens this repository without a passphrase, as ``init`` gave it."""
        return sheet_for(self.opened.root_secret, self.keys, self.store.url)

    def index(self) -> ChunkIndex:
        """The chunks of every commit read so far. Damaged fragments are left out, see ``bad_indexes``."""
        head = self._history.head.slot
        if head == self._indexed_to:
            return self._index
        with self._index_lock:
            wanted = [
                name
                for commit in self.commits()
                for name in commit.indexes
                if name not in self._indexed and name not in self._bad_indexes
            ]
            with ThreadPoolExecutor(max_workers=_READERS) as pool:
                for name, packs in zip(wanted, pool.map(self._fragment, wanted), strict=True):
                    if isinstance(packs, Damaged):
                        self._bad_indexes[name] = packs
                    else:
                        self._index.add(packs)
                        self._indexed.add(name)
            self._indexed_to = max(head, self._indexed_to)
            return self._index

    @property
    def bad_indexes(self) -> dict[str, Damaged]:
        """Index fragments that could not be read, and why."""
        with self._index_lock:
            return dict(self._bad_indexes)

    def _fragment(self, name: str) -> list[FilledPack] | Damaged:
        try:
            return read_fragment(name, self.store.get(name), self.keys)
        except ObjectMissing:
            return Damaged(f"{name} is gone.", cure="Restore this object from a copy of the repository.")
        except Damaged as error:
            return error

    def _committed(self, draft_id: str) -> Commit | None:
        return next((commit for commit in self.commits() if commit.id == draft_id), None)

    def _require_writable(self) -> SigningKey:
        unknown = self.info.unknown_write_features()
        if unknown:
            raise FormatUnknown(
                f"Writing to {self.store.url} needs features this version does not know: {', '.join(unknown)}.",
                cure="Install a newer notion-backup; reading works with this one.",
            )
        self._history.require_whole()
        if self._signer is None:
            raise _no_signing_key(self.store.url)
        return self._signer

    def _pin_findings(self) -> list[Finding]:
        try:
            if self._pins is not None:
                self._pins.check(self.id, self._history, self.store.url)
        except HistoryRolledBack as error:
            return [Finding("history-rolled-back", "log/", error.what, error.cure)]
        return []

    def _remember(self) -> None:
        if self._pins is not None and self._advance_pins:
            self._pins.advance(self.id, self.head)


def _no_signing_key(url: str) -> StoreRefused:
    return StoreRefused(
        f"{url} was opened without a signing key: its key files are gone, so it can be read but not written.",
        cure="Restore keys/ from a copy of the repository.",
    )
