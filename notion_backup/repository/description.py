"""repo.json: what the repository is, which format it has, what its store can do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from notion_backup.errors import Damaged, FormatUnknown, RepositoryForeign
from notion_backup.repository.canonical import parse_loosely, render, render_compact
from notion_backup.repository.crypto.secrets import REPOSITORY_ID_BYTES, Keys

NAME = "repo.json"
MAGIC = "notion-backup repository"
FORMAT = 1

READ_FEATURES: frozenset[str] = frozenset()
"""Features a reader must know; a repository that lists another is refused."""

WRITE_FEATURES: frozenset[str] = frozenset()
"""Features only a writer must know; a repository that lists another can be read, not written."""


@dataclass(frozen=True, slots=True)
class Cutting:
    """Bounds of content-defined chunking in bytes."""

    minimum: int
    average: int
    maximum: int

    def to_json(self) -> dict[str, Any]:
        """As stored in repo.json."""
        return {"algorithm": "fastcdc-2020", "min": self.minimum, "avg": self.average, "max": self.maximum}


STREAM_CUTTING = Cutting(256 * 1024, 1024 * 1024, 4 * 1024 * 1024)
TABLE_CUTTING = Cutting(16 * 1024, 64 * 1024, 256 * 1024)
PACK_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RepositoryInfo:
    """What repo.json says. ``features`` are those a reader and those only a writer must know."""

    id: str
    format: int
    created_at: str
    exclusive_create: bool
    features: tuple[str, ...] = ()
    write_features: tuple[str, ...] = ()
    stream_cutting: Cutting = STREAM_CUTTING
    table_cutting: Cutting = TABLE_CUTTING
    pack_bytes: int = PACK_BYTES

    @property
    def id_bytes(self) -> bytes:
        """The repository id as 16 bytes."""
        return bytes.fromhex(self.id)

    def unknown_write_features(self) -> list[str]:
        """Features this version cannot keep up when it writes."""
        return sorted(set(self.write_features) - WRITE_FEATURES)


def write_description(info: RepositoryInfo, keys: Keys) -> bytes:
    """The bytes of repo.json, closed by a MAC under the root secret."""
    fields: dict[str, Any] = {
        "magic": MAGIC,
        "format": info.format,
        "id": info.id,
        "created_at": info.created_at,
        "features": {"read": list(info.features), "write": list(info.write_features)},
        "probe": {"exclusive_create": info.exclusive_create},
        "chunking": {"stream": info.stream_cutting.to_json(), "table": info.table_cutting.to_json()},
        "pack_bytes": info.pack_bytes,
    }
    fields["mac"] = keys.mac(NAME.encode(), render_compact(fields))
    return render(fields)


def read_description(data: bytes, where: str) -> RepositoryInfo:
    """What repo.json says, before it can be authenticated.

    Raises RepositoryForeign when it is not a repository's, FormatUnknown when a newer version wrote it, Damaged
    when it is cut or changed so that it makes no sense.
    """
    fields = parse_loosely(data)
    if fields is None:
        raise Damaged(
            f"{NAME} in {where} is damaged: it holds no JSON object.",
            cure="Restore this file from a copy of the repository.",
        )
    if fields.get("magic") != MAGIC:
        raise RepositoryForeign(
            f"{where} holds a {NAME} that is not a repository's of this program.",
            cure="Name another place, or check the repository's URL.",
        )
    if fields.get("format") != FORMAT:
        raise FormatUnknown(
            f"The repository in {where} has format {fields.get('format')!r}; this version knows format {FORMAT}.",
            cure="Install a newer notion-backup.",
        )
    try:
        info = _info_from(fields)
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(
            f"{NAME} in {where} is damaged: a field is missing or malformed.",
            cure="Restore this file from a copy of the repository.",
        ) from error
    unknown = sorted(set(info.features) - READ_FEATURES)
    if unknown:
        raise FormatUnknown(
            f"The repository in {where} needs features this version does not know: {', '.join(unknown)}.",
            cure="Install a newer notion-backup.",
        )
    return info


def authenticate_description(data: bytes, keys: Keys, where: str) -> None:
    """Raise Damaged unless every byte of repo.json is what the holder of the root secret wrote."""
    fields = parse_loosely(data)
    mac = None if fields is None else fields.pop("mac", None)
    if (
        fields is None
        or not isinstance(mac, str)
        or not keys.mac_matches(NAME.encode(), render_compact(fields), mac)
        or render(fields | {"mac": mac}) != data
    ):
        raise Damaged(
            f"{NAME} in {where} was changed after it was written.",
            cure="Restore this file from a copy of the repository, and find out who can write to the store.",
        )


def _info_from(fields: dict[str, Any]) -> RepositoryInfo:
    identity = fields["id"]
    if len(bytes.fromhex(identity)) != REPOSITORY_ID_BYTES:
        raise ValueError("repository id")
    info = RepositoryInfo(
        id=identity,
        format=fields["format"],
        created_at=str(fields["created_at"]),
        exclusive_create=bool(fields["probe"]["exclusive_create"]),
        features=tuple(str(each) for each in fields["features"]["read"]),
        write_features=tuple(str(each) for each in fields["features"]["write"]),
    )
    chunking = fields["chunking"]
    return replace(
        info,
        stream_cutting=_cutting_from(chunking["stream"]),
        table_cutting=_cutting_from(chunking["table"]),
        pack_bytes=_bounded(fields["pack_bytes"], 64 * 1024, 256 * 1024 * 1024),
    )


def _cutting_from(value: dict[str, Any]) -> Cutting:
    if value["algorithm"] != "fastcdc-2020":
        raise ValueError("chunking algorithm")
    cutting = Cutting(
        _bounded(value["min"], 64, 1024 * 1024),
        _bounded(value["avg"], 256, 4 * 1024 * 1024),
        _bounded(value["max"], 1024, 16 * 1024 * 1024),
    )
    if not cutting.minimum <= cutting.average <= cutting.maximum:
        raise ValueError("chunking bounds")
    return cutting


def _bounded(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError("out of bounds")
    return value
