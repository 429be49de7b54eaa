"""Files as they may be sent: what an upload is called, and where a file stands in an object.

Uploads happen just before the request that attaches them, since an upload nobody attaches is gone within the hour.
Until then a :class:`Wish` stands in the request in place of the upload's id.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Mapping
from typing import Any

from notion_backup.restore.facts import Facts, Names, Notes
from notion_backup.restore.limits import MOST_FILENAME
from notion_backup.snapshot import FileRef, Media, Raw

_AUDIO = "aac adts mid midi mp3 mpga m4a m4b mp4 oga ogg wav wma"
_DOCUMENTS = "pdf txt json doc dot docx dotx xls xlt xla xlsx xltx ppt pot pps ppa pptx potx"
_IMAGES = "gif heic jpeg jpg png svg tif tiff webp ico"
_VIDEOS = "amv asf wmv avi f4v flv gifv m4v mp4 mkv webm mov qt mpeg"
LISTED = frozenset(f"{_AUDIO} {_DOCUMENTS} {_IMAGES} {_VIDEOS}".split())
"""Extensions that the file upload guide lists (autumn 2026)."""
_OF_BLOCK: Mapping[str, frozenset[str]] = {
    "image": frozenset(_IMAGES.split()),
    "video": frozenset(_VIDEOS.split()),
    "audio": frozenset(_AUDIO.split()),
    "pdf": frozenset({"pdf"}),
}
_TYPES = {
    "aac": "audio/aac", "adts": "audio/aac", "mid": "audio/midi", "midi": "audio/midi", "mp3": "audio/mpeg",
    "mpga": "audio/mpeg", "m4a": "audio/mp4", "m4b": "audio/mp4", "oga": "audio/ogg", "ogg": "audio/ogg",
    "wav": "audio/wav", "wma": "audio/x-ms-wma", "pdf": "application/pdf", "txt": "text/plain",
    "json": "application/json", "doc": "application/msword", "dot": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "dotx": "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "xls": "application/vnd.ms-excel", "xlt": "application/vnd.ms-excel", "xla": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xltx": "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "ppt": "application/vnd.ms-powerpoint", "pot": "application/vnd.ms-powerpoint",
    "pps": "application/vnd.ms-powerpoint", "ppa": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "potx": "application/vnd.openxmlformats-officedocument.presentationml.template", "gif": "image/gif",
    "heic": "image/heic", "jpeg": "image/jpeg", "jpg": "image/jpeg", "png": "image/png", "svg": "image/svg+xml",
    "tif": "image/tiff", "tiff": "image/tiff", "webp": "image/webp", "ico": "image/vnd.microsoft.icon",
    "amv": "video/x-amv", "asf": "video/x-ms-asf", "wmv": "video/x-ms-wmv", "avi": "video/x-msvideo",
    "f4v": "video/x-f4v", "flv": "video/x-flv", "gifv": "video/mp4", "m4v": "video/mp4", "mp4": "video/mp4",
    "mkv": "video/x-matroska", "webm": "video/webm", "mov": "video/quicktime", "qt": "video/quicktime",
    "mpeg": "video/mpeg",
}  # fmt: skip
"""The content type that is sent with each extension: the two must agree."""


class Wish(str):
    """Stands for the id of an upload that is still to be made; as long as an id, so that sizes can be told."""

    media: Media
    filename: str
    content_type: str

    @classmethod
    def of(cls, media: Media, filename: str) -> Wish:
        """A wish for this content under that name."""
        wish = cls("0" * 36)
        wish.media, wish.filename = media, filename
        wish.content_type = _TYPES[extension(filename)]
        return wish

    @property
    def key(self) -> str:
        """What names the upload: one for each content and extension."""
        return f"{self.media.sha256}.{extension(self.filename)}"


def wishes_in(value: Any) -> Iterator[Wish]:
    """Every upload that a request still lacks."""
    if isinstance(value, Wish):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from wishes_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from wishes_in(inner)


def fulfilled(value: Any, ids: Mapping[str, str]) -> Any:
    """A request with its uploads' ids in their places. ``ids`` by :attr:`Wish.key`."""
    if isinstance(value, Wish):
        return ids[value.key]
    if isinstance(value, dict):
        return {name: fulfilled(inner, ids) for name, inner in value.items()}
    if isinstance(value, list):
        return [fulfilled(inner, ids) for inner in value]
    return value


