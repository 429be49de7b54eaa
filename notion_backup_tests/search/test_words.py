from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.search.words import parse_query, tokens, words


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("resume", "Mon résumé, enfin"),
        ("RÉSUMÉ", "a resume"),
        ("strasse", "Lange Straße 5"),
        ("東京", "私は東京都に住んでいます"),
        ("京都", "東京都"),
        ("ﾃｽﾄ", "これはテストです"),
        ("がく", "がくせい"),
        ("كتاب", "هذا كِتَابٌ جديد"),
        ("احمد", "قال أحمد"),
        ("مدرسه", "مدرسة"),
        ("שלום", "שָׁלוֹם"),
        ("한국어", "한국어 문서"),
        ("हिन्दी", "यह हिन्दी है"),
        ("Straß*", "Strassenbahn"),
        ("e-mail", "send an E-Mail now"),
        ('"quick brown"', "the Quick, brown fox"),
        ("office", "oﬃce"),
    ],
)
def test_words_are_found_in_every_script(query: str, text: str) -> None:
    parsed = parse_query(query)
    assert parsed is not None
    span = parsed.first_in(text)
    assert span is not None
    assert _fts(text, parsed.match())


@pytest.mark.parametrize(
    ("query", "text"), [("がく", "かく"), ("हिन्दी", "हन्द"), ('"brown quick"', "quick brown"), ("car", "cart")]
)
def test_other_words_are_not_found(query: str, text: str) -> None:
    parsed = parse_query(query)
    assert parsed is not None
    assert parsed.first_in(text) is None
    assert not _fts(text, parsed.match())


@pytest.mark.parametrize("nothing", ["", "   ", "!!! ???", "-without", '""', "*", "\x00"])
def test_a_query_without_a_word_is_none(nothing: str) -> None:
    assert parse_query(nothing) is None


@given(st.text(max_size=60))
def test_any_query_is_harmless_to_the_index_and_a_text_finds_itself(text: str) -> None:
    parsed = parse_query(text)
    if parsed is not None:
        _fts("some text", parsed.match(("title",)).replace("title", "a"))
    whole = words(text)
    assert [token.word for token in tokens(whole)] == whole.split()  # words of words are the same words
    phrase = parse_query(f'"{text.replace(chr(34), " ")}"')
    if phrase is not None:
        assert _fts(text, phrase.match())


def _fts(text: str, match: str) -> bool:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute(
            "CREATE VIRTUAL TABLE t USING fts5(a, tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* M* Co'\")"
        )
        database.execute("INSERT INTO t VALUES (?)", (words(text),))
        return bool(database.execute("SELECT count(*) FROM t WHERE t MATCH ?", (match,)).fetchone()[0])
