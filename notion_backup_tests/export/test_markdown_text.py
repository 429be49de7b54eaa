"""What is written is what CommonMark reads: checked with a parser that is not ours."""

from __future__ import annotations

import re
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from notion_backup.export.markdown.escape import code_span, visible
from notion_backup.export.markdown.front_matter import front_matter, property_key
from notion_backup.export.markdown.inline import Inline
from notion_backup.export.spans import Span, safe_url

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NASTY = st.text(alphabet="ab1 \n\t*_~`[]()<>#|\\!&;=%$^-+.:\"'{}é漢", max_size=25)
TEXTS = NASTY | st.text(max_size=20)


def _read(markdown: str) -> tuple[list[str], str]:
    """The types of blocks a parser finds, and the text a reader sees."""
    tokens = PARSER.parse(markdown)
    kinds = [token.type for token in tokens if token.type.endswith("_open") or token.nesting == 0]
    parts = []
    for token in tokens:
        for child in token.children or ():
            if child.type in ("text", "code_inline"):
                parts.append(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                parts.append("\n")
    return kinds, "".join(parts)


def _squeezed(text: str) -> str:
    return re.sub(r"[\s\u00a0]+", " ", visible(text)).strip()


def _inline() -> Inline:
    return Inline(None, "note.md")  # type: ignore[arg-type]  # no link is written


@given(TEXTS)
@example("1. a\n2. b")
@example("a | b\n--- | ---")
@example("    code")
@example("&amp; <b>x</b> [^1] ![[x]]")
@example("===\n---\n# x\n> y\n- z")
def test_any_text_is_one_paragraph_that_says_the_same(text: str) -> None:
    kinds, read = _read(_inline().block([Span(text)]))
    if _squeezed(text):
        assert set(kinds) <= {"paragraph_open", "inline"}
        assert kinds.count("paragraph_open") == 1
    assert _squeezed(read) == _squeezed(text)


@given(st.lists(st.tuples(TEXTS, st.booleans(), st.booleans(), st.booleans(), st.booleans()), max_size=4))
@example([("0", False, False, False, False), ("0", False, True, True, False)])
def test_any_row_of_styles_says_the_same(pieces: list[tuple[str, bool, bool, bool, bool]]) -> None:
    spans = [
        Span(text, bold=bold, italic=italic, strikethrough=struck, code=code)
        for text, bold, italic, struck, code in pieces
        if text
    ]
    _, read = _read(_inline().block(spans))
    assert _squeezed(read).replace(" ", "") == _squeezed("".join(span.text for span in spans)).replace(" ", "")


def test_styles_are_marks_where_they_can_be_and_tags_where_they_cannot() -> None:
    inline = _inline()
    assert inline.block([Span("a "), Span("b ", bold=True), Span("c")]) == "a **b** c"
    assert inline.block([Span("a"), Span("(b)", bold=True), Span("c")]) == "a<strong>\\(b)</strong>c".replace(
        "\\(", "("
    )
    assert inline.block([Span("x", bold=True, italic=True)]) == "***x***"


@given(TEXTS)
def test_code_says_the_same(text: str) -> None:
    _, read = _read("x" + code_span(text) + "x")
    assert _squeezed(read) == _squeezed(f"x{visible(text)}x") or not text.strip()


def test_obsidians_own_syntax_is_taken_away() -> None:
    text = "[[link]] ![[embed]] #tag #ok/no a#b ==mark== %%hidden%% $x$ ^id\nend [^1] ^block"
    written = _inline().block([Span(text)])
    unescaped = re.sub(r"\\.", "", written)
    for syntax in ("[[", "![", "#t", "==", "%%", "$x$", " ^id", "^block", "[^"):
        assert syntax not in unescaped


@given(st.dictionaries(TEXTS, TEXTS | st.integers() | st.booleans() | st.floats(allow_nan=False), max_size=4))
@example({"a": "1e3", "b": "0o17", "c": "yes", "d": "2026-01-01", "e": "---", "f": "[[x]]", "g": "null", "h": "1:30"})
def test_front_matter_is_yaml_that_reads_the_same(values: dict[str, Any]) -> None:
    taken: set[str] = set()
    keyed = {property_key(name, taken): visible(v) if isinstance(v, str) else v for name, v in values.items()}
    lines = front_matter(keyed)
    assert lines[0] == lines[-1] == "---"
    assert "---" not in lines[1:-1]
    assert yaml.safe_load("\n".join(lines[1:-1])) == keyed


def test_names_that_mean_something_to_obsidian_are_not_taken() -> None:
    taken: set[str] = set()
    names = ["Tags", "tags", "aliases", "notion-id", "Status", "STATUS", ""]
    keys = [property_key(name, taken) for name in names]
    assert keys == [
        "Notion Tags",
        "Notion tags 2",
        "Notion aliases",
        "Notion notion-id",
        "Status",
        "STATUS 2",
        "Untitled",
    ]


def test_only_harmless_urls_are_followed() -> None:
    for url in ("javascript:alert(1)", " java\nscript:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x",
                "//evil.example", "https:///x", "http://[", 7, None):  # fmt: skip
        assert safe_url(url) is None
    assert safe_url("https://example.com/a?b#c") == "https://example.com/a?b#c"
    assert safe_url("mailto:ann@example.com") == "mailto:ann@example.com"
    assert safe_url("/0123") == "https://www.notion.so/0123"
