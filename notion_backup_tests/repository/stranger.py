"""A reader of the repository format written from docs/repository-format.md alone; it imports nothing of the product.

If this and the product ever disagree, one of the two or the document is wrong.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import struct
import unicodedata
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import zstandard
from blake3 import blake3
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap


def hkdf(ikm: bytes, salt: bytes, label: str) -> bytes:
    return HKDF(SHA256(), 32, salt, b"notion-backup/1/" + label.encode()).derive(ikm)


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def compact(fields: dict[str, Any]) -> bytes:
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


class StrangersReader:
    """Opens a repository in a folder with its passphrase and checks all that a reader must check."""

    def __init__(self, folder: Path, passphrase: str) -> None:
        self.folder = folder
        describing = self.file("repo.json")
        description = json.loads(describing)
        assert description["magic"] == "notion-backup repository"
        assert description["format"] == 1
        self.id = bytes.fromhex(description["id"])
        self.root = self._unwrap(passphrase)
        self._check_mac(description, "repo.json")
        trusting = self.file("trust/1.json")
        trust = json.loads(trusting)
        self._check_mac(dict(trust), "trust")
        self.trusted = {hashlib.sha256(bytes.fromhex(key["public"])).digest()[:16].hex(): key for key in trust["keys"]}
        self.entries = self._log()
        genesis = self.entries[0][1]
        assert (genesis["description"], genesis["trust"]) == (sha(describing), sha(trusting))
        self.places: dict[bytes, dict[str, Any]] = {}
        for _, body in self.entries[1:]:
            for name in body["indexes"]:
                self._index(name)

    def file(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def commits(self) -> list[dict[str, Any]]:
        return [body for _, body in self.entries[1:]]

    def blob(self, reference: dict[str, Any]) -> bytes:
        root = bytes.fromhex(reference["root"])
        content = self._below(root, reference["depth"], reference["kind"])
        assert len(content) == reference["size"]
        return content

    def _below(self, chunk_id: bytes, level: int, kind: int) -> bytes:
        if level == 0:
            return self._chunk(chunk_id, kind)
        node = self._chunk(chunk_id, 2)
        assert tuple(node[:3]) == (1, level, kind)
        parts = []
        for child, size in struct.iter_unpack("<32sQ", node[3:]):
            parts.append(self._below(child, level - 1, kind))
            assert len(parts[-1]) == size
        return b"".join(parts)

    def _chunk(self, chunk_id: bytes, kind: int) -> bytes:
        place = self.places[chunk_id]
        family = 1 if kind == 1 else 2
        pack_id = place["pack"].hex()
        pack = self.file(f"packs/{pack_id[:2]}/{pack_id}")
        assert len(pack) == place["pack_size"]
        assert sha(pack) == pack_id[32:]
        magic, repository, its_family, random, wrapped, commitment = struct.unpack("<8s16sB16s40s32s", pack[:113])
        assert (magic, repository, its_family) == (b"NBPACK\x00\x01", self.id, family)
        assert random.hex() == pack_id[:32]
        key = aes_key_unwrap(hkdf(self.root, self.id, "pack/data" if family == 1 else "pack/meta"), wrapped)
        assert hkdf(key, self.id + random, "pack/commitment") == commitment
        aad = self.id + random + bytes([family, 0, kind]) + chunk_id
        nonce = struct.pack(">IQ", 0, place["ordinal"])
        at = place["offset"]
        encoded = AESGCM(key).decrypt(nonce, pack[at : at + place["stored"]], aad)
        plain = zstandard.decompress(encoded[1:]) if encoded[0] else encoded[1:]
        assert len(plain) == place["raw"]
        assert blake3(bytes([kind]) + plain, key=hkdf(self.root, self.id, "chunk-id")).digest() == chunk_id
        return plain

    def _index(self, name: str) -> None:
        data = self.file(name)
        assert sha(data) == name.removeprefix("index/")
        table = pq.read_table(io.BytesIO(self._unsealed("index", data[8:], data[:8] + self.id)))
        for row in table.to_pylist():
            self.places.setdefault(row["chunk_id"], row)

    def _log(self) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        entries = []
        previous = "0" * 64
        for slot, path in enumerate(sorted((self.folder / "log").iterdir()), start=1):
            assert path.name == f"{slot:016d}"
            data = path.read_bytes()
            (length,) = struct.unpack_from("<I", data, 8)
            header = json.loads(data[12 : 12 + length])
            body = data[12 + length : -64]
            assert compact(header) == data[12 : 12 + length]
            assert (header["repository"], header["slot"], header["previous"]) == (self.id.hex(), slot, previous)
            assert header["voids"] == []
            assert header["body"] == sha(body)
            key = self.trusted[header["author"]]
            assert {"genesis": "maintainer", "commit": "writer"}[header["kind"]] in key["roles"]
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key["public"]))
            public.verify(data[-64:], b"notion-backup/1/log-entry\x00" + data[:-64])
            aad = self.id + struct.pack(">Q", slot) + bytes.fromhex(previous) + header["kind"].encode()
            entries.append((header, json.loads(self._unsealed("log", body, aad))))
            previous = sha(data)
        return entries

    def _unsealed(self, label: str, sealed: bytes, aad: bytes) -> bytes:
        key = hkdf(hkdf(self.root, self.id, label), sealed[:16], f"sealed/{label}")
        return AESGCM(key).decrypt(bytes(12), sealed[16:], aad)

    def _unwrap(self, passphrase: str) -> bytes:
        for path in (self.folder / "keys").iterdir():
            assert sha(path.read_bytes()) == path.name
            fields = json.loads(path.read_bytes())
            if fields["wrap"] == "passphrase":
                box, kdf = bytes.fromhex(fields.pop("box")), fields["kdf"]
                key = Argon2id(
                    salt=bytes.fromhex(kdf["salt"]),
                    length=32,
                    iterations=kdf["iterations"],
                    lanes=kdf["lanes"],
                    memory_cost=kdf["memory_kib"],
                ).derive(unicodedata.normalize("NFKC", passphrase).encode())
                return AESGCM(key).decrypt(box[:12], box[12:], compact(fields))[:32]
        raise AssertionError("no key file for a passphrase")

    def _check_mac(self, fields: dict[str, Any], purpose: str) -> None:
        mac = fields.pop("mac")
        key = hkdf(self.root, self.id, "trust")
        assert mac == hmac.new(key, purpose.encode() + b"\0" + compact(fields), "sha256").hexdigest()
