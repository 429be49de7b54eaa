"""Names of files and folders made from titles: safe on every system, short, unique.

A name is the title, made harmless and cut, and a mark made from the object's id: ``Weekly plan 4kq7zd``. The mark
makes names unique without a look at other titles, so renaming one page changes no other page's name.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from base64 import b32encode

MARK_LENGTH = 6
_LONG_MARK = 16
_TITLE_CHARACTERS = 40
_TITLE_BYTES = 100
# Not allowed in names by Windows, or read by Obsidian as syntax in a link.
_FORBIDDEN = re.compile(r"[\\/:*?\"<>|#^\[\]%`{}~$&';!=,@+]+")
# Windows takes "NUL.txt" for the device, whatever follows the dot.
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))}
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{1,10})$")


def mark(object_id: str, length: int = MARK_LENGTH) -> str:
    """A few letters and digits that stand for an id, equal whatever the case of a file system."""
    return b32encode(hashlib.sha256(object_id.encode()).digest()).decode().lower()[:length]


def harmless(title: str, characters: int = _TITLE_CHARACTERS) -> str:
    """A title as the first part of a name: one line, no syntax of any shell, system or link, never empty.

    Cut to ``characters`` and to what any file system takes, never within a letter and its accents.
    """
    text = unicodedata.normalize("NFC", title)
    text = _FORBIDDEN.sub(" ", "".join(_kept(character) for character in text))
    words = _cut(" ".join(text.split()).strip(" .-_"), characters).strip(" .-_")
    return f"_{words}" if words.split(".")[0].strip().casefold() in _DEVICES else words or "Untitled"


def extension_of(name: str) -> str:
    """The ending of a file's name in small letters, with its dot; "" for none, or for one that is not an ending."""
    found = _EXTENSION.search(name.strip())
    return f".{found.group(1).lower()}" if found else ""


class Names:
    """Gives each object its name. Ask in order of ids: then the same objects get the same names."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def name(self, title: str, object_id: str) -> str:
        """The name of an object: unique among all given so far, whatever their case."""
        for length in (MARK_LENGTH, _LONG_MARK):
            name = f"{harmless(title)} {mark(object_id, length)}"
            if name.casefold() not in self._taken:
                break
        self._taken.add(name.casefold())
        return name


def file_name(name: str, content_id: str, ending: str = "") -> str:
    """The name of an attachment: its own name made harmless, a mark of its content, its ending."""
    stem = _EXTENSION.sub("", name.strip())
    return f"{harmless(stem)} {mark(content_id, 8)}{ending or extension_of(name)}"


def _kept(character: str) -> str:
    """A character that may stand in a name; controls, direction marks and half characters may not."""
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r":
        return " "
    return "" if category.startswith("C") and character not in "\u200c\u200d" else character


def _cut(text: str, characters: int) -> str:
    if len(text) > characters:
        text = text[:characters]
    while len(text.encode()) > _TITLE_BYTES or (text and _binds(text[-1])):
        text = text[:-1]
    return text


def _binds(character: str) -> bool:
    """Whether a name must not end here: a joiner waits for the next character."""
    return character in "\u200c\u200d"
