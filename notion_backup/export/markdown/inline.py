"""Rich text as one line of Markdown: styles, wikilinks, formulas."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from unicodedata import category

from notion_backup.export.atlas import Target
from notion_backup.export.markdown.escape import code_span, escape, guard_lines, hard_breaks, link_url, visible
from notion_backup.export.markdown.vault import Vault
from notion_backup.export.spans import Span

_NOT_IN_ALIAS = re.compile(r"[\[\]|\\\n`*_<$#^%~=]")
# Commands of TeX with which a formula could do more than be shown.
_ACTING = re.compile(r"\\(href|url|require|html\w*|style|class|cssId|data|includegraphics)\b")
_TURNS_LINKS = re.compile(r"[!^]\Z")
_QUERY = re.compile(r"\s*\$?=")
_OPEN_END = re.compile(r"(?<!\\)(\\\\)*\\\Z")
Marks = tuple[str, str, str, str]
"""How a style begins and ends in Markdown, and in HTML where Markdown's rules forbid it (within a word, for one)."""
_STYLES: tuple[tuple[Callable[[Span], bool], Marks], ...] = (
    (lambda span: span.underline, ("<u>", "</u>", "<u>", "</u>")),
    (lambda span: span.colour.endswith("_background"), ("==", "==", "<mark>", "</mark>")),
    (lambda span: span.strikethrough, ("~~", "~~", "<s>", "</s>")),
    (lambda span: span.italic, ("*", "*", "<em>", "</em>")),
    (lambda span: span.bold, ("**", "**", "<strong>", "</strong>")),
)


class Inline:
    """Writes rich text for one note, of which links are seen from."""

    def __init__(self, vault: Vault, note: str) -> None:
        self._vault = vault
        self._note = note

    def block(self, spans: Sequence[Span]) -> str:
        """Rich text as a block of its own: lines kept, none of them read as something else."""
        return hard_breaks(guard_lines(self._joined(spans, in_table=False)))

    def cell(self, spans: Sequence[Span]) -> str:
        """Rich text for the cell of a table."""
        return self._joined(spans, in_table=True).replace("\n", "<br>")

    def line(self, spans: Sequence[Span]) -> str:
        """Rich text for a place that has one line: a heading, a callout's title."""
        return self._joined(spans, in_table=False).replace("\n", "<br>")

    def link(self, target: Target, text: str, *, in_table: bool = False) -> str:
        """A link into the vault: a wikilink, or a Markdown link where the text does not fit into one."""
        goal = self._vault.goal(target)
        shown = visible(text).strip()
        if shown and not _NOT_IN_ALIAS.search(shown):
            return f"[[{goal}{_bar(in_table)}{shown}]]"
        return f"[{escape(text).replace(chr(10), ' ')}]({self._vault.path_from(self._note, target)})"

    def _joined(self, spans: Sequence[Span], *, in_table: bool) -> str:
        spans = _alike(spans) if len(spans) > 1 else spans
        cores = [self._core(span, in_table) for span in spans]
        done = ""
        for number, (span, core) in enumerate(zip(spans, cores, strict=True)):
            styled = core
            if span.styled:
                after = next((later[0] for later in cores[number + 1 :] if later), "")
                styled = _styled(span, core, done[-1:], after)
            if styled.startswith("["):
                # Behind one of these a link would be a picture or a footnote.
                done = _TURNS_LINKS.sub(r"\\\g<0>", done)
            # Two pieces of code side by side would be one.
            done += "<!-- -->" + styled if done.endswith("`") and styled.startswith("`") else styled
        return done

    def _core(self, span: Span, in_table: bool) -> str:
        """A piece without its style."""
        if span.emoji_id and (picture := self._vault.emoji(span.emoji_id)):
            return f"![[{picture}{_bar(in_table)}20]]"
        if span.kind == "equation":
            text = _in_cell(formula(span.text), in_table)
        elif span.target:
            return self.link(span.target, span.text, in_table=in_table)
        else:
            text = _in_cell(_code(span.text), in_table) if span.code else escape(span.text)
        if span.url:
            return f"[{text.replace(chr(10), ' ')}]({link_url(span.url)})"
        return text


def _alike(spans: Sequence[Span]) -> list[Span]:
    """The pieces, with neighbours that are written alike made one: what is syntax only together is seen together."""
    found: list[Span] = []
    for span in spans:
        if span.colour != "default" and not span.colour.endswith("_background"):
            span = span._replace(colour="default")
        if span.kind in ("user", "date", "mention") and span.target is None:
            span = span._replace(kind="text")
        if found and found[-1].continues(span):
            found[-1] = found[-1]._replace(text=found[-1].text + span.text)
        else:
            found.append(span)
    return found


def formula(expression: str) -> str:
    """A formula within text; as code when it could act, or would not end where it does."""
    text = " ".join(visible(expression).split())
    if not text:
        return ""
    if acts(text) or "$" in text or _OPEN_END.search(text):
        return _code(text)
    return f"${without_tags(text)}$"


def without_tags(expression: str) -> str:
    """A formula in which nothing is an HTML tag to readers that know no formulas; TeX ignores the space."""
    return re.sub(r"<(?=[A-Za-z/!?])", "< ", expression)


def acts(expression: str) -> bool:
    """Whether a formula could do more than be shown, or be cut short."""
    return _ACTING.search(expression) is not None or "$$" in expression or "%%" in expression


def _bar(in_table: bool) -> str:
    """What parts a wikilink's goal from its text; a bare one would part a table's cells."""
    return "\\|" if in_table else "|"


def _code(text: str) -> str:
    """Code within text; as text when a plugin (Dataview) would take it for a query."""
    return escape(text) if _QUERY.match(text) else code_span(text)


def _in_cell(written: str, in_table: bool) -> str:
    """Code or a formula as it stands in a table, where a bare bar would part cells even in these."""
    return written.replace("|", "\\|") if in_table else written


def _styled(span: Span, core: str, before: str, after: str) -> str:
    marks = [marks for has, marks in _STYLES if has(span)]
    inner = core.strip()
    if not marks or not inner:
        return core
    start = core[: len(core) - len(core.lstrip())]
    end = core[len(core.rstrip()) :]
    # Within the outermost mark stands the next one, unless the two make one run (``***``).
    nested = len(marks) > 1 and marks[1][0][0] != marks[0][0][0]
    first, last = (marks[1][0][0], marks[1][1][-1]) if nested else (inner[0], inner[-1])
    plainly = _may_open(start[-1:] or before, first, marks[0][0]) and _may_close(last, end[:1] or after)
    plainly = plainly and not (after and not end and after == marks[0][1][-1:])
    for opening, closing, html_opening, html_closing in reversed(marks):
        inner = f"{opening}{inner}{closing}" if plainly else f"{html_opening}{inner}{html_closing}"
    return start + inner + end


def _may_open(before: str, first: str, mark: str) -> bool:
    """CommonMark's left-flanking rule, and no mark of the same kind just before."""
    if before and before in mark:
        return False
    return not _punctuation(first) or not before or before.isspace() or _punctuation(before)


def _may_close(last: str, after: str) -> bool:
    """CommonMark's right-flanking rule."""
    return not _punctuation(last) or not after or after.isspace() or _punctuation(after)


def _punctuation(character: str) -> bool:
    return category(character)[0] in "PS"
