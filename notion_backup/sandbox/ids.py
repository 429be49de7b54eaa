"""Identifiers as Notion writes and reads them."""

from __future__ import annotations

import random
import re
from urllib.parse import quote, unquote

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BARE = re.compile(r"[0-9a-f]{32}")


def new_id(rng: random.Random) -> str:
    """A random id of version 8, the kind Notion gives to what was made in recent years."""
    digits = f"{rng.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def normalise(text: str) -> str | None:
    """The dashed lower-case form of an id given with or without dashes, or None when it is not a valid UUID.

    The variant bits are checked as Notion checks them: ``12345678-1234-1234-1234-123456789abc`` was refused
    (recorded traffic).
    """
    lower = text.lower()
    if _BARE.fullmatch(lower):
        lower = f"{lower[:8]}-{lower[8:12]}-{lower[12:16]}-{lower[16:20]}-{lower[20:]}"
    if not _UUID.fullmatch(lower):
        return None
    return lower if lower[14] in "12345678" and lower[19] in "89ab" else None


def new_property_id(rng: random.Random) -> str:
    """A short property id, percent-encoded as it stands in schemas and values."""
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:;<=>?@[]\\^_`{|}~"
    return encode_property_id("".join(rng.choice(alphabet) for _ in range(4)))


def encode_property_id(decoded: str) -> str:
    """The form a property id has in schemas and page values (``v_%5D%3C``)."""
    return quote(decoded, safe="_~")


def decode_property_id(encoded: str) -> str:
    """The form a property id has inside rollups and filters (``v_]<``)."""
    return unquote(encoded)
