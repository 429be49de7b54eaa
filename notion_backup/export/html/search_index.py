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
from typing import IO

SHARDS = 64
LONGEST = 40
_WORD = re.compile(r"[^\W_]+")
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

    def add(self, page: int, texts: Iterable[str]) -> None:
        """Note the words of a page, which is known by its number."""
        for word in sorted({word for text in texts for word in words(text)}):
            self._spools[shard_of(word)].write(f"{word}\t{page}\n")

    def shards(self) -> Iterator[tuple[str, bytes]]:
        """The files: path and content. Ask once, when all is added."""
        for number, spool in enumerate(self._spools):
            with spool:
                spool.seek(0)
                pages: dict[str, list[int]] = {}
                for line in spool:
                    word, _, page = line.rstrip("\n").partition("\t")
                    pages.setdefault(word, []).append(int(page))
            ordered = {word: sorted(found) for word, found in sorted(pages.items())}
            text = json.dumps(ordered, ensure_ascii=True, separators=(",", ":"))
            yield f"assets/search/{number}.js", f"siteWords({number},{text})\n".encode()


def words(text: str) -> Iterator[str]:
    """The words of a text as they are looked up."""
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
