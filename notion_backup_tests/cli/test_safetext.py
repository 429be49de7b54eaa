from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from notion_backup.cli.output import json_text
from notion_backup.cli.safetext import safe, safe_block, safe_title

ANY_TEXT = st.text(st.characters(), max_size=80)
HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@given(ANY_TEXT)
def test_nothing_that_a_terminal_would_obey_is_left(text: str) -> None:
    left = {character for character in safe(text) if unicodedata.category(character) in HARMFUL}
    assert left <= {"\u200c", "\u200d"}


@given(ANY_TEXT, st.integers(min_value=2, max_value=60))
def test_a_cut_text_never_takes_more_columns_than_allowed(text: str, cells: int) -> None:
    assert cell_len(safe(text, cells)) <= cells


@given(ANY_TEXT)
def test_a_title_is_one_line_and_never_empty(text: str) -> None:
    shown = safe_title(text)
    assert shown.strip()
    assert len(shown.splitlines()) == 1


@given(ANY_TEXT)
def test_a_block_keeps_its_lines_and_nothing_else_that_moves_the_cursor(text: str) -> None:
    assert safe_block(text).count("\n") == text.count("\n")
    assert "\x1b" not in safe_block(text)
    assert "\r" not in safe_block(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb", "a\\nb"),
        ("txt\u202eexe", "txt\\u202eexe"),
        ("\U000e0041", "\\U000e0041"),
        ("Straße, 日本, עברית, 👩‍👩‍👧", "Straße, 日本, עברית, 👩‍👩‍👧"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_what_could_act_is_shown_as_its_code_and_letters_of_every_script_stay(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_a_thousand_marks_on_one_letter_do_not_climb_over_the_lines_above() -> None:
    assert len(safe("e" + "\u0301" * 1000)) < 10


@given(
    st.recursive(
        ANY_TEXT | st.integers() | st.none(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    )
)
def test_json_output_is_printable_ascii_only(value: object) -> None:
    text = json_text(value)
    assert text.isascii()
    assert text.isprintable()
