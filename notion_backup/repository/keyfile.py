"""keys/<sha256>: the root secret and the signing key, wrapped for one passphrase.

A second form is wrapped under the root secret itself and holds the signing key alone, so that whoever opens the
repository with its recovery sheet can go on writing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from notion_backup.errors import Damaged, FormatUnknown
from notion_backup.repository.canonical import parse, render, render_compact
from notion_backup.repository.crypto.passphrase import MAX_SALT_BYTES, MIN_SALT_BYTES, KdfParameters
from notion_backup.repository.crypto.secrets import ROOT_SECRET_BYTES, Keys
from notion_backup.repository.crypto.signing import SEED_BYTES
from notion_backup.repository.ports import Clock, Entropy, iso

FOLDER = "keys/"
_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a passphrase opens."""

    root_secret: bytes = field(repr=False)
    signing_seed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """One parsed key file: ``fields`` are clear and authenticated, ``box`` is nonce and ciphertext."""

    name: str
    fields: dict[str, Any]
    box: bytes = field(repr=False)

    @property
    def by_passphrase(self) -> bool:
        """Whether a passphrase opens it (otherwise the root secret does)."""
        return bool(self.fields["wrap"] == "passphrase")


def write_for_passphrase(
    bundle: Bundle, passphrase: str, repository_id: bytes, kdf: KdfParameters, *, clock: Clock, entropy: Entropy
) -> tuple[str, bytes]:
    """Name and bytes of a key file that this passphrase opens."""
    salt = entropy(MIN_SALT_BYTES)
    fields = {
        "repository": repository_id.hex(),
        "wrap": "passphrase",
        "created_at": iso(clock()),
        "kdf": kdf.to_json() | {"salt": salt.hex()},
    }
    key = kdf.derive(passphrase, salt)
    return _written(fields, key, bundle.root_secret + bundle.signing_seed, entropy)


def write_escrow(signing_seed: bytes, keys: Keys, *, clock: Clock, entropy: Entropy) -> tuple[str, bytes]:
    """Name and bytes of the key file that the root secret opens."""
    fields = {"repository": keys.repository_id.hex(), "wrap": "root", "created_at": iso(clock())}
    return _written(fields, keys.escrow, signing_seed, entropy)


def read_keyfile(name: str, data: bytes) -> KeyFile:
    """Parse a key file whose bytes must hash to its name. Raises Damaged or FormatUnknown, naming it."""
    if name != f"{FOLDER}{sha256(data).hexdigest()}":
        raise Damaged(
            f"{name} was changed after it was written.", cure="Restore this file from a copy of the repository."
        )
    fields = parse(data, name)
    try:
        box = bytes.fromhex(fields.pop("box"))
        wrap = fields["wrap"]
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{name} is malformed.", cure="Restore this file from a copy of the repository.") from error
    if wrap not in ("passphrase", "root"):
        raise FormatUnknown(f"{name} is wrapped in an unknown way ({wrap!r}).", cure="Install a newer notion-backup.")
    return KeyFile(name, fields, box)


def open_with_passphrase(file: KeyFile, passphrase: str) -> Bundle | None:
    """The secrets, or None when the passphrase is another. Raises FormatUnknown on parameters out of bounds."""
    try:
        kdf = file.fields["kdf"]
        if kdf["algorithm"] != "argon2id":
            raise FormatUnknown(f"{file.name} uses an unknown key derivation.", cure="Install a newer notion-backup.")
        parameters = KdfParameters(kdf["iterations"], kdf["memory_kib"], kdf["lanes"])
        salt = bytes.fromhex(kdf["salt"])
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(f"{file.name} is malformed.", cure="Restore this file from a copy of the repository.") from error
    if not MIN_SALT_BYTES <= len(salt) <= MAX_SALT_BYTES:
        raise FormatUnknown(f"{file.name} has a salt of {len(salt)} bytes.")
    secrets = _opened(file, parameters.derive(passphrase, salt))
    if secrets is None or len(secrets) != ROOT_SECRET_BYTES + SEED_BYTES:
        return None
    return Bundle(secrets[:ROOT_SECRET_BYTES], secrets[ROOT_SECRET_BYTES:])


def open_escrow(file: KeyFile, keys: Keys) -> bytes | None:
    """The signing seed, or None when the file is not of this root secret."""
    return _opened(file, keys.escrow)


def _written(fields: dict[str, Any], key: bytes, secrets: bytes, entropy: Entropy) -> tuple[str, bytes]:
    nonce = entropy(_NONCE_BYTES)
    box = nonce + AESGCM(key).encrypt(nonce, secrets, render_compact(fields))
    data = render(fields | {"box": box.hex()})
    return f"{FOLDER}{sha256(data).hexdigest()}", data


def _opened(file: KeyFile, key: bytes) -> bytes | None:
    try:
        return AESGCM(key).decrypt(file.box[:_NONCE_BYTES], file.box[_NONCE_BYTES:], render_compact(file.fields))
    except (InvalidTag, ValueError):
        return None
