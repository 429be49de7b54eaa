"""Which files a workspace's settings leave out, by size and by type. Of what is left out the reference is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from mimetypes import MimeTypes

from notion_backup.phrasing import size as in_words

_BY_NAME = MimeTypes()  # Python's own list: the same on every machine
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,40}/[a-z0-9][a-z0-9.+-]{0,60}")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is downloaded. ``largest`` is in bytes, None for any size.

    Types are extensions (``mp4``) or media types (``video/mp4``, ``video/*``), in lower case. ``only``, where there is
    any, names all that is wanted; ``skip`` takes away from that.
    """

    largest: int | None = None
    skip: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    def objection(self, name: str, content_type: str | None, size: int | None) -> str | None:
        """Why a file is left out, in words, by what is known of it so far; None when it is wanted."""
        if self.largest is not None and size is not None and size > self.largest:
            return f"it has {in_words(size)}, and the settings allow {in_words(self.largest)}"
        extension, by_name, stated = _types_of(name, content_type)
        types = [one for one in (extension, by_name, stated) if one]
        told = by_name or stated or "none is stated"
        if any(_is_of(types, wanted) for wanted in self.skip):
            return f"the settings leave out files of its type ({told})"
        # Where the name does not tell the type, the answer has to.
        undecided = by_name is None and content_type is None
        if self.only and not undecided and not any(_is_of(types, wanted) for wanted in self.only):
            return f"its type ({told}) is not one that the settings name"
        return None


EVERY_FILE = Limits()
"""No limits."""


def _types_of(name: str, content_type: str | None) -> tuple[str | None, str | None, str | None]:
    """A file's extension, the media type that goes with it, and the one that its host states."""
    stem, dot, extension = name.lower().rpartition(".")
    stated = (content_type or "").partition(";")[0].strip().lower()
    return (
        extension if dot and stem else None,
        _BY_NAME.guess_type(name.lower(), strict=False)[0],
        stated if _MEDIA_TYPE.fullmatch(stated) else None,
    )


def _is_of(types: list[str], wanted: str) -> bool:
    return any(wanted == one or (wanted.endswith("/*") and one.startswith(wanted[:-1])) for one in types)
