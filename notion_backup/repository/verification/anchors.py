"""The small objects everything hangs on: repo.json, trust, keys, the log, drafts."""

from __future__ import annotations

from collections.abc import Iterator

from notion_backup.errors import Damaged, FormatUnknown, ObjectMissing, RepositoryForeign
from notion_backup.repository import description, draft, trust
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.entry import COMMIT, GENESIS, digest_of
from notion_backup.repository.history import CURE_LOG, STRAY, VOID, History
from notion_backup.repository.keyfile import FOLDER as KEYS
from notion_backup.repository.keyfile import read_keyfile
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.verification.report import CURE_COPY, Finding


def check_clear_files(store: Store, keys: Keys, history: History) -> Iterator[Finding]:
    """repo.json, trust/1.json and keys/: each byte as it was written, and the first entry's word for the first two."""
    first = next((entry for entry in history.entries if entry.kind == GENESIS), None)
    for name, told in ((description.NAME, "description"), (trust.FIRST_TRUST, "trust")):
        try:
            data = store.get(name)
            if told == "description":
                description.read_description(data, store.url)
                description.authenticate_description(data, keys, store.url)
            else:
                trust.read_trust(data, keys, name)
        except ObjectMissing:
            yield Finding(f"{told}-missing", name, f"{name} is gone.", CURE_COPY)
        except (Damaged, FormatUnknown, RepositoryForeign) as error:
            yield Finding(f"{told}-damaged", name, error.what, CURE_COPY)
        else:
            if first is not None and first.body.get(told) != digest_of(data):
                what = f"{name} is not the one the history began with."
                yield Finding(f"{told}-changed", name, what, CURE_COPY)
    yield from _check_keys(store)


def check_log(fresh: History, known: History) -> Iterator[Finding]:
    """The log as it lies there now, and whether it still holds all that was read before."""
    of_slot = {entry.slot: entry for entry in known.entries}
    reported = set()
    for problem in fresh.problems:
        number = int(problem.object.rpartition("/")[2])
        entry = of_slot.get(number)
        reported.add(number)
        hurt = [str(entry.body.get("id"))] if entry is not None and entry.kind == COMMIT else []
        cure = CURE_LOG
        if problem.code in (VOID, STRAY):
            cure = (
                "If a snapshot is missing from the list, restore this object from a copy. If none is, somebody wrote "
                "to the store who may not: find out who can."
            )
        yield Finding(problem.code, problem.object, problem.what, cure, hurt)
    now = {entry.slot: entry.digest for entry in fresh.entries}
    for slot, entry in of_slot.items():
        if now.get(slot) != entry.digest and slot not in reported:
            hurt = [str(entry.body.get("id"))] if entry.kind == COMMIT else []
            name = f"log/{slot:016d}"
            yield Finding(
                "log-rolled-back", name, f"{name} was there before and is gone or another now.", CURE_LOG, hurt
            )
    if not fresh.entries:
        yield Finding("log-missing", "log/", "The repository has no history.", CURE_LOG)


def check_drafts(store: Store, keys: Keys) -> Iterator[tuple[draft.Draft | None, Finding | None]]:
    """Each draft, or what is wrong with it."""
    for info in store.list(draft.FOLDER):
        try:
            yield draft.read_draft(info.name, store.get(info.name), keys), None
        except ObjectMissing:
            continue  # committed and collected since it was listed
        except Damaged as error:
            cure = "Delete it: nothing committed relies on it. If its capture was not committed, capture again."
            yield None, Finding("draft-damaged", info.name, error.what, cure)


def _check_keys(store: Store) -> Iterator[Finding]:
    intact = 0
    for info in store.list(KEYS):
        try:
            read_keyfile(info.name, store.get(info.name))
            intact += 1
        except ObjectMissing:
            continue  # removed since it was listed
        except (Damaged, FormatUnknown) as error:
            cure = "Restore it from a copy, or set a new passphrase while the repository can still be opened."
            yield Finding("key-damaged", info.name, error.what, cure)
    if not intact:
        cure = "Restore keys/ from a copy; until then only the recovery sheet opens the repository."
        yield Finding("key-missing", KEYS, "No intact key file is left.", cure)