class FileEncoder:
    """Encodes files of one owner's unit. ``files`` are the snapshot's references, by owner and slot.

    ``refused`` are the keys of uploads that the target would not take.
    """

    def __init__(
        self, names: Names, files: Mapping[tuple[str, str], FileRef], refused: frozenset[str] | set[str]
    ) -> None:
        self._facts: Facts = names.facts
        self._emojis = names.facts.emojis
        self._files = files
        self._refused = refused

    def icon(self, value: Any, notes: Notes, where: tuple[str, str], slot: str = "icon") -> Raw | None:
        """An icon or cover; None where there is none or none can be given."""
        if not isinstance(value, dict):
            return None
        kind = str(value.get("type"))
        inner = value.get(kind)
        if kind == "emoji" and inner:
            return {"type": "emoji", "emoji": inner}
        if kind == "icon" and isinstance(inner, dict) and inner.get("name"):
            return {"type": "icon", "icon": {name: inner[name] for name in ("name", "color") if inner.get(name)}}
        if kind == "external" and isinstance(inner, dict) and inner.get("url"):
            return {"type": "external", "external": {"url": inner["url"]}}
        if kind == "custom_emoji" and isinstance(inner, dict):
            emoji = self._emojis.get(str(inner.get("id")))
            if emoji:
                return {"type": "custom_emoji", "custom_emoji": {"id": emoji}}
        if kind in ("file", "custom_emoji"):
            mine = Notes()
            wish = self.wish(where[1], slot, "image", mine, where)
            if wish is not None:
                return {"type": "file_upload", "file_upload": {"id": wish}}
            notes.losses += [loss for loss in mine.losses if not loss.planned]
        notes.lose("icon-missing", *where, slot)
        return None

    def source(
        self, value: Raw, slot: str, kind: str | None, notes: Notes, where: tuple[str, str]
    ) -> tuple[Raw | None, str]:
        """Where a media block's or property's file is, and the name that it has by right; None: it cannot be given."""
        name = value.get("name") if isinstance(value.get("name"), str) else ""
        external = value.get("external")
        if value.get("type") == "external" and isinstance(external, dict) and external.get("url"):
            return {"type": "external", "external": {"url": external["url"]}}, str(name)
        found = self._files.get((where[1], slot))
        wish = self.wish(where[1], slot, kind, notes, where)
        if wish is None:
            return None, str(name or (found.name if found else ""))
        return {"type": "file_upload", "file_upload": {"id": wish}}, str(name or (found.name if found else ""))

    def wish(self, owner: str, slot: str, kind: str | None, notes: Notes, where: tuple[str, str]) -> Wish | None:
        """The upload for one file; None, and a loss noted, where there can be none.

        ``kind``: the type of block it has to suit; None where any file may stand.
        """
        found = self._files.get((owner, slot))
        if found is None or found.media is None:
            notes.lose("file-missing", *where)
            return None
        if found.media.bytes > self._facts.largest_upload:
            notes.lose("file-too-big", *where, f"{found.media.bytes} bytes")
            return None
        name = upload_name(found.name, found.content_type)
        if kind is not None and extension(name) not in _OF_BLOCK.get(kind, LISTED):
            notes.lose("file-as-file", *where, extension(name))
            return None
        if extension(name) != extension(found.name) and name.endswith(".txt"):
            notes.lose("file-renamed", *where, extension(found.name))
        wish = Wish.of(found.media, name)
        if wish.key in self._refused:
            notes.lose("file-refused", *where)
            return None
        return wish

    def suits(self, owner: str, slot: str, kind: str) -> bool:
        """Whether a file may stand in a block of that type."""
        found = self._files.get((owner, slot))
        if found is None or kind not in _OF_BLOCK:
            return True
        return extension(upload_name(found.name, found.content_type)) in _OF_BLOCK[kind]


def extension(name: str) -> str:
    """What follows the last dot, in small letters; "" without a dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def upload_name(name: str, content_type: str | None) -> str:
    """The name under which Notion takes a file: as it is, with the extension of its type, or with ``.txt`` added."""
    clean = "".join(c for c in name.replace("/", "_") if c.isprintable()).strip() or "file"
    if extension(clean) in LISTED:
        return _shortened(clean)
    guessed = (mimetypes.guess_extension((content_type or "").split(";")[0].strip()) or "").removeprefix(".")
    if not extension(clean) and guessed in LISTED:
        return _shortened(f"{clean}.{guessed}")
    return _shortened(f"{clean}.txt")


def _shortened(name: str) -> str:
    """At most so many bytes, the extension kept."""
    stem, _, ending = name.rpartition(".")
    most = MOST_FILENAME - len(ending) - 1
    return stem.encode("utf-8", "replace")[:most].decode("utf-8", "ignore") + "." + ending
