"""What counts as the same content: volatile parts taken away, then one digest.

Volatile are the signature and expiry of hosted file URLs (renewed with every answer) and ``request_id`` (it names an
answer, not an object). Everything else is content. The raw object is stored as it came; only digests use this form.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from blake3 import blake3

DIGEST_BYTES = 32
_SIGNED = ("X-Amz-Signature=", "x-amz-signature=", "Signature=")


def canonical(value: Any) -> str:
    """The one spelling of a JSON value: sorted keys, no spaces, volatile parts taken away."""
    text = _dump(value)
    if "expiry_time" in text or "request_id" in text or "ignature=" in text:
        return _dump(_without_volatile(value))
    return text


class Digest:
    """The digest of texts that come one by one, in order."""

    def __init__(self) -> None:
        self._hasher = blake3()

    def add(self, text: str) -> None:
        """One text more."""
        data = text.encode("utf-8", "surrogatepass")
        self._hasher.update(len(data).to_bytes(8, "big"))
        self._hasher.update(data)

    def value(self) -> bytes:
        """The digest of what was added so far (32 bytes)."""
        return self._hasher.digest(length=DIGEST_BYTES)


def digest(rows: Iterable[str]) -> bytes:
    """The digest of a unit from its rows' canonical texts, in order (32 bytes)."""
    found = Digest()
    for row in rows:
        found.add(row)
    return found.value()


def without_query(url: str) -> str:
    """The part of a hosted file's URL that names the file: scheme, host and path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _without_volatile(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _stable_url(item) if key == "url" and isinstance(item, str) else _without_volatile(item)
            for key, item in value.items()
            if key not in ("expiry_time", "request_id")
        }
    if isinstance(value, list):
        return [_without_volatile(item) for item in value]
    return value


def _stable_url(url: str) -> str:
    return without_query(url) if any(mark in url for mark in _SIGNED) else url
