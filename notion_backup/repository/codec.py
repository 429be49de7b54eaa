"""How a chunk's plaintext is encoded before encryption: one codec byte, then the payload."""

from __future__ import annotations

import threading

import zstandard

from notion_backup.errors import Damaged
from notion_backup.repository.blob import MAX_CHUNK_BYTES

_PLAIN, _ZSTD = b"\x00", b"\x01"
_LEVEL = 3
_LEAST_GAIN = 0.97
_CURE = "Restore the pack from a copy of the repository."


class Codec:
    """Compresses with zstd level 3 where that gains at least 3 %. Usable from many threads."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def encode(self, plaintext: bytes | memoryview) -> bytes:
        """Codec byte and payload."""
        compressor = getattr(self._of_thread, "compressor", None)
        if compressor is None:
            compressor = self._of_thread.compressor = zstandard.ZstdCompressor(level=_LEVEL, write_content_size=True)
        packed: bytes = compressor.compress(plaintext)
        if len(packed) < len(plaintext) * _LEAST_GAIN:
            return _ZSTD + packed
        return _PLAIN + bytes(plaintext)

    def decode(self, encoded: bytes, raw: int, what: str) -> bytes:
        """The plaintext, which must be ``raw`` bytes long. Never allocates more. Raises Damaged, naming ``what``."""
        codec, payload = encoded[:1], encoded[1:]
        if raw > MAX_CHUNK_BYTES:
            raise Damaged(f"{what} claims to be {raw} bytes long, more than a chunk may be.", cure=_CURE)
        if codec == _PLAIN:
            plaintext = payload
        elif codec == _ZSTD:
            plaintext = self._decompressed(payload, raw, what)
        else:
            raise Damaged(f"{what} is encoded in an unknown way.", cure=_CURE)
        if len(plaintext) != raw:
            raise Damaged(f"{what} is {len(plaintext)} bytes long instead of {raw}.", cure=_CURE)
        return plaintext

    def _decompressed(self, payload: bytes, raw: int, what: str) -> bytes:
        # The frame's own header decides how much the library allocates, so it is looked at first.
        try:
            if zstandard.frame_content_size(payload) != raw:
                raise Damaged(f"{what} would not decompress to its recorded length.", cure=_CURE)
            decompressor = getattr(self._of_thread, "decompressor", None)
            if decompressor is None:
                decompressor = self._of_thread.decompressor = zstandard.ZstdDecompressor(
                    max_window_size=2 * MAX_CHUNK_BYTES
                )
            plaintext: bytes = decompressor.decompress(payload, max_output_size=raw)
        except zstandard.ZstdError as error:
            raise Damaged(f"{what} does not decompress.", cure=_CURE) from error
        return plaintext
