from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from notion_backup.export.markdown.front_matter import front_matter, instant, to_yaml

WORDS = (
    *(
        "no",
        "Yes",
        "null",
        "~",
        "1.5",
        "2026-01-02",
        ".inf",
        "=",
        "<<",
        "a: b",
        "a #b",
        "http://x.y/z?a=b",
        "[[A b 2]]",
    ),
    *("x:", "-", "- a", "? a", "'", '"', "a'b", "é", "x" * 200, "two  spaces", " lead", "trail ", "a\nb", "&a", "!b"),
    *("*c", "@d", "%e", "{f", "[g", "a, b", "0x1", "1_000", "12:30:45", "y", "N", "true", "a:b", "::", "日本", "😀"),
)
SYNTAX = "aZ09 :#-'\"[]{}&*!|>%@`,.?=~\n\té"
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(SYNTAX, max_size=12), st.text(max_size=8))
NOON = instant("2026-01-02T12:00:00Z")
SCALARS = st.one_of(TEXTS, st.booleans(), st.integers(), st.floats(), st.dates(), st.just(NOON))
VALUES = st.one_of(st.none(), SCALARS, st.lists(SCALARS, max_size=4))


@given(st.dictionaries(TEXTS, VALUES, max_size=6))
@example({})
@example({"a": date(2026, 1, 2), "b": [], "c": [None]})
def test_what_is_written_by_hand_is_what_the_library_writes(values: dict[str, Any]) -> None:
    kept = {key: value for key, value in values.items() if value is not None}
    assert front_matter(values) == ["---", *to_yaml(kept).rstrip("\n").split("\n"), "---"]
