"""From a passphrase to a key: Argon2id with stored, bounded parameters."""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from notion_backup.errors import FormatUnknown
from notion_backup.repository.crypto.secrets import KEY_BYTES

MAX_ITERATIONS = 16
MAX_LANES = 16
MAX_MEMORY_KIB = 1024 * 1024
MIN_SALT_BYTES = 16
MAX_SALT_BYTES = 64
_ONE_AT_A_TIME = threading.Lock()
"""OpenSSL gives every lane a thread and has few: derivations at the same time fail for want of memory, or never end."""


@dataclass(frozen=True, slots=True)
class KdfParameters:
    """Cost of Argon2id: passes, memory in KiB, lanes. Raises FormatUnknown when out of the bounds read here."""

    iterations: int
    memory_kib: int
    lanes: int

    def __post_init__(self) -> None:
        values = (self.iterations, self.memory_kib, self.lanes)
        if any(not isinstance(value, int) or isinstance(value, bool) for value in values):
            raise FormatUnknown("A key file's Argon2id parameters are not whole numbers.")
        if (
            not 1 <= self.iterations <= MAX_ITERATIONS
            or not 1 <= self.lanes <= MAX_LANES
            or not 8 * self.lanes <= self.memory_kib <= MAX_MEMORY_KIB
        ):
            raise FormatUnknown(
                f"A key file asks for Argon2id with {self.iterations} passes, {self.memory_kib} KiB and "
                f"{self.lanes} lanes, which is outside of what this version accepts.",
                cure=f"At most {MAX_ITERATIONS} passes, {MAX_MEMORY_KIB} KiB and {MAX_LANES} lanes are accepted; "
                "the file may have been tampered with.",
            )

    @classmethod
    def default(cls) -> KdfParameters:
        """3 passes, 256 MiB, 4 lanes: under a second on a small machine."""
        return cls(iterations=3, memory_kib=256 * 1024, lanes=4)

    @classmethod
    def cheap(cls) -> KdfParameters:
        """The least Argon2id allows, for tests: no protection against guessing."""
        return cls(iterations=1, memory_kib=8, lanes=1)

    def to_json(self) -> dict[str, Any]:
        """As stored in a key file."""
        return {
            "algorithm": "argon2id",
            "iterations": self.iterations,
            "memory_kib": self.memory_kib,
            "lanes": self.lanes,
        }

    def derive(self, passphrase: str, salt: bytes) -> bytes:
        """The 32-byte key. The passphrase is taken in Unicode's NFKC form, as UTF-8."""
        derivation = Argon2id(
            salt=salt,
            length=KEY_BYTES,
            iterations=self.iterations,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        with _ONE_AT_A_TIME:
            return derivation.derive(unicodedata.normalize("NFKC", passphrase).encode())
