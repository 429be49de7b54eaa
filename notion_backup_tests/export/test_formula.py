from __future__ import annotations

import html5lib
from hypothesis import example, given
from hypothesis import strategies as st

from notion_backup.export.html.formula import formula
from notion_backup.export.html.inline import text_of

PIECES = (
    r"\frac", "{", "}", "^", "_", "x", r"\left", r"\right", "(", ")", "&", r"\\", r"\begin{matrix}", r"\sqrt", r"\text",
    r"\href", "<b>", "$", "#", r"\over", "1", r"\class",
)  # fmt: skip
TEX = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)


@given(TEX | st.text(max_size=20))
@example(r"\href{javascript:alert(1)}{x}")
@example(r"\text{<script>alert(1)</script>}")
@example(r"\text{&lt;img src=x&gt;}")
@example(r"\style{color:red}{x}\class{a}{b}\color{red\" onclick=\"x}{y}")
@example("{" * 400 + "x" + "}" * 400)
def test_a_formula_is_drawn_or_shown_and_never_acts(expression: str) -> None:
    written = formula(expression, text_of)
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    page = parser.parse(f"<!DOCTYPE html><title>x</title>{written}")
    for element in page.iter():
        assert str(element.tag).rpartition("}")[2] not in ("script", "img", "b", "a")
        assert not set(element.attrib) & {"href", "style", "onclick", "src"}


def test_what_is_understood_is_mathml_with_the_tex_beside() -> None:
    written = formula(r"\frac{1}{3} < x", text_of, display=True)
    assert written.startswith('<math display="block" alttext="\\frac{1}{3} &lt; x"><mrow><mfrac>')
    assert formula(r"\left(x", text_of) == '<code class="tex">\\left(x</code>'
