"""A folder as Obsidian opens it: its notes read, its links followed as Obsidian follows them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import yaml

from notion_backup_tests.export.obsidian import Link, Note, one_line, read_note

# Of https://help.obsidian.md/links: not allowed in names by some system, or not in links.
FORBIDDEN = re.compile(r"[*\"\\/<>:|?#^\[\]\x00-\x1f]")
DEVICES = re.compile(r"^(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_IN_YAML = re.compile(r"^\[\[([^\]]+)\]\]$")


class Vault:
    """All that lies in a folder, by path."""

    def __init__(self, folder: Path) -> None:
        files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith("."))
        self.files = {path.relative_to(folder).as_posix(): path for path in files}
        self._properties: dict[str, dict[str, Any]] = {}
        self._by_name: dict[str, list[str]] = {}
        for path in self.files:
            self._by_name.setdefault(posixpath.basename(path).casefold(), []).append(path)

    @cached_property
    def notes(self) -> dict[str, Note]:
        """Every note, read."""
        return {path: read_note(self.text(path)) for path in self.files if path.endswith(".md")}

    def text(self, path: str) -> str:
        """A note as it is written."""
        return self.files[path].read_bytes().decode("utf-8")

    def properties(self, path: str) -> dict[str, Any]:
        """The front matter of a note; empty where it has none, or one that is no YAML."""
        if path not in self._properties:
            source = self.notes[path].front_matter
            self._properties[path] = _mapping(source) if source is not None else {}
        return self._properties[path]

    def links(self, path: str) -> Iterator[Link]:
        """The links of a note, those in its properties included."""
        yield from self.notes[path].links
        for value in self.properties(path).values():
            for one in value if isinstance(value, list) else [value]:
                found = _IN_YAML.match(one) if isinstance(one, str) else None
                if found:
                    yield Link(*found[1].partition("|")[::2])

    def follow(self, path: str, link: Link) -> list[str]:
        """The files that a link of the note at ``path`` may lead to: one, unless it is broken or means several."""
        if not link.name:
            found = [path]
        else:
            wanted = link.name.casefold()
            base = posixpath.basename(wanted)
            named = self._by_name.get(base, []) + self._by_name.get(f"{base}.md", [])
            ends = (f"/{wanted}", f"/{wanted}.md")
            found = [one for one in named if f"/{one.casefold()}".endswith(ends)]
        return [one for one in found if self._has(one, link.anchor)]

    def goals(self, path: str) -> list[str]:
        """All that a note links to within the vault."""
        return [link.goal for link in self.links(path)] + [url for url in self.notes[path].urls if _relative(url)]

    def led_to(self, path: str) -> set[str]:
        """The files that a note leads to."""
        followed = {found for link in self.links(path) for found in self.follow(path, link)}
        return followed | {self._beside(path, url)[0] for url in self.notes[path].urls if self._reached(path, url)}

    def broken(self, path: str) -> list[str]:
        """The links of a note that do not lead to exactly one thing, and its relative URLs that lead nowhere."""
        bad = [link.goal for link in self.links(path) if len(self._contents(self.follow(path, link))) != 1]
        return bad + [url for url in self.notes[path].urls if not self._reached(path, url)]

    def _contents(self, paths: list[str]) -> set[object]:
        """What lies at some paths: files with the same bytes are the same to whoever follows a link."""
        return {self.files[path].read_bytes() for path in paths} if len(paths) > 1 else set(paths)

    def _reached(self, path: str, url: str) -> bool:
        found, anchor = self._beside(path, url)
        return not _relative(url) or (found in self.files and self._has(found, anchor))

    def _beside(self, path: str, url: str) -> tuple[str, str]:
        """What a relative URL leads to: a path, and what in it."""
        goal, _, anchor = unquote(url).partition("#")
        return posixpath.normpath(posixpath.join(posixpath.dirname(path), goal)), anchor

    def _has(self, path: str, anchor: str) -> bool:
        if not anchor:
            return True
        note = self.notes.get(path)
        if note is None:
            return False
        if anchor.startswith("^"):
            return note.block_ids.count(anchor[1:]) == 1
        headings = {_plain(piece.text) for piece in note.pieces if piece.kind.startswith("heading")}
        return _plain(anchor) in headings


def _mapping(source: str) -> dict[str, Any]:
    try:
        found = yaml.load(source, _Loader)
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}


def _relative(url: str) -> bool:
    try:
        return not urlsplit(url).scheme
    except ValueError:
        return False


def _plain(heading: str) -> str:
    """A heading as links compare it: marks that links cannot hold left out."""
    return one_line(re.sub(r"[#|^:%\[\]\\]", " ", heading)).casefold()
