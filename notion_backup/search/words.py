"""How text becomes words that can be searched, in any script; and what a person's query asks for.

Capitals, compatibility forms and diacritics do not count, nor do Arabic vowel signs and the forms of alef. Chinese,
Japanese and other writing without spaces is cut in single characters, so that any part of it is found as a phrase.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

# Scripts that are written without spaces between words.
_ALONE = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]"
_TOKEN = regex.compile(rf"{_ALONE}\p{{M}}*|(?:(?!{_ALONE})[\p{{L}}\p{{N}}\p{{M}}\u0640])+")
_ASCII = regex.compile(r"[a-z0-9]+")
_ARABIC = str.maketrans({"ة": "ه", "ى": "ي", "ٱ": "ا", "ـ": None})
# Marks above and below letters, and the points of Hebrew and Arabic; not the signs that Indic scripts spell with, nor
# the voicing marks of kana.
_ACCENTS = range(200, 241)
_POINTS = range(10, 36)


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it is searched, and where it stands in the text."""

    word: str
    start: int
    end: int


def tokens(text: str) -> Iterator[Token]:
    """The words of a text, in order."""
    for match in _TOKEN.finditer(text):
        for word in _plain(match.group()):
            yield Token(word, match.start(), match.end())


def words(text: str) -> str:
    """The words of a text with spaces between them: what the index stores."""
    if text.isascii():
        return " ".join(_ASCII.findall(text.lower()))
    return " ".join(token.word for token in tokens(text))


@lru_cache(maxsize=65536)
def _plain(word: str) -> tuple[str, ...]:
    """A word without what does not count; a compatibility form may turn out to be several (``㈱``), or none."""
    decomposed = unicodedata.normalize("NFKD", word.casefold()).casefold().translate(_ARABIC)
    kept = "".join(c for c in decomposed if not _is_ornament(unicodedata.combining(c)))
    return tuple(_TOKEN.findall(unicodedata.normalize("NFC", kept)))


def _is_ornament(combining_class: int) -> bool:
    return combining_class in _ACCENTS or combining_class in _POINTS


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow one another. With ``prefix`` the last may go on; with ``without`` they must not occur."""

    words: tuple[str, ...]
    prefix: bool = False
    without: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """All of its terms must be found in one object (save those it must be without)."""

    terms: tuple[Term, ...]

    def match(self, columns: tuple[str, ...] = ()) -> str:
        """The same for SQLite's FTS5. Only letters and digits come from the query, in quotes."""
        wanted = " AND ".join(_fts(term) for term in self.terms if not term.without)
        unwanted = " OR ".join(_fts(term) for term in self.terms if term.without)
        asked = f"({wanted}) NOT ({unwanted})" if unwanted else wanted
        return f"{{{' '.join(columns)}}} : ({asked})" if columns else asked

    def first_in(self, text: str) -> tuple[int, int] | None:
        """Where the first of its terms stands in a text, None where none does."""
        found = list(tokens(text))
        for term in self.terms:
            length = len(term.words)
            for at in range(len(found) - length + 1) if not term.without else ():
                if _holds(term, [token.word for token in found[at : at + length]]):
                    return found[at].start, found[at + length - 1].end
        return None


_PIECES = regex.compile(r'(-?)(?:"([^"]*)"?|(\S+))')


def parse_query(text: str) -> Query | None:
    """What a person types: words, ``"a phrase"``, ``begin*``, ``-without``. None where nothing can be searched."""
    terms: list[Term] = []
    for without, phrase, word in _PIECES.findall(text):
        said = phrase or word
        # "2026-11" and "e-mail" are several words to the index, and here a phrase of them.
        parts = tuple(words(said).split())
        if parts:
            terms.append(Term(parts, prefix=said.endswith("*"), without=bool(without)))
    return Query(tuple(terms)) if any(not term.without for term in terms) else None


def _fts(term: Term) -> str:
    return f'"{" ".join(term.words)}"' + ("*" if term.prefix else "")


def _holds(term: Term, found: list[str]) -> bool:
    if term.prefix:
        return found[:-1] == list(term.words[:-1]) and found[-1].startswith(term.words[-1])
    return found == list(term.words)
