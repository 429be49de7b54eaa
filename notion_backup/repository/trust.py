"""trust/<n>.json: who may sign which kind of log entry. Authenticated by a MAC under the root secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notion_backup.errors import Damaged
from notion_backup.repository.canonical import parse, render, render_compact
from notion_backup.repository.crypto.secrets import Keys
from notion_backup.repository.crypto.signing import PUBLIC_KEY_BYTES, key_id

FIRST_TRUST = "trust/1.json"

WRITER = "writer"
MAINTAINER = "maintainer"

ROLE_OF_ENTRY_KIND = {"genesis": MAINTAINER, "commit": WRITER}
"""Which role an author needs for each kind of log entry this version knows."""


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """A public key and the roles of its holder."""

    public: bytes
    roles: frozenset[str]

    @property
    def id(self) -> str:
        """The key's name in log entries."""
        return key_id(self.public)


@dataclass(frozen=True, slots=True)
class Trust:
    """One version of who may sign."""

    version: int
    keys: tuple[TrustedKey, ...]

    def key_for(self, author: str, entry_kind: str) -> bytes | None:
        """The public key of an author who may sign entries of that kind, None when there is no such author."""
        role = ROLE_OF_ENTRY_KIND.get(entry_kind)
        for key in self.keys:
            if key.id == author and role is not None and role in key.roles:
                return key.public
        return None


def write_trust(trust: Trust, keys: Keys) -> bytes:
    """The bytes of the trust file."""
    fields: dict[str, Any] = {
        "repository": keys.repository_id.hex(),
        "version": trust.version,
        "keys": [
            {"algorithm": "ed25519", "public": key.public.hex(), "roles": sorted(key.roles)} for key in trust.keys
        ],
    }
    fields["mac"] = keys.mac(b"trust", render_compact(fields))
    return render(fields)


def read_trust(data: bytes, keys: Keys, name: str) -> Trust:
    """What the file says. Raises Damaged unless the holder of the root secret wrote every byte of it."""
    fields = parse(data, name)
    mac = fields.pop("mac", None)
    if (
        not isinstance(mac, str)
        or not keys.mac_matches(b"trust", render_compact(fields), mac)
        or fields.get("repository") != keys.repository_id.hex()
    ):
        raise Damaged(
            f"{name} was changed after it was written, or belongs to another repository.",
            cure="Restore this file from a copy of the repository, and find out who can write to the store.",
        )
    return Trust(
        version=fields["version"],
        keys=tuple(_trusted_key(each, name) for each in fields["keys"]),
    )


def _trusted_key(value: dict[str, Any], name: str) -> TrustedKey:
    public = bytes.fromhex(value["public"])
    if len(public) != PUBLIC_KEY_BYTES:
        raise Damaged(f"{name} holds a malformed public key.")
    return TrustedKey(public, frozenset(value["roles"]))
