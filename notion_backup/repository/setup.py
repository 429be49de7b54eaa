"""Making a repository, and unlocking one: from a store and a passphrase to verified keys, trust and log."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from hashlib import sha256

from notion_backup.errors import (
    Damaged,
    ObjectMissing,
    RepositoryError,
    RepositoryExists,
    RepositoryForeign,
    RepositoryMissing,
    UsageError,
    WrongPassphrase,
)
from notion_backup.repository import description, trust
from notion_backup.repository.canonical import MAX_CLEAR_BYTES
from notion_backup.repository.crypto.passphrase import KdfParameters
from notion_backup.repository.crypto.secrets import REPOSITORY_ID_BYTES, ROOT_SECRET_BYTES, Keys
from notion_backup.repository.crypto.signing import SEED_BYTES, SigningKey
from notion_backup.repository.description import RepositoryInfo
from notion_backup.repository.entry import GENESIS
from notion_backup.repository.history import CURE_LOG, History
from notion_backup.repository.keyfile import (
    FOLDER,
    Bundle,
    KeyFile,
    open_escrow,
    open_with_passphrase,
    read_keyfile,
    write_escrow,
    write_for_passphrase,
)
from notion_backup.repository.ports import Clock, Entropy, iso
from notion_backup.repository.probe import probe_store
from notion_backup.repository.recovery import RecoverySheet, sheet_for
from notion_backup.repository.store.protocol import Store
from notion_backup.repository.trust import Trust


@dataclass(frozen=True, slots=True)
class Opened:
    """All that a passphrase or a recovery sheet opens. ``signing_seed`` is None when no key file gave one."""

    store: Store
    info: RepositoryInfo
    keys: Keys
    trust: Trust
    history: History
    signer: SigningKey | None
    root_secret: bytes = field(repr=False)
    signing_seed: bytes | None = field(repr=False)


def create(
    store: Store, passphrase: str, kdf: KdfParameters, *, clock: Clock, entropy: Entropy
) -> tuple[Opened, RecoverySheet]:
    """Make a repository. ``repo.json`` is created exclusively and first, so of two makers only one goes on."""
    require_passphrase(passphrase)
    _require_vacant(store)
    probe_store(store, entropy)
    root_secret, signing_seed = entropy(ROOT_SECRET_BYTES), entropy(SEED_BYTES)
    repository_id = entropy(REPOSITORY_ID_BYTES)
    keys = Keys.derived(root_secret, repository_id)
    signer = SigningKey(signing_seed)
    info = RepositoryInfo(
        id=repository_id.hex(), format=description.FORMAT, created_at=iso(clock()), exclusive_create=True
    )
    describing = description.write_description(info, keys)
    if not store.put_if_absent(description.NAME, describing):
        raise _exists(store)
    bundle = Bundle(root_secret, signing_seed)
    store.put(*write_for_passphrase(bundle, passphrase, repository_id, kdf, clock=clock, entropy=entropy))
    store.put(*write_escrow(signing_seed, keys, clock=clock, entropy=entropy))
    trusted = Trust(1, (trust.TrustedKey(signer.public, frozenset({trust.WRITER, trust.MAINTAINER})),))
    trusting = trust.write_trust(trusted, keys)
    store.put(trust.FIRST_TRUST, trusting)
    history = History(store, keys, trusted)
    history.append(
        GENESIS,
        _genesis(describing, trusting) | {"created_at": info.created_at},
        lambda entry: True,
        signer=signer,
        entropy=entropy,
        sleep=time.sleep,
        jitter=lambda: 0.5,
    )
    opened = Opened(store, info, keys, trusted, history, signer, root_secret, signing_seed)
    return opened, sheet_for(root_secret, keys, store.url)


def unlock(store: Store, passphrase: str | None, recovery: RecoverySheet | None, *, tolerate_damage: bool) -> Opened:
    """Open and authenticate everything but the packs and the index."""
    describing = _description_of(store)
    info = description.read_description(describing, store.url)
    if recovery is not None:
        bundle, keys = _with_recovery(store, info, recovery)
    elif passphrase is not None:
        bundle, keys = _with_passphrase(store, info, passphrase)
    else:
        raise UsageError("Neither a passphrase nor a recovery sheet was given.")
    description.authenticate_description(describing, keys, store.url)
    trusting = _trust_of(store)
    trusted = trust.read_trust(trusting, keys, trust.FIRST_TRUST)
    history = History(store, keys, trusted)
    history.load()
    _check_genesis(store, history, describing, trusting, tolerate_damage=tolerate_damage)
    if not tolerate_damage:
        history.require_whole()
    seed = bundle.signing_seed or None
    signer = None if seed is None else SigningKey(seed)
    return Opened(store, info, keys, trusted, history, signer, bundle.root_secret, seed)


def require_passphrase(passphrase: str) -> None:
    """Raise UsageError when the passphrase is empty."""
    if not passphrase:
        raise UsageError("The passphrase is empty.", cure="Choose one that nobody guesses, such as six random words.")


def _genesis(describing: bytes, trusting: bytes) -> dict[str, str]:
    return {"description": sha256(describing).hexdigest(), "trust": sha256(trusting).hexdigest()}


def _check_genesis(
    store: Store, history: History, describing: bytes, trusting: bytes, *, tolerate_damage: bool
) -> None:
    entries = history.entries
    first = entries[0] if entries and entries[0].kind == GENESIS else None
    if first is None and not tolerate_damage:
        if not history.problems:
            raise Damaged(
                f"The repository in {store.url} has no history at all: its making was interrupted, or its log was "
                "removed.",
                cure="If nothing was ever backed up to it, delete it and run init again; otherwise restore log/ from "
                "a copy.",
            )
        raise Damaged(f"The history of {store.url} has lost its beginning.", cure=CURE_LOG)
    if first is not None:
        told = {key: first.body.get(key) for key in ("description", "trust")}
        if told != _genesis(describing, trusting):
            raise Damaged(
                f"{description.NAME} or {trust.FIRST_TRUST} in {store.url} is not the one its history began with.",
                cure="Restore these two files from a copy of the repository.",
            )


def _require_vacant(store: Store) -> None:
    if store.size(description.NAME) is not None:
        raise _exists(store)
    other = next((info.name for info in store.list("") if not info.name.startswith("probe/")), None)
    if other is not None:
        raise RepositoryForeign(
            f"{store.url} already holds something else ({other!r}) and no repository.",
            cure="Name an empty or new place.",
        )


def _exists(store: Store) -> RepositoryExists:
    return RepositoryExists(
        f"A repository lies in {store.url} already; nothing was changed.",
        cure="Use it as it is, or name another place.",
    )


def _description_of(store: Store) -> bytes:
    try:
        return store.get(description.NAME, 0, MAX_CLEAR_BYTES + 1)
    except ObjectMissing as error:
        first = next(iter(store.list("")), None)
        if first is None:
            raise RepositoryMissing(
                f"No repository lies in {store.url}.", cure="Check the place, or make one with `notion-backup init`."
            ) from error
        if any(next(iter(store.list(folder)), None) for folder in ("log/", "trust/")):
            raise Damaged(
                f"The repository in {store.url} has lost its {description.NAME}.",
                cure="Restore this file from a copy of the repository.",
            ) from error
        raise RepositoryForeign(
            f"{store.url} holds something else ({first.name!r}) and no repository.", cure="Check the place."
        ) from error


def _trust_of(store: Store) -> bytes:
    try:
        return store.get(trust.FIRST_TRUST, 0, MAX_CLEAR_BYTES + 1)
    except ObjectMissing as error:
        raise Damaged(
            f"The repository in {store.url} has lost its {trust.FIRST_TRUST}.",
            cure="Restore this file from a copy; if its making was interrupted, delete it and run init again.",
        ) from error


def _key_files(store: Store) -> tuple[list[KeyFile], list[RepositoryError]]:
    files, failures = [], []
    for info in store.list(FOLDER):
        try:
            files.append(read_keyfile(info.name, store.get(info.name, 0, MAX_CLEAR_BYTES + 1)))
        except RepositoryError as error:
            failures.append(error)
    return files, failures


def _with_passphrase(store: Store, info: RepositoryInfo, passphrase: str) -> tuple[Bundle, Keys]:
    files, failures = _key_files(store)
    tried = False
    for file in files:
        if not file.by_passphrase:
            continue
        try:
            bundle = open_with_passphrase(file, passphrase)
        except RepositoryError as error:
            failures.append(error)
            continue
        tried = True
        if bundle is not None:
            return bundle, Keys.derived(bundle.root_secret, info.id_bytes)
    if failures and not tried:
        raise failures[0]
    if not files:
        raise Damaged(
            f"The repository in {store.url} has no key files.",
            cure="Restore keys/ from a copy, or open it with the recovery sheet.",
        )
    raise WrongPassphrase(
        f"No key of the repository in {store.url} opens with this passphrase."
        + "".join(f" Also: {failure.what}" for failure in failures),
        cure="Check the passphrase (and that it is this repository's), or use the recovery sheet.",
    )


def _with_recovery(store: Store, info: RepositoryInfo, sheet: RecoverySheet) -> tuple[Bundle, Keys]:
    keys = Keys.derived(sheet.root_secret, info.id_bytes)
    describing = store.get(description.NAME, 0, MAX_CLEAR_BYTES + 1)
    if sheet.repository_id and sheet.repository_id != info.id:
        raise WrongPassphrase(
            f"The recovery sheet is of repository {sheet.repository_id}; in {store.url} lies {info.id}.",
            cure="Find the sheet of this repository, or the repository of this sheet.",
        )
    try:
        description.authenticate_description(describing, keys, store.url)
    except Damaged as error:
        raise WrongPassphrase(
            f"The recovery sheet does not fit the repository in {store.url}, or its {description.NAME} was changed.",
            cure="Find the sheet of this repository.",
        ) from error
    files, _ = _key_files(store)  # damaged ones matter to `verify`, not here: the root secret is in hand
    seeds = (open_escrow(file, keys) for file in files if not file.by_passphrase)
    seed = next((seed for seed in seeds if seed is not None and len(seed) == SEED_BYTES), b"")
    return Bundle(sheet.root_secret, seed), keys
