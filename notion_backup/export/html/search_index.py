"""The index of a site's search box: words and the pages they are on, in files that a script loads when needed.

A word lies in the file that its first two letters choose, so that a word half typed is found as well. Words are
compared without case and accents; writing without spaces (Chinese, Japanese, Thai, …) is cut in pairs of letters. The
script in ``assets/site.js`` does the same with what is typed.
"""

from __future__ import annotations

import json
import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

SHARDS = 64
SHARD_PATHS = tuple(f"assets/search/{number}.js" for number in range(SHARDS))
LONGEST = 40
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORD = re.compile(rf"([a-z0-9]{{1,{LONGEST}}})[a-z0-9]*")
_UNSPACED = re.compile(
    r"([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+)"
)


class SearchIndex:
    """Collects the words of pages in files without names, so that no more than one shard is ever in memory."""

    def __init__(self, folder: Path) -> None:
        self._spools: list[IO[str]] = [
            tempfile.TemporaryFile("w+", encoding="utf-8", dir=folder)  # noqa: SIM115 — closed by shards()
            for _ in range(SHARDS)
        ]
        self._earlier: Path | None = None
        self._renumbered: list[int | None] = []

    def take_over(self, folder: Path, renumbered: list[int | None]) -> None:
        """Take the words of some pages from the index of an earlier export, which is in that folder.

        ``renumbered`` gives by a page's number there its number here; None for those that are not taken.
        """
        self._earlier, self._renumbered = folder, renumbered

    def add(self, page: int, texts: Iterable[str]) -> None:
        """Note the words of a page, which is known by its number."""
        found_on: set[str] = set()
        for text in texts:
            found_on.update(words(text))
        by_shard: dict[int, list[str]] = {}
        for word in found_on:
            by_shard.setdefault(shard_of(word), []).append(word)
        for shard, found in by_shard.items():
            self._spools[shard].write(f"{page}\t{' '.join(found)}\n")

    def shards(self) -> Iterator[tuple[str, bytes]]:
        """The files: path and content. Ask once, when all is added."""
        for number, spool in enumerate(self._spools):
            with spool:
                spool.seek(0)
                pages = self._taken_over(number)
                for line in spool:
                    page, _, spaced = line.rstrip("\n").partition("\t")
                    number_of_page = int(page)  # one object, however many words
                    for word in spaced.split(" "):
                        pages.setdefault(word, []).append(number_of_page)
            ordered = {word: sorted(found) for word, found in sorted(pages.items())}
            text = json.dumps(ordered, ensure_ascii=True, separators=(",", ":"))
            yield SHARD_PATHS[number], f"siteWords({number},{text})\n".encode()

    def _taken_over(self, shard: int) -> dict[str, list[int]]:
        if self._earlier is None:
            return {}
        new = self._renumbered
        found = script_value((self._earlier / SHARD_PATHS[shard]).read_text(encoding="ascii"))
        kept = ((word, [number for old in pages if (number := new[old]) is not None]) for word, pages in found.items())
        return {word: pages for word, pages in kept if pages}


def script_value(text: str) -> Any:
    """The JSON value that a script of the index hands over: the last argument of its one call."""
    inside = text[text.index("(") + 1 : text.rindex(")")]
    return json.loads(inside[inside.index(",") + 1 :] if inside[0].isdigit() else inside)


def words(text: str) -> Iterable[str]:
    """The words of a text as they are looked up."""
    return _ASCII_WORD.findall(text.lower()) if text.isascii() else _words_of_any_script(text)


def _words_of_any_script(text: str) -> Iterator[str]:
    plain = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    for word in _WORD.findall(unicodedata.normalize("NFC", plain).lower()):
        for number, part in enumerate(_UNSPACED.split(word)):
            if number % 2 and len(part) > 1:
                yield from (part[at : at + 2] for at in range(len(part) - 1))
            elif part:
                yield part[:LONGEST]


def shard_of(word: str) -> int:
    """The number of the file in which a word lies."""
    return (ord(word[0]) * 31 + (ord(word[1]) if len(word) > 1 else 0)) % SHARDS
