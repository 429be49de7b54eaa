"""Bytes of hosted files: made from the path alone, so that no state has to hold them.

Every file begins as a valid file of its type (picture, PDF, sound …) and goes on with deterministic bytes up to its
size; any range can be made without making the rest.
"""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from collections.abc import Iterator
from urllib.parse import unquote

from notion_backup.sandbox.workspace import HostedFile, Workspace

PIECE = 64 * 1024

CONTENT_TYPES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "svg": "image/svg+xml",
    "webp": "image/webp", "pdf": "application/pdf", "mp4": "video/mp4", "mov": "video/quicktime",
    "mp3": "audio/mpeg", "wav": "audio/wav", "m4a": "audio/mp4", "txt": "text/plain", "csv": "text/csv",
    "md": "text/markdown", "json": "application/json", "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


def extension(path: str) -> str:
    """The extension of a file path, lower case without its dot."""
    name = unquote(path).rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def facts_of(workspace: Workspace, path: str) -> HostedFile:
    """Size and type of a hosted file: those on record, or stand-ins drawn from its path (1–40 KiB)."""
    known = workspace.files.get(path)
    if known is None:
        known = HostedFile(size=1024 + int.from_bytes(_digest(path)[:4], "big") % 39_000)
    if known.content_type is None:
        kind = CONTENT_TYPES.get(extension(path), "application/octet-stream")
        return HostedFile(known.size, kind, known.generation, known.data)
    return known


def content(path: str, facts: HostedFile, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The file's bytes from ``start`` up to ``end`` (exclusive), in pieces of at most 64 KiB."""
    end = facts.size if end is None else min(end, facts.size)
    if facts.data is not None:
        yield from (facts.data[at : min(at + PIECE, end)] for at in range(start, end, PIECE))
        return
    seed = _digest(f"{path}\n{facts.generation}")
    head = _head(extension(path), seed)
    while start < end:
        number = start // PIECE
        piece = _piece(head, seed, number, extension(path) in _TEXT)
        part = piece[start - number * PIECE : min(end - number * PIECE, PIECE)]
        yield part
        start += len(part)


def whole(path: str, facts: HostedFile) -> bytes:
    """All bytes of a (small) file."""
    return b"".join(content(path, facts))


_TEXT = ("txt", "csv", "md", "svg", "json")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _piece(head: bytes, seed: bytes, number: int, text: bool) -> bytes:
    rng = random.Random(seed + number.to_bytes(8, "big"))
    filling = rng.randbytes(PIECE // 2).hex().encode() if text else rng.randbytes(PIECE)
    offset = number * PIECE
    if offset >= len(head):
        return filling
    own = head[offset : offset + PIECE]
    return own + filling[len(own) :]


def _head(kind: str, seed: bytes) -> bytes:
    if kind == "png":
        return _png(seed)
    if kind in ("jpg", "jpeg"):
        return _JPEG
    if kind == "gif":
        image = b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
        return b"GIF89a\x01\x00\x01\x00\x80\x00\x00" + seed[:6] + image
    if kind == "webp":
        return b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00/\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
    if kind == "pdf":
        return _pdf(seed)
    if kind in ("mp4", "mov", "m4a"):
        return b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + b"\x00\x00\x00\x08moov" + b"\x00\x00\x00\x00mdat"
    if kind == "mp3":
        return b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" + bytes(413)
    if kind == "wav":
        form = struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
        return b"RIFF\xff\xff\xff\x7fWAVEfmt " + form + b"data\xff\xff\xff\x7f"
    if kind in ("zip", "docx", "xlsx"):
        return b"PK\x05\x06" + bytes(18)
    if kind == "svg":
        colour = seed[:3].hex()
        drawing = f'<path fill="#{colour}" d="M0 0h9v9z"/>'
        return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{drawing}</svg>\n'.encode()
    if kind == "csv":
        return b"item,owner,amount\n"
    if kind == "json":
        return b'{"made_by": "sandbox"}\n'
    return b"Made by the sandbox.\n" if kind in _TEXT else b""


def _png(seed: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    side = 16
    lines = b"".join(b"\x00" + bytes(seed[(x + y) % 32] for x in range(side)) for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def _pdf(seed: bytes) -> bytes:
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Resources<<>>>>",
        b"<</Title(" + seed.hex().encode() + b")>>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1) + table
    return out + b"trailer<</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, start)


_JPEG = bytes.fromhex(
    "ffd8ffe000104a46494600010100000100010000ffdb004300" + "03" * 64 + "ffc0000b080001000101011100"
    "ffc40014000100000000000000000000000000000003ffc40014100100000000000000000000000000000000"
    "ffda0008010100003f0037ffd9"
)  # fmt: skip
